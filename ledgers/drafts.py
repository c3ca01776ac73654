"""Drafts of open forms, and the guard against a form that is sent twice."""

from __future__ import annotations

import datetime as dt
import uuid

import orjson

from common import clock
from ledgers.models import Draft

KEPT_FOR = dt.timedelta(days=7)
LONGEST = 100_000
NOT_KEPT = frozenset({"csrfmiddlewaretoken", "form_id", "version", "next", "restore"})


def new_form_id() -> str:
    """The id of a form that is being opened."""
    return str(uuid.uuid4())


def form_id_of(data) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(data.get("form_id", "")))
    except ValueError:
        return None


def keep(user, form: str, member: str, data) -> Draft | None:
    """Store what stands in the form; None where it carries no id of its own, is saved already, or far too long."""
    form_id = form_id_of(data)
    text = orjson.dumps({name: value for name, value in data.items() if name not in NOT_KEPT}).decode()
    if form_id is None or len(text) > LONGEST:
        return None
    version = str(data.get("version", ""))
    draft, created = Draft.objects.get_or_create(user=user, form_id=form_id, defaults={"form": form, "member": member})
    if draft.saved_as:
        return None
    draft.data, draft.saved_at = text, clock.now()
    draft.base_version = int(version) if version.isdecimal() and len(version) < 10 else None
    draft.save()
    return draft


def latest(user, form: str, member: str) -> Draft | None:
    """The newest unsaved draft for this form and record; old ones of the user are cleared away."""
    Draft.objects.filter(user=user, saved_at__lt=clock.now() - KEPT_FOR).delete()
    return (
        Draft.objects.filter(user=user, form=form, member=member, saved_as="", data__isnull=False)
        .order_by("-saved_at")
        .first()
    )


def content(draft: Draft) -> dict[str, str]:
    return orjson.loads(draft.data)


def drop(user, form_id: uuid.UUID) -> None:
    Draft.objects.filter(user=user, form_id=form_id, saved_as="").delete()


def begin_saving(user, form: str, member: str, form_id: uuid.UUID | None, data=None) -> str:
    """The address that an earlier sending of the same form led to, or '' where this is the first.

    A simultaneous second sending waits here until the first one's transaction has ended. The `data` of a form that has
    drafts stay as its draft until `saved` forgets them: what is refused is not lost when the page is closed.
    """
    if form_id is None:
        return ""
    Draft.objects.get_or_create(user=user, form_id=form_id, defaults={"form": form, "member": member})
    address = Draft.objects.select_for_update().get(user=user, form_id=form_id).saved_as
    if data is not None and not address:
        keep(user, form, member, data)
    return address


def saved(user, form_id: uuid.UUID | None, address: str) -> None:
    """Remember where the form led to, and forget what stood in it."""
    if form_id is not None:
        Draft.objects.filter(user=user, form_id=form_id).update(saved_as=address, data=None, saved_at=clock.now())
