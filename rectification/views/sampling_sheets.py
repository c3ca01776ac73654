"""Check sheets of a sample on paper: a household a page, with a blank for each question."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.actions import record_disclosure
from accounts.roles import can, check
from common import citizen_id, clock
from common.codes import choices
from common.dates import full_age
from common.values import mask_phone
from divisions.queries import names_of
from households.models import Membership
from rectification.actions.inspections_checklists import questions_of
from rectification.models import SampleHousehold
from rectification.queries.sampling_rights import HOUSEHOLDS
from rectification.views.sampling import crumbs, drawn_strata, sample_at, words_of_strata

SHEETS_AT_ONCE = 100


@login_required
@never_cache
def sheets(request: HttpRequest, pk: int) -> HttpResponse:
    """Check sheets to print, a household a page, with a blank for each question; numbers are masked unless a reason is
    given by somebody who may see them."""
    user = request.user
    check(user, "read", HOUSEHOLDS)
    sample = sample_at(user, pk)
    if sample.drawn_at is None:
        raise Http404(_("The sample is not drawn yet."))
    rows = SampleHousehold.objects.visible_to(user).filter(sample=sample, voided_at=None)
    rows = rows.select_related("stratum", "household__settlement").order_by("stratum__key", "rank")
    stratum = request.GET.get("stratum", "")
    if stratum.isdecimal() and len(stratum) < 19:
        rows = rows.filter(stratum=int(stratum))
    at = request.GET.get("at", "")
    start = int(at) if at.isdecimal() and len(at) < 7 else 0
    total = rows.count()
    visits = list(rows[start : start + SHEETS_AT_ONCE])
    clear = request.method == "POST" and user.role_grants.clear
    if request.method == "POST" and not clear:
        raise PermissionDenied(_("Your role prints ID and telephone numbers masked only."))
    if clear:
        record_disclosure(
            user,
            ledger=HOUSEHOLDS,
            subject=_("check sheets of sample %(n)s") % {"n": sample.pk},
            columns=["id_number", "phone"],
            reason=request.POST.get("reason", ""),
            region=user.home_region,
            rows=len(visits),
        )
    context = {
        "sample": sample,
        "sheets": _sheets(visits, user, clear),
        "questions": questions_of(sample.checklist),
        "visit_results": choices("sample_visit"),
        "satisfactions": choices("sample_satisfaction"),
        "strata": words_of_strata(drawn_strata(sample)),
        "stratum": stratum,
        "from_number": start + 1,
        "to_number": start + len(visits),
        "total": total,
        "previous": start - SHEETS_AT_ONCE if start >= SHEETS_AT_ONCE else None,
        "next": start + SHEETS_AT_ONCE if start + SHEETS_AT_ONCE < total else None,
        "may_disclose": user.role_grants.clear and not clear,
        "breadcrumb": crumbs((sample.title, sample.address), (_("Check sheets"), "")),
    }
    return render(request, "rectification/sampling/sheets.html", context)


def _sheets(visits: list[SampleHousehold], user, clear: bool) -> list[dict]:
    on = clock.today()
    townships = names_of({visit.place_region for visit in visits}, on)
    strata = words_of_strata({visit.stratum_id: visit.stratum for visit in visits}.values())
    members: dict[int, list[dict]] = {}
    if can(user, "read", "persons"):
        spells = Membership.objects.filter(
            household__in=[visit.household_id for visit in visits], left_on=None, person__voided_at=None
        ).select_related("person")
        for spell in spells.order_by("household", "person__relation", "person"):
            members.setdefault(spell.household_id, []).append(_member(spell.person, on, clear))
    return [
        {
            "visit": visit,
            "township": townships.get(visit.place_region, ""),
            "stratum": strata[visit.stratum_id],
            "phone": visit.household.phone if clear else mask_phone(visit.household.phone),
            "members": members.get(visit.household_id, []),
        }
        for visit in visits
    ]


def _member(person, on, clear: bool) -> dict:
    number = person.id_number or ""
    return {
        "person": person,
        "age": full_age(person.birth_date, on),
        "id_number": number if clear or not number else citizen_id.mask(number),
    }
