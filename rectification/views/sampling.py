"""Pages of a sample: its design with size and strata, commitment, draw and publication, and drawing it again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.roles import can, check
from common import clock
from common.codes import label
from common.ledger import registry
from common.problems import Problem, Refused
from common.scope import contains
from divisions.queries import names_of
from ledgers.exports.views import SHEETS
from ledgers.exports.writing import Asked, export
from ledgers.history import history_of
from ledgers.imports.progress import Silent
from ledgers.shapes import shape_of
from rectification.actions.sampling import (
    LONGEST_SEED,
    Planned,
    commit_seed,
    discard_seed,
    draw,
    frames_of,
    plan_of,
    publish,
)
from rectification.actions.sampling_lists import LISTED
from rectification.models import Sample, SampleStratum
from rectification.queries.sampling_drawing import frame_lines
from rectification.queries.sampling_frames import NO_TIER
from rectification.queries.sampling_results import redraw_of
from rectification.queries.sampling_rights import (
    HOUSEHOLDS,
    LEDGER,
    takes_list,
    why_not_changing,
    why_not_designing,
    why_not_drawing,
    why_not_publishing,
)
from rectification.views.inspections_shared import add_problems, status_of, summary_of

TONES = {"design": "neutral", "committed": "warn", "drawn": "info", "published": "good"}
LATEST = 6
# What a third party gets: codes and blanks, no names, addresses or numbers; imported again as it is.
DATA_SET = (
    "sample",
    "code",
    "stratum",
    "rank",
    "reserve",
    "result",
    "visited_on",
    "checkers",
    "living",
    "living_note",
    "employed_seen",
    "employed_note",
    "satisfaction",
    "note",
)


def sample_at(user, pk: int) -> Sample:
    """The sample of an address, if the user may see it. Raises Http404."""
    rows = Sample.objects.visible_to(user).select_related("unit", "inspection__unit", "checklist", "drawn_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such sample, or it lies outside your area."))
    return found


def crumbs(*last: tuple[object, str]) -> list[dict]:
    return [
        {"label": _("Samples"), "url": "/ledgers/samples/"},
        *({"label": label, "url": url} for label, url in last),
    ]


@login_required
@never_cache
@require_safe
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    user = request.user
    check(user, "read", LEDGER)
    found = sample_at(user, pk)
    planned, faults = _counted(found) if "count" in request.GET and found.drawn_at is None else (None, [])
    strata = list(found.strata_rows.order_by("key"))
    words = words_of_strata(strata)
    context = {
        "sample": found,
        "tone": TONES[found.state],
        "steps": _steps(found),
        "acts": _acts(found, user),
        "planned": planned,
        "planned_rows": _planned_rows(planned) if planned else [],
        "faults": faults,
        "strata": [{"row": stratum, "words": words[stratum.pk]} for stratum in strata],
        "totals": _totals(strata),
        "households_url": f"/ledgers/sample-households/?of_sample={found.pk}",
        "whole": contains(user.ranges, found.region),
        "takes_list": takes_list(found),
        "writes": why_not_changing(found, user) == "",
        "designs": why_not_designing(found, user) == "",
        "exports": can(user, "export", HOUSEHOLDS),
        "imports": can(user, "import", HOUSEHOLDS) and why_not_changing(found, user, HOUSEHOLDS) == "",
        "events": history_of(registry[LEDGER], found.pk, user)[:LATEST] if contains(user.ranges, found.region) else [],
        "breadcrumb": crumbs((found.title, "")),
    }
    return render(request, "rectification/sampling/sample.html", context)


def _counted(found: Sample) -> tuple[Planned | None, list[str]]:
    """What the design comes to, counted now; the drawn counties stay unknown until the draw."""
    try:
        return plan_of(found, "", clock.today()), []
    except Refused as refused:
        return None, [problem.message for problem in refused.problems]


def stratum_words(stratum, names: dict[int, str] | None = None) -> str:
    """A stratum in words: its county, tier and placement, as far as they part the strata."""
    names = names if names is not None else names_of([stratum.county], clock.today())
    without_tier = stratum.key.split("/")[1:2] == [NO_TIER]
    parts = [
        names.get(stratum.county, str(stratum.county)) if stratum.county else "",
        label("tier", stratum.tier) if stratum.tier else _("no tier (dispersed)") if without_tier else "",
        label("placement", stratum.placement) if stratum.placement else "",
    ]
    return " · ".join(part for part in parts if part) or _("all households")


def words_of_strata(strata: Iterable[SampleStratum]) -> dict[int, str]:
    """By the stratum's id."""
    strata = list(strata)
    names = names_of({stratum.county for stratum in strata if stratum.county}, clock.today())
    return {stratum.pk: stratum_words(stratum, names) for stratum in strata}


