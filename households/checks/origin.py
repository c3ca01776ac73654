"""Checks of what the county of origin keeps: whose household it is, and what goes in order only over several rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from common import clock
from common.problems import Problem
from common.scope import contains
from common.values import shown
from divisions.queries import names_of
from households.codes.homes import QUOTA_ORDER
from households.models import LandIncome, LandRight, OldHouse, QuotaProject, QuotaUse
from households.queries.origin import households_known, paid_by_kind

LARGE = 400  # m2; beyond it a village house is implausible


def _keepers(rows: Sequence[dict], user) -> Iterator:
    """The household is known to the user, and its house and land are kept by the user's side."""
    known = households_known((row.get("household") for row in rows), user)
    names = names_of({one.keeper - one.keeper % 10**6 for one in known.values()}, clock.today())
    for index, row in enumerate(rows):
        code = row.get("household")
        if not code:
            continue
        one = known.get(code)
        if one is None:
            message = _("“%(code)s” is no household that lives in your area or comes from it. Check the code.")
        elif one.voided:
            message = _("The household %(code)s was voided. Use the code of the right one.")
        elif not contains(user.ranges, one.keeper):
            message = _(
                "House and land of %(code)s are kept by the county of origin (%(county)s). Ask it to enter them."
            )
        else:
            continue
        county = names.get(one.keeper - one.keeper % 10**6, f"{one.keeper // 10**6:06d}") if one else ""
        kind = "unknown_reference" if one is None else "voided" if one.voided else "out_of_scope"
        yield index, "household", code, kind, message % {"code": code, "county": county}


def _once(rows: Sequence[dict], *names: str) -> Iterator:
    first: dict[tuple, int] = {}
    for index, row in enumerate(rows):
        key = tuple(row.get(name) or "" for name in names)
        if key[0] and first.setdefault(key, index) != index:
            message = _("The same record stands here for the second time. Delete one of the rows.")
            yield index, names[0], row[names[0]], "duplicate", message


def _stays(model, rows: Sequence[dict], user) -> Iterator:
    """A row stays with its household."""
    stored = dict(
        model.objects.visible_to(user)
        .filter(pk__in=[row["id"] for row in rows if row.get("id")])
        .values_list("pk", "household_code")
    )
    for index, row in enumerate(rows):
        told = row.get("household")
        if told and stored.get(row.get("id"), told) != told:
            message = _("This record belongs to %(code)s and stays there. Void it, and enter it where it belongs.")
            yield index, "household", told, "other_household", message % {"code": stored[row["id"]]}


def check_old_houses(rows: Sequence[dict], user) -> Iterator:
    yield from _keepers(rows, user)
    yield from _once(rows, "household")
    yield from _stays(OldHouse, rows, user)
    for index, row in enumerate(rows):
        area = row.get("area")
        if area and area > LARGE:
            yield Problem(
                index, "area", shown(area), "implausible",
                _("A house of %(area)s m2 is unusual. Check the area against the agreement.") % {"area": area}, warning=True,
            )  # fmt: skip
        if row.get("vacated_on") and "agreed_on" in row and not row["agreed_on"]:
            yield Problem(
                index, "agreed_on", "", "no_agreement",
                _("The house was vacated without an agreement on record. Enter the agreement (R-176)."), warning=True,
            )  # fmt: skip
        plot, used = row.get("homestead_area"), row.get("reclaimed_area")
        if plot and used and used > plot:
            yield Problem(
                index, "reclaimed_area", shown(used), "implausible",
                _("More was reclaimed than the homestead has. Check both areas."), warning=True,
            )  # fmt: skip
        if row.get("reclaim_state") == "2" and not row.get("regreen_reason"):
            yield Problem(
                index, "regreen_reason", "", "no_reason",
                _("The plot was re-greened: say why it could not be reclaimed (R-121)."), warning=True,
            )  # fmt: skip


def check_lands(rows: Sequence[dict], user) -> Iterator:
    yield from _keepers(rows, user)
    yield from _once(rows, "household", "kind", "plot")
    yield from _stays(LandRight, rows, user)


def check_incomes(rows: Sequence[dict], user) -> Iterator:
    yield from _keepers(rows, user)
    yield from _once(rows, "household", "year", "land", "kind")
    yield from _stays(LandIncome, rows, user)


def check_projects(rows: Sequence[dict], user) -> Iterator:
    """A project's number is its own in the user's area; elsewhere the database says so."""
    yield from _once(rows, "number")


def check_uses(rows: Sequence[dict], user) -> Iterator:
    """No more is paid than came in; what is due first is paid first, or flagged (R-148)."""
    projects: dict[int, QuotaProject] = {row["project"].pk: row["project"] for row in rows if row.get("project")}
    stored = QuotaUse.objects.in_bulk([row["id"] for row in rows if row.get("id")])
    paid: dict[tuple[int, str], object] = defaultdict(int, paid_by_kind(projects))
    for use in stored.values():
        paid[use.project_id, use.kind] -= use.amount
    for index, row in enumerate(rows):
        project, kind, amount = row.get("project"), row.get("kind"), row.get("amount")
        if not (project and kind and amount):
            continue
        paid[project.pk, kind] += amount
        if sum(paid[project.pk, one] for one in QUOTA_ORDER) > (project.income or 0):
            yield (
                index, "amount", shown(amount), "out_of_range",
                _("More is used than the project's income (%(income)s yuan). Correct the amount, or enter the income.")
                % {"income": project.income or 0},
            )  # fmt: skip
        due = {"compensation": project.due_compensation or 0, "loan": project.due_loan or 0}
        for first in QUOTA_ORDER[: QUOTA_ORDER.index(kind)]:
            if paid[project.pk, first] < due.get(first, 0):
                yield Problem(
                    index, "kind", kind, "use_order",
                    _("Compensation and reclaiming are paid first, then loans, then follow-up support: of what comes first"
                      " %(rest)s yuan are still due (R-148).") % {"rest": due[first] - paid[project.pk, first]}, warning=True,
                )  # fmt: skip
                break
