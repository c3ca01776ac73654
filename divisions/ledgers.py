"""Ledgers of law and lists: divisions, code lists."""

from common.ledger import Column, Ledger, Privacy, registry
from common.terms import term
from divisions.models import CodeItem, Division, Unit

divisions = registry.add(
    Ledger(
        key="divisions",
        title=term("Divisions", "行政区划"),
        model=Division,
        natural_key=("code", "valid_from"),
        member_by="code",
        sort=("code", "id"),
        entry=False,
        columns=(
            Column("code", Privacy.PUBLIC, width=15, filter="division"),
            Column("name", Privacy.PUBLIC, width=20, filter="text"),
            Column("level", Privacy.PUBLIC, kind="code", code_list="division_level", width=8, filter="choice"),
            Column("parent", Privacy.PUBLIC, source="parent__code", computed=True, kind="division", width=15),
            Column("valid_from", Privacy.PUBLIC, width=12),
            Column("valid_to", Privacy.PUBLIC, width=12),
        ),
    )
)

code_items = registry.add(
    Ledger(
        key="code-items",
        title=term("Code lists", "代码表"),
        model=CodeItem,
        natural_key=("list_id", "code"),
        sort=("list_id", "position", "id"),
        entry=False,
        columns=(
            Column("list_id", Privacy.PUBLIC, width=24, filter="exact"),
            Column("code", Privacy.PUBLIC, width=10),
            Column("name_zh", Privacy.PUBLIC, width=24, filter="text"),
            Column("name_en", Privacy.PUBLIC, width=32),
            Column("position", Privacy.PUBLIC, width=8),
            Column("disabled_on", Privacy.PUBLIC, width=12),
        ),
    )
)

units = registry.add(
    Ledger(
        key="units",
        title=term("Units", "单位"),
        model=Unit,
        natural_key=("division", "name"),
        sort=("region", "id"),
        columns=(
            Column("name", Privacy.PUBLIC, width=28, filter="text"),
            Column(
                "division",
                Privacy.PUBLIC,
                heading=term("division", "所属区划"),
                source="region",
                field="region",
                width=16,
                filter="division",
            ),
            Column("kind", Privacy.PUBLIC, code_list="unit_kind", kind="code", width=16, filter="choice"),
        ),
    )
)
