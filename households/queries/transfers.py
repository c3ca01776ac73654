"""Requests for transfers as pages and inboxes show them; households that have left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.roles import can
from alerts.inbox import SOURCES, Source, Task
from common.scope import Range, contains, in_ranges
from common.terms import term
from divisions.queries import names_of, path_of
from households.actions.transfers import TRANSFERS
from households.codes import life as codes
from households.models import TransferRequest

ANSWER_SHOWN = dt.timedelta(7)
_TAKEN_OR_OPEN = Q(state=codes.ASKED) | Q(moved_on__isnull=False)


def answers(request: TransferRequest, user) -> bool:
    """Whether the user is of the side that answers, and may."""
    return can(user, "decide", TRANSFERS) and contains(user.ranges, request.partner)


def asked(request: TransferRequest, user) -> bool:
    return can(user, "write", TRANSFERS) and contains(user.ranges, request.region)


def goes_back(request: TransferRequest, user) -> bool:
    """Whether the user, of either side, may ask for what was carried out to be taken back; asked for once at a time."""
    if not can(user, "write", TRANSFERS) or request.moved_on is None or request.undoes_id:
        return False
    either = contains(user.ranges, request.region) or contains(user.ranges, request.partner)
    return either and not request.undoings.filter(_TAKEN_OR_OPEN, voided_at=None).exists()


def transfers_back(rows: Iterable[Outgoing], user) -> dict[tuple[int, int | None], int]:
    """By which transfer each of those who left did, where it may be asked back: {(household, person): request}."""
    rows = list(rows)
    if not can(user, "write", TRANSFERS):
        return {}
    found = TransferRequest.objects.visible_to(user).filter(
        household__in={row.household for row in rows}, moved_on__isnull=False, undoes=None, voided_at=None
    )
    done = TransferRequest.objects.filter(_TAKEN_OR_OPEN, undoes=OuterRef("pk"), voided_at=None)
    # The last one leads: whoever left twice is asked back from where they are.
    return {
        (household, person): pk
        for pk, household, person in found.exclude(Exists(done)).order_by("pk").values_list("pk", "household", "person")
    }


def _answered(user, on: dt.date, limit: int) -> tuple[int, list[Task]]:
    """What the other county answered in the last week; what waits for an answer an alert tells."""
    if not can(user, "write", TRANSFERS):
        return 0, []
    rows = TransferRequest.objects.filter(
        in_ranges(user.ranges),
        state__in=[codes.ACCEPTED, codes.REFUSED],
        answered_on__gte=on - ANSWER_SHOWN,
        voided_at=None,
    ).order_by("-answered_on", "-pk")
    words = {
        codes.ACCEPTED: _("The transfer of %(name)s (%(code)s) was accepted"),
        codes.REFUSED: _("The transfer of %(name)s (%(code)s) was refused: %(answer)s"),
    }
    back = {
        codes.ACCEPTED: _("The transfer of %(name)s (%(code)s) was taken back"),
        codes.REFUSED: _("The transfer of %(name)s (%(code)s) was not taken back: %(answer)s"),
    }
    tasks = [
        Task(
            str(TransferRequest._meta.verbose_name),
            (back if row.undoes_id else words)[row.state]
            % {"name": row.name, "code": row.household_code, "answer": row.answer},
            f"/transfers/{row.pk}/",
            tone="good" if row.state == codes.ACCEPTED else "bad",
        )
        for row in rows[:limit]
    ]
    return rows.count() if len(tasks) == limit else len(tasks), tasks


SOURCES.insert(2, Source("transfers", term("Transfers between counties", "跨县转移"), _answered))


@dataclass(frozen=True)
class Outgoing:
    """A household that left the reader's area, or a person who did (`person`): no more than this is told of them."""

    household: int
    code: str
    head_name: str
    person: int | None
    name: str
    region: int
    settlement: str
    left_on: dt.date
    to_region: int

    @property
    def who(self) -> str:
        return self.name or self.head_name


def outgoing(ranges: Iterable[Range], on: dt.date, code: str = "") -> list[Outgoing]:
    """Households and persons that left these ranges, the last first."""
    ranges = tuple(ranges)
    condition = " OR ".join(f"(from_region >= {lo:d} AND from_region < {hi:d})" for lo, hi in ranges) or "false"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT household_id, household_code, head_name, person_id, COALESCE(name, ''), from_region, settlement, left_on,"
            f" to_region FROM households_outgoing() WHERE ({condition}) AND (%s = '' OR household_code = %s AND person_id IS NULL)"
            " ORDER BY left_on DESC, household_id, person_id LIMIT 2000",
            [code, code],
        )
        found = [Outgoing(*row) for row in cursor.fetchall()]
    # Within a scope that holds both counties nobody has left it.
    return [row for row in found if not contains(ranges, row.to_region)]


def members_when_leaving(row: Outgoing) -> list[dict]:
    """Who went with the household: name, relation, sex, birth date."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, relation, sex, birth_date FROM outgoing_members(%s)", [row.household])
        return [
            dict(zip(("name", "relation", "sex", "birth_date"), values, strict=True)) for values in cursor.fetchall()
        ]


def county_name(code: int, on: dt.date) -> str:
    return "".join(division.name for division in path_of(code - code % 10**6, on))


def county_names(codes_: Iterable[int], on: dt.date) -> dict[int, str]:
    """Counties by code, each with its city's name."""
    counties = {code - code % 10**6 for code in codes_}
    names = names_of({*counties, *(code - code % 10**8 for code in counties)}, on)
    return {code: names.get(code - code % 10**8, "") + names.get(code, f"{code:012d}") for code in counties}
