"""From the results of an inspection or a sample to problems on the rectification ledger, each result once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _

from common import bulk
from common.changes import writing
from common.problems import Problem, Refused
from common.scope import ancestor, reachable
from rectification.actions.items import save_items
from rectification.models import CheckLine, Inspection, ItemOrigin, RectificationItem, Sample, SampleHousehold
from rectification.models.inspections_lists import SOURCE_OF_KIND
from rectification.queries.inspections_rights import RESULTS_LEDGER, why_not_changing
from rectification.queries.sampling_rights import why_not_changing as why_not_changing_sample

COUNTY = 3
NO_SAMPLE_KIND = "household_check"


def on_ledger(row) -> bool:
    """Whether a result stands on the ledger of problems already; an item that was voided does not count."""
    return row.item_id is not None and row.item.voided_at is None


def items_from_lines(
    lines: Iterable[int], *, by, together: bool = False, values: Mapping[str, object] | None = None, on=None
) -> list[RectificationItem]:
    """Draft items from failed lines of field checks: one for each line, or (`together`) one for each county with all the
    settlements. Lines that stand on the ledger give the item that they have; doing it twice so makes nothing twice.

    `values` are what the items are told beside: problem_class, deadline_on, target, measures, lead_unit.
    """
    values = dict(values or {})
    with writing(by=by, on=on):
        found = list(
            CheckLine.objects.visible_to(by)
            .filter(pk__in=list(lines), voided_at=None)
            .select_related("item", "record__settlement", "record__household__settlement", "inspection__unit")
            .order_by("pk")
            .select_for_update(no_key=True, of=("self",))
        )
        _refuse_lines(found, values, by)
        fresh = [line for line in found if not on_ledger(line)]
        groups = _by_county(fresh) if together else [[line] for line in fresh]
        made = _make(groups, [_row_of(group, values) for group in groups], by=by, on=on)
        standing = {line.item_id: line.item for line in found if line.item_id}
        return list({**standing, **{item.pk: item for item in made}}.values())


def _refuse_lines(lines: Sequence[CheckLine], values: Mapping, by) -> None:
    problems = []
    if not lines:
        problems.append(Problem(0, "", "", "nothing_chosen", _("Choose at least one result.")))
    inspections: dict[int, Inspection] = {line.inspection_id: line.inspection for line in lines}
    for inspection in inspections.values():
        if reason := why_not_changing(inspection, by, RESULTS_LEDGER):
            problems.append(Problem(0, "", inspection.title, "out_of_scope", reason))
        elif inspection.veiled:
            message = _("“%(title)s” is secret. A problem is seen by its county: publish the visit first.")
            problems.append(Problem(0, "", inspection.title, "secret", message % {"title": inspection.title}))
    for index, line in enumerate(lines):
        if on_ledger(line):
            continue
        if line.outcome != "failed":
            message = _("“%(question)s” is as expected and no problem.")
            problems.append(Problem(index, "", line.question, "no_problem", message % {"question": line.question}))
        elif not values.get("problem_class") and line.problem_class_id is None:
            message = _("Choose the class of the problem “%(question)s”.")
            problems.append(Problem(index, "problem_class", "", "required", message % {"question": line.question}))
    if problems:
        raise Refused(problems)


def _by_county(lines: Sequence[CheckLine]) -> list[list[CheckLine]]:
    """Lines that become one item: of one inspection, county and class."""
    groups: dict[tuple, list[CheckLine]] = {}
    for line in lines:
        key = (line.inspection_id, ancestor(line.place_region, COUNTY), line.problem_class_id)
        groups.setdefault(key, []).append(line)
    return list(groups.values())


def _settlement_of(line: CheckLine):
    return line.record.settlement or line.record.household.settlement


def _said(line: CheckLine) -> str:
    """A line in words: the question, what was found, the note."""
    shown = {"yes": _("yes"), "no": _("no")}.get(line.answer, line.answer)
    told = [line.question, shown, line.note]
    return "，".join(part for part in told if part)


def _row_of(lines: Sequence[CheckLine], values: Mapping[str, object]) -> dict:
    inspection = lines[0].inspection
    settlements = list({s.pk: s for s in map(_settlement_of, lines)}.values())
    descriptions = dict.fromkeys(
        f"{_settlement_of(line).name}：{_said(line)}" if len(lines) > 1 else _said(line) for line in lines
    )
    return {
        "source": SOURCE_OF_KIND[inspection.kind],
        "problem_class": lines[0].problem_class,
        "description": "；".join(descriptions)[:2000],
        "found_on": max(line.record.visited_on for line in lines),
        "division": ancestor(lines[0].place_region, COUNTY),
        "settlements": settlements,
        "document_no": inspection.report[:60],
        "batch": inspection.batch,
        "inspection": inspection,
        **{name: value for name, value in values.items() if value not in (None, "")},
    }


def _make(groups: Sequence[Sequence], rows: list[dict], *, by, on) -> list[RectificationItem]:
    """Draft items for the rows; each result of the groups points to its item, each item to where it comes from."""
    if not rows:
        return []
    items = save_items(rows, by=by, on=on, source="inspection").objects
    origins, results = [], []
    for item, group, row in zip(items, groups, rows, strict=True):
        origins.append(
            ItemOrigin(item=item, inspection=row.get("inspection"), sample=row.get("sample"), region=item.region)
        )
        for result in group:
            result.item = item
            results.append(result)
    bulk.insert(origins)
    bulk.update(results, ["item"])
    return items


def items_from_households(
    sample: Sample, visits: Iterable[int], *, by, values: Mapping[str, object], on=None
) -> list[RectificationItem]:
    """Draft items from differences of a sample, one for each household; the class of problem is told for all."""
    with writing(by=by, on=on):
        sample = reachable(Sample).select_related("unit", "inspection").get(pk=sample.pk)
        found = list(
            SampleHousehold.objects.visible_to(by)
            .filter(sample=sample, pk__in=list(visits), voided_at=None)
            .select_related("item", "household__settlement")
            .order_by("pk")
            .select_for_update(no_key=True, of=("self",))
        )
        _refuse_households(sample, found, values, by)
        fresh = [visit for visit in found if not on_ledger(visit)]
        rows = [_row_of_household(sample, visit, values) for visit in fresh]
        made = _make([[visit] for visit in fresh], rows, by=by, on=on)
        standing = {visit.item_id: visit.item for visit in found if visit.item_id}
        return list({**standing, **{item.pk: item for item in made}}.values())


def _refuse_households(sample: Sample, visits: Sequence[SampleHousehold], values: Mapping, by) -> None:
    problems = []
    if reason := why_not_changing_sample(sample, by):
        problems.append(Problem(0, "", sample.title, "out_of_scope", reason))
    elif sample.published_on is None:
        message = _("The sample is not published. A problem is seen by its county: publish the sample first.")
        problems.append(Problem(0, "", sample.title, "not_published", message))
    if not visits:
        problems.append(Problem(0, "", "", "nothing_chosen", _("Choose at least one result.")))
    elif not values.get("problem_class"):
        problems.append(Problem(0, "problem_class", "", "required", _("Choose the class of the problems.")))
    for index, visit in enumerate(visits):
        if "differ" not in (visit.living_agrees, visit.employed_agrees):
            message = _("Household %(code)s is as reported and no problem.") % {"code": visit.code}
            problems.append(Problem(index, "", visit.code, "no_problem", message))
    if problems:
        raise Refused(problems)


def difference_in_words(visit: SampleHousehold) -> str:
    """What differs at a household, without the names of its members."""
    told = []
    if visit.living_agrees == "differ":
        told.append(_("reported as moved in, does not live there"))
    if visit.employed_agrees == "differ":
        message = _("reported employed: %(reported)s, met with: %(seen)s")
        told.append(message % {"reported": visit.reported_persons, "seen": visit.employed_seen})
    notes = [note for note in (visit.living_note, visit.employed_note) if note]
    return "；".join([*told, *notes])


def _row_of_household(sample: Sample, visit: SampleHousehold, values: Mapping[str, object]) -> dict:
    inspection = sample.inspection
    message = _("Household %(code)s: %(what)s") % {"code": visit.code, "what": difference_in_words(visit)}
    return {
        "source": SOURCE_OF_KIND[inspection.kind if inspection else NO_SAMPLE_KIND],
        "description": message[:2000],
        "found_on": visit.visited_on,
        "division": ancestor(visit.place_region, COUNTY),
        "settlements": [visit.household.settlement],
        "document_no": inspection.report[:60] if inspection else "",
        "inspection": inspection,
        "sample": sample,
        **{name: value for name, value in values.items() if value not in (None, "")},
    }
