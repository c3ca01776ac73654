"""The section of household and people in the household's file, with the panel of its grid and its linked cadre."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.roles import can
from common import clock
from common.codes import LIST_COMMA
from common.ledger import Panel, registry
from common.terms import term
from households.models import REGISTERED, CadreLink, Household, Person
from households.queries.households import members_of
from households.queries.people import linked_cadre, links_on, path_of
from households.sections import SECTIONS, Section
from ledgers.presenting import Presenter

# What the file of every household says, and of every member.
HOUSEHOLD = ["household_kind", "task_year", "moved_in_on", "phone", "building", "origin_county"]
MEMBER = ["education", "health", "political_status", "putonghua", "labour_capability"]
OF_REGISTERED = ["registry_number", "poverty_exit"]


def missing_people(ids: Iterable[int], on: dt.date) -> dict[int, list[str]]:
    """What households and their living members lack."""
    ids = list(ids)
    found: dict[int, list[str]] = defaultdict(list)
    named = {name: str(Household._meta.get_field(name).verbose_name) for name in [*HOUSEHOLD, *OF_REGISTERED]}
    homes = Household.objects.filter(pk__in=ids)
    for home in homes.values("pk", "relocation_kind", "grid", *HOUSEHOLD, *OF_REGISTERED):
        wanted = [*HOUSEHOLD, *(OF_REGISTERED if home["relocation_kind"] == REGISTERED else ())]
        found[home["pk"]] += [named[name] for name in wanted if not home[name]]
        if not home["grid"]:
            found[home["pk"]].append(_("grid"))
    linked = set(links_on(ids, on).values_list("household_id", flat=True))
    for key in ids:
        if key not in linked:
            found[key].append(_("linked cadre"))
    named = {name: str(Person._meta.get_field(name).verbose_name) for name in MEMBER}
    people = Person.objects.filter(household__in=ids, voided_at=None, died_on=None, memberships__left_on=None)
    for row in people.order_by("household_id", "pk").values("household_id", "name", "id_index", "id_valid_to", *MEMBER):
        lacking = [named[name] for name in MEMBER if not row[name]]
        if row["id_index"] is None:
            lacking.append(_("ID number"))
        elif row["id_valid_to"] and row["id_valid_to"] < on:
            lacking.append(_("a valid identity card"))
        if lacking:
            told = {"name": row["name"], "what": str(LIST_COMMA).join(lacking)}
            found[row["household_id"]].append(_("%(name)s: %(what)s") % told)
    return {key: words for key, words in found.items() if words}


SECTIONS.append(Section("people", term("Household and people", "户和人口"), missing_people))


def _grid_panel(household: Household, user) -> dict:
    on = clock.today()
    links = list(CadreLink.objects.filter(household=household, voided_at=None).order_by("-from_on"))
    current = linked_cadre(household, on)
    grid = household.grid
    in_office = Q(from_on__lte=on) & (Q(to_on=None) | Q(to_on__gt=on))
    return {
        "household": household,
        "path": path_of(grid) if grid else [],
        "managers": grid.managers.filter(in_office, voided_at=None) if grid else [],
        "current": current,
        "former": [link for link in links if link != current],
        "writes": can(user, "write", "cadre-links") and household.kept_up,
    }


FACTS = [
    "household_kind", "task_year", "self_paid", "planned_move_in_on", "origin_area_kind", "origin_address", "registry_number",
    "registry_year", "recognition_standard", "poverty_exit", "poverty_exit_year",
]  # fmt: skip
OF_PEOPLE = [
    "document_type", "id_valid_to", "registry_number", "education", "political_status", "putonghua", "serving_soldier",
    "works_abroad",
]  # fmt: skip


def _people_panel(household: Household, user) -> dict:
    """What the head of the page leaves out; health is told where a reason for looking has been given."""
    homes, people = registry["households"], registry["persons"]
    present, of_people = Presenter(homes, user), Presenter(people, user)
    members = members_of(household)
    return {
        "household": household,
        "facts": [
            (homes.heading(homes.by_name[name]), present.text(homes.by_name[name], getattr(household, name)))
            for name in FACTS
        ],
        "headings": [people.heading(people.by_name[name]) for name in OF_PEOPLE],
        "members": [
            (member, [of_people.text(people.by_name[name], getattr(member, name)) for name in OF_PEOPLE])
            for member in members
        ],
        "supports": household.industry_supports.filter(voided_at=None).order_by("-year", "pk")
        if can(user, "read", "industry-supports")
        else [],
        "missing": missing_people([household.pk], clock.today()).get(household.pk, []),
        "writes": can(user, "write", "households") and household.kept_up,
    }


registry["households"].extend(
    panels=[
        Panel("people", term("Household and people in full", "户和人口信息"), "households/_people.html", _people_panel),
        Panel(
            "grid",
            term("Grid and linked cadre", "所属网格与帮扶干部"),
            "households/_grid.html",
            _grid_panel,
            "cadre-links",
        ),
    ]
)
