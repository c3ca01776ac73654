"""The only writers of plans and inspections: entering, and the acts that move their state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.roles import check
from common import bulk, clock
from common.changes import Changes, writing
from common.problems import Problem, Refused
from common.scope import reachable
from common.values import shown
from divisions.models import Unit
from rectification.actions.inspections_deadlines import settle_deadlines, tell_counties
from rectification.models import (
    CheckLine,
    Inspection,
    InspectionCheck,
    InspectionMember,
    InspectionPlace,
    InspectionPlan,
    Sample,
)
from rectification.queries.inspections_places import Named, counties_of, divisions_named, own_levels
from rectification.queries.inspections_rights import CHECKS, INSPECTION_ACTS, LEDGER, why_not, why_not_changing

PLANS = "inspection-plans"
Fault = tuple[int, str, object, str, str]


def own_unit(row: dict, user) -> Unit | None:
    """The unit that a row names; the user's own where it names none."""
    return row.get("unit") or user.unit


def unit_faults(index: int, row: dict, user) -> Iterator[Fault]:
    """A record of supervision is kept by a unit of the user's own level."""
    unit = own_unit(row, user)
    if unit is None:
        yield index, "unit", "", "required", _("Your account has no unit. Name the unit that keeps this record.")
    elif unit.pk != user.unit_id and unit.region not in own_levels(user):
        message = _("%(unit)s is not a unit of your level. Each level keeps its own records.")
        yield index, "unit", unit.name, "out_of_scope", message % {"unit": unit}


def refuse(found: Iterable[Fault]) -> None:
    problems = [Problem(row, field, shown(value), code, str(message)) for row, field, value, code, message in found]
    if problems:
        raise Refused(problems)


def unknown_rows(rows: Sequence[dict], stored: Mapping[int, object]) -> Iterator[Fault]:
    """Rows whose `id` leads nowhere in the hands that the work is done in."""
    for index, row in enumerate(rows):
        if row.get("id") and row["id"] not in stored:
            message = _("There is no such record, or it lies outside your area.")
            yield index, "id", row["id"], "unknown_row", message


# --- Plans ---


def check_plans(rows: Sequence[dict], user) -> Iterator[Fault]:
    stored = InspectionPlan.objects.visible_to(user).in_bulk([row["id"] for row in rows if row.get("id")])
    for index, row in enumerate(rows):
        plan = stored.get(row.get("id"))
        if plan is None:
            yield from unit_faults(index, row, user)
        elif row.get("unit") not in (None, plan.unit):
            yield (
                index,
                "unit",
                row["unit"],
                "no_change",
                _("A plan stays with its unit. Enter a new one for the other."),
            )
        elif plan.region not in own_levels(user) and plan.unit_id != user.unit_id:
            message = _("The plan is kept by %(unit)s. Only those who work there may change it.")
            yield index, "", "", "out_of_scope", message % {"unit": plan.unit}


