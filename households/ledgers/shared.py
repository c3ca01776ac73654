"""Columns that ledgers about households and members have in common."""

from __future__ import annotations

from common.ledger import Column, Privacy, Reference
from common.terms import term
from households.models import Household, Person

HOUSEHOLD = term("Household", "户基本情况")
PERSON = term("Member", "家庭成员情况")


def household(**more) -> Column:
    return Column(
        "household",
        Privacy.INTERNAL,
        source="household__code",
        reference=Reference(Household, "code"),
        **{"group": HOUSEHOLD, "width": 15, "filter": "exact", **more},
    )


def head_name(**more) -> Column:
    return Column(
        "head_name",
        Privacy.PERSONAL,
        heading=term("Head", "户主"),
        source="household__head_name",
        computed=True,
        **{"group": HOUSEHOLD, "width": 10, "filter": "text", "total": "count", **more},
    )


def settlement_name(path: str = "household", **more) -> Column:
    return Column(
        "settlement_name",
        Privacy.INTERNAL,
        heading=term("Settlement", "安置点"),
        source=f"{path}__settlement__name",
        computed=True,
        **{"group": HOUSEHOLD, "width": 18, "filter": "text", **more},
    )


def division(**more) -> Column:
    return Column(
        "division",
        Privacy.INTERNAL,
        heading=term("township", "所在乡镇"),
        source="region",
        kind="division",
        computed=True,
        **{"group": HOUSEHOLD, "width": 14, "filter": "division", "listed": False, **more},
    )


def of_person() -> tuple[Column, ...]:
    """Whose row it is: told by the person's number here or by ID number, shown with name and household."""
    return (
        Column(
            "household",
            Privacy.INTERNAL,
            heading=term("Household no.", "户编号"),
            source="person__household__code",
            computed=True,
            group=PERSON,
            width=15,
            filter="exact",
        ),
        Column(
            "person",
            Privacy.INTERNAL,
            heading=term("person number or ID number", "人员编号（或身份证号）"),
            source="person_id",
            group=PERSON,
            width=20,
            filter="exact",
            reference=Reference(Person, "id"),
            synonyms=("人员编号", "身份证号", "证件号码"),
        ),
        Column(
            "person_name",
            Privacy.PERSONAL,
            heading=term("name", "姓名"),
            source="person__name",
            computed=True,
            group=PERSON,
            width=10,
            filter="text",
            total="count",
        ),
    )
