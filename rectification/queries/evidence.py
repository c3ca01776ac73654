"""The evidence that counts for an item: what is attached and not withdrawn."""

from __future__ import annotations

from django.db.models import QuerySet

from ledgers.models import Attachment
from rectification.models import RectificationItem


def evidence_of(item: RectificationItem) -> QuerySet[Attachment]:
    return Attachment.objects.filter(ledger="rectification-items", subject_id=item.pk, withdrawn_at=None)
