"""The ledger of accountability 问责台账: who was called to account over which problem, and who has not read it yet."""

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import CharField, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from common.ledger import Column, Filter, Ledger, Privacy, registry
from common.models import STANDING
from common.terms import term
from rectification.actions.accountability import void_records
from rectification.models import AccountabilityAddressee, AccountabilityRecord
from rectification.queries.accountability import LEDGER, late_reading

YES_NO = [("1", term("yes", "是")), ("0", term("no", "否"))]
TO = term("Called to account", "问责对象")


def _computed(rows: QuerySet) -> QuerySet:
    mine = AccountabilityAddressee.objects.filter(record=OuterRef("pk")).order_by().values("record")
    units = mine.annotate(text=StringAgg("unit__name", "、", order_by="pk")).values("text")
    persons = mine.annotate(text=StringAgg("persons", "、", filter=~Q(persons=""), order_by="pk")).values("text")
    unread = mine.filter(read_at=None).annotate(n=Count("*")).values("n")
    return rows.annotate(
        units=Subquery(units, output_field=CharField()),
        persons=Coalesce(Subquery(persons, output_field=CharField()), Value("")),
        unread=Coalesce(Subquery(unread, output_field=IntegerField()), 0),
    )


def _late(rows: QuerySet, value: str) -> QuerySet:
    late = late_reading(AccountabilityRecord.objects.all()).values("pk")
    return rows.filter(pk__in=late) if value == "1" else rows.exclude(pk__in=late)


accountability = registry.add(
    Ledger(
        key=LEDGER,
        title=term("Accountability records", "问责台账"),
        model=AccountabilityRecord,
        natural_key=("id",),
        standing=STANDING,
        entry=False,
        void=void_records,
        base=_computed,
        address=lambda row: f"/rectification/accountability/{row['id']}/",
        columns=(
            Column("kind", Privacy.INTERNAL, computed=True, width=12, filter="choice"),
            Column("on", Privacy.INTERNAL, computed=True, width=12, filter="date", sort=True),
            Column("document_no", Privacy.INTERNAL, computed=True, width=18, filter="text"),
            Column(
                "item",
                Privacy.INTERNAL,
                source="item__number",
                kind="text",
                computed=True,
                width=18,
                filter="text",
            ),
            Column("cause", Privacy.INTERNAL, computed=True, width=10, filter="choice"),
            Column(
                "division",
                Privacy.INTERNAL,
                heading=term("county", "县（区）"),
                source="region",
                field="region",
                computed=True,
                width=14,
                filter="division",
            ),
            Column(
                "issuing_unit",
                Privacy.INTERNAL,
                source="issuing_unit__name",
                kind="text",
                computed=True,
                width=20,
                filter="text",
            ),
            Column(
                "units",
                Privacy.INTERNAL,
                heading=term("units", "单位"),
                kind="text",
                computed=True,
                group=TO,
                width=24,
            ),
            Column(
                "persons",
                Privacy.PERSONAL,
                heading=term("persons", "人员"),
                kind="text",
                computed=True,
                group=TO,
                width=16,
            ),
            Column("referred_to", Privacy.INTERNAL, computed=True, width=18, listed=False),
            Column("content", Privacy.INTERNAL, computed=True, width=36, listed=False),
            Column(
                "unread",
                Privacy.INTERNAL,
                heading=term("not read by", "未签收单位数"),
                kind="int",
                computed=True,
                width=8,
            ),
        ),
        filters=(Filter("late", term("unread for too long", "逾期未签收"), "choice", _late, YES_NO),),
    )
)
