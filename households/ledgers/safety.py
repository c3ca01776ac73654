"""The ledgers of the safety net: insurance, minimum living, disability, relief, schooling, family doctors."""

from __future__ import annotations

from django.db.models import Q

from common import clock
from common.ledger import Column, Filter, Ledger, Privacy, Reference, registry
from common.models import STANDING
from common.terms import term
from households.actions import safety as actions
from households.checks import safety as checks
from households.ledgers import subjects
from households.ledgers.shared import PERSON, division, head_name, household, of_person, settlement_name
from households.models import (
    Disability,
    DoctorContract,
    Insurance,
    MinimumLiving,
    Person,
    Schooling,
    TemporaryRelief,
)
from households.queries.safety import COVERED, covered, pensionable, running

YES_NO = [("1", term("yes", "是")), ("0", term("no", "否"))]


def _settlement(path: str) -> Filter:
    return Filter(
        "settlement",
        term("settlement", "安置点"),
        "exact",
        lambda rows, value: rows.filter(**{f"{path}__settlement__code": value}),
        shown=False,
    )


def _running(begin: str, end: str) -> Filter:
    """Rows that hold today."""
    return Filter(
        "running",
        term("running", "当前有效"),
        "choice",
        lambda rows, value: (rows.filter if value == "1" else rows.exclude)(running(begin, end, clock.today())),
        YES_NO,
    )


def _text(name: str, privacy=Privacy.PERSONAL, **more) -> Column:
    return Column(name, privacy, **{"width": 12, **more})


def _remark() -> Column:
    return Column("remark", Privacy.PERSONAL, width=16, listed=False)


registry.add(
    Ledger(
        key="insurances",
        subject=subjects.SAFETY,
        title=term("Insurance ledger", "参保台账"),
        model=Insurance,
        natural_key=("person", "year", "kind"),
        standing=STANDING,
        save=actions.save_insurances,
        void=actions.void_insurances,
        check_rows=checks.check_insurances,
        columns=(
            *of_person(),
            _text("year", Privacy.INTERNAL, width=8, filter="number", grouped=False),
            _text("kind", width=22, filter="choice"),
            _text("payer", width=18, filter="choice"),
            _text("subsidy", total="sum"),
            _text("moved_on", Privacy.INTERNAL, listed=False, filter="date"),
            _remark(),
            division(),
        ),
        filters=(_settlement("person__household"),),
    )
)

registry.add(
    Ledger(
        key="minimum-living",
        subject=subjects.SAFETY,
        title=term("Minimum living and extreme poverty", "低保特困台账"),
        model=MinimumLiving,
        natural_key=("household", "from_on"),
        standing=STANDING,
        save=actions.save_minimum_livings,
        void=actions.void_minimum_livings,
        check_rows=checks.check_minimum_livings,
        columns=(
            household(),
            head_name(),
            settlement_name(listed=False),
            _text("kind", width=14, filter="choice"),
            _text("from_on", filter="date"),
            _text("to_on", filter="date"),
            _text("amount", total="sum"),
            _text("people", width=8, total="sum"),
            _remark(),
            division(),
        ),
        filters=(_running("from_on", "to_on"), _settlement("household")),
    )
)

registry.add(
    Ledger(
        key="disabilities",
        subject=subjects.SAFETY,
        title=term("Disability ledger", "残疾证台账"),
        model=Disability,
        natural_key=("person", "issued_on"),
        standing=STANDING,
        save=actions.save_disabilities,
        void=actions.void_disabilities,
        check_rows=checks.check_disabilities,
        columns=(
            *of_person(),
            Column("certificate", Privacy.SENSITIVE, width=24),
            _text("kind", filter="choice"),
            _text("grade", width=8, filter="choice"),
            _text("issued_on", filter="date"),
            _text("valid_to", filter="date"),
            _remark(),
            division(),
        ),
        filters=(_running("issued_on", "valid_to"), _settlement("person__household")),
    )
)

registry.add(
    Ledger(
        key="temporary-relief",
        subject=subjects.SAFETY,
        title=term("Temporary relief", "临时救助台账"),
        model=TemporaryRelief,
        natural_key=("household", "day", "reason"),
        standing=STANDING,
        save=actions.save_reliefs,
        void=actions.void_reliefs,
        check_rows=checks.check_reliefs,
        columns=(
            household(),
            head_name(),
            settlement_name(listed=False),
            _text("day", filter="date"),
            _text("reason", filter="choice"),
            _text("amount", total="sum"),
            _remark(),
            division(),
        ),
        filters=(_settlement("household"),),
    )
)

registry.add(
    Ledger(
        key="schooling",
        subject=subjects.SAFETY,
        title=term("Schooling ledger", "就学台账"),
        model=Schooling,
        natural_key=("person", "from_on"),
        standing=STANDING,
        save=actions.save_schoolings,
        void=actions.void_schoolings,
        check_rows=checks.check_schoolings,
        columns=(
            *of_person(),
            _text("grade", width=16, filter="choice"),
            _text("school", width=24, filter="text"),
            _text("from_on", filter="date"),
            _text("to_on", filter="date"),
            _text("dropout_reason", width=16, filter="choice"),
            _remark(),
            division(),
        ),
        filters=(_running("from_on", "to_on"), _settlement("person__household")),
    )
)

registry.add(
    Ledger(
        key="doctor-contracts",
        subject=subjects.SAFETY,
        title=term("Family doctor contracts", "家庭医生签约台账"),
        model=DoctorContract,
        natural_key=("household", "from_on", "doctor"),
        standing=STANDING,
        save=actions.save_doctor_contracts,
        void=actions.void_doctor_contracts,
        check_rows=checks.check_doctor_contracts,
        columns=(
            household(),
            head_name(),
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
            ),
            _text("doctor", Privacy.INTERNAL, filter="text"),
            _text("institution", Privacy.INTERNAL, width=24),
            _text("from_on", filter="date"),
            _text("to_on", filter="date"),
            _remark(),
            division(),
        ),
        filters=(_running("from_on", "to_on"), _settlement("household")),
    )
)


def _covered(rows, value: str):
    key, has = value.split(":")
    found = covered(key, clock.today())
    return rows.filter(found if has == "1" else ~Q(found))


registry["persons"].extend(
    filters=[
        Filter(
            "covered",
            term("safety net", "保障情况"),
            "choice",
            _covered,
            [
                choice
                for key, title in COVERED.items()
                for choice in [(f"{key}:1", title), (f"{key}:0", term(f"without: {title.en}", f"未{title.zh}"))]
            ],
            ledger="insurances",
        ),
        Filter(
            "pensionable",
            term("of the age and state to insure a pension", "应参加养老保险"),
            "choice",
            lambda rows, value: (rows.filter if value == "1" else rows.exclude)(pensionable(clock.today())),
            YES_NO,
            shown=False,
            ledger="insurances",
        ),
    ]
)
registry["households"].extend(
    filters=[
        Filter(
            "aid",
            term("aid now", "当前救助"),
            "choice",
            lambda rows, value: rows.filter(
                pk__in=MinimumLiving.objects.filter(
                    running("from_on", "to_on", clock.today()), voided_at=None, kind=value
                ).values("household")
            ),
            [("minimum", term("minimum living", "最低生活保障")), ("extreme", term("extreme poverty", "特困供养"))],
            shown=False,
            ledger="minimum-living",
        ),
    ]
)
