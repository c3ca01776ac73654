"""By what the household file 一户一档 is sorted on the page of all ledgers."""

from common.terms import term

PEOPLE = term("households and people", "户和人口")
LIFE = term("life of a household", "家庭变动")
GRID = term("grid and linked cadres", "网格与结对帮扶")
HOME = term("home and hukou", "住房与户籍")
ORIGIN = term("old house and land", "旧房与土地")
INCOME = term("income and risk", "收入与风险")
SAFETY = term("safety net", "社会保障")
FOLLOWED = term("plans, visits and confirmation", "帮扶、走访与核实")
