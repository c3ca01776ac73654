"""How complete a household's file is: the section of employment, and the state of every section in words and tone."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.roles import can
from common import clock
from common.codes import LIST_COMMA
from common.ledger import Panel, registry
from common.terms import term
from employment.models import Employment
from employment.queries import jobs_on, labour_force
from households.models import Person
from households.sections import SECTIONS, Section, missing_of

# What a job that is going on says of itself beyond what is asked when it is entered.
OF_A_JOB = ["employer", "workplace", "monthly_wage"]
SHOWN = 12  # words of what is missing in one section; the rest is counted


def missing_jobs(ids: Iterable[int], on: dt.date) -> dict[int, list[str]]:
    """Labourers of whom neither a job nor the wish to work is on record, and what jobs that are going on leave open."""
    ids = list(ids)
    found: dict[int, list[str]] = defaultdict(list)
    working = Employment.objects.filter(jobs_on(on), voided_at=None, person__household__in=ids)
    idle = Person.objects.filter(labour_force(on), household__in=ids, voided_at=None, died_on=None, job_intention="")
    idle = idle.filter(memberships__left_on=None).exclude(pk__in=working.values("person"))
    for household, name in idle.order_by("household", "pk").values_list("household", "name"):
        found[household].append(_("%(name)s: a job, or the wish to work") % {"name": name})
    named = {name: str(Employment._meta.get_field(name).verbose_name) for name in OF_A_JOB}
    rows = working.filter(person__voided_at=None, person__memberships__left_on=None).order_by("person__household", "pk")
    for row in rows.values("person__household", "person__name", *OF_A_JOB):
        if lacking := [named[name] for name in OF_A_JOB if row[name] in ("", None)]:
            told = {"name": row["person__name"], "what": str(LIST_COMMA).join(lacking)}
            found[row["person__household"]].append(_("job of %(name)s: %(what)s") % told)
    return dict(found)


def states_of(household: int, on: dt.date, user) -> list[dict]:
    """[{title, tone, text, missing}] of every section of one file whose ledger the user may read."""
    missing = missing_of([household], on)[household]
    known = [section for section in SECTIONS if not section.ledger or can(user, "read", section.ledger)]
    return [_state(section, missing.get(section.key, [])) for section in known]


def _state(section: Section, missing: list[str]) -> dict:
    if not missing:
        return {"title": section.title, "tone": "good", "text": _("complete"), "missing": []}
    text = _("%(n)s missing") % {"n": len(missing)}
    more = [_("and %(n)s more") % {"n": len(missing) - SHOWN}] if len(missing) > SHOWN else []
    return {"title": section.title, "tone": "warn", "text": text, "missing": [*missing[:SHOWN], *more]}


SECTIONS.append(Section("jobs", term("Employment", "就业情况"), missing_jobs, "employments"))


def _panel(household, user) -> dict:
    return {"sections": states_of(household.pk, clock.today(), user)}


registry["households"].extend(
    panels=[Panel("completeness", term("Completeness", "档案完整度"), "employment/_sections.html", _panel)]
)
