"""The page that finds people; what is searched for is posted, so that it stands in no address and no log."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.roles import check
from common import clock
from common.codes import LIST_COMMA
from common.values import mask_phone
from divisions.queries import names_of
from households.checks.households import persons_held
from households.finding import FINDERS, MOST, Hit
from households.finding import find as find_hits
from households.models import Household, Person

LONGEST = 60


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """The form; posted, what fits. One household alone is opened at once."""
    check(request.user, "read", "households")
    text = request.POST.get("q", "").strip()[:LONGEST] if request.method == "POST" else ""
    hits = find_hits(text, request.user) if text else []
    homes = {hit.household for hit in hits}
    if len(homes) == 1:
        return redirect("household", code=Household.objects.get(pk=homes.pop()).code)
    context = {
        "text": text,
        "asked": bool(text),
        "table": _table(hits[:MOST]),
        "more": len(hits) > MOST,
        "elsewhere": _elsewhere(text) if text and not hits else "",
        "ways": str(LIST_COMMA).join(str(finder.label) for finder in FINDERS),
        "breadcrumb": [{"label": _("Find people")}],
    }
    return render(request, "households/find.html", context)


def _elsewhere(text: str) -> str:
    """The county in which a number is registered that is nobody's here; no more than that is told."""
    field = Person._meta.get_field("id_number")
    try:
        number = field.clean(text, None)
    except ValidationError:
        return ""
    index = Person._meta.get_field("id_index").value_for(number)
    held = persons_held([index]).get(str(index)) if index else None
    if held is None:
        return ""
    county = held[1]
    return names_of([county], clock.today()).get(county) or f"{county // 10**6:06d}"


def _table(hits: list[Hit]) -> dict:
    homes = Household.objects.select_related("settlement").in_bulk({hit.household for hit in hits})
    people = Person.objects.defer("id_number").in_bulk({hit.person for hit in hits if hit.person})
    rows = []
    for hit in hits:
        home, person = homes[hit.household], people.get(hit.person)
        state = _("voided") if home.voided_at else _("died") if person and person.died_on else ""
        rows.append(
            {
                "url": f"/households/{home.code}/",
                "cells": [
                    {"text": person.name if person else home.head_name},
                    {"text": person.get_relation_display() if person else _("household")},
                    {"text": person.birth_date.isoformat() if person else ""},
                    {"text": home.code},
                    {"text": home.head_name},
                    {"text": home.settlement.name},
                    {"text": home.address},
                    {"text": mask_phone((person.phone if person else "") or home.phone)},
                    {"text": str(hit.by)},
                    {"text": state},
                ],
            }
        )
    labels = [
        _("Name"), _("Relation"), _("Birth date"), _("Household code"), _("Head"), _("Settlement"), _("Address"),
        _("Telephone"), _("Found by"), _("State"),
    ]  # fmt: skip
    return {
        "caption": _("Found"),
        "columns": [{"key": str(index), "label": label} for index, label in enumerate(labels)],
        "groups": None,
        "rows": rows,
        "wide": True,
        "empty": None,
    }
