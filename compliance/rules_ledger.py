"""The ledger of findings 发现问题台账."""

from django.db.models import Q

from common.codes import choices, declare
from common.ledger import Column, Filter, Ledger, Privacy, registry
from common.rule import rules
from common.terms import term
from compliance import home_area
from compliance.models import Finding

# Findings of kinds that no policy names; a rule is shown by its number.
OTHER_KINDS = "finding_kind"
declare(
    OTHER_KINDS,
    term("Kind of finding", "发现问题类型"),
    {
        "SAMPLE": term("differs from what a sample found", "抽样核查不一致"),
        home_area.KIND: home_area.TITLE,
    },
)


def _address(row: dict) -> str:
    """The page of the record that a finding is about."""
    kept = row["ledger"] == "households"
    return f"/households/{row['subject']}/" if kept else f"/ledgers/{row['ledger']}/{row['subject']}/"


findings = registry.add(
    Ledger(
        key="findings",
        title=term("Findings", "发现问题台账"),
        model=Finding,
        natural_key=("rule", "ledger", "subject", "opened_on"),
        standing=Q(closed_on__isnull=True),
        entry=False,
        columns=(
            Column("rule", Privacy.PUBLIC, computed=True, width=16, filter="exact", code_list=OTHER_KINDS),
            Column("ledger", Privacy.PUBLIC, computed=True, listed=False, in_sheet=False),
            Column("subject", Privacy.INTERNAL, computed=True, width=18, filter="exact"),
            Column(
                "division",
                Privacy.PUBLIC,
                heading=term("township", "所在乡镇"),
                source="region",
                field="region",
                computed=True,
                width=16,
                filter="division",
            ),
            Column("opened_on", Privacy.INTERNAL, computed=True, width=12, filter="date"),
        ),
        filters=(
            Filter(
                "title",
                term("rule by name", "规则名称"),
                "choice",
                lambda queryset, value: queryset.filter(rule=value),
                choices=lambda: [*((rule.id, f"{rule.id} {rule.title}") for rule in rules), *choices(OTHER_KINDS)],
            ),
        ),
        address=_address,
    )
)