def save_plans(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Create or change yearly plans."""
    check(by, "write", PLANS)
    with writing(by=by, on=on, source=source) as work:
        rows = [dict(row) for row in rows]
        stored = reachable(InspectionPlan).in_bulk([row["id"] for row in rows if row.get("id")])
        refuse(unknown_rows(rows, stored))
        refuse(check_plans(rows, by))
        known = {(p.year, p.unit_id): p for p in reachable(InspectionPlan).filter(voided_at=None)}
        for row in rows:
            if row.get("unit") is None:
                row["unit"] = stored[row["id"]].unit if row.get("id") in stored else by.unit
        merged = bulk.merge(
            InspectionPlan, rows, lambda row: stored.get(row.get("id")) or known.get((row.get("year"), row["unit"].pk))
        )
        for plan in merged.new:
            plan.region = plan.unit.region
        saved = bulk.write(merged)
        work.publish(PLANS, [plan.pk for plan in saved.touched])
        return saved


# --- Inspections ---


def named_counties(row: dict, region: int) -> Named:
    return divisions_named(row.get("counties") or "", region)


def check_inspections(rows: Sequence[dict], user) -> Iterator[Fault]:
    """What needs the store: who keeps it, what it covers, whether it may still be changed or made secret."""
    stored = Inspection.objects.visible_to(user).in_bulk([row["id"] for row in rows if row.get("id")])
    for index, row in enumerate(rows):
        inspection = stored.get(row.get("id"))
        unit = inspection.unit if inspection else own_unit(row, user)
        if inspection is None:
            yield from unit_faults(index, row, user)
            if row.get("way") == "secret" and unit is not None and unit.pk != user.unit_id:
                message = _("A secret visit is entered by the organising unit itself: anybody else would not see it.")
                yield index, "way", row["way"], "not_own_unit", message
        else:
            yield from _change_faults(index, row, inspection, user)
        if unit is None:
            continue
        for fault in named_counties(row, unit.region).faults:
            yield index, "counties", row["counties"], "unknown_division", fault
        plan, year = row.get("plan"), row.get("year") or (inspection and inspection.year)
        if plan is not None and (plan.unit_id, plan.year) != (unit.pk, year):
            message = _(
                "This is the plan of %(unit)s for %(year)s. Choose the one of the inspection's own unit and year."
            )
            yield index, "plan", plan, "other_plan", message % {"unit": plan.unit, "year": plan.year}


def _change_faults(index: int, row: dict, inspection: Inspection, user) -> Iterator[Fault]:
    if reason := why_not_changing(inspection, user):
        yield index, "", "", "out_of_scope", reason
        return
    if inspection.state in ("closed", "cancelled"):
        message = _("The inspection is “%(state)s” and is no longer changed.")
        yield index, "", "", "no_change", message % {"state": inspection.get_state_display()}
    if row.get("unit") not in (None, inspection.unit):
        message = _("An inspection stays with its unit. Cancel it and enter a new one for the other.")
        yield index, "unit", row["unit"], "no_change", message
    way = row.get("way", inspection.way)
    if way == inspection.way:
        return
    if not inspection.veiled and way != "open":
        message = _("Others could see this inspection already. Cancel it and enter a new one that is kept from them.")
        yield index, "way", way, "seen_already", message
    elif inspection.way == "secret":
        message = _("A secret visit becomes open when it is published. Publish it instead.")
        yield index, "way", way, "publish_instead", message


def save_inspections(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Create or change inspections. A row is found by `id`, or by unit, year and title."""
    check(by, "write", LEDGER)
    with writing(by=by, on=on, source=source) as work:
        rows = [dict(row) for row in rows]
        stored = _stored(rows, by)
        refuse(check_inspections(rows, by))
        refuse(unknown_rows(rows, stored))
        for row in rows:
            if row.get("unit") is None:
                row["unit"] = stored[row["id"]].unit if row.get("id") in stored else by.unit
            if row.get("counties"):
                row["counties"] = named_counties(row, row["unit"].region).text
        merged = bulk.merge(Inspection, rows, lambda row: stored.get(row.get("id")))
        for inspection in merged.new:
            inspection.region, inspection.author = inspection.unit.region, by
            inspection.state_on = work.on
            inspection.veiled = inspection.hides
        saved = bulk.write(merged)
        for inspection in saved.touched:
            if inspection.veiled and not inspection.hides:
                _lift_veil(inspection, work)
            set_places(inspection)
            settle_deadlines(inspection, on=work.on)
        work.publish(LEDGER, [inspection.pk for inspection in saved.touched])
        return saved


def _stored(rows: list[dict], by) -> dict[int, Inspection]:
    """The stored inspections that rows mean, locked; rows found by their key get its id."""
    open_rows = [row for row in rows if not row.get("id") and own_unit(row, by) is not None]
    if open_rows:
        visible = Inspection.objects.visible_to(by).filter(
            voided_at=None, title__in=[row.get("title", "") for row in open_rows]
        )
        keys = {(i.unit_id, i.year, i.title): i.pk for i in visible}
        for row in open_rows:
            if found := keys.get((own_unit(row, by).pk, row.get("year"), row.get("title"))):
                row["id"] = found
    ids = [row["id"] for row in rows if row.get("id")]
    locked = reachable(Inspection).filter(pk__in=ids).order_by("pk").select_for_update(no_key=True, of=("self",))
    return {inspection.pk: inspection for inspection in locked}


def set_places(inspection: Inspection) -> None:
    """The counties that it covers follow its text; one in which something was checked stays."""
    codes = counties_of(divisions_named(inspection.counties, inspection.region).codes, inspection.region)
    present = {place.division: place for place in inspection.places.all()}
    gone = [place.pk for code, place in present.items() if code not in codes and not _was_checked(inspection, code)]
    InspectionPlace.objects.filter(pk__in=gone).delete()
    bulk.insert([_place(inspection, code) for code in codes if code not in present])


def _place(inspection: Inspection, code: int) -> InspectionPlace:
    region = inspection.region if inspection.veiled else code
    return InspectionPlace(inspection=inspection, division=code, region=region, veiled=inspection.veiled)


def _was_checked(inspection: Inspection, county: int) -> bool:
    return InspectionCheck.objects.filter(
        inspection=inspection, voided_at=None, place_region__gte=county, place_region__lt=county + 10**6
    ).exists()


def cover(inspection: Inspection, county: int) -> None:
    """Add a county that turned out to be concerned."""
    if not inspection.places.filter(division=county).exists():
        bulk.insert([_place(inspection, county)])


def _lift_veil(inspection: Inspection, work: Changes) -> None:
    """From now on the counties may know: every row goes to the region where it belongs, with its photographs."""
    inspection.veiled = False
    inspection.save(update_fields=["veiled"])
    mine = {"inspection": inspection}
    InspectionPlace.objects.filter(**mine).update(veiled=False, region=F("division"))
    InspectionMember.objects.filter(**mine).update(veiled=False)
    InspectionCheck.objects.filter(**mine).update(veiled=False, region=F("place_region"))
    CheckLine.objects.filter(**mine).update(veiled=False, region=F("place_region"))
    # A sample's households keep the organiser's region until the sample itself is published.
    for sample in Sample.objects.filter(**mine):
        for rows in (sample.strata_rows, sample.frames, sample.households, sample.answers):
            rows.update(veiled=False)
    Sample.objects.filter(**mine).update(veiled=False)
    work.publish(CHECKS, InspectionCheck.objects.filter(**mine).values_list("pk", flat=True))


def void_inspections(ids: Iterable[int], *, reason: str, by, on=None) -> int:
    """Void inspections entered by mistake, as long as nothing was checked and no problem comes from them."""
    with writing(by=by, on=on) as work:
        visible = set(Inspection.objects.visible_to(by).filter(pk__in=list(ids)).values_list("pk", flat=True))
        rows = list(reachable(Inspection).filter(pk__in=visible, voided_at=None).order_by("pk").select_for_update())
        if len(rows) < len(visible):
            raise PermissionDenied(_("Only those who keep an inspection may void it."))
        faults: list[Fault] = []
        for index, inspection in enumerate(rows):
            if kept := why_not_changing(inspection, by):
                faults.append((index, "title", inspection.title, "out_of_scope", kept))
            elif inspection.checks.filter(voided_at=None).exists() or inspection.origins.exists():
                message = _("Something was found in this inspection already. Cancel or close it instead.")
                faults.append((index, "title", inspection.title, "in_use", message))
        refuse(faults)
        for inspection in rows:
            inspection.voided_at, inspection.voided_by_id, inspection.void_reason = clock.now(), by.pk, reason
            inspection.version += 1
        bulk.update(rows, ["voided_at", "voided_by", "void_reason", "version"])
        for inspection in rows:
            settle_deadlines(inspection, on=work.on)
        work.publish(LEDGER, [inspection.pk for inspection in rows])
        return len(rows)


def do_act(
    inspection: Inspection,
    key: str,
    *,
    by,
    day: dt.date | None = None,
    findings: str = "",
    reason: str = "",
    on: dt.date | None = None,
) -> Inspection:
    """Carry out an act of the table: start, feed back, publish, close, cancel. `day` is when it was done (today)."""
    check(by, "write", LEDGER)
    act = INSPECTION_ACTS[key]
    with writing(by=by, on=on) as work:
        inspection = reachable(Inspection).select_for_update(no_key=True, of=("self",)).get(pk=inspection.pk)
        if stands := why_not(inspection, act, by):
            raise Refused([Problem(0, "", "", "not_now", stands)])
        if act.ways and inspection.way not in act.ways:
            raise Refused([Problem(0, "", "", "not_now", _("This act is not for an inspection of this way."))])
        day = day or work.on
        findings = Inspection._meta.get_field("findings").clean(findings or inspection.findings, None)
        refuse(_act_faults(inspection, act.asks, day, findings, reason.strip(), work.on))
        inspection.state, inspection.state_on = act.to, day
        inspection.version += 1
        if key == "start":
            inspection.from_on = inspection.from_on or day
        elif act.to == "fed_back":
            inspection.fed_back_on, inspection.findings = day, findings
            inspection.from_on = inspection.from_on or day
            inspection.to_on = inspection.to_on or max(day, inspection.from_on)
        elif key == "close":
            inspection.closed_on = day
        else:
            inspection.cancel_reason = reason.strip()[:200]
        inspection.save()
        if inspection.veiled and not inspection.hides:
            _lift_veil(inspection, work)
        settle_deadlines(inspection, on=work.on)
        tell_counties(inspection, on=work.on)
        work.publish(LEDGER, [inspection.pk])
        return inspection


def _act_faults(
    inspection: Inspection, asks: tuple[str, ...], day: dt.date, findings: str, reason: str, on: dt.date
) -> Iterator[Fault]:
    if day > on:
        yield 0, "day", day, "future_date", _("This day lies in the future. Check it.")
    elif inspection.from_on and asks and day < inspection.from_on and not reason:
        message = _("The inspection began on %(day)s. Choose that day or a later one.")
        yield 0, "day", day, "too_early", message % {"day": inspection.from_on}
    if "findings" in asks and not findings:
        yield 0, "findings", "", "required", _("Say in short what was found: that is what the counties are told.")
    if "reason" in asks and not reason:
        yield 0, "reason", "", "required", _("Say why it is cancelled.")
