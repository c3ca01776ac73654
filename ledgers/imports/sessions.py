"""An import in the browser as one job with two parts: check and wait for the decision, then store in one transaction.

The uploaded file is what is kept between the two. Storing reads and checks it again inside its transaction, so that what
is stored was checked against the store as it is then, and a worker killed at any moment leaves nothing to clear up.
"""

from __future__ import annotations

from pathlib import PurePath

import orjson
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from common import scope
from common.excel.marking import mark_workbook
from common.problems import Refused
from common.terms import term
from jobs import actions as jobs
from jobs.models import Job
from jobs.runner import Run, handler
from ledgers.imports.checking import Checked, check, problem_rows
from ledgers.imports.reading import Source, read_source
from ledgers.imports.storing import check_owners, create_owners, store
from ledgers.shapes import Shape, shape_for, shape_of

ALL, VALID = "all", "valid"
PHASES = {
    "reading": term("reading the file", "正在读取文件"),
    "checking": term("checking", "正在核对"),
    "storing": term("storing", "正在保存"),
    "following": term("computing verdicts and counts", "正在计算判定和统计"),
}


class LookAgain(Exception):
    """The store has changed since the check, so that what was decided can no longer be done: nothing is stored."""

    def __init__(self, checked: Checked):
        self.checked = checked
        super().__init__("look again")


def start(user, key: str, file, told: dict[str, str] | None = None) -> Job:
    """Queue the check of an uploaded file (an object with `name` and `chunks()`); `told` holds for the whole file."""
    name = PurePath(file.name.replace("\\", "/")).name[:150]
    params = {"key": key, "name": name, "told": told or {}}
    return jobs.submit("import", user, params, source=file.chunks(), name=name)


def decide(job: Job, mode: str, owners: dict[str, dict]) -> bool:
    """Queue the storing of a checked file. `owners` completes unknown sheets' names (settlements) with raw values."""
    return jobs.resume(job, {"mode": mode, "owners": owners})


def title(job: Job) -> str:
    return _("Import: %(name)s (%(ledger)s)") % {
        "name": job.params["name"],
        "ledger": shape_of(job.params["key"]).title,
    }


def address(job: Job) -> str:
    if job.state in (Job.State.WAITING, Job.State.DONE):
        return reverse("import-review", args=[job.params["key"], job.pk])
    return reverse("job", args=[job.pk])


@handler("import", title=title, address=address, unit=term("rows", "行"), keep_days=30, phases=PHASES)
def import_workbook(run: Run) -> None:
    shape = shape_for(run.user, run.job.params["key"], "import")
    if "mode" in run.job.params:
        _store(run, shape)
    else:
        with scope.acting_as(run.user, source=f"job:{run.job.pk}"):
            checked = check(_read(run, shape), shape, run.user, run, _told(run.job))
        _wait(run, shape, checked, "")


def _read(run: Run, shape: Shape) -> Source:
    run.phase("reading")
    return read_source(run.job.file("source").full_path, shape, _told(run.job))


def _told(job: Job) -> dict[str, str]:
    return job.params.get("told") or {}


def _wait(run: Run, shape: Shape, checked: Checked, notice: str) -> None:
    """Keep the report, have the faults marked, and leave the decision to the owner."""
    with transaction.atomic():
        result = _report(run.job, shape, checked) | {"notice": notice}
        if checked.errors:
            marking = jobs.submit("marking", run.user, {"import": str(run.job.pk), "name": run.job.params["name"]})
            result["marking"] = str(marking.pk)
        run.job.params.pop("mode", None)
        Job.objects.filter(pk=run.job.pk).update(params=run.job.params)
        run.finish(result, Job.State.WAITING)


def _store(run: Run, shape: Shape) -> None:
    source = f"job:{run.job.pk}"
    try:
        with scope.acting_as(run.user, source=source):
            owners = run.job.params.get("owners") or {}
            if owners:
                rows, problems = check_owners(shape, owners, run.user)
                if problems:
                    raise Refused(problems)
                create_owners(shape, rows, by=run.user, source=source)
            checked = check(_read(run, shape), shape, run.user, run, _told(run.job))
            if checked.unknown or (checked.errors and run.job.params["mode"] == ALL):
                raise LookAgain(checked)
            store(checked, shape, by=run.user, progress=run, source=source)
            kept = {name: run.job.result[name] for name in ("marking",) if name in run.job.result}
            run.finish(_report(run.job, shape, checked) | kept)
    except LookAgain as again:
        _wait(
            run,
            shape,
            again.checked,
            _("Other people have changed data since the check. Nothing was stored; please look through it again."),
        )


def _report(job: Job, shape: Shape, checked: Checked) -> dict:
    """Keep every problem in the report file; gives the figures."""
    source = checked.source
    with jobs.write_file(job, "report", "report.json") as path:
        path.write_bytes(orjson.dumps({"problems": list(problem_rows(checked)), "kept": checked.kept}))
    return {
        "counts": {ledger.key: n for (ledger, _parent), n in zip(shape.levels, source.counts, strict=True)},
        "new": checked.new,
        "changed": checked.changed,
        "unchanged": checked.unchanged,
        "refused": checked.refused,
        "errors": len(checked.errors),
        "warnings": len(checked.warnings),
        "kept": len(checked.kept),
        "unknown": checked.unknown,
        "hidden": source.hidden,
        "skipped": source.skipped,
        "rows": sum(source.counts),
    }


def report_of(job: Job) -> dict:
    """{"problems": [...], "kept": [...]} as it was kept; empty where it is kept no longer."""
    file = job.file("report")
    if file is None or not file.full_path.is_file():
        return {"problems": [], "kept": []}
    return orjson.loads(file.full_path.read_bytes())


@handler(
    "marking",
    unit="",
    phases={"marking": term("marking the faults", "正在标注")},
    keep_days=30,
    title=lambda job: _("Marked workbook: %(name)s") % {"name": job.params["name"]},
    address=lambda job: reverse("job", args=[job.pk]),
)
def mark_faults(run: Run) -> dict:
    """The user's own workbook with the faults beside the cells."""
    checked = Job.objects.get(pk=run.job.params["import"], owner=run.user)
    shape = shape_for(run.user, checked.params["key"], "import")
    run.phase("marking")
    workbook = checked.file("source").full_path
    headings = {sheet.title: sheet.headings for sheet in read_source(workbook, shape, _told(checked)).sheets}
    problems = [
        (problem["sheet"], problem["row"], headings[problem["sheet"]].index(problem["field"]), problem["message"])
        for problem in report_of(checked)["problems"]
    ]
    stem = PurePath(checked.params["name"]).stem
    with jobs.write_file(run.job, "result", f"{stem}{_(' (checked)')}.xlsx") as path:
        mark_workbook(workbook, path, problems, headings)
    return {"rows": len(problems)}
