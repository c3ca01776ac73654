"""The only writers of confirmations 核实: confirmed at the place, accepted or returned by the level above."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.roles import check
from common import bulk
from common.changes import writing
from common.models import STANDING
from common.problems import Problem, Refused
from common.scope import reachable
from common.values import tidy
from households.actions.file_rows import in_future, voiding
from households.actions.locking import lock_households
from households.models import Confirmation, Household
from households.queries.confirmation import CONFIRMATIONS, confirming_level, why_not_deciding

ACCEPT, RETURN = "accept", "return"
LONGEST_REASON = 200


def check_confirmations(rows: Sequence[dict], user) -> Iterator[tuple[int, str, object, str, str]]:
    """A file is confirmed on a day that has come, once in a sheet."""
    yield from in_future(rows, "confirmed_on")
    seen: set[int] = set()
    for index, row in enumerate(rows):
        household = row.get("household")
        if household is not None and household.pk in seen:
            message = _("The same record stands here for the second time. Delete one of the rows.")
            yield index, "household", household.code, "duplicate", message
        seen.add(getattr(household, "pk", 0))


def save_confirmations(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Confirm files as checked: each row tells `household`, `confirmed_on` and perhaps a `remark`.

    What was confirmed before is no longer the last word. A row that is told again as it stands changes nothing, unless
    the file has changed or was returned meanwhile: then it is a new confirmation.
    """
    check(by, "write", CONFIRMATIONS)
    with writing(by=by, on=on, source=source) as unit:
        faults = [Problem(i, f, str(v), c, m) for i, f, v, c, m in check_confirmations(rows, by)]
        if faults:
            raise Refused(faults)
        level = confirming_level(by)
        ids = [row["id"] for row in rows if row.get("id")]
        stored = reachable(Confirmation).select_related("household").in_bulk(ids)
        homes = {row["household"].pk for row in rows if row.get("household")} | {
            found.household_id for found in stored.values()
        }
        # As long as this lasts nobody changes these files.
        lock_households(homes)
        households = reachable(Household).filter(STANDING).in_bulk(homes)
        current = {c.household_id: c for c in Confirmation.objects.filter(STANDING, current=True, household__in=homes)}
        saved, before = bulk.Saved(), []
        for index, row in enumerate(rows):
            told = row.get("household") or getattr(stored.get(row.get("id")), "household", None)
            household = households.get(getattr(told, "pk", None))
            if household is None:
                message = _("There is no such household in your area, or it was voided.")
                raise Refused([Problem(index, "household", str(told or ""), "unknown_row", message)])
            last = current.get(household.pk)
            if last is not None and row.get("id") == last.pk and _says_the_same(last, row):
                saved.objects.append(last)
                continue
            if last is not None:
                before.append(last)
            saved.created.append(
                Confirmation(
                    household=household,
                    region=household.region,
                    confirmed_on=row.get("confirmed_on") or unit.on,
                    remark=row.get("remark", ""),
                    level=level,
                    author=by,
                )
            )
            saved.objects.append(saved.created[-1])
        for last in before:
            last.current = False
            last.version += 1
        bulk.update(before, ["current", "version"])
        bulk.insert(saved.created)
        unit.publish(CONFIRMATIONS, [c.pk for c in (*saved.created, *before)])
        return saved


def _says_the_same(last: Confirmation, row: dict) -> bool:
    as_told = all(getattr(last, name) == row.get(name, getattr(last, name)) for name in ("confirmed_on", "remark"))
    return as_told and last.changed_at is None and last.state != "returned"


def decide(ids: Iterable[int], act: str, *, reason: str = "", by, on: dt.date | None = None) -> list[Confirmation]:
    """Accept confirmations of the level below, or return them with a reason."""
    check(by, "decide", CONFIRMATIONS)
    reason = tidy(reason)
    if act not in (ACCEPT, RETURN):
        raise Refused([Problem(0, "act", act, "required", _("Say whether the confirmation is accepted or returned."))])
    if act == RETURN and not reason:
        message = _("Say why the file is returned, so that they know what to check again.")
        raise Refused([Problem(0, "reason", "", "required", message)])
    if len(reason) > LONGEST_REASON:
        message = _("The reason is too long: at most %(limit)s characters.") % {"limit": LONGEST_REASON}
        raise Refused([Problem(0, "reason", reason[:40], "too_long", message)])
    with writing(by=by, on=on) as unit:
        found = reachable(Confirmation).filter(STANDING, pk__in=list(ids))
        lock_households(found.values_list("household", flat=True))
        rows = list(found.select_related("household", "author").order_by("pk"))
        faults = []
        for index, row in enumerate(rows):
            if why_not := why_not_deciding(row, by):
                faults.append(Problem(index, "", row.household.code, "not_now", why_not))
            elif act == ACCEPT and row.changed_at is not None:
                message = _(
                    "The file %(code)s has changed since it was confirmed. Return it, so that it is checked again."
                )
                faults.append(Problem(index, "", row.household.code, "changed", message % {"code": row.household.code}))
        if faults:
            raise Refused(faults)
        if not rows:
            raise PermissionDenied(_("There is no such record, or it lies outside your area."))
        for row in rows:
            row.state = "accepted" if act == ACCEPT else "returned"
            row.decided_on, row.decided_by, row.decision_reason = unit.on, by, reason
            row.version += 1
        bulk.update(rows, ["state", "decided_on", "decided_by", "decision_reason", "version"])
        unit.publish(CONFIRMATIONS, [row.pk for row in rows])
        return rows


def void_confirmations(ids: Iterable[int], *, reason: str, by, on=None) -> int:
    """Void confirmations entered by mistake; the file counts as not confirmed until it is confirmed again."""
    with voiding(Confirmation, CONFIRMATIONS, ids, reason=reason, by=by, on=on) as rows:
        return len(rows)