def _planned_rows(planned: Planned) -> list[dict]:
    names = names_of({stratum.county for stratum in planned.strata}, clock.today())
    return [
        {
            "words": stratum_words(stratum, names),
            "population": stratum.population,
            "size": planned.parts.get(stratum.key) if planned.parts else None,
        }
        for stratum in planned.strata
    ]


def _totals(strata: list[SampleStratum]) -> dict:
    return {
        "population": sum(stratum.population for stratum in strata),
        "size": sum(stratum.size for stratum in strata),
        "reserves": sum(stratum.reserves for stratum in strata),
    }


def _steps(found: Sample) -> list[dict]:
    """Design, commit, draw, publish: what is done, what comes next."""
    keys = ["design", "committed", "drawn", "published"]
    labels = [_("Design"), _("Commit the seed"), _("Draw"), _("Publish")]
    at = keys.index(found.state)
    current = at if found.state == "published" else at + 1
    if found.state == "design":
        current = 0
    states = ["done" if i < current or found.state == "published" else "ahead" for i in range(4)]
    if found.state != "published":
        states[current] = "current"
    return [{"label": label, "url": "", "state": state} for label, state in zip(labels, states, strict=True)]


def _acts(found: Sample, user) -> list[dict]:
    """What can be done next, with the reason where it cannot."""
    acts = {
        "design": [("commit", _("Commit the seed"), why_not_designing)],
        "committed": [
            ("draw", _("Draw"), why_not_drawing),
            ("discard-seed", _("Discard the seed"), why_not_drawing),
        ],
        "drawn": [("publish", _("Publish"), why_not_publishing)],
    }
    return [
        {"url": f"{found.address}{key}/", "label": label, "reason": why(found, user), "primary": index == 0}
        for index, (key, label, why) in enumerate(acts.get(found.state, []))
    ]


# --- Acts ---


class SeedForm(forms.Form):
    public_text = forms.CharField(
        label=gettext_lazy("Public text"),
        required=False,
        max_length=LONGEST_SEED,
        help_text=gettext_lazy(
            "Something that everybody can look up later and nobody here chose, such as the numbers of a public lottery"
            " draw. Left blank, the system draws a seed and shows it with the sample."
        ),
    )


def _act(request: HttpRequest, pk: int, *, heading, effects, why, do, form=None, danger=False) -> HttpResponse:
    """A page that names what an act does, and does it."""
    found = sample_at(request.user, pk)
    if reason := why(found, request.user):
        raise PermissionDenied(reason)
    form = form or forms.Form(request.POST if request.method == "POST" else None)
    faults: list[Problem] = []
    if request.method == "POST" and form.is_valid():
        try:
            do(found, form)
        except Refused as refused:
            faults = refused.problems
            add_problems(form, faults)
        else:
            messages.success(request, _("%(title)s: %(act)s.") % {"title": found.title, "act": heading})
            return redirect(found.address)
    confirm = {
        "heading": heading,
        "title": found.title,
        "effects": effects(found),
        "action_url": request.path,
        "verb": heading,
        "cancel_url": found.address,
        "danger": danger,
        "form": form,
    }
    context = {
        "confirm": confirm,
        "errors": summary_of(form),
        "breadcrumb": crumbs((found.title, found.address), (heading, "")),
    }
    return render(request, "confirm.html", context, status=status_of(form))


