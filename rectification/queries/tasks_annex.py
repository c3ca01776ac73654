"""The responsibility list in the form of its document's annex: 序号, 部门, 职责, 重点任务, 完成时限, a department a block.

The annex is a page or two that people print and read, so rows are as high as their words: spreadsheet programs do not
fit the height of rows to merged cells by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from common import clock, codes
from common.excel.sheet import text_width
from common.excel.styles import BODY_FONT, FRAME, HEADING_FILL, TITLE_FONT
from rectification.models.tasks import ResponsibilityList, ResponsibilityTask, TaskMove

HEADINGS = ("序号", "部门", "职责", "重点任务", "完成时限")
WIDTHS = (6, 14, 30, 66, 26)
MERGED = (1, 2, 3, 5)  # columns that stand once for all tasks of a duty
LINE, PADDING = 15, 6  # points
SHEET = "责任清单"


@dataclass(frozen=True)
class Block:
    """A department's duty with its tasks, as the annex prints them."""

    number: int
    department: str
    duty: str
    tasks: list[str]
    limit: str


def write_annex(path: Path, laid: ResponsibilityList, *, creator: str) -> int:
    """Write the workbook; gives the number of tasks."""
    book = Workbook()
    sheet = book.active
    sheet.title = SHEET
    book.properties.creator, book.properties.title = creator, laid.title
    book.properties.description = laid.document
    book.properties.created = clock.now().replace(tzinfo=None)
    _frame(sheet, laid.title)
    row = 3
    for block in blocks_of(laid):
        _block(sheet, row, block)
        row += len(block.tasks)
    sheet.print_area = f"A1:E{max(row - 1, 2)}"
    book.save(path)
    return row - 3


def _frame(sheet: Worksheet, title: str) -> None:
    for letters, width in zip("ABCDE", WIDTHS, strict=True):
        sheet.column_dimensions[letters].width = width
    sheet.merge_cells("A1:E1")
    _write(sheet, 1, 1, title, bold=True, size=16, centred=True)
    sheet.row_dimensions[1].height = 36
    for column, heading in enumerate(HEADINGS, 1):
        cell = _write(sheet, 2, column, heading, bold=True, centred=True)
        cell.border, cell.fill = FRAME, HEADING_FILL
    sheet.row_dimensions[2].height = 22
    sheet.freeze_panes = "A3"
    sheet.print_title_rows = "2:2"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_options.horizontalCentered = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.oddFooter.center.text = "第 &P 页，共 &N 页"


def _write(sheet: Worksheet, row: int, column: int, value, *, bold=False, size=11, centred=False):
    cell = sheet.cell(row, column, value)
    if isinstance(value, str):
        cell.data_type = "s"  # a text that begins with = is no formula
    cell.font = Font(name=TITLE_FONT if size > 11 else BODY_FONT, size=size, bold=bold)
    cell.alignment = Alignment(horizontal="center" if centred else "left", vertical="center", wrap_text=True)
    return cell


def _block(sheet: Worksheet, row: int, block: Block) -> None:
    last = row + len(block.tasks) - 1
    once = (block.number, block.department, block.duty, None, block.limit)
    heights = [_height(text, 4) for text in block.tasks]
    # What stands once needs its height as well; the last row takes what the tasks leave it short of.
    lacking = max(_height(str(once[column - 1]), column) for column in MERGED) - sum(heights)
    heights[-1] += max(lacking, 0)
    for offset, (task, height) in enumerate(zip(block.tasks, heights, strict=True)):
        for column in range(1, 6):
            value = task if column == 4 else once[column - 1] if not offset else None
            cell = _write(sheet, row + offset, column, value, centred=column in (1, 2))
            cell.border = FRAME
        sheet.row_dimensions[row + offset].height = height
    if last > row:
        for column in MERGED:
            sheet.merge_cells(start_row=row, end_row=last, start_column=column, end_column=column)


def _height(text: str, column: int) -> float:
    lines = math.ceil(text_width(text) / (WIDTHS[column - 1] - 2))
    return max(lines, 1) * LINE + PADDING


def blocks_of(laid: ResponsibilityList) -> Iterator[Block]:
    """The list's duties in order; tasks are numbered where there are several, as the annex does."""
    tasks = list(
        ResponsibilityTask.objects.filter(duty__list=laid, voided_at=None, duty__voided_at=None)
        .select_related("duty")
        .order_by("duty__position", "duty_id", "position", "pk")
    )
    dated = set(TaskMove.objects.filter(task__in=tasks, act="redate").values_list("task", flat=True))
    for duty, group in groupby(tasks, key=lambda task: task.duty):
        own = list(group)
        as_printed = not laid.shifted_years and not any(task.pk in dated for task in own)
        yield Block(
            duty.position,
            duty.department,
            duty.text,
            [_numbered(task, own) for task in own],
            duty.deadline_text if as_printed else time_limit(own),
        )


def _numbered(task: ResponsibilityTask, own: Sequence[ResponsibilityTask]) -> str:
    return f"{task.position}、{task.text}" if len(own) > 1 else task.text


def time_limit(own: Sequence[ResponsibilityTask]) -> str:
    """The time limits of a duty whose tasks were dated anew, in the annex's manner of speaking."""
    words: dict[str, list[int]] = {}
    for task in own:
        words.setdefault(_limit(task), []).append(task.position)
    if len(words) == 1:
        return next(iter(words))
    return "；".join(f"任务{'、'.join(map(str, numbers))}：{word}" for word, numbers in words.items())


def _limit(task: ResponsibilityTask) -> str:
    if task.long_term:
        return "长期坚持"
    if task.deadline_on is None:
        return "未定"
    stage = ""
    if task.interim_on:
        reached = codes.label("task_milestone", task.interim_milestone, "zh-hans") or "完成阶段目标"
        stage = f"{_day(task.interim_on)}前{reached}，"
    end = codes.label("task_milestone", task.milestone, "zh-hans") or "完成"
    return f"{stage}{_day(task.deadline_on)}前{end}"


def _day(day) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
