"""Code lists of households and people that the national lists do not have, in the words of the registry."""

from common.codes import declare
from common.terms import term

ID_CARD, DISABILITY_CERTIFICATE = "1", "2"
RESIDENCE_PERMIT, FOREIGNERS_CARD, OTHER_DOCUMENT = "7", "8", "9"
EXITED, NOT_EXITED = "1", "2"

declare(
    "id_document",
    term("Kind of document", "证件类型"),
    {
        ID_CARD: term("identity card", "居民身份证"),
        DISABILITY_CERTIFICATE: term("disability certificate", "残疾人证"),
        "3": term("birth certificate", "出生医学证明"),
        "4": term("passport", "护照"),
        "5": term("travel permit for Hong Kong and Macao residents", "港澳居民来往内地通行证"),
        "6": term("travel permit for Taiwan residents", "台湾居民来往大陆通行证"),
        RESIDENCE_PERMIT: term("residence permit of Hong Kong, Macao and Taiwan residents", "港澳台居民居住证"),
        FOREIGNERS_CARD: term("permanent residence card of a foreigner", "外国人永久居留身份证"),
        OTHER_DOCUMENT: term("other document", "其他证件"),
    },
)
declare(
    "yes_no",
    term("Yes or no", "是否"),
    {"1": term("yes", "是"), "0": term("no", "否")},
)
declare(
    "origin_area_kind",
    term("Kind of area of origin", "迁出地类型"),
    {
        "1": term("too few resources to live on", "资源承载力严重不足地区"),
        "2": term("building forbidden or restricted", "国家禁止或限制开发地区"),
        "3": term("public services lacking and too dear to build", "公共服务严重滞后且建设成本过高地区"),
        "4": term("endemic disease", "地方病高发地区"),
        "5": term("frequent geological disasters", "地质灾害频发易发地区"),
        "9": term("other", "其他"),
    },
)
declare(
    "poverty_exit",
    term("Out of poverty", "脱贫情况"),
    {EXITED: term("out of poverty", "已脱贫"), NOT_EXITED: term("not yet out of poverty", "未脱贫")},
)
declare(
    "recognition_standard",
    term("Standard of recognition", "识别标准"),
    {"1": term("national standard", "国家标准"), "2": term("provincial standard", "省定标准")},
)
