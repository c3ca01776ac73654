"""Pages of exports: what to export, and the empty template."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import roles
from common import clock
from common.excel.writing import Properties
from common.terms import official
from jobs.queries import of_user, progress_row
from ledgers.exports.forms import ExportForm
from ledgers.exports.frame import write_empty
from ledgers.exports.sessions import start
from ledgers.exports.writing import Asked, selection_of
from ledgers.filters import filters_of, parameter_names, select
from ledgers.shapes import Shape, shape_for, shape_of

RECENT = 5
SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@login_required
def export_page(request: HttpRequest, key: str) -> HttpResponse:
    shape = shape_for(request.user, key, "export")
    filters = _filters(request, shape)
    form = ExportForm(
        request.POST if request.method == "POST" else None,
        shape=shape,
        user=request.user,
        initial={"region": filters.get("region", "")},
    )
    if request.method == "POST" and form.is_valid():
        told = {name: value for name, value in filters.items() if name != "region"}
        if region := form.cleaned_data.get("region", "").strip():
            told["region"] = region
        asked = Asked(
            shape,
            told,
            tuple(form.cleaned_data.get("columns", ())),
            form.cleaned_data.get("clear", False),
            form.cleaned_data["purpose"].strip(),
        )
        try:
            selection_of(asked, request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("job", start(request.user, asked).pk)
    selection = select(shape.outer, {n: v for n, v in filters.items() if n != "region"}, request.user)
    recent = of_user(request.user).filter(kind="export", params__key=key)[:RECENT]
    return render(
        request,
        "ledgers/export.html",
        {
            "shape": shape,
            "form": form,
            "chosen": selection.chosen,
            "hidden": [(name, value) for name, value in filters.items() if name != "region"],
            "recent": [progress_row(job, reverse("job", args=[job.pk]), detail=True) for job in recent],
            "errors": [
                {"message": message, "field_id": form[name].id_for_label if name != "__all__" else ""}
                for name, found in form.errors.items()
                for message in found
            ]
            if form.is_bound
            else [],
            "breadcrumb": [{"label": shape.title, "url": f"/ledgers/{key}/"}, {"label": _("Export"), "url": ""}],
        },
        status=422 if form.is_bound and form.errors else 200,
    )


def _filters(request: HttpRequest, shape: Shape) -> dict[str, str]:
    """The list's filters among the parameters of the address, or of the form that carries them on."""
    known = {name for added in filters_of(shape.outer).values() for name in (added.name, *parameter_names(added))}
    source = request.POST if request.method == "POST" else request.GET
    return {name: value for name, value in source.items() if name in known and value.strip()}


@login_required
@require_safe
def template(request: HttpRequest, key: str) -> HttpResponse:
    """An empty workbook of the ledger, to be filled in and imported."""
    shape = shape_of(key)
    roles.check(request.user, "import", key)
    properties = Properties(
        creator=str(request.user), created=clock.now().replace(tzinfo=None), title=official(shape.title), template=key
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_empty(path, shape, properties)
        content = path.read_bytes()
    response = HttpResponse(content, content_type=SHEETS)
    name = f"{official(shape.title)}（模板）.xlsx"
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response
