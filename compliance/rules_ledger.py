"""The ledger of findings 发现问题台账."""

from django.db.models import Q

from common.ledger import Column, Filter, Ledger, Privacy, registry
from common.rule import rules
from common.terms import term
from compliance import home_area
from compliance.models import Finding

findings = registry.add(
    Ledger(
        key="findings",
        title=term("Findings", "发现问题台账"),
        model=Finding,
        natural_key=("rule", "ledger", "subject", "opened_on"),
        standing=Q(closed_on__isnull=True),
        entry=False,
        columns=(
            Column("rule", Privacy.PUBLIC, computed=True, width=10, filter="exact"),
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
                choices=lambda: [
                    *((rule.id, f"{rule.id} {rule.title}") for rule in rules),
                    (home_area.KIND, home_area.TITLE),
                ],
            ),
        ),
        address=lambda row: f"/households/{row['subject']}/",
    )
)
