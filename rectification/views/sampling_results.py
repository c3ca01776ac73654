"""What a sample says: estimates beside the reported figures, differences, and what follows from them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import can, check
from common import clock
from common.problems import Refused
from common.scope import contains
from divisions.queries import names_of
from rectification.actions.inspections_items import difference_in_words, items_from_households, on_ledger
from rectification.actions.sampling_findings import settle_findings
from rectification.models import Sample
from rectification.queries.inspections_rights import ITEMS
from rectification.queries.sampling_results import Line, Result, differences, method_of, results_of
from rectification.queries.sampling_rights import LEDGER, why_not_changing
from rectification.views.inspections_items import ItemsForm, chosen
from rectification.views.inspections_shared import add_error, add_problems, status_of, summary_of
from rectification.views.sampling import crumbs, sample_at, stratum_words

MOST_DIFFERENCES = 500


@login_required
@never_cache
@require_safe
def results(request: HttpRequest, pk: int) -> HttpResponse:
    user = request.user
    check(user, "read", LEDGER)
    sample = _whole(user, pk)
    found = results_of(sample)
    names = names_of({line.stratum.county for result in found for line in result.strata}, clock.today())
    rows = list(differences(sample)[: MOST_DIFFERENCES + 1])
    writes = why_not_changing(sample, user) == ""
    context = {
        "sample": sample,
        "results": [_shown(result, names) for result in found],
        "method": method_of(sample),
        "differences": [
            {
                "visit": visit,
                "words": difference_in_words(visit),
                "stratum": stratum_words(visit.stratum, names),
                "item": visit.item if on_ledger(visit) else None,
            }
            for visit in rows[:MOST_DIFFERENCES]
        ],
        "left_out": len(rows) > MOST_DIFFERENCES,
        "differences_url": f"/ledgers/sample-households/?of_sample={sample.pk}&differs=1",
        "households_url": f"/ledgers/sample-households/?of_sample={sample.pk}",
        "writes": writes and sample.published_on is not None,
        "makes_items": writes and sample.published_on is not None and can(user, "write", ITEMS),
        "breadcrumb": crumbs((sample.title, sample.address), (_("Results"), "")),
    }
    return render(request, "rectification/sampling/results.html", context)


def _shown(result: Result, names: dict[int, str]) -> dict:
    """A measure as a table: all strata in front, then each."""
    lines = [
        _line(result, result.overall, _("all strata")),
        *(_line(result, line, stratum_words(line.stratum, names)) for line in result.strata),
    ]
    return {"key": result.key, "title": result.title, "overall": lines[0], "lines": lines}


def _line(result: Result, line: Line, words: str) -> dict:
    estimate = line.estimate

    def figure(value: float | None) -> str:
        if value is None:
            return "—"
        return f"{100 * value:.2f}%" if result.proportion else f"{value:.2f}"

    verdict = {True: (_("within the interval"), "good"), False: (_("outside the interval"), "bad"), None: ("", "")}
    label, tone = verdict[line.within]
    return {
        "words": words,
        "population": line.population,
        "drawn": estimate.drawn,
        "answered": estimate.answered,
        "rate": estimate.response_rate,
        "value": figure(estimate.value),
        "interval": f"{figure(estimate.low)} – {figure(estimate.high)}" if estimate.low is not None else "—",
        "reported": figure(line.reported),
        "within": label,
        "tone": tone,
    }


def _whole(user, pk: int) -> Sample:
    """A drawn sample of which the user sees every household: from a part of it nothing is estimated."""
    sample = sample_at(user, pk)
    if sample.drawn_at is None:
        raise Http404(_("The sample is not drawn yet."))
    if not contains(user.ranges, sample.region):
        raise PermissionDenied(
            _("Your area holds a part of this sample alone. Read its households; the whole is estimated by %(unit)s.")
            % {"unit": sample.unit}
        )
    return sample


@login_required
@require_POST
def findings(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring the findings of the differences up to date."""
    sample = sample_at(request.user, pk)
    try:
        opened, closed = settle_findings(sample, by=request.user)
    except Refused as refused:
        for problem in refused.problems:
            messages.error(request, problem.message)
    else:
        messages.success(
            request, _("Findings opened: %(opened)s, closed: %(closed)s.") % {"opened": opened, "closed": closed}
        )
    return redirect(f"{sample.address}results/")


@login_required
@never_cache
def items(request: HttpRequest, pk: int) -> HttpResponse:
    """Differences that are to be put right become problems on the ledger."""
    user = request.user
    check(user, "write", ITEMS)
    sample = _whole(user, pk)
    if reason := why_not_changing(sample, user):
        raise PermissionDenied(reason)
    visits = [visit for visit in differences(sample)[:MOST_DIFFERENCES] if not on_ledger(visit)]
    form = ItemsForm(user, request.POST if request.method == "POST" else None)
    selected = chosen(request)
    if request.method == "POST" and form.is_valid():
        try:
            made = items_from_households(sample, selected, by=user, values=form.values)
        except Refused as refused:
            add_problems(form, refused.problems)
        except ValidationError as error:
            add_error(form, error)
        else:
            messages.success(
                request,
                _("Problems on the ledger as drafts: %(n)s. Complete and register them there.") % {"n": len(made)},
            )
            return redirect(f"/ledgers/rectification-items/?of_sample={sample.pk}")
    context = {
        "sample": sample,
        "visits": visits,
        "selected": selected or [visit.pk for visit in visits],
        "form": form,
        "errors": summary_of(form),
        "breadcrumb": crumbs(
            (sample.title, sample.address),
            (_("Results"), f"{sample.address}results/"),
            (_("Results to problems"), ""),
        ),
    }
    return render(request, "rectification/sampling/items.html", context, status=status_of(form))
