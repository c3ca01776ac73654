"""Code lists of homes, old houses and land that the national lists do not have."""

from common.codes import declare
from common.terms import term

declare(
    "home_acceptance",
    term("Acceptance of the home", "住房验收结果"),
    {
        "passed": term("Passed", "合格"),
        "failed": term("Failed", "不合格"),
        "repairing": term("Being put right", "整改中"),
    },
)
declare(
    "title_obstacle",
    term("Why there is no certificate", "未办原因"),
    {
        "land": term("Land not approved", "用地手续未完善"),
        "planning": term("Planning or building permit missing", "规划或施工手续不全"),
        "acceptance": term("Not accepted on completion", "未竣工验收"),
        "survey": term("Not surveyed", "未完成测绘"),
        "debt": term("Taxes or payments open", "税费或款项未结清"),
        "papers": term("Papers of the household missing", "搬迁户资料不全"),
        "dispute": term("Dispute", "权属争议"),
        "other": term("Other", "其他"),
    },
)
declare(
    "home_transfer",
    term("Transfer of the home", "安置房转移方式"),
    {
        "sale": term("Sale", "买卖"),
        "gift": term("Gift", "赠与"),
        "exchange": term("Exchange", "互换"),
        "inheritance": term("Inheritance", "继承"),
        "mortgage": term("Mortgage", "抵押"),
        "lease": term("Lease", "出租"),
    },
)
declare(
    "keep_ground",
    term("Ground for keeping the house", "不拆依据"),
    {
        "protected": term("Protected village or house", "保护性村落或住房"),
        "shared_wall": term("Shared wall", "连体房"),
        "collective": term("Shares in the collective", "入股集体统一盘活"),
        "other": term("Other, by county certificate", "其他（县级认定）"),
    },
)
declare(
    "old_house_disposal",
    term("What becomes of the old house", "旧房处置方式"),
    {
        "demolish": term("Demolition", "拆除"),
        "keep": term("Kept", "保留"),
        "shares": term("Shares in the collective", "入股集体经济合作社"),
    },
)
declare(
    "quota_use",
    term("Use of the quota income", "增减挂钩收益用途"),
    {
        "compensation": term("Compensation and reclaiming", "安置补偿和拆旧复垦费用"),
        "loan": term("Repayment of relocation loans", "偿还搬迁融资贷款"),
        "support": term("Follow-up support", "搬迁群众后续发展"),
        "other": term("Other", "其他"),
    },
)
declare(
    "land_right_state",
    term("State of the right", "权益状态"),
    {
        "kept": term("Kept", "权益不变"),
        "returned": term("Given back by will", "自愿有偿退出"),
        "taken": term("Taken by the state", "依法征收"),
        "reclaimed": term("Homestead reclaimed", "宅基地已腾退"),
    },
)
declare(
    "land_income_kind",
    term("Kind of land income", "收益类别"),
    {
        "rent": term("Rent of transferred land", "流转租金"),
        "dividend": term("Dividend of shares", "入股分红"),
        "produce": term("Entrusted management", "托管收益"),
        "forest": term("Land to forest subsidy", "退耕还林还草补助"),
        "collective": term("Share of collective income", "集体收益分配"),
        "subsidy": term("Farm subsidy", "惠农补贴"),
        "other": term("Other", "其他"),
    },
)
# what the income is used for, first things first.
QUOTA_ORDER = ("compensation", "loan", "support", "other")
