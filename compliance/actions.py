"""The only writers of verdicts and of what hangs on them: zero-employment cases, tiers, job alerts.

What follows a change is the steps `judge`, `settle_zero_cases`, `size_settlements` and `settle_job_alerts`; the project
lists them in order (relocation/pipeline.py). The day's beginning and a full recomputation go the same way: they publish
households and the steps do the rest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Max, Min
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import check
from alerts.actions import Due, clear_deadlines, set_deadline, settle
from alerts.kinds import DeadlineKind, Kind, declare, declare_deadline
from common import bulk, scope
from common.changes import Changes, writing
from common.problems import Refused, of_error
from common.scope import contains
from common.terms import term
from compliance import statement
from compliance.models import DayTick, Verdict, ZeroCase
from compliance.running import rows_of
from compliance.statement import Selection, between, chosen
from households.actions import lock_households
from households.models import Household, Placement
from settlements.models import Settlement, tier_of

# Households computed by one statement: what it reads stays in the processor's cache.
CHUNK = 20_000
# Held shared by whoever stores verdicts, until commit, and alone for the moment in which a day begins.
DAY_LOCK = 522326

# The deadline of a case's next step.
ZERO_STEP = declare_deadline(
    DeadlineKind(
        "zero-next-step",
        term("next step for a household without a job", "零就业户帮扶时限"),
        gettext_lazy("The next step for household %(household)s, where nobody has a job, is due on %(due_on)s."),
        frozenset({"township", "county", "city"}),
    )
).key

JOB_EXPIRING = declare(
    Kind(
        "job-expiring",
        term("last job of a household ends soon", "就业即将到期预警"),
        gettext_lazy("The last job of household %(household)s ends on %(due_on)s. Extend it or find the next one."),
        frozenset({"township", "county"}),
    )
)


def judging_day(on: dt.date) -> dt.date:
    """The day on which changes are judged: `on`, or a later day that has begun while the work went on.

    The lock makes a beginning day wait for this transaction, so that no verdict of yesterday is stored behind its back.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [DAY_LOCK])
    return max(on, DayTick.objects.aggregate(last=Max("on"))["last"] or on)


def judge(changes: Changes) -> None:
    """Compute and store the verdicts of the households touched; counters follow by trigger.

    Publishes `verdicts` (households whose verdict was written), `zero` (cases to open or close), `job-alerts`,
    `moved` (households in another region than before) and the `settlements` on both sides.
    """
    ids = sorted(changes.touched["households"])
    if not ids:
        return
    changes.on = judging_day(changes.on)
    policies = statement.policies(changes.on)
    for start in range(0, len(ids), CHUNK):
        selection = chosen(ids[start : start + CHUNK])
        for policy in policies:
            _note(changes, rows_of(statement.storing(policy, selection), policy, selection))


def _note(changes: Changes, rows: list[tuple]) -> None:
    for act, household, was, code, old_home, home, old_region, region, was_expiring, expiring, old_end, end in rows:
        code = None if act == "D" else code
        expiring = expiring and act != "D"
        moved = old_region not in (None, region)
        changes.publish("verdicts", [household])
        changes.publish("settlements", {home, old_home or home})
        if (was == "zero") != (code == "zero") or moved:
            changes.publish("zero", [household])
        if (was_expiring or False, old_end if was_expiring else None) != (expiring, end if expiring else None) or moved:
            changes.publish("job-alerts", [household])
        if moved:
            changes.publish("moved", [household])


def settle_zero_cases(changes: Changes) -> None:
    """A household enters the zero-employment list when its verdict becomes zero, and leaves it when it is no longer."""
    ids = changes.touched["zero"]
    if not ids:
        return
    zero = dict(Verdict.objects.filter(pk__in=ids, code="zero").values_list("pk", "region"))
    cases = list(ZeroCase.objects.filter(household__in=ids, closed_on=None).order_by("household_id"))
    for case in cases:
        case.closed_on = None if case.household_id in zero else changes.on
        case.region = zero.get(case.household_id, case.region)
    bulk.update(cases, ["closed_on", "region"])
    clear_deadlines(ZERO_STEP, "zero-households", [case.pk for case in cases if case.closed_on], on=changes.on)
    listed = {case.household_id for case in cases}
    bulk.insert(
        [
            ZeroCase(household_id=household, region=region, opened_on=changes.on)
            for household, region in zero.items()
            if household not in listed
        ]
    )


def size_settlements(changes: Changes) -> None:
    """The tier of the settlements touched, by the people moved in."""
    ids = changes.touched["settlements"]
    if not ids:
        return
    rows = (
        Settlement.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "placement", "tier", "counter__people")
    )
    for key, placement, tier, people in rows:
        if (new := tier_of(people or 0, placement)) != tier:
            Settlement.objects.filter(pk=key).update(tier=new)


