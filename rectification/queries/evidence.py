"""The evidence that counts for an item: what is attached, not withdrawn, and newer than what put the item in doubt."""

from __future__ import annotations

from django.db.models import QuerySet

from ledgers.models import Attachment
from rectification.models import RectificationItem

# After these the old evidence proves nothing any more: the problem came back, or the evidence was false.
IN_DOUBT_BY = ("reopen", "find_false")


def evidence_of(item: RectificationItem) -> QuerySet[Attachment]:
    """Files that stand for the item, whether old or new."""
    return Attachment.objects.filter(ledger="rectification-items", subject_id=item.pk, withdrawn_at=None)


def counting_evidence_of(item: RectificationItem) -> QuerySet[Attachment]:
    """Those that may carry a closing."""
    doubt = item.moves.filter(act__in=IN_DOUBT_BY).order_by("-id").first()
    found = evidence_of(item)
    return found.filter(uploaded_at__gt=doubt.at) if doubt is not None else found
