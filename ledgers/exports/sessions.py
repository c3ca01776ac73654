"""An export in the browser: one job, one file, kept for a week."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from common import clock, scope
from common.terms import official, term
from jobs import actions as jobs
from jobs.models import Job
from jobs.runner import Run, handler
from ledgers.exports.writing import Asked, export
from ledgers.shapes import shape_for, shape_of


def start(user, asked: Asked) -> Job:
    """Queue an export."""
    return jobs.submit(
        "export",
        user,
        {
            "key": asked.shape.key,
            "filters": dict(asked.filters),
            "columns": list(asked.columns),
            "clear": asked.clear,
            "purpose": asked.purpose,
        },
    )


@handler(
    "export",
    unit=term("rows", "行"),
    phases={"writing": term("writing", "正在写入")},
    title=lambda job: _("Export: %(ledger)s") % {"ledger": shape_of(job.params["key"]).title},
    address=lambda job: reverse("job", args=[job.pk]),
)
def export_workbook(run: Run) -> None:
    params = run.job.params
    shape = shape_for(run.user, params["key"], "export")
    asked = Asked(shape, params["filters"], tuple(params["columns"]), params["clear"], params["purpose"])
    name = f"{official(shape.title)}{clock.today():%Y%m%d}.xlsx"
    with scope.acting_as(run.user, source=f"job:{run.job.pk}"), jobs.write_file(run.job, "result", name) as path:
        rows = export(asked, run.user, path, run)
        run.finish({"rows": rows})
