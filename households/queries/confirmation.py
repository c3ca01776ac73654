"""Readings of confirmations 核实: how a file stands, who may decide, rates by settlement."""

from __future__ import annotations

from collections.abc import Iterable

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db.models import Case, CharField, Count, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.roles import can
from common import codes
from common.models import STANDING
from common.scope import level_of
from common.terms import term
from households.models import Confirmation, Household
from households.queries.households import lived_in

CONFIRMATIONS = "confirmations"
COUNTY, TOWNSHIP = 3, 4

# How a file stands now: what its last confirmation says, and whether it still covers the file.
codes.declare(
    "file_state",
    term("Confirmation of the file", "档案核实情况"),
    {
        "none": term("Never confirmed", "未核实"),
        "confirmed": term("Confirmed, not yet reviewed", "已核实待审核"),
        "accepted": term("Accepted", "审核通过"),
        "returned": term("Returned", "已退回"),
        "changed": term("Changed since, unconfirmed", "核实后有变更"),
    },
)
FILE_STATES = ("none", "confirmed", "accepted", "returned", "changed")
VALID = ("confirmed", "accepted")  # counts as confirmed

STATE_NOW = Case(
    When(state="returned", then=Value("returned")),
    When(changed_at__isnull=False, then=Value("changed")),
    default="state",
    output_field=CharField(),
)


def current_of(household: Household) -> Confirmation | None:
    """The last standing confirmation of a household, with `now`, how the file stands by it."""
    found = Confirmation.objects.filter(STANDING, current=True, household=household)
    return found.select_related("author", "decided_by").annotate(now=STATE_NOW).first()


def with_file_state(rows: QuerySet) -> QuerySet:
    """Households, each with `file_state`."""
    last = Confirmation.objects.filter(STANDING, current=True, household=OuterRef("pk")).order_by()
    now = Subquery(last.annotate(now=STATE_NOW).values("now")[:1], output_field=CharField())
    return rows.annotate(file_state=Coalesce(now, Value("none"), output_field=CharField()))


def in_file_state(rows: QuerySet, value: str) -> QuerySet:
    """Households with living members whose files stand so; `valid` are those that count as confirmed."""
    rows = rows.filter(lived_in())
    last = Confirmation.objects.filter(STANDING, current=True)
    if value == "none":
        return rows.exclude(pk__in=last.values("household"))
    wanted = VALID if value == "valid" else (value,)
    return rows.filter(pk__in=last.annotate(now=STATE_NOW).filter(now__in=wanted).values("household"))


def state_counts(households: QuerySet, by: str) -> dict[int, dict[str, int]]:
    """{key: {state: households, "all": households, "valid": those that count as confirmed}} for each value of a column;
    files of households that have ended are not confirmed any more."""
    grouped = with_file_state(households.filter(lived_in())).order_by().values(by, "file_state").annotate(n=Count("pk"))
    found: dict[int, dict[str, int]] = {}
    for row in grouped:
        counts = found.setdefault(row[by], dict.fromkeys((*FILE_STATES, "all", "valid"), 0))
        counts[row["file_state"]] += row["n"]
        counts["all"] += row["n"]
        counts["valid"] += row["n"] if row["file_state"] in VALID else 0
    return found


def confirming_level(user) -> str:
    """As which level the user confirms. Raises PermissionDenied for those above a county."""
    level = level_of(user.home_region) if user.home_region else 0
    if level < COUNTY:
        raise PermissionDenied(
            _("Files are confirmed by a township or a county. You accept or return what they confirm.")
        )
    return str(COUNTY if level == COUNTY else TOWNSHIP)


def may_confirm(user) -> bool:
    return can(user, "write", CONFIRMATIONS) and bool(user.home_region) and level_of(user.home_region) >= COUNTY


def why_not_deciding(confirmation: Confirmation, user) -> str:
    """The reason why the user may not accept or return a confirmation, in words; "" where it is the user's to decide."""
    if not can(user, "decide", CONFIRMATIONS):
        return _("Confirmations are accepted or returned by the level above.")
    if not confirmation.current:
        return _("A later confirmation of this file has taken the place of this one.")
    if confirmation.state != "confirmed":
        return _("This confirmation has been reviewed already.")
    level = level_of(user.home_region) if user.home_region else 0
    if confirmation.author_id == user.pk or level >= int(confirmation.level):
        return _("The level above the one that confirmed the file decides, not the same one.")
    return ""


def words_of(tables: Iterable[str]) -> list[str]:
    """What tables hold, in words for the reader: what has changed since a confirmation."""
    names = {model._meta.db_table: model._meta.verbose_name for model in apps.get_models()}
    return [str(names.get(table, table)) for table in dict.fromkeys(tables)]


def missing_to_decide(user) -> Q:
    """Confirmations that wait for this user's decision."""
    level = level_of(user.home_region) if user.home_region else 0
    return STANDING & Q(current=True, state="confirmed", level__gt=str(level)) & ~Q(author=user)
