"""The only writers of supervision orders: issuing, receipt, reply, decision."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import check
from alerts.actions import clear_deadlines, pause_deadlines, set_deadline
from alerts.kinds import DeadlineKind, declare_deadline
from common import bulk, clock
from common.changes import writing
from common.ledger import registry
from common.problems import Problem, Refused, of_error
from common.scope import contains
from common.terms import term
from rectification.actions.tasks_files import evidence_in_words, keep_files
from rectification.actions.tasks_rows import locked, refuse_all, refused, standing, stored_rows, void_rows
from rectification.models import RectificationItem
from rectification.models.orders import OrderMove, SupervisionOrder
from rectification.queries.orders import ORDERS, may_issue, why_not
from rectification.task_states import ORDER_ACTS

ORDER_DUE = declare_deadline(
    DeadlineKind(
        "order-due",
        term("supervision order due", "督办单到期"),
        gettext_lazy("%(number)s to %(unit)s is answered by %(due_on)s: %(title)s"),
        frozenset({"drc", "county", "city", "province"}),
    )
)
NUMBERS_LOCK = 760_421  # of the advisory locks: numbers run through a place and year
SIDE_STATES = ("issued", "received", "returned")  # in which the receiver's side has to act
_NEEDED = {
    "reply": gettext_lazy("Write what has been done."),
    "return": gettext_lazy("Say what is missing, so that the unit knows what to do."),
    "extend": gettext_lazy("Say why the limit is extended."),
}
CHANGED = [
    "state",
    "limit_on",
    "received_on",
    "received_by",
    "replied_on",
    "replied_by",
    "reply",
    "evidence",
    "closed_on",
    "version",
]


@dataclass
class Told:
    """What comes with an act; files as evidence, with what they show."""

    text: str = ""
    evidence: str = ""
    day: dt.date | None = None
    files: Sequence[File] = ()
    caption: str = ""


def address_of(order: SupervisionOrder) -> str:
    return f"/orders/{order.pk}/"


def issuing_region(by, region: int) -> int:
    """The widest of the user's areas that holds the place: in its name the order is issued."""
    lo, _hi = min((pair for pair in by.ranges if pair[0] <= region < pair[1]), key=lambda pair: pair[0] - pair[1])
    return lo


