"""What holds of a family as a whole: who is its head, and that there is one."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.utils.translation import gettext as _

from common.changes import Changes
from common.problems import Problem, Refused
from households.models import HEAD, SPOUSE


def follow_heads(ids: Iterable[int]) -> None:
    """A household is called by the name of the head who belongs to it and lives."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE households_household h SET head_name = p.name, version = h.version + 1 FROM households_person p"
            " WHERE p.household_id = h.id AND p.relation = %s AND p.voided_at IS NULL AND p.died_on IS NULL"
            " AND h.id = ANY(%s) AND h.head_name <> p.name AND EXISTS (SELECT FROM households_membership m"
            " WHERE m.person_id = p.id AND m.household_id = h.id AND m.left_on IS NULL)",
            [HEAD, sorted(ids)],
        )


def check_families(changes: Changes) -> None:
    """One head and at most one spouse of the head among the living members, when all of a change has been written: a
    head may die or leave in the same unit in which another takes the place."""
    ids = changes.touched["families"]
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.code, count(*) FILTER (WHERE p.relation = %s), count(*) FILTER (WHERE p.relation = %s)"
            " FROM households_household h JOIN households_person p ON p.household_id = h.id"
            " JOIN households_membership m ON m.person_id = p.id AND m.left_on IS NULL"
            " WHERE h.id = ANY(%s) AND p.voided_at IS NULL AND p.died_on IS NULL GROUP BY h.id"
            " HAVING count(*) FILTER (WHERE p.relation = %s) <> 1 OR count(*) FILTER (WHERE p.relation = %s) > 1",
            [HEAD, SPOUSE, sorted(ids), HEAD, SPOUSE],
        )
        found = cursor.fetchall()
    problems = []
    for index, (code, heads, _spouses) in enumerate(found):
        kind = "no_head" if heads == 0 else "two_heads" if heads > 1 else "two_spouses"
        problems.append(
            Problem(
                index,
                "relation",
                code,
                kind,
                {
                    "no_head": _("Nobody in the household %(code)s is its head (户主). Say which member is."),
                    "two_heads": _("The household %(code)s has more than one head. Only one member may be head."),
                    "two_spouses": _(
                        "The head of the household %(code)s has more than one spouse. Correct the relation."
                    ),
                }[kind]
                % {"code": code},
            )
        )
    if problems:
        raise Refused(problems)
