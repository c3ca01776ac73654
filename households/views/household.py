"""The page of one household 一户一档: its facts, its members, and what higher apps add as panels."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.actions import record_disclosure
from accounts.roles import can, check
from common import citizen_id, clock
from common.dates import full_age
from common.ledger import registry
from common.posting import answers_post
from common.scope import contains
from common.values import mask_phone
from divisions.queries import names_of, path_of
from households.actions.visits import VISITS
from households.models import Household
from households.paper import ON_CARD
from households.queries.households import former_members_of, homes_of_former_members, household_at, members_of
from households.queries.origin import files_of_both_sides, households_known, outgoing_household
from households.queries.people import duplicates_of
from households.views.homes import outgoing_page
from ledgers.attachments.models import Attachment
from ledgers.attachments.serving import file_answer, thumbnail_answer
from ledgers.views.panels import panels_of


def found_household(request: HttpRequest, code: str) -> Household:
    check(request.user, "read", "households")
    try:
        return household_at(request.user, code)
    except Household.DoesNotExist:
        raise Http404(_("There is no household %(code)s in your area.") % {"code": code}) from None


@login_required
@never_cache
def household(request: HttpRequest, code: str) -> HttpResponse:
    check(request.user, "read", "households")
    if (left := outgoing_household(request.user, code)) and not contains(request.user.ranges, left.region):
        check(request.user, "read", "old-houses")
        return outgoing_page(request, left)
    return render(request, "households/household.html", file_context(request, found_household(request, code)))


@login_required
@never_cache
@answers_post(
    "/households/{code}/",
    gettext_lazy(
        "Every look at personal data is recorded. To see it in the clear again, ask again and give the reason."
    ),
)
def disclose(request: HttpRequest, code: str) -> HttpResponse:
    """The page once more with personal data in the clear, after the reason is on record."""
    found = found_household(request, code)
    record_disclosure(
        request.user,
        ledger="households",
        subject=found.code,
        columns=["id_number", "phone"],
        region=found.region,
        reason=request.POST.get("reason", ""),
        rows=1 + len(members_of(found)),
    )
    return render(request, "households/household.html", file_context(request, found, clear=True))


def _file_of_either_side(user, code: str, pk: int) -> Attachment:
    """A file that the county of origin and that of destination both see, whichever of them keeps it."""
    known = households_known([code], user).get(code)
    found = [file for file in files_of_both_sides(known.id, user) if file.pk == pk] if known else []
    if not found:
        raise Http404(_("There is no such file, or it lies outside your area."))
    return found[0]


@login_required
@require_safe
def file_of_either_side(request: HttpRequest, code: str, pk: int) -> FileResponse:
    return file_answer(_file_of_either_side(request.user, code, pk))


@login_required
@require_safe
def thumbnail_of_either_side(request: HttpRequest, code: str, pk: int) -> FileResponse:
    return thumbnail_answer(_file_of_either_side(request.user, code, pk))


def file_context(request: HttpRequest, found: Household, clear: bool = False) -> dict:
    """What the pages of a household's file show, on the screen and on paper."""
    user, today = request.user, clock.today()
    people = members_of(found)
    places = path_of(found.region, today)
    origin = names_of([found.origin_division], today).get(found.origin_division, "") if found.origin_division else ""
    return {
        "household": found,
        "members": [_shown(person, clear) for person in people],
        "former": former_members_of(found),
        "phone": found.phone if clear else mask_phone(found.phone),
        # The township as it was written may be the division itself.
        "origin": " ".join(
            dict.fromkeys(part for part in (origin, found.origin_township, found.origin_village) if part)
        ),
        "places": places,
        "panels": panels_of(registry["households"], found, request),
        "clear": clear,
        **duplicates_of(found, people),
        "writes": can(user, "write", "households") and found.kept_up,
        "visits": can(user, "write", VISITS) and found.kept_up,
        "voids": can(user, "write", "households") and found.kept_up,
        "went_to": homes_of_former_members(found) if found.ended else [],
        "hands_out": all(can(user, "read", ledger) for ledger in ON_CARD),
        "breadcrumb": [
            *(
                {
                    "label": place.name,
                    "url": f"/dashboard/?region={place.code:012d}" if contains(user.ranges, place.code) else "",
                }
                for place in places
            ),
            {"label": found.settlement.name, "url": f"/settlements/{found.settlement.code}/"},
            {"label": f"{found.head_name} {found.code}", "url": ""},
        ],
    }


def _shown(person, clear: bool) -> dict:
    number = person.id_number or ""
    return {
        "person": person,
        "spell": person.spell,
        "id_number": number if clear else citizen_id.mask(number) if number else "",
        "phone": person.phone if clear else mask_phone(person.phone),
        "ethnic_group": person.ethnic_group if clear else "",
        "age": full_age(person.birth_date, clock.today()),
    }
