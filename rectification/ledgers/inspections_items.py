"""What inspections and samples add to the ledger of problems: where an item comes from, and the list behind a figure."""

from __future__ import annotations

from django.db.models import QuerySet

from common.ledger import Filter, Panel, registry
from common.terms import term
from rectification.models import CheckLine, Inspection, ItemOrigin, Sample, SampleHousehold


def _from(path: str):
    def apply(rows: QuerySet, value: str) -> QuerySet:
        if not value.isdecimal() or len(value) > 18:
            return rows.none()
        return rows.filter(pk__in=ItemOrigin.objects.filter(**{path: int(value)}).values("item"))

    return apply


def _origin(item, user) -> dict:
    """The inspection or sample of an item with the results that it was made of, as far as the reader may see them."""
    origin = ItemOrigin.objects.filter(item=item).first()
    if origin is None:
        return {"inspection": None, "sample": None}
    return {
        "inspection": Inspection.objects.visible_to(user).filter(pk=origin.inspection_id).first(),
        "sample": Sample.objects.visible_to(user).filter(pk=origin.sample_id).first(),
        "lines": CheckLine.objects.visible_to(user).filter(item=item).select_related("record"),
        "visits": SampleHousehold.objects.visible_to(user).filter(item=item),
    }


registry["rectification-items"].extend(
    filters=[
        Filter("of_inspection", term("no. of the inspection", "检查序号"), "exact", _from("inspection"), shown=False),
        Filter("of_sample", term("no. of the sample", "抽样序号"), "exact", _from("sample"), shown=False),
    ],
    panels=[Panel("origin", term("Found in", "问题来源检查"), "rectification/inspections/_origin.html", _origin)],
)
