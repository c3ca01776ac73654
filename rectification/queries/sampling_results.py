"""What a sample says: the estimate of each figure with its interval, beside the reported one, by stratum and overall."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from common.terms import Term, term
from rectification.models import Sample, SampleAnswer, SampleHousehold, SampleStratum
from rectification.queries.sampling_drawing import Drawn, Redraw, redraw
from rectification.queries.sampling_estimates import Answers, Estimate, stratified, two_stage

CONTENT = ("satisfied", "mostly")


@dataclass(frozen=True)
class Measure:
    """A figure that a sample estimates: `value(visit)` of a found household (None: not answered), and what is reported of
    a stratum (None: nothing is)."""

    key: str
    title: object
    proportion: bool
    value: Callable[[SampleHousehold], float | None]
    reported: Callable[[SampleStratum], float] | None = None


def _yes(answer: str) -> float | None:
    return {"yes": 1.0, "no": 0.0}.get(answer)


MEASURES = [
    Measure(
        "living",
        term("households that live there", "实际入住率"),
        True,
        lambda visit: _yes(visit.living),
        lambda stratum: stratum.population,
    ),
    Measure(
        "employed",
        term("households of which somebody is employed", "一户一人以上就业率"),
        True,
        lambda visit: None if visit.employed_seen is None else float(visit.employed_seen > 0),
        lambda stratum: stratum.reported_employed,
    ),
    Measure(
        "persons",
        term("employed persons a household", "户均就业人数"),
        False,
        lambda visit: None if visit.employed_seen is None else float(visit.employed_seen),
        lambda stratum: stratum.reported_persons,
    ),
    Measure(
        "satisfied",
        term("households that are satisfied or mostly so", "满意度"),
        True,
        lambda visit: float(visit.satisfaction in CONTENT) if visit.satisfaction else None,
    ),
]


@dataclass(frozen=True)
class Line:
    """One stratum, or all of them (`stratum` None), of one measure."""

    stratum: SampleStratum | None
    population: int
    estimate: Estimate
    reported: float | None

    @property
    def within(self) -> bool | None:
        return self.estimate.holds(self.reported)


@dataclass(frozen=True)
class Result:
    """A measure's overall line and those of its strata."""

    key: str
    title: object
    proportion: bool
    overall: Line
    strata: tuple[Line, ...]


def visited(sample: Sample) -> list[SampleHousehold]:
    """The drawn households and the replacements that took somebody's place."""
    return list(sample.households.filter(voided_at=None, reserve=False).select_related("stratum").order_by("pk"))


def results_of(sample: Sample) -> list[Result]:
    """All measures of a drawn sample; further questions that are answered by yes or no or a number come after the own ones."""
    strata = list(sample.strata_rows.order_by("key"))
    visits = visited(sample)
    return [_result(sample, measure, strata, visits) for measure in [*MEASURES, *_further(sample)]]


def _further(sample: Sample) -> list[Measure]:
    """The sample's further questions as measures: the share of yes, the mean of numbers."""
    answers: dict[tuple[int, str, str], dict[int, str]] = {}
    rows = SampleAnswer.objects.filter(sample=sample, voided_at=None, kind__in=["yes_no", "number"]).exclude(answer="")
    for position, question, kind, visit, answer in rows.order_by("position").values_list(
        "position", "question", "kind", "visit", "answer"
    ):
        answers.setdefault((position, question, kind), {})[visit] = answer
    return [
        Measure(f"question-{position}", question, kind == "yes_no", _reader(kind, told))
        for (position, question, kind), told in answers.items()
    ]


def _reader(kind: str, told: dict[int, str]) -> Callable[[SampleHousehold], float | None]:
    def value(visit: SampleHousehold) -> float | None:
        answer = told.get(visit.pk)
        if answer is None:
            return None
        return _yes(answer) if kind == "yes_no" else float(answer)

    return value


def _result(sample: Sample, measure: Measure, strata: list[SampleStratum], visits: Iterable[SampleHousehold]) -> Result:
    found: dict[int, list[SampleHousehold]] = {stratum.pk: [] for stratum in strata}
    for visit in visits:
        found[visit.stratum_id].append(visit)
    by_stratum = {stratum.pk: _answers(measure, stratum, found[stratum.pk]) for stratum in strata}
    lines = [
        Line(
            stratum,
            stratum.population,
            stratified([by_stratum[stratum.pk]], sample.confidence, proportion=measure.proportion),
            _reported(measure, [stratum]),
        )
        for stratum in strata
        if stratum.taken
    ]
    taken = [by_stratum[stratum.pk] for stratum in strata if stratum.taken]
    if sample.counties_drawn is None:
        overall = stratified(taken, sample.confidence, proportion=measure.proportion)
    else:
        counties = len({stratum.county for stratum in strata})
        overall = two_stage(taken, counties, sample.confidence, proportion=measure.proportion)
    population = sum(stratum.population for stratum in strata)
    total = Line(None, population, overall, _reported(measure, strata))
    return Result(measure.key, measure.title, measure.proportion, total, tuple(lines))


def _answers(measure: Measure, stratum: SampleStratum, visits: list[SampleHousehold]) -> Answers:
    values = [measure.value(visit) for visit in visits if visit.result == "found"]
    told = tuple(value for value in values if value is not None)
    return Answers(stratum.key, stratum.population, len(visits), told, stratum.county)


def _reported(measure: Measure, strata: Iterable[SampleStratum]) -> float | None:
    if measure.reported is None:
        return None
    strata = list(strata)
    households = sum(stratum.population for stratum in strata)
    return sum(measure.reported(stratum) for stratum in strata) / households if households else None


def method_of(sample: Sample) -> list[object]:
    """How the estimates were made, in words for whoever reads them."""
    words: list[Term | str] = []
    if sample.counties_drawn is None:
        words.append(_("Stratified estimator; each stratum weighs by its households in the frame."))
    else:
        words.append(_("Ratio estimator for counties drawn first; variance between and within the drawn counties."))
    if sample.seed_source == "listed":
        message = _("The households were chosen by %(who)s; the intervals hold as far as that was done at random.")
        words.append(message % {"who": sample.outside_organiser})
    words.append(_("Variances carry the finite population correction."))
    words.append(_("Shares: Wilson interval on the effective number of answers. Means: normal interval."))
    words.append(_("Strata with fewer than two answers are joined with the next one."))
    return words


def differences(sample: Sample):
    """The found households at which something differs from what is reported."""
    rows = sample.households.filter(voided_at=None, reserve=False, result="found")
    living, employed = rows.filter(living_agrees="differ"), rows.filter(employed_agrees="differ")
    return (living | employed).select_related("household", "stratum", "item").order_by("stratum__key", "rank")


def redraw_of(sample: Sample, *, whole: bool = True) -> Redraw:
    """Draw again from the stored frame, and hold it against what is stored; without `whole`, against the households of the
    session's area alone."""
    households: dict[int, dict[int, str]] = {}
    for stratum, rank, code in sample.households.order_by().values_list("stratum", "rank", "code"):
        households.setdefault(stratum, {})[rank] = code
    strata = [
        Drawn(row.key, row.county, row.frame.codes, row.size, households.get(row.pk, {}), row.taken)
        for row in sample.strata_rows.select_related("frame").order_by("key")
    ]
    return redraw(sample.seed, sample.commitment, sample.frame_hash, strata, sample.counties_drawn, whole)