def settle_job_alerts(changes: Changes) -> None:
    """One alert for a household whose last job ends soon, and day on which it ends; another end ends the alert."""
    ids = changes.touched["job-alerts"]
    if not ids:
        return
    due = [
        Due(household, region, end, f"/households/{code}/", {"household": code})
        for household, region, end, code in Verdict.objects.filter(pk__in=ids, expiring=True).values_list(
            "pk", "region", "last_job_end", "household__code"
        )
    ]
    settle(JOB_EXPIRING.key, "households", ids, due, on=changes.on)


def recompute(ids: Iterable[int], *, on: dt.date) -> int:
    """Recompute the verdicts of these households and whatever follows; says how many changed."""
    with writing(on=on) as unit:
        ids = list(ids)
        lock_households(ids)
        unit.publish("households", ids)
        unit.publish("recomputed", ids)  # nobody has told anything new of them
    return len(unit.touched["verdicts"])


def recompute_all(*, on: dt.date, region: int = 0, thoroughly: bool = False) -> tuple[int, int]:
    """Compare every stored verdict of a region (0: the nation) with the computed one; says how many were checked and
    how many changed.

    Reads in chunks without any lock and writes only what differs, under the households' locks and computed again, so
    that edits go on meanwhile and the last word is right. `thoroughly` takes every household for different, so that
    explanations are compared too.
    """
    policies = [policy.within(region) for policy in statement.policies(on)]
    checked = changed = 0
    for selection in chunks(region):
        with scope.whole(source="compute_verdicts"):
            differing: list[int] = []
            for policy in policies:
                [(count, ids)] = rows_of(statement.differing(policy, selection, thoroughly), policy, selection)
                checked += count
                differing += ids or []
            if differing:
                changed += recompute(differing, on=on)
    return checked, changed


def chunks(region: int, on: dt.date | None = None) -> Iterator[Selection]:
    """All households of a region (0: the nation) in selections of at most CHUNK; with `on`, those placed there then
    as well."""
    with scope.whole():
        if region:
            ids = set(Household.objects.under(region).values_list("pk", flat=True))
            if on:
                ids |= set(Placement.objects.under(region).filter(to_on__gt=on).values_list("household_id", flat=True))
            ids = sorted(ids)
            selections = [chosen(ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK)]
        else:
            first, last = Household.objects.aggregate(first=Min("pk"), last=Max("pk")).values()
            starts = range(first, last + 1, CHUNK) if last else ()
            selections = [between(start, start + CHUNK - 1) for start in starts]
    yield from selections


def assign_zero_case(
    case: ZeroCase, user, next_step: str, next_step_on: dt.date | None, *, by, on: dt.date | None = None
) -> ZeroCase:
    """Give a case of the zero-employment list to a person, with the next step and its day."""
    check(by, "write", "zero-households")
    with writing(by=by, on=on) as unit:
        case = ZeroCase.objects.visible_to(by).select_for_update(no_key=True).get(pk=case.pk)
        faults: dict[str, ValidationError] = {}
        if case.closed_on:
            faults["household"] = ValidationError(_("This household has left the list."), "closed")
        if user is None:
            faults["assigned_to"] = ValidationError(_("Choose who takes care of the household."), "required")
        elif not contains(user.ranges, case.region):
            faults["assigned_to"] = ValidationError(
                _("%(user)s does not work in this area. Choose somebody who does.") % {"user": user}, "out_of_scope"
            )
        try:
            next_step = ZeroCase._meta.get_field("next_step").clean(next_step, case)
        except ValidationError as error:
            faults["next_step"] = error
        if not next_step:
            faults["next_step"] = ValidationError(_("Say what is done next."), "required")
        if next_step_on is None:
            faults["next_step_on"] = ValidationError(_("Say by which day."), "required")
        elif next_step_on < unit.on:
            faults["next_step_on"] = ValidationError(_("The day of the next step has passed already."), "past_date")
        if faults:
            raise Refused(list(of_error(ValidationError(faults))))
        case.assigned_to, case.next_step, case.next_step_on = user, next_step, next_step_on
        case.save(update_fields=["assigned_to", "next_step", "next_step_on"])
        set_deadline(
            ZERO_STEP,
            "zero-households",
            case.pk,
            region=case.region,
            due_on=next_step_on,
            responsible=user,
            address=f"/compliance/zero/{case.pk}/assign/",
            params={"household": case.household.code},
            on=unit.on,
        )
        return case
