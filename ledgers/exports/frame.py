"""The official frame around exported rows: title, unit and date line, headings, totals, note, signature. Always Chinese."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from common.excel.writing import ColumnSpec, Properties, SheetSpec, write_template
from common.terms import official
from divisions.queries import names_of
from ledgers.shapes import NUMBER_HEADING, Shape, ShapeColumn, choices_of

SIGNATURE = "填表人：            审核人：            单位负责人："
SHEET_NAME_HINT = "工作表名填写安置点名称，一个安置点一张表。"
KINDS = {"date": "date", "int": "int", "decimal": "decimal"}
HINTS = {"date": "日期，如 2018-05-03。", "int": "整数。", "decimal": "数字，不带单位。", "code": "从下拉列表中选择。"}
SAMPLE_DAY = dt.date(2018, 5, 3)
NUMBER_WIDTH = 6
MOST_FROZEN = 5


def place_name(region: int, on: dt.date) -> str:
    """What a title says of the place; the nation is not named."""
    return names_of([region], on).get(region, "") if region else ""


def unit_line(unit: str, on: dt.date, measures: str) -> str:
    parts = [f"填报单位（盖章）：{unit}", f"填报日期：{on.year}年{on.month}月{on.day}日", measures]
    return "        ".join(part for part in parts if part)


def column_specs(shape: Shape, columns: Iterable[ShapeColumn], *, with_choices: bool = False) -> tuple[ColumnSpec, ...]:
    """A sheet's columns; the outermost level of several is merged over the rows below it."""
    merged = len(shape.levels) > 1
    found = []
    if shape.declared is not None and shape.declared.numbered:
        group = next(iter(columns)).group
        found.append(ColumnSpec("", NUMBER_HEADING, group, NUMBER_WIDTH, "int", merged=merged))
    for column in columns:
        kind = column.ledger.kind(column.column)
        found.append(
            ColumnSpec(
                column.key,
                column.heading,
                column.group,
                column.width,
                KINDS.get(kind, "text"),
                choices_of(column) if with_choices else (),
                column.column.total or None,
                merged=merged and column.depth == 0,
                required=column.required and not column.read_only and with_choices,
            )
        )
    return tuple(found)


def sheet_spec(
    shape: Shape, columns: Iterable[ShapeColumn], *, place: str, unit: str, on: dt.date, name: str = ""
) -> SheetSpec:
    """One sheet; `name` is what the sheet is for (a settlement), told in its title."""
    declared = shape.declared
    title = f"{place}{official(shape.title)}" + (f"（{name}）" if name else "")
    specs = column_specs(shape, columns)
    return SheetSpec(
        title=title,
        name=name or official(shape.title),
        columns=specs,
        unit_line=unit_line(unit, on, official(declared.unit_line) if declared else ""),
        signature_line=official(declared.signature) if declared else SIGNATURE,
        note=official(declared.note) if declared else "",
        paper=declared.paper if declared else shape.outer.paper,
        frozen_columns=_frozen(specs, shape),
    )


def _frozen(specs: tuple[ColumnSpec, ...], shape: Shape) -> int:
    """The key and the name beside it stay in sight, and what stands in front of them."""
    keys = [spec.key for spec in specs[:MOST_FROZEN]]
    key = f"{shape.outer.key}.{shape.outer.natural_key[0]}"
    before_key = keys.index(key) + 1 if key in keys else 0
    return min(max(2 + (not specs[0].key), before_key), len(specs) - 1)


def write_empty(path, shape: Shape, properties: Properties) -> None:
    """An empty form to fill in: drop-downs, hints, a sample row that an import leaves out."""
    columns = [column for column in shape.columns if not column.read_only]
    specs = column_specs(shape, columns, with_choices=True)
    declared = shape.declared
    notes = [official(declared.note) if declared else "", SHEET_NAME_HINT if shape.sheet_column else ""]
    spec = SheetSpec(
        title=official(shape.title),
        name="安置点名称" if shape.sheet_column else official(shape.title),
        columns=specs,
        unit_line=unit_line("", SAMPLE_DAY, official(declared.unit_line)) if declared else "",
        note="\n".join(note for note in notes if note),
        paper=declared.paper if declared else shape.outer.paper,
        frozen_columns=_frozen(specs, shape),
    )
    write_template(path, spec, properties, _hints(columns), [None if not s.key else _sample(s) for s in specs])


def _hints(columns: list[ShapeColumn]) -> dict[str, str]:
    found = {}
    for column in columns:
        kind = column.ledger.kind(column.column)
        parts = ["必填。" if column.required else "", HINTS.get(kind, "")]
        if kind == "code" and not choices_of(column):
            parts[1] = "填写代码表中的名称。"
        if any(parts):
            found[column.key] = "".join(parts)
    return found


def _sample(spec: ColumnSpec):
    if spec.choices:
        return spec.choices[0]
    return {"date": SAMPLE_DAY, "int": 1, "decimal": 1}.get(spec.kind, "……")