@login_required
@never_cache
def commit(request: HttpRequest, pk: int) -> HttpResponse:
    def do(found: Sample, form: SeedForm) -> None:
        commit_seed(found, by=request.user, public_text=form.cleaned_data["public_text"])

    return _act(
        request,
        pk,
        heading=_("Commit the seed"),
        effects=lambda found: [
            _("The design no longer changes."),
            _(
                "The digest of the seed is kept and shown, so that nobody can exchange the seed once the frame is known."
            ),
        ],
        why=why_not_designing,
        do=do,
        form=SeedForm(request.POST if request.method == "POST" else None),
    )


@login_required
@never_cache
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(
        request,
        pk,
        heading=_("Discard the seed"),
        effects=lambda found: [
            _("The design can be changed again. That a seed was discarded stays with the sample: %(n)s so far.")
            % {"n": found.seeds_discarded}
        ],
        why=why_not_drawing,
        do=lambda found, form: discard_seed(found, by=request.user),
        danger=True,
    )


@login_required
@never_cache
def draw_sample(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(
        request,
        pk,
        heading=_("Draw"),
        effects=lambda found: [
            _("The frame is made as of %(day)s and kept; the households are drawn from it by the committed seed.")
            % {"day": found.frame_on},
            _("A draw is not repeated. A wrong one is voided, with a reason."),
        ],
        why=why_not_drawing,
        do=lambda found, form: draw(found, by=request.user),
    )


@login_required
@never_cache
def publish_sample(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(
        request,
        pk,
        heading=_("Publish"),
        effects=lambda found: [
            _("Every county sees which of its households were drawn and what was found there."),
            _("Seed and frame can be read there, so that anybody can draw the sample again."),
        ],
        why=why_not_publishing,
        do=lambda found, form: publish(found, by=request.user),
    )


# --- Drawing again ---


def _drawn(user, pk: int) -> Sample:
    check(user, "read", LEDGER)
    found = sample_at(user, pk)
    if found.drawn_at is None:
        raise Http404(_("The sample is not drawn yet."))
    return found


@login_required
@never_cache
@require_safe
def redraw(request: HttpRequest, pk: int) -> HttpResponse:
    found = _drawn(request.user, pk)
    if found.seed_source == LISTED:
        raise Http404(_("The households were named by a third party: there is no seed to draw them again by."))
    whole = contains(request.user.ranges, found.region)
    outcome = redraw_of(found, whole=whole)
    context = {
        "sample": found,
        "outcome": outcome,
        "whole": whole,
        "differing": outcome.differing[:50],
        "breadcrumb": crumbs((found.title, found.address), (_("Draw again"), "")),
    }
    return render(request, "rectification/sampling/redraw.html", context)


@login_required
@never_cache
@require_safe
def frame(request: HttpRequest, pk: int) -> HttpResponse:
    """The frame as it is digested: a line `stratum|household code` for each household."""
    found = _drawn(request.user, pk)
    response = HttpResponse("".join(frame_lines(frames_of(found))), content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition_header(True, f"frame-{found.pk}.txt")
    return response


@login_required
@never_cache
@require_safe
def data_set(request: HttpRequest, pk: int) -> HttpResponse:
    """The drawn households for a third party: codes alone, with the columns to fill in."""
    user = request.user
    check(user, "export", HOUSEHOLDS)
    found = _drawn(user, pk)
    asked = Asked(shape_of(HOUSEHOLDS), {"of_sample": str(found.pk)}, DATA_SET)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.xlsx"
        export(asked, user, path, Silent())
        content = path.read_bytes()
    response = HttpResponse(content, content_type=SHEETS)
    name = f"{found.title}（{_('codes only')}）.xlsx"
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


def drawn_strata(found: Sample) -> list[SampleStratum]:
    return list(found.strata_rows.filter(size__gt=0).order_by("key"))