def save_orders(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Issue orders; what an order says can be changed until its receipt is acknowledged."""
    if not may_issue(by):
        raise PermissionDenied(_("Your role receives and answers supervision orders; it does not issue them."))
    saved = bulk.Saved()
    with writing(by=by, on=on, source=source) as work:
        stored = stored_rows(SupervisionOrder, rows, "unit", "post", "person")
        for index, row in enumerate(rows):
            merged = bulk.merge(SupervisionOrder, [row], lambda row: stored.get(row.get("id")))
            [order] = merged.objects
            if order in merged.changed and order.state != "issued":
                message = _("The receipt of %(number)s has been acknowledged; it stays as it is. Return or extend it.")
                raise refused("stays", message % {"number": order.number}, "title", order.title, index)
            if order.pk is None or order in merged.changed:
                _refuse_amiss(index, order, by, work.on)
            if order.pk is None:
                _issue(order, by, work.on)
            else:
                order.region = order.unit.region
                bulk.update(merged.changed, sorted(merged.fields | {"version", "region"}) if merged.changed else [])
            if order in merged.changed or merged.new:
                _arm(order, work.on)
            saved.objects.append(order)
            saved.created += merged.new
            saved.altered += merged.changed
        work.publish(ORDERS, [order.pk for order in saved.touched])
    return saved


def _refuse_amiss(index: int, order: SupervisionOrder, by, on: dt.date) -> None:
    """The unit lies in the issuer's area, the post and person are its own, the limit lies ahead, the record is there."""
    faults: list[tuple[str, str, str, str]] = []
    if not contains(by.ranges, order.unit.region):
        faults.append(
            ("unit", order.unit.name, "out_of_scope", _("This unit lies outside the area that you supervise."))
        )
    if order.unit_id == by.unit_id:
        faults.append(("unit", order.unit.name, "own_unit", _("An order goes to another unit than your own.")))
    if order.post and order.post.unit_id != order.unit_id:
        faults.append(("post", str(order.post), "other_unit", _("This post is another unit's. Choose one of its own.")))
    if order.person and order.person.unit_id not in (None, order.unit_id):
        faults.append(("person", str(order.person), "other_unit", _("This person works in another unit.")))
    if order.limit_on < on:
        faults.append(("limit_on", str(order.limit_on), "past_date", _("The limit lies in the past already.")))
    if order.subject_ledger and not _subject(order, by):
        message = _("There is no such record, or it lies outside your area.")
        faults.append(("subject_id", str(order.subject_id or ""), "unknown_row", message))
    elif not order.subject_ledger and order.subject_id is not None:
        faults.append(("subject_ledger", "", "required", _("Name the ledger of the record as well.")))
    refuse_all([Problem(index, *fault) for fault in faults])


def _subject(order: SupervisionOrder, by) -> bool:
    """Find what the order is about, and keep how it is called and where it stands."""
    if order.subject_ledger not in registry or order.subject_id is None:
        return False
    ledger = registry[order.subject_ledger]
    found = ledger.within(by).filter(pk=order.subject_id).first()
    if found is None:
        return False
    order.subject_title = name_of(found)[:200]
    order.subject_address = subject_address(ledger, found)
    return True


def name_of(record) -> str:
    """How an order calls what it is about: a problem by its number and its words."""
    return f"{record} {record.title}" if isinstance(record, RectificationItem) else str(record)


def subject_address(ledger, found) -> str:
    """The page of a record by the ledger's own word, as far as the record itself tells its columns."""
    if ledger.address is None:
        return f"/ledgers/{ledger.key}/{found.pk if ledger.member_by == 'id' else getattr(found, ledger.member_by)}/"
    row = {column.name: getattr(found, column.field or column.name, None) for column in ledger.columns}
    return ledger.address({**row, "id": found.pk})[:200]


def _issue(order: SupervisionOrder, by, on: dt.date) -> None:
    order.region = order.unit.region
    order.issuer_region, order.issuer, order.issued_by, order.issued_on = (
        issuing_region(by, order.region),
        by.unit,
        by,
        on,
    )
    order.year = on.year
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [NUMBERS_LOCK, order.issuer_region // 10**6])
    last = (
        SupervisionOrder.objects.filter(issuer_region=order.issuer_region, year=order.year)
        .order_by("-serial")
        .values_list("serial", flat=True)
        .first()
    )
    order.serial = (last or 0) + 1
    order.number = f"督办〔{order.year}〕{order.serial}号"
    order.save()
    _keep(order, "issue", Told(order.requirement), "issued", by, on)


def _arm(order: SupervisionOrder, on: dt.date) -> None:
    if order.state == "closed" or order.voided_at:
        clear_deadlines(ORDER_DUE.key, ORDERS, [order.pk], on=on)
        return
    set_deadline(
        ORDER_DUE.key,
        ORDERS,
        order.pk,
        region=order.region,
        address=address_of(order),
        due_on=order.limit_on,
        responsible=order.person,
        post=None if order.person else order.post,
        unit=order.unit,
        params={"number": order.number, "unit": order.unit.name, "title": order.title},
        on=on,
    )
    if order.state not in SIDE_STATES:
        pause_deadlines(ORDER_DUE.key, ORDERS, [order.pk], on=on)


def move(
    pk: int, key: str, told: Told, *, by, version: int | None = None, on: dt.date | None = None
) -> SupervisionOrder:
    """Carry out an act of the table. Raises Refused with every reason; of two at once one is carried out."""
    act = ORDER_ACTS[key]
    with writing(by=by, on=on) as work:
        order = locked(SupervisionOrder, pk, "unit", "post", "person", voided=True)
        reason = why_not(order, act, by, work.on)
        if version is not None and version != order.version:
            reason = _("Somebody else has acted on this order meanwhile: it is “%(state)s” now. Look at it again.") % {
                "state": order._meta.get_field("state").label(order.state)
            }
        if reason:
            raise refused("not_allowed", reason)
        told = _checked(act, replace(told, evidence=evidence_in_words(told.evidence, told.files)), order, work.on)
        keep_files(ORDERS, order, told.files, told.caption, act=key, by=by, on=work.on)
        before = order.state
        _EFFECTS[key](order, told, by, work.on)
        order.state = act.target or order.state
        order.version += 1
        order.save(update_fields=CHANGED)
        _keep(order, key, told, before, by, work.on)
        _arm(order, work.on)
        work.publish(ORDERS, [order.pk], in_place=True)
        return order


def _keep(order: SupervisionOrder, key: str, told: Told, before: str, by, on: dt.date) -> None:
    OrderMove.objects.create(
        order=order,
        region=order.region,
        act=key,
        day=on,
        at=clock.now(),
        by=by,
        unit_name=by.unit_name,
        text=told.text,
        evidence=told.evidence,
        before=before,
        after=order.state,
    )


def _checked(act, told: Told, order: SupervisionOrder, on: dt.date) -> Told:
    faults: dict[str, ValidationError] = {}
    text, evidence = told.text.strip(), told.evidence.strip()
    if "text" in act.needs and not text:
        faults["text"] = ValidationError(_NEEDED[act.key], "required")
    if "evidence" in act.needs and not evidence:
        faults["evidence"] = ValidationError(
            _("Attach the evidence, or name it: document numbers, names of papers."), "required"
        )
    for name, value in (("text", text), ("evidence", evidence)):
        limit = 1000 if name == "text" else 300
        if len(value) > limit:
            faults[name] = ValidationError(
                _("This is too long: at most %(limit)s characters. Shorten it.") % {"limit": limit}, "too_long"
            )
    if "day" in act.needs and told.day is None:
        faults["day"] = ValidationError(_("Write the new limit."), "required")
    if told.day is not None and told.day < on:
        faults["day"] = ValidationError(_("The limit lies in the past already."), "past_date")
    elif act.key == "extend" and told.day is not None and told.day <= order.limit_on:
        faults["day"] = ValidationError(
            _("The limit is %(day)s already; an extension ends later.") % {"day": order.limit_on}, "order"
        )
    if faults:
        raise Refused(list(of_error(ValidationError(faults))))
    return replace(told, text=text, evidence=evidence)


def _receive(order: SupervisionOrder, told: Told, by, on: dt.date) -> None:
    order.received_on, order.received_by = on, by


def _reply(order: SupervisionOrder, told: Told, by, on: dt.date) -> None:
    order.replied_on, order.replied_by, order.reply, order.evidence = on, by, told.text, told.evidence


def _close(order: SupervisionOrder, told: Told, by, on: dt.date) -> None:
    order.closed_on = on


def _again(order: SupervisionOrder, told: Told, by, on: dt.date) -> None:
    order.limit_on = told.day or order.limit_on


_EFFECTS = {"receive": _receive, "reply": _reply, "close": _close, "return": _again, "extend": _again}


def void_orders(ids: Iterable[int], *, reason: str, by, on=None) -> int:
    """Take orders back that were issued by mistake, as long as nobody has answered them."""
    check(by, "write", ORDERS)
    with writing(by=by, on=on) as work:
        rows = standing(SupervisionOrder, ids, "unit")
        problems = [
            Problem(
                index,
                "title",
                row.title,
                "stays",
                _("Only the issuing side takes an order back, and before it is answered."),
            )
            for index, row in enumerate(rows)
            if not may_issue(by) or not contains(by.ranges, row.issuer_region) or row.replied_on
        ]
        refuse_all(problems)
        void_rows(rows, by, reason)
        for row in rows:
            _arm(row, work.on)
        work.publish(ORDERS, [row.pk for row in rows])
        return len(rows)
