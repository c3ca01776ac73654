"""The page of employment quick entry: shown, saved row by row and as a whole, filled by blocks, kept as a draft."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.roles import check
from common.ledger import registry
from employment.pasting import LONGEST, parse_block
from employment.quick import SHOWN, TYPED, Row, Saving, fits, paste, people_of, rows_of, typed_in
from households.models import Person
from ledgers import drafts
from ledgers.models import Draft
from ledgers.queries import Order, capped_count, encode_cursor, read_page
from settlements.models import Settlement
from settlements.queries import settlement_at

FORM = "quick"
SIZE = 50
ORDER = Order(("household__code", "id"))
_SENT = re.compile(r"^p(\d{1,18})-")


def _settlement(request: HttpRequest, code: str) -> Settlement:
    check(request.user, "write", "employments")
    check(request.user, "read", "persons")
    try:
        found = settlement_at(request.user, code)
    except Settlement.DoesNotExist:
        raise Http404(_("There is no settlement %(code)s in your area.") % {"code": code}) from None
    if found.voided_at:
        raise Http404(_("The settlement %(code)s is voided.") % {"code": code})
    return found


def _people(request: HttpRequest, settlement: Settlement, ids) -> list[Person]:
    """People of the settlement by their keys, in the order of the table."""
    wanted = [int(key) for key in ids if str(key).isdecimal() and len(str(key)) <= 18][: 4 * SIZE]
    found = people_of(settlement, request.user).filter(pk__in=wanted)
    return list(found.select_related("household__settlement").order_by(*ORDER.paths))


def _sent(data: Mapping[str, str]) -> list[str]:
    """The keys of the people whose rows were sent."""
    return list(dict.fromkeys(match[1] for name in data if (match := _SENT.match(name))))


@login_required
@never_cache
def page(request: HttpRequest, code: str) -> HttpResponse:
    settlement = _settlement(request, code)
    if request.method == "POST":
        return _save(request, settlement)
    draft = drafts.latest(request.user, FORM, settlement.code)
    if draft is not None:
        data = QueryDict(mutable=True)
        data.update(drafts.content(draft))
        rows = _typed_over(rows_of(_people(request, settlement, _sent(data))), data)
        if "restore" in request.GET:
            return _show(request, settlement, rows, form_id=str(draft.form_id))
        if not any(row.state for row in rows):  # all of it has been saved since
            drafts.drop(request.user, draft.form_id)
            draft = None
    return _show(request, settlement, draft=draft)


def _typed_over(rows: list[Row], data: QueryDict) -> list[Row]:
    """Rows with what a draft holds of them, and over which version it was typed."""
    for row in rows:
        if typed_in(data, row.person) and not fits(row, data):
            row.show(data)
            row.tell("unsaved")
    return rows


def _save(request: HttpRequest, settlement: Settlement) -> HttpResponse:
    """All changed rows at once; what stands against one of them keeps the others from nothing."""
    form_id = drafts.form_id_of(request.POST)
    saving = Saving(request.user, _people(request, settlement, _sent(request.POST)), request.POST)
    saving.save()
    told = _("Rows saved: %(n)s.") % {"n": saving.saved} if saving.saved else _("No row was changed.")
    if saving.faulty:
        errors = [error for row in saving.faulty for error in _errors_of(row)]
        _keep(request, settlement)
        if saving.saved:
            messages.success(request, told)
        told = {"errors": errors, "effects": saving.effects, "form_id": str(form_id or "")}
        return _show(request, settlement, saving.rows, status=_status(saving), **told)
    if form_id is not None:
        drafts.drop(request.user, form_id)
    messages.success(request, told, extra_tags=f"kept:{FORM}:{settlement.code}")
    for text in saving.effects:
        messages.info(request, text)
    return redirect(request.get_full_path())


def _status(saving: Saving) -> int:
    return 409 if any(row.state == "conflict" for row in saving.rows) else 422


def _errors_of(row: Row) -> list[dict]:
    who = f"{row.person.name} ({row.person.household.code})"
    if row.state == "conflict":
        text = _("%(who)s: somebody else changed this job meanwhile. Choose in the row which one holds.") % {"who": who}
        return [{"message": text, "field_id": f"{row.prefix}-mine"}]
    return [
        {
            "message": " ".join(
                filter(None, [who, str(row.form[name].label) if name in row.form.fields else "", message])
            ),
            "field_id": row.form[name].id_for_label if name in row.form.fields else "",
        }
        for name, found in row.form.errors.items()
        for message in found
    ]


@login_required
@never_cache
@require_POST
def save_row(request: HttpRequest, code: str) -> HttpResponse:
    """One row, when the focus leaves it: the fragment of its state. After a choice the whole row comes back."""
    settlement = _settlement(request, code)
    people = _people(request, settlement, [request.POST.get("row", "")])
    if not people:
        raise Http404(_("This person is not in the settlement any more."))
    saving = Saving(request.user, people, request.POST)
    saving.save()
    [row] = saving.rows
    whole = f"{row.prefix}-choose" in request.POST
    context = {"row": row, "code": settlement.code, "effects": saving.effects, "number": request.POST.get("number", "")}
    answer = render(
        request,
        "employment/_quick_row.html" if whole else "employment/_quick_answer.html",
        context,
        status=422 if saving.faulty else 200,
    )
    if whole:
        answer["HX-Retarget"], answer["HX-Reswap"] = f"#row-{row.person.pk}", "outerHTML"
    return answer


@login_required
@never_cache
@require_POST
def paste_block(request: HttpRequest, code: str) -> HttpResponse:
    """Cells for a pasted block, each checked; nothing is saved by it."""
    settlement = _settlement(request, code)
    text, column = request.POST.get("text", ""), request.POST.get("column", "")
    if column not in TYPED:
        raise Http404(_("There is no such column."))
    if len(text) > LONGEST:
        note = _("The block is too large to be pasted. Import it as a workbook instead.")
        return JsonResponse({"cells": [], "report": _report(request, notes=[note])})
    people = _people(request, settlement, request.POST.getlist("person"))
    first = request.POST.get("first", "")
    found = paste(parse_block(text), people, column, request.user, int(first) if first.isdecimal() else 1)
    report = _report(request, cells=len(found.cells), faults=found.faults, notes=found.notes)
    return JsonResponse({"cells": found.cells, "report": report})


def _report(request: HttpRequest, **told) -> str:
    return render_to_string("employment/_quick_pasted.html", told, request)


@login_required
@require_POST
def keep_draft(request: HttpRequest, code: str) -> HttpResponse:
    """Keep the rows of the page as they stand; a fragment that says when. `discard` forgets them."""
    settlement = _settlement(request, code)
    if "discard" in request.POST:
        if form_id := drafts.form_id_of(request.POST):
            drafts.drop(request.user, form_id)
        return redirect("quick-entry", code=settlement.code)
    return render(request, "ledgers/_draft_state.html", {"draft": _keep(request, settlement)})


def _keep(request: HttpRequest, settlement: Settlement) -> Draft | None:
    data = {name: value for name, value in request.POST.items() if name == "form_id" or _SENT.match(name)}
    return drafts.keep(request.user, FORM, settlement.code, data)


def _show(
    request: HttpRequest,
    settlement: Settlement,
    rows: list[Row] | None = None,
    *,
    status: int = 200,
    form_id: str = "",
    **more,
) -> HttpResponse:
    user = request.user
    show = request.GET.get("show", "")
    show = show if show in SHOWN else "unemployed"
    people = people_of(settlement, user, show)
    cursor = request.GET.get("cursor", "")
    try:
        found = read_page(people, [registry["persons"].by_name["name"]], ORDER, SIZE, cursor)
    except ValidationError as error:
        raise Http404(error.messages[0]) from error
    count, capped = capped_count(people)
    following = found.next
    if rows is None:
        rows = rows_of(_people(request, settlement, [row["id"] for row in found.rows]))
    elif rows and following:  # those who have got a job left the list: go on after the last row that is shown
        last = rows[-1].person
        following = encode_cursor([last.household.code, last.pk])
    at = request.path
    context = {
        "settlement": settlement,
        "rows": rows,
        "headings": [registry["employments"].heading(registry["employments"].by_name[name]) for name in TYPED],
        "code": settlement.code,
        "form_id": form_id or drafts.new_form_id(),
        "keep": f"{FORM}:{settlement.code}",
        "draft_url": f"{at}draft/",
        "tabs": [
            {"label": label, "url": f"{at}?show={key}", "active": key == show, "count": None}
            for key, label in SHOWN.items()
        ],
        "pager": {
            "shown": len(rows),
            "count": count,
            "capped": capped,
            "first_url": f"{at}?show={show}" if cursor else "",
            "previous_url": f"{at}?{urlencode({'show': show, 'cursor': found.previous})}" if found.previous else "",
            "next_url": f"{at}?{urlencode({'show': show, 'cursor': following})}" if following else "",
        },
        "empty": {
            "title": _("Nobody is listed here"),
            "text": _(
                "Every labourer of this settlement has a job, or nobody has been entered yet. Choose another list above."
            ),
        },
        "breadcrumb": [
            {"label": settlement.name, "url": f"/settlements/{settlement.code}/"},
            {"label": _("Employment quick entry")},
        ],
        **more,
    }
    return render(request, "employment/quick.html", context, status=status)
