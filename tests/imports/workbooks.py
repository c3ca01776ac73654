"""Small rosters for tests, as counties lay them out. People are generated; nobody has their numbers."""

from __future__ import annotations

from openpyxl import Workbook, load_workbook

GROUPS = ["户基本情况"] * 9 + ["家庭成员情况"] * 8 + ["就业情况"] * 6 + ["备注"]
HEADINGS = [
    "序号",
    "户编号",
    "户主姓名",
    "迁出乡镇",
    "迁出村",
    "楼栋房号",
    "住房面积(㎡)",
    "入住时间",
    "联系电话",
    "姓名",
    "与户主关系",
    "身份证号",
    "性别",
    "民族",
    "在校情况",
    "劳动能力",
    "就业意愿",
    "就业渠道",
    "就业单位",
    "就业地点",
    "月工资（元）",
    "就业起始时间",
    "就业终止时间",
    "备注",
]
NAMES = HEADINGS[:-1]


def roster(path, rows: list[dict], sheet: str = "幸福社区", headings=HEADINGS, groups=GROUPS):
    """Write a roster of one sheet; each row is {heading: value}. The first row stands in Excel row 5."""
    book = Workbook()
    add_sheet(book, sheet, rows, headings, groups)
    book.remove(book.worksheets[0])
    book.save(path)
    return path


def add_sheet(book, title: str, rows: list[dict], headings=HEADINGS, groups=GROUPS):
    sheet = book.create_sheet(title)
    sheet.append([f"望谟县易地扶贫搬迁户花名册（{title}）"])
    sheet.append(["填报单位（盖章）：望谟县发展和改革局"])
    sheet.append(groups)
    sheet.append(headings)
    for row in rows:
        sheet.append([row.get(heading) for heading in headings])
    return sheet


def home(code: str = "522326000001", **cells) -> dict:
    return {"户编号": code, "迁出乡镇": "乐旺镇", **cells}


def person(number: str, name: str = "甲一", relation: str = "户主", **cells) -> dict:
    return {"姓名": name, "与户主关系": relation, "身份证号": number, "劳动能力": "普通劳动力", **cells}


def work(start: str = "2019-03-01", **cells) -> dict:
    return {"就业渠道": "县内务工", "就业单位": "某厂", "就业起始时间": start, **cells}


def edit(path, target, changes: dict[tuple[str, int, str], object]):
    """Change cells by (sheet, Excel row, heading) of a roster with its heading in row 4."""
    return edit_book(load_workbook(path), target, changes)


def edit_book(book, target, changes: dict[tuple[str, int, str], object]):
    """As `edit`, of a workbook that is open already."""
    for (sheet, row, heading), value in changes.items():
        cells = [cell.value or book[sheet].cell(3, cell.column).value for cell in book[sheet][4]]
        book[sheet].cell(row, cells.index(heading) + 1).value = value
    book.save(target)
    return target
