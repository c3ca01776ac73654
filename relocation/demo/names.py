"""Words that generated rows are put together from. Every name is made by chance; none is taken from a list of people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

# All tables have 2**BITS entries, so that a draw is table[getrandbits(BITS)]: by far the cheapest one.
BITS = 11


def table(weights: Mapping[str, float]) -> tuple[str, ...]:
    """2**BITS entries in the proportion of their weights."""
    total = sum(weights.values())
    entries, passed, filled = [], 0.0, 0
    for word, weight in weights.items():
        passed += weight
        until = round(passed / total * 2**BITS)
        entries += [word] * (until - filled)
        filled = until
    return tuple(entries)


def evenly(words: Sequence) -> tuple:
    """2**BITS entries, each word as often as the others."""
    return tuple(words[i * len(words) >> BITS] for i in range(2**BITS))


def _words(text: str) -> list[str]:
    return text.split()


def _even(text: str) -> tuple[str, ...]:
    return evenly(_words(text))


def _shares(text: str) -> dict[str, int]:
    """`王62 杨60` -> {"王": 62, "杨": 60}"""
    return {word: int(share) for word, share in re.findall(r"(\D+)(\d+) ?", text)}


# Surnames by their share in Guizhou, roughly, in tenths of a per cent.
SURNAMES = table(_shares(
    "王62 杨60 李55 张50 陈44 罗36 刘36 吴34 黄32 周26 韦24 龙20 石18 潘18 陆16 岑14 何16 田15 赵15 谢12 邓12"
    " 冉12 姚11 安10 班9 梁10 蒙9 莫9 唐9 彭9 任8 曾8 熊8 徐8 袁7 蒋7 许7 肖7 马7 朱7 胡7 郭6 文6 余6 付6 郑6 覃6 侯5"
    " 万5 孙5 廖5 卢5 毛4 夏4 向4 黎4 雷4 宋4 金4 严3 令狐3 申3 邹3 汪3 简3 柏2 欧阳2 蔡3"
))  # fmt: skip

# Characters of given names by sex ("1" male, "2" female) and by whether the person is young.
_CHARACTERS = {
    ("1", False): tuple("国明华文德贵光荣正兴志忠胜建军平发安福林富祥云才学成昌永世仁义良海龙虎刚强勇武东春朝廷开启"),
    ("2", False): tuple("英秀芬兰珍芳梅琼群香莲凤玉桂花美丽琴珍菊翠菲碧素淑会红艳霞燕敏仙连妹青春月先"),
    ("1", True): tuple("浩宇轩杰俊鹏涛波伟磊鑫博文豪健凯旭阳晨子涵睿毅航锐泽志远嘉明帅飞松林峰智翔宏天佑"),
    ("2", True): tuple("婷雪欣怡梦琪佳静雯丽娜萍颖倩晶莹露瑶妍彤梓涵诗雨可馨思语晓芸蕾慧玲娟艳敏玥悦"),
}


def _given_names(characters: tuple[str, ...], chance: Random) -> tuple[str, ...]:
    """Names of two characters, one in six of a single one."""
    return tuple(
        chance.choice(characters) + (chance.choice(characters) if chance.random() < 0.84 else "")
        for _i in range(2**BITS)
    )


GIVEN = {key: _given_names(characters, Random(f"given|{key}")) for key, characters in _CHARACTERS.items()}

# Ethnic groups by prefecture (first four digits of the code); "" stands for all others.
ETHNIC = {
    "5223": table({"09": 42, "01": 40, "06": 12, "07": 4, "13": 1, "03": 1}),
    "5226": table({"06": 46, "12": 28, "01": 20, "25": 3, "09": 2, "13": 1}),
    "5227": table({"01": 42, "09": 32, "06": 15, "25": 8, "36": 2, "13": 1}),
    "5206": table({"01": 36, "15": 38, "06": 14, "12": 8, "37": 4}),
    "5205": table({"01": 64, "07": 13, "06": 12, "81": 8, "03": 2, "09": 1}),
    "5202": table({"01": 66, "07": 14, "06": 10, "09": 6, "14": 2, "03": 2}),
    "5204": table({"01": 58, "06": 20, "09": 17, "37": 5}),
    "": table({"01": 82, "06": 6, "37": 5, "09": 4, "15": 3}),
}

SETTLEMENT_WORDS = _words(
    "同心 思源 和顺 锦绣 幸福 阳光 兴旺 安居 康宁 永安 新城 福安 祥和 团结 富民 惠民 金源 长兴 瑞安 民安 家和 云景 翠湖 青山 金竹"
    " 银杏 桂花 梧桐 映山红 杜鹃 白鹭 清溪 碧水 龙泉 凤凰 麒麟 双桥 三合 五福 九龙 天和 地利 明珠 希望 振兴 朝阳 东升 南山 北辰 西江"
    " 悦来 迎春 春晖 秋实 丰收 金谷 百合 芙蓉 紫云台 文峰 学府 广场 河滨 滨江 湖畔 城南 城北 城东 城西"
)
URBAN_KINDS = ("社区", "安置区", "新区社区", "家园")
RURAL_KINDS = ("安置点", "新村安置点", "移民新村", "小型安置点")
VILLAGES = evenly(
    [
        first + second + "村"
        for first in "坝纳板打石岩水龙马羊新老大小上下长高平红黄白青坡冗洛摆者弄坎双桥沙江"
        for second in "秧林寨山坪湾井田塘洞坡河沟关场堡岗冲坳岭朗亭赖绕棉桑怀望"
    ]
)

# Channel code -> (share, monthly wage in yuan, spread to both sides).
CHANNELS = {
    "10": (34, 4600, 1400), "11": (14, 3900, 1100), "12": (17, 3200, 900), "20": (8, 2600, 600), "21": (4, 2500, 500),
    "22": (3, 2900, 600), "23": (3, 3000, 700), "24": (1, 2600, 400), "30": (7, 1600, 500), "40": (3, 4000, 1800),
    "50": (2, 1900, 700), "60": (4, 2700, 900),
}  # fmt: skip
CHANNEL_TABLE = table({channel: share for channel, (share, _wage, _spread) in CHANNELS.items()})

PLACES = {
    "10": _even(
        "广东省广州市 广东省深圳市 广东省东莞市 广东省佛山市 广东省惠州市 广东省中山市 浙江省杭州市 浙江省宁波市 浙江省温州市 浙江省义乌市"
        " 江苏省苏州市 江苏省昆山市 福建省泉州市 福建省厦门市 上海市 云南省昆明市 广西壮族自治区南宁市 重庆市"
    ),
    "11": _even("贵州省贵阳市 贵州省遵义市 贵州省安顺市 贵州省兴义市 贵州省都匀市 贵州省凯里市 贵州省毕节市"),
}
NAMED_FIRMS = {"10", "11", "12", "20", "21", "22", "23"}
FIRM_WORDS = evenly([first + second for first in "宏盛鑫恒瑞嘉永华泰博腾凯" for second in "达源利丰诚辉和旺兴隆"])
FIRM_KINDS = {
    "10": _even("电子厂 制衣厂 鞋业公司 家具厂 五金厂 玩具厂 建筑公司 物流公司 餐饮店"),
    "11": _even("建筑公司 酒店 物业公司 物流公司 食品厂 餐饮店"),
    "12": _even("建材店 超市 餐饮店 物业公司 建筑队 酒店"),
    "20": _even("制衣帮扶车间 手袋帮扶车间 刺绣帮扶车间 电子元件帮扶车间"),
    "21": _even("社区服装厂 社区手工坊 社区食品厂"),
    "22": _even("食用菌产业园 茶叶基地 蔬菜基地 板栗产业园"),
    "23": _even("农业开发公司 生态农业公司 食品加工公司"),
    "24": _even("以工代赈工程队"),
    "30": _even("保洁公益性岗位 护林公益性岗位 护路公益性岗位 社区治安公益性岗位"),
    "40": _even("小吃店 便利店 理发店 早餐店 养殖场"),
    "50": _even("家庭种植 家庭养殖 合作社种植"),
    "60": _even("零工 装修零工 运输零工 家政零工"),
}


def settlement_name(place: int, urban: bool) -> str:
    """The name with this number; numbers beyond the words repeat them with a counter."""
    kinds = URBAN_KINDS if urban else RURAL_KINDS
    words = len(SETTLEMENT_WORDS)
    kind = kinds[place // words % len(kinds)]
    again = place // (words * len(kinds))
    return f"{SETTLEMENT_WORDS[place % words]}{kind}{again + 1 if again else ''}"


def ethnic_groups(county: int) -> tuple[str, ...]:
    """The table of ethnic groups of a county, by its 12-digit code."""
    return ETHNIC.get(f"{county // 10**8:04d}", ETHNIC[""])
