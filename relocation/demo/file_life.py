"""Generated events in households: births, deaths and marriages become events as they would have been recorded, and one
request for a transfer waits for its answer.

The facts are those of the generated members (dates of birth, death, joining and leaving); so figures stay as they are, and
each event can be undone.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts.models import User
from common import scope
from common.scope import acting_as
from households.actions.life_rows import Told
from households.actions.transfers_asking import ask_for_household
from households.models import Household, TransferRequest
from relocation.demo.chance import DEMO_COUNTY, GENERATED, luck
from settlements.models import Settlement

_MADE = "jsonb_build_array(jsonb_build_array('person', p.id, NULL, '{}'::jsonb), jsonb_build_array('membership', m.id, NULL, '{}'::jsonb))"
# The kind, its day, why, what it did to rows, and which members it happened to.
_KINDS = {
    "birth": (
        "p.birth_date",
        "出生登记",
        _MADE,
        "m.joined_on IS NULL AND h.moved_in_on IS NOT NULL AND p.birth_date > h.moved_in_on",
    ),
    "married_in": ("m.joined_on", "结婚", _MADE, "m.joined_on IS NOT NULL AND m.reason = 'marriage'"),
    "married_out": (
        "m.left_on",
        "结婚",
        "jsonb_build_array(jsonb_build_array('membership', m.id, jsonb_build_object('left_on', NULL, 'reason', ''),"
        " jsonb_build_object('left_on', m.left_on, 'reason', m.reason)))",
        "m.left_on IS NOT NULL AND m.reason = 'marriage'",
    ),
    "death": (
        "p.died_on",
        "病故",
        "jsonb_build_array(jsonb_build_array('person', p.id, jsonb_build_object('died_on', NULL),"
        " jsonb_build_object('died_on', p.died_on)))",
        "p.died_on IS NOT NULL",
    ),
}


def _events(kind: str, day: str, reason: str, steps: str, condition: str) -> str:
    return f"""
INSERT INTO households_householdevent (region, household_id, person_id, kind, day, reason, document, steps, recorded_on,
  recorded_by_id)
SELECT h.region, h.id, p.id, '{kind}', {day}, '{reason}', '', {steps},
  least(%(on)s, {day} + 1 + {luck("p.id", "recorded")} %% 16), clerk.id
FROM households_household h JOIN households_membership m ON m.household_id = h.id
JOIN households_person p ON p.id = m.person_id
LEFT JOIN (SELECT DISTINCT ON (s.region) s.region, u.id FROM accounts_user u JOIN accounts_userscope s ON s.user_id = u.id
  WHERE u.role = 'county' ORDER BY s.region, u.id) clerk ON clerk.region = h.region - h.region %% 1000000
WHERE h.code ~ %(generated)s AND h.voided_at IS NULL AND p.voided_at IS NULL AND {condition} AND {day} <= %(on)s
ORDER BY {day}, p.id"""


TABLES = ()
STATEMENTS = [_events(kind, *told) for kind, told in _KINDS.items()]


def follow(on: dt.date) -> None:
    """The demo county asks a neighbour for a household."""
    clerk = User.objects.filter(username="county").first()
    with scope.whole(source="load_demo"):
        theirs = Household.objects.filter(code__regex=GENERATED, verdict__isnull=False)
        theirs = theirs.exclude(region__range=(DEMO_COUNTY, DEMO_COUNTY + 999_999)).order_by("code").first()
        if clerk is None or theirs is None or TransferRequest.objects.exists():
            return
    with transaction.atomic(), acting_as(clerk, source="load_demo"):
        here = Settlement.objects.visible_to(clerk).filter(voided_at=None).order_by("code").first()
        if here is not None:
            told = Told(on + dt.timedelta(20), "投靠子女，申请转入本县安置点")
            ask_for_household(theirs.code, here, told, by=clerk, on=on - dt.timedelta(3))
