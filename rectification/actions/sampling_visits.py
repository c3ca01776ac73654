"""The only writers of sampled households' check sheets, of replacements, and of answers to further questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.roles import check
from common import bulk, clock
from common.changes import writing
from common.problems import Problem, Refused, of_error
from common.scope import reachable
from households.models import Household
from rectification.actions.inspections import Fault, refuse, unknown_rows
from rectification.actions.inspections_checklists import questions_of
from rectification.actions.inspections_checks import Answer
from rectification.actions.sampling_findings import settle_differences
from rectification.actions.sampling_lists import LISTED, known_codes, take_over
from rectification.models import Sample, SampleAnswer, SampleHousehold, SampleStratum
from rectification.models.inspections_checklists import clean_answer, outcome_of
from rectification.models.sampling_households import REPLACED
from rectification.queries.sampling_drawing import ranked
from rectification.queries.sampling_frames import reported_on
from rectification.queries.sampling_rights import ANSWERS, HOUSEHOLDS, takes_list, why_not_recording

# What a sheet, a form or a third party may tell; everything else comes from the draw.
TOLD = (
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


def check_visits(rows: Sequence[dict], user) -> Iterator[Fault]:
    """Rows of a sheet mean drawn households; whoever is only in line is not visited."""
    stored = _stored(rows, user)
    reasons: dict[int, str] = {}
    named = {row["sample"].pk: row["sample"] for row in rows if row.get("sample") and takes_list(row["sample"])}
    codes = [row["code"] for row in rows if row.get("code")]
    listed = {pk: known_codes(sample, codes, user) for pk, sample in named.items()}
    for index, row in enumerate(rows):
        visit = stored[index]
        if visit is None and row.get("sample") and takes_list(row["sample"]):
            yield from _listed_faults(index, row, listed[row["sample"].pk], user)
            continue
        if visit is None:
            if row.get("code"):
                message = _("Household %(code)s is not in this sample. Households are drawn, not entered.")
                yield index, "code", row["code"], "not_drawn", message % {"code": row["code"]}
            continue
        if visit.sample_id not in reasons:
            reasons[visit.sample_id] = why_not_recording(visit.sample, user)
        if reasons[visit.sample_id]:
            yield index, "sample", visit.sample.title, "not_now", reasons[visit.sample_id]
            continue
        if row.get("code", visit.code) != visit.code or row.get("sample", visit.sample) != visit.sample:
            yield index, "code", row.get("code"), "no_change", _("A drawn household stays what it is.")
        told = any(row.get(name) not in (None, "", getattr(visit, name)) for name in TOLD)
        if visit.reserve and told:
            message = _(
                "Household %(code)s is a replacement in line. Put it in the place of one that was not found first."
            )
            yield index, "code", visit.code, "in_line", message % {"code": visit.code}
        if row.get("visited_on") and row["visited_on"] > clock.today():
            yield index, "visited_on", row["visited_on"], "future_date", _("This day lies in the future. Check it.")
        if "result" in row and row["result"] not in REPLACED and hasattr(visit, "replaced_by"):
            message = _("Household %(code)s was replaced by %(other)s. Its result stays.")
            told_words = {"code": visit.code, "other": visit.replaced_by.code}
            yield index, "result", row["result"], "replaced", message % told_words


def _listed_faults(index: int, row: dict, known: set[str], user) -> Iterator[Fault]:
    """A household that a third party names must be one of the sample's area."""
    sample = row["sample"]
    if reason := why_not_recording(sample, user):
        yield index, "sample", sample.title, "not_now", reason
    elif row.get("code") not in known:
        message = _("Household %(code)s is not known in the area of this sample. Check its code.")
        yield index, "code", row.get("code"), "unknown_household", message % {"code": row.get("code")}
    if row.get("visited_on") and row["visited_on"] > clock.today():
        yield index, "visited_on", row["visited_on"], "future_date", _("This day lies in the future. Check it.")


def _take_over(rows: Sequence[dict], found: Sequence[SampleHousehold | None], *, by, on) -> None:
    """The rows that name households of a third party's list, by sample."""
    lists: dict[int, dict[int, str]] = {}
    samples: dict[int, Sample] = {}
    for index, (row, visit) in enumerate(zip(rows, found, strict=True)):
        if visit is None and row.get("sample") and row.get("code") and takes_list(row["sample"]):
            samples[row["sample"].pk] = row["sample"]
            lists.setdefault(row["sample"].pk, {})[index] = row["code"]
    for pk in sorted(lists):
        take_over(samples[pk], lists[pk], by=by, on=on)


