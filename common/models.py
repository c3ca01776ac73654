"""Abstract rows that the apps build on; no table of its own."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.fields import DivisionCodeField
from common.scope import ScopedQuerySet
from common.terms import term


class Scoped(models.Model):
    """A row that belongs to a place: `region` is the 12-digit code of its township."""

    region = DivisionCodeField(term("region", "所属区划"), editable=False)

    scope_path = "region"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True


class Recorded(Scoped):
    """A scoped row that officials keep: versioned against lost updates, voided with a reason and never deleted."""

    version = models.PositiveIntegerField(term("version", "版本"), default=1, editable=False)
    voided_at = models.DateTimeField(term("voided at", "作废时间"), null=True, editable=False)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=term("voided by", "作废人"),
    )
    void_reason = models.CharField(term("reason of voiding", "作废原因"), max_length=200, blank=True, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def void_constraint(cls, table: str) -> models.CheckConstraint:
        """Who, when and why are all told or none is."""
        return models.CheckConstraint(
            name=f"{table}_void_told_whole",
            condition=Q(voided_at__isnull=True, voided_by__isnull=True, void_reason="")
            | Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason=""),
        )


STANDING = Q(voided_at__isnull=True)
