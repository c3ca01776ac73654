"""From which inspection or sample a problem on the ledger comes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.models import Scoped
from common.terms import term
from rectification.models.inspections import Inspection
from rectification.models.items import RectificationItem
from rectification.models.sampling import Sample


class ItemOrigin(Scoped):
    """The inspection 来源检查 or sample in which an item was found, in the region of the item."""

    item = models.OneToOneField(RectificationItem, models.PROTECT, related_name="origin")
    inspection = models.ForeignKey(Inspection, models.PROTECT, null=True, related_name="origins")
    sample = models.ForeignKey(Sample, models.PROTECT, null=True, related_name="origins")

    class Meta:
        verbose_name = term("origin of an item", "问题来源检查")
        verbose_name_plural = term("origins of items", "问题来源检查")
        constraints = [
            models.CheckConstraint(
                name="item_origin_told", condition=Q(inspection__isnull=False) | Q(sample__isnull=False)
            )
        ]