def _stored(rows: Sequence[dict], user) -> list[SampleHousehold | None]:
    """The visit of each row, by id, or by sample and household code."""
    visible = SampleHousehold.objects.visible_to(user).filter(voided_at=None)
    visible = visible.select_related("sample__unit", "sample__inspection__unit", "replaced_by")
    by_id = visible.in_bulk([row["id"] for row in rows if row.get("id")])
    open_rows = [row for row in rows if not row.get("id") and row.get("sample") and row.get("code")]
    found = visible.filter(
        sample__in={row["sample"].pk for row in open_rows}, code__in={row["code"] for row in open_rows}
    )
    by_code = {(visit.sample_id, visit.code): visit for visit in found} if open_rows else {}
    return [
        by_id.get(row.get("id")) or (by_code.get((row["sample"].pk, row.get("code"))) if row.get("sample") else None)
        for row in rows
    ]


def save_visits(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Store what was found at drawn households, and hold it against what is reported."""
    check(by, "write", HOUSEHOLDS)
    with writing(by=by, on=on, source=source) as work:
        refuse(check_visits(rows, by))
        found = _stored(rows, by)
        if None in found:
            _take_over(rows, found, by=by, on=work.on)
            found = _stored(rows, by)
        missing = [index for index, visit in enumerate(found) if visit is None]
        message = _("There is no such drawn household. Households are drawn, not entered.")
        refuse((index, "code", rows[index].get("code"), "not_drawn", message) for index in missing)
        locked = reachable(SampleHousehold).select_related("sample").filter(pk__in=[visit.pk for visit in found])
        locked = locked.order_by("pk")
        stored = {visit.pk: visit for visit in locked.select_for_update(no_key=True, of=("self",))}
        told = [
            {"id": visit.pk, "version": row.get("version"), **{name: row[name] for name in TOLD if name in row}}
            for row, visit in zip(rows, found, strict=True)
        ]
        merged = bulk.merge(SampleHousehold, told, lambda row: stored[row["id"]])
        for visit in merged.changed:
            visit.compare()
            merged.fields |= {"living_agrees", "employed_agrees"}
        saved = bulk.write(merged)
        published = {visit.sample_id for visit in saved.touched if visit.sample.published_on}
        for sample in Sample.objects.filter(pk__in=published).order_by("pk"):
            settle_differences(sample, work.on)
        work.publish(HOUSEHOLDS, [visit.pk for visit in saved.touched])
        return saved


def replace(visit: SampleHousehold, *, by, on=None) -> SampleHousehold:
    """Put the next household in line into the place of one that was not found; asked twice, the same one is given.

    The order is that of the draw: replacements in line first, then further ranks of the stratum's frame.
    """
    check(by, "write", HOUSEHOLDS)
    with writing(by=by, on=on) as work:
        # The stratum is locked: two visits replaced at once get two households.
        stratum = reachable(SampleStratum).select_for_update(no_key=True, of=("self",)).get(pk=visit.stratum_id)
        visit = reachable(SampleHousehold).select_related("sample__unit", "sample__inspection").get(pk=visit.pk)
        if reason := why_not_recording(visit.sample, by):
            raise Refused([Problem(0, "", "", "not_now", reason)])
        if visit.sample.seed_source == LISTED:
            message = _(
                "The households were named by a third party; whoever takes the place of one comes with its list."
            )
            raise Refused([Problem(0, "", "", "listed", message)])
        if hasattr(visit, "replaced_by"):
            return visit.replaced_by
        if visit.result not in REPLACED:
            message = _("Only a household that was absent, has moved or refused is replaced. Enter the result first.")
            raise Refused([Problem(0, "result", visit.result, "not_replaced", message)])
        following = (
            reachable(SampleHousehold).filter(stratum=stratum, reserve=True, voided_at=None).order_by("rank").first()
        )
        following = following or _further(stratum, visit.sample)
        following.reserve, following.replaces = False, visit
        following.version += 1
        following.save()
        work.publish(HOUSEHOLDS, [visit.pk, following.pk])
        return following


def _further(stratum: SampleStratum, sample: Sample) -> SampleHousehold:
    """The next rank of the stratum's frame, beyond those that were kept in line."""
    last = stratum.households.aggregate(last=Max("rank"))["last"]
    order = ranked(sample.seed, stratum.frame.codes.split("\n"))
    if last >= len(order):
        message = _("All %(n)s households of this stratum have been drawn. There is nobody left to take the place.")
        raise Refused([Problem(0, "", "", "exhausted", message % {"n": len(order)})])
    code = order[last]
    household = Household.objects.get(code=code)
    verdict, employed, persons, region = reported_on(household.pk, sample.frame_on)
    return SampleHousehold(
        sample=sample,
        stratum=stratum,
        household=household,
        code=code,
        place_region=region,
        region=region if sample.published_on else sample.region,
        veiled=sample.veiled,
        rank=last + 1,
        reported_verdict=verdict,
        reported_employed=employed,
        reported_persons=persons,
    )


# --- Further questions ---


def answer_rows(visit: SampleHousehold) -> list[SampleAnswer]:
    """The visit's answers to its sample's further questions; those not yet stored are made, not saved."""
    stored = {answer.position: answer for answer in visit.answers.filter(voided_at=None)}
    for question in questions_of(visit.sample.checklist):
        stored.setdefault(
            question.position,
            SampleAnswer(
                sample_id=visit.sample_id,
                visit=visit,
                region=visit.region,
                veiled=visit.veiled,
                position=question.position,
                question=question.question,
                kind=question.kind,
                expected=question.expected,
            ),
        )
    return [stored[position] for position in sorted(stored)]


def check_answers(rows: Sequence[dict], user) -> Iterator[Fault]:
    ids = [row["id"] for row in rows if row.get("id")]
    stored = SampleAnswer.objects.visible_to(user).select_related("visit__sample__unit").in_bulk(ids)
    reasons: dict[int, str] = {}
    for index, row in enumerate(rows):
        answer = stored.get(row.get("id"))
        visit = row.get("visit") or (answer and answer.visit)
        if visit is None:
            continue
        if visit.sample_id not in reasons:
            reasons[visit.sample_id] = why_not_recording(visit.sample, user, ANSWERS)
        if reasons[visit.sample_id]:
            yield index, "visit", visit.code, "not_now", reasons[visit.sample_id]
        elif answer is not None and answer.visit_id != visit.pk:
            yield index, "visit", visit.code, "no_change", _("An answer stays with its household.")
        elif visit.result != "found" and row.get("answer"):
            message = _("Household %(code)s was not found. Enter the result of the visit first.")
            yield index, "answer", row["answer"], "not_found", message % {"code": visit.code}


def save_answers(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Create or change answers, found by `id` or by household and number."""
    check(by, "write", ANSWERS)
    with writing(by=by, on=on, source=source) as work:
        rows = [dict(row) for row in rows]
        refuse(check_answers(rows, by))
        stored = reachable(SampleAnswer).in_bulk([row["id"] for row in rows if row.get("id")])
        refuse(unknown_rows(rows, stored))
        visits = {row["visit"].pk for row in rows if row.get("visit")}
        known = {(a.visit_id, a.position): a for a in reachable(SampleAnswer).filter(voided_at=None, visit__in=visits)}

        def find(row: dict) -> SampleAnswer | None:
            visit = row.get("visit")
            return stored.get(row.get("id")) or (known.get((visit.pk, row.get("position"))) if visit else None)

        merged = bulk.merge(SampleAnswer, rows, find)
        for answer, row in zip(merged.objects, rows, strict=True):
            if not row.get("outcome"):
                answer.outcome = outcome_of(answer.kind, answer.expected, answer.answer)
                merged.fields.add("outcome")
        for answer in merged.new:
            visit = answer.visit
            answer.sample_id, answer.region, answer.veiled = visit.sample_id, visit.region, visit.veiled
        saved = bulk.write(merged)
        work.publish(ANSWERS, [answer.pk for answer in saved.touched])
        return saved


def fill_in(
    visit: SampleHousehold, values: Mapping[str, object], answers: Mapping[int, Answer], *, by, on=None
) -> SampleHousehold:
    """Store a check sheet as one unit: the visit's own `values`, and answers by the number of their question.

    All faults are told at once; those of questions have the field `question-<number>`.
    """
    check(by, "write", HOUSEHOLDS)
    with writing(by=by, on=on):
        problems: list[Problem] = []
        rows = []
        for row in answer_rows(visit):
            told = answers.get(row.position)
            if told is None or not (told.answer.strip() or told.note.strip() or told.outcome or row.pk):
                continue
            try:
                answer = clean_answer(row.kind, told.answer.strip())
            except ValidationError as error:
                problems.append(Problem(0, f"question-{row.position}", told.answer, error.code, error.messages[0]))
                continue
            rows.append(
                {
                    "id": row.pk,
                    "visit": visit,
                    "position": row.position,
                    "question": row.question,
                    "kind": row.kind,
                    "expected": row.expected,
                    "answer": answer,
                    "outcome": told.outcome,
                    "note": told.note.strip(),
                }
            )
        try:
            visit = save_visits([{"id": visit.pk, **values}], by=by, on=on).objects[0]
        except Refused as refused:
            problems += refused.problems
        except ValidationError as error:
            problems += list(of_error(error))
        if problems:
            raise Refused(problems)
        for row in rows:
            row["visit"] = visit
        save_answers(rows, by=by, on=on)
        return visit
