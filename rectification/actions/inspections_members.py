"""Who takes part in an inspection: the accounts that see a secret one, the counties that are asked for self-checks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from accounts.roles import check
from common import bulk
from common.changes import writing
from common.problems import Problem, Refused
from common.scope import contains, reachable
from divisions.models import Unit
from rectification.actions.inspections import Fault, refuse, set_places
from rectification.actions.inspections_deadlines import settle_deadlines
from rectification.models import Inspection, InspectionMember
from rectification.queries.inspections_rights import LEDGER, why_not_changing


def set_members(inspection: Inspection, users: Sequence, *, by, on=None) -> None:
    """The accounts that take part, as a whole. Each must reach the organiser's area: a member sees what is secret."""
    check(by, "write", LEDGER)
    with writing(by=by, on=on) as work:
        inspection = reachable(Inspection).select_for_update(no_key=True, of=("self",)).get(pk=inspection.pk)
        if reason := why_not_changing(inspection, by):
            raise Refused([Problem(0, "", "", "out_of_scope", reason)])
        message = _(
            "The account of %(user)s does not reach the area of %(unit)s. Ask the administrator to widen it first."
        )
        refuse(
            (0, "members", user, "out_of_scope", message % {"user": user, "unit": inspection.unit})
            for user in users
            if not contains(user.ranges, inspection.region)
        )
        wanted = {user.pk: user for user in users}
        present = set(inspection.members.values_list("user", flat=True))
        if by.pk in present and by.pk not in wanted and by.unit_id != inspection.unit_id:
            message = _("You would no longer see the inspection yourself. Let somebody of the organising unit do it.")
            raise Refused([Problem(0, "members", str(by), "own_membership", message)])
        inspection.members.exclude(user__in=wanted).delete()
        bulk.insert(
            [
                InspectionMember(inspection=inspection, user=user, region=inspection.region, veiled=inspection.veiled)
                for key, user in wanted.items()
                if key not in present
            ]
        )
        work.publish(LEDGER, [inspection.pk])


def ask_self_checks(inspection: Inspection, *, by, feed_back_by: dt.date, on=None) -> list[Inspection]:
    """Ask each county that the inspection covers for a self-check 自查; asking again asks only those not yet asked."""
    check(by, "write", LEDGER)
    with writing(by=by, on=on) as work:
        inspection = reachable(Inspection).select_for_update(no_key=True, of=("self",)).get(pk=inspection.pk)
        refuse(_self_check_faults(inspection, by, feed_back_by, work.on))
        asked = set(inspection.self_checks.filter(voided_at=None).values_list("region", flat=True))
        counties = [place.division for place in inspection.places.all() if place.division not in asked]
        units = {county: _unit_of(county) for county in counties}
        message = _("No unit of %(county)s is known, so that nobody can be asked. Enter one under “Units” first.")
        refuse((0, "counties", code, "no_unit", message % {"county": code}) for code, unit in units.items() if not unit)
        made = [
            Inspection(
                parent=inspection,
                region=county,
                unit=unit,
                year=inspection.year,
                batch=inspection.batch,
                title=_("%(title)s: self-check") % {"title": inspection.title},
                kind="self_check",
                focus=inspection.focus,
                month=feed_back_by.month if feed_back_by.year == inspection.year else None,
                feed_back_by=feed_back_by,
                state_on=work.on,
                author=by,
            )
            for county, unit in units.items()
        ]
        bulk.insert(made)
        for asked_of in made:
            set_places(asked_of)
            settle_deadlines(asked_of, on=work.on)
        work.publish(LEDGER, [row.pk for row in made])
        return made


def _self_check_faults(inspection: Inspection, by, feed_back_by: dt.date, on: dt.date) -> Iterator[Fault]:
    if reason := why_not_changing(inspection, by):
        yield 0, "", "", "out_of_scope", reason
    elif inspection.veiled:
        yield 0, "", "", "secret", _("A secret visit asks nobody. Publish it first.")
    elif inspection.kind == "self_check":
        yield 0, "", "", "no_change", _("This is a self-check itself.")
    elif inspection.state in ("closed", "cancelled"):
        yield 0, "", "", "not_now", _("The inspection is “%(s)s” already.") % {"s": inspection.get_state_display()}
    if feed_back_by < on:
        yield 0, "feed_back_by", feed_back_by, "past_date", _("This day has passed already.")


def _unit_of(county: int) -> Unit | None:
    """The county's unit that answers for relocation: the DRC where it has one."""
    order = {"drc": 0, "other": 1, "government": 2}
    units = [unit for unit in Unit.objects.filter(region=county) if unit.kind in order]
    return min(units, key=lambda unit: (order[unit.kind], unit.pk), default=None)
