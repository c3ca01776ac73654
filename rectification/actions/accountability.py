"""Calling to account: issuing, confirming to have read, voiding. A false rectification asks for a referral until one stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from accounts.roles import check
from common import bulk, clock
from common.changes import writing
from common.problems import Problem, Refused, of_error
from common.scope import level_of
from divisions.models import Unit
from rectification.actions.effects import follow_referral
from rectification.models import AccountabilityAddressee, AccountabilityRecord, RectificationItem
from rectification.models.accountability import REFERRAL
from rectification.queries.accountability import LEDGER, addressable, cause_of, why_not_issue


def call_to_account(
    item: RectificationItem, *, by, addressees: Sequence[tuple[Unit, str]], on: dt.date | None = None, **told
) -> AccountabilityRecord:
    """Issue a record (kind, day, document_no, referred_to, content) to units of the item, each with the persons named.

    Raises Refused with every reason at once.
    """
    check(by, "write", LEDGER)
    with writing(by=by, on=on) as unit:
        known, rows = item, RectificationItem.objects.select_for_update(no_key=True, of=("self",))
        item = rows.filter(pk=known.pk).first()
        if reason := _("The item lies outside your area.") if item is None else why_not_issue(item, by, unit.on):
            raise Refused([Problem(0, "", known.state, "not_allowed", reason)])
        record = AccountabilityRecord(
            item=item,
            region=item.region,
            cause=cause_of(item, unit.on),
            issuing_unit=by.unit,
            author=by,
            level=min((level_of(one.region) for one, _names in addressees), default=0),
        )
        problems = [*_filled(record, told), *_wrong(record, addressees, by, unit.on)]
        if problems:
            raise Refused(problems)
        record.save()
        AccountabilityAddressee.objects.bulk_create(
            [
                AccountabilityAddressee(record=record, region=item.region, unit=one, persons=names)
                for one, names in addressees
            ]
        )
        follow_referral(item, by=by, on=unit.on)
        unit.publish(LEDGER, [record.pk])
        return record


def _filled(record: AccountabilityRecord, told: dict) -> list[Problem]:
    """Lay the values over the record, each checked by its field."""
    problems = []
    for name in ("kind", "day", "document_no", "referred_to", "content"):
        attribute = "on" if name == "day" else name
        try:
            setattr(record, attribute, record._meta.get_field(attribute).clean(told.get(name), None))
        except ValidationError as error:
            problems += of_error(error, prefix=name)
    return problems


def _wrong(record: AccountabilityRecord, addressees, by, on: dt.date) -> list[Problem]:
    found = []

    def fault(name: str, code: str, message: str) -> None:
        found.append(Problem(0, name, "", code, message))

    item = record.item
    if record.on is not None and record.on > on:
        fault("day", "future_date", _("This day lies in the future. Check it."))
    if record.on is not None and record.on < item.found_on:
        message = _("This day lies before the problem was found (%(day)s).") % {"day": item.found_on}
        fault("day", "out_of_range", message)
    if record.kind == REFERRAL:
        if record.cause != "false":
            message = _("Only a false rectification is referred. First find it false; criticise or talk otherwise.")
            fault("kind", "not_allowed", message)
        for name in ("document_no", "referred_to"):
            if not getattr(record, name):
                fault(name, "required", _("A referral needs its document number and the body that it goes to."))
        if record.on is not None and item.false_on and record.on < item.false_on:
            message = _("The false rectification was found on %(day)s. A referral is not older.") % {
                "day": item.false_on
            }
            fault("day", "out_of_range", message)
    if not addressees:
        fault("addressees", "required", _("Choose at least one unit that is called to account."))
    allowed = {unit.pk for unit in addressable(item, by)}
    for unit, _names in addressees:
        if unit.pk not in allowed:
            message = _("%(unit)s does not answer for this problem, or does not stand below you.") % {"unit": unit}
            fault("addressees", "unit_outside", message)
    return found


def confirm_reading(record: AccountabilityRecord, *, by, on: dt.date | None = None) -> AccountabilityAddressee:
    """Somebody of a unit addressed confirms to have read the record; the first confirmation stays."""
    with writing(by=by, on=on) as unit:
        rows = AccountabilityAddressee.objects.select_for_update(no_key=True, of=("self",))
        mine = rows.filter(record=record, unit=by.unit_id).first() if by.unit_id else None
        if mine is None:
            raise PermissionDenied(_("This is not addressed to your unit."))
        if mine.read_at is None:
            mine.read_at, mine.read_by = clock.now(), by
            mine.save(update_fields=["read_at", "read_by"])
            unit.publish(LEDGER, [record.pk])
        return mine


def void_records(ids: Iterable[int], *, reason: str, by, on=None) -> int:
    """The issuer's side takes back what was entered by mistake; a false rectification then asks for its referral again."""
    check(by, "write", LEDGER)
    with writing(by=by, on=on) as unit:
        rows = AccountabilityRecord.objects.visible_to(by).filter(pk__in=list(ids), voided_at=None).order_by("pk")
        rows = list(rows.select_for_update(no_key=True, of=("self",)))
        foreign = [row for row in rows if row.issuing_unit_id != by.unit_id]
        if foreign:
            message = _("“%(record)s” was issued by %(unit)s, which alone takes it back.")
            words = {"record": foreign[0], "unit": foreign[0].issuing_unit}
            raise Refused([Problem(0, "kind", "", "not_allowed", message % words)])
        for row in rows:
            row.voided_at, row.voided_by_id, row.void_reason = clock.now(), by.pk, reason
            row.version += 1
        bulk.update(rows, ["voided_at", "voided_by", "void_reason", "version"])
        for item in RectificationItem.objects.filter(pk__in={row.item_id for row in rows}):
            follow_referral(item, by=by, on=unit.on)
        unit.publish(LEDGER, [row.pk for row in rows])
        return len(rows)
