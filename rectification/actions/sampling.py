"""The only writers of samples: design, commitment of the seed, draw, publication."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.roles import check
from common import bulk, clock
from common.changes import writing
from common.problems import Problem, Refused
from common.scope import reachable
from common.values import tidy
from rectification.actions.inspections import Fault, own_unit, refuse, unit_faults, unknown_rows
from rectification.actions.sampling_findings import close_findings, settle_differences
from rectification.models import Sample, SampleFrame, SampleStratum
from rectification.queries.inspections_places import divisions_named
from rectification.queries.inspections_rights import why_not_changing as why_not_changing_inspection
from rectification.queries.sampling_drawing import commitment_of, counties_ranked, frame_digest
from rectification.queries.sampling_frames import StratumCount, count_strata, keep_and_draw, make_frame
from rectification.queries.sampling_rights import (
    HOUSEHOLDS,
    LEDGER,
    why_not_changing,
    why_not_designing,
    why_not_drawing,
    why_not_publishing,
)
from rectification.queries.sampling_sizes import CannotAllocate, Needed, allocate, reserves_of, size_needed

SHORTEST_SEED, LONGEST_SEED = 6, 200
# What may still be corrected when the design stands.
ALWAYS_OPEN = frozenset({"id", "version", "title", "note", "outside_organiser"})


def check_samples(rows: Sequence[dict], user) -> Iterator[Fault]:
    """What needs the store: who draws it, from where, as of which day, and whether the design may still change."""
    ids = [row["id"] for row in rows if row.get("id")]
    stored = Sample.objects.visible_to(user).select_related("unit", "inspection__unit").in_bulk(ids)
    for index, row in enumerate(rows):
        sample = stored.get(row.get("id"))
        inspection = row.get("inspection") or (sample and sample.inspection)
        unit = sample.unit if sample else (inspection.unit if inspection else own_unit(row, user))
        if sample is None and inspection is None:
            yield from unit_faults(index, row, user)
        elif sample is not None:
            yield from _change_faults(index, row, sample, user)
        if inspection is not None and (reason := why_not_changing_inspection(inspection, user, LEDGER)):
            yield index, "inspection", inspection, "out_of_scope", reason
        if unit is not None:
            for fault in divisions_named(row.get("divisions") or "", unit.region).faults:
                yield index, "divisions", row["divisions"], "unknown_division", fault
        if row.get("frame_on") and row["frame_on"] > clock.today():
            message = _("Households of a day to come are not known. Choose today or a past day.")
            yield index, "frame_on", row["frame_on"], "future_date", message


def _change_faults(index: int, row: dict, sample: Sample, user) -> Iterator[Fault]:
    if reason := why_not_changing(sample, user):
        yield index, "", "", "out_of_scope", reason
        return
    if row.get("unit") not in (None, sample.unit):
        yield index, "unit", row["unit"], "no_change", _("A sample stays with its unit.")
    if sample.state == "design":
        return
    for name, value in row.items():
        if name not in ALWAYS_OPEN and name != "unit" and getattr(sample, name, value) != value:
            yield index, name, value, "design_stands", why_not_designing(sample, user)


def save_samples(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Create or change the design of samples, found by `id` or by unit and title."""
    check(by, "write", LEDGER)
    with writing(by=by, on=on, source=source) as work:
        rows = [dict(row) for row in rows]
        _find_by_title(rows, by)
        refuse(check_samples(rows, by))
        locked = reachable(Sample).filter(pk__in=[row["id"] for row in rows if row.get("id")]).order_by("pk")
        stored = {sample.pk: sample for sample in locked.select_for_update(no_key=True, of=("self",))}
        refuse(unknown_rows(rows, stored))
        for row in rows:
            sample = stored.get(row.get("id"))
            inspection = row.get("inspection")
            if row.get("unit") is None:
                row["unit"] = sample.unit if sample else inspection.unit if inspection else by.unit
            if row.get("divisions"):
                row["divisions"] = divisions_named(row["divisions"], row["unit"].region).text
        merged = bulk.merge(Sample, rows, lambda row: stored.get(row.get("id")))
        for sample in merged.new:
            sample.region, sample.author = sample.unit.region, by
        for sample in merged.objects:
            veiled = sample.inspection_id is not None and sample.inspection.veiled
            if sample.veiled != veiled:
                sample.veiled = veiled
                merged.fields.add("veiled")
        saved = bulk.write(merged)
        work.publish(LEDGER, [sample.pk for sample in saved.touched])
        return saved


def _find_by_title(rows: list[dict], by) -> None:
    """Rows found by their key get the id of the stored sample."""
    titles = [row.get("title", "") for row in rows if not row.get("id")]
    if not titles:
        return
    visible = Sample.objects.visible_to(by).filter(voided_at=None, title__in=titles)
    keys = {(sample.unit_id, sample.title): sample.pk for sample in visible}
    for row in rows:
        unit = own_unit(row, by)
        if not row.get("id") and unit and (found := keys.get((unit.pk, row.get("title")))):
            row["id"] = found


def void_samples(ids: Iterable[int], *, reason: str, by, on=None) -> int:
    """Void samples: a bad design, or a draw that must not be used. What was drawn stays readable."""
    with writing(by=by, on=on) as work:
        visible = Sample.objects.visible_to(by).filter(pk__in=list(ids), voided_at=None).select_related("unit")
        rows = list(visible.order_by("pk"))
        faults: list[Fault] = []
        for index, sample in enumerate(rows):
            if stands := why_not_changing(sample, by):
                faults.append((index, "title", sample.title, "out_of_scope", stands))
            elif sample.origins.exists():
                message = _("Problems on the ledger come from this sample. It stays.")
                faults.append((index, "title", sample.title, "in_use", message))
        refuse(faults)
        told = {"voided_at": clock.now(), "voided_by": by, "void_reason": reason, "version": F("version") + 1}
        Sample.objects.filter(pk__in=[sample.pk for sample in rows]).update(**told)
        close_findings([sample.pk for sample in rows], work.on)
        work.publish(LEDGER, [sample.pk for sample in rows])
        return len(rows)


# --- Size and allocation ---


@dataclass(frozen=True)
class Planned:
    """What a design comes to on the frame of its day."""

    strata: tuple[StratumCount, ...]
    size: int
    needed: Needed | None
    parts: dict[str, int]  # by stratum; empty where counties are drawn first and the seed is not known
    counties: tuple[int, ...] = ()  # those drawn first

    @property
    def population(self) -> int:
        return sum(stratum.population for stratum in self.strata)


def plan_of(sample: Sample, seed: str, on) -> Planned:
    """Count the frame and part the sample among its strata. Raises Refused with the remedy where that cannot be.

    Without a seed the counties of a first stage are not known: then the design must do whichever are drawn.
    """
    make_frame(sample, on)
    strata = count_strata(sample.stratified_by)
    population = sum(stratum.population for stratum in strata)
    if not population:
        message = _("No household fits this design on %(day)s. Widen the area or drop a condition.")
        raise _refused("divisions", "empty_frame", message % {"day": sample.frame_on})
    needed = None
    if sample.size is None:
        needed = size_needed(
            population,
            margin=sample.margin,
            confidence=sample.confidence,
            rate=sample.expected_rate,
            design_effect=sample.design_effect,
        )
    size = needed.size if needed else sample.size
    if size > population:
        message = _("%(size)s households are wanted, the frame has %(population)s. Ask for fewer, or widen the area.")
        raise _refused("size", "too_large", message % {"size": size, "population": population})
    taken, counties = strata, ()
    if sample.counties_drawn is not None:
        counties = _first_stage(sample, strata, size, seed)
        taken = [stratum for stratum in strata if stratum.county in counties]
        if not seed:
            return Planned(tuple(strata), size, needed, {})
    parts = _allocated(sample, {stratum.key: stratum.population for stratum in taken}, size)
    return Planned(tuple(strata), size, needed, parts, tuple(counties))


def _first_stage(sample: Sample, strata: Sequence[StratumCount], size: int, seed: str) -> list[int]:
    households: dict[int, int] = {}
    for stratum in strata:
        households[stratum.county] = households.get(stratum.county, 0) + stratum.population
    if sample.counties_drawn > len(households):
        message = _("%(n)s counties are to be drawn, only %(m)s have households. Draw fewer.")
        raise _refused("counties_drawn", "too_many", message % {"n": sample.counties_drawn, "m": len(households)})
    smallest = sorted(households.values())[: sample.counties_drawn]
    if sum(smallest) < size:
        message = _(
            "The %(n)s smallest counties have %(m)s households together, fewer than the %(size)s to be drawn."
            " Draw more counties or fewer households."
        )
        told = {"n": sample.counties_drawn, "m": sum(smallest), "size": size}
        raise _refused("counties_drawn", "too_small", message % told)
    return counties_ranked(seed, households)[: sample.counties_drawn] if seed else []


def _allocated(sample: Sample, populations: dict[str, int], size: int) -> dict[str, int]:
    try:
        return allocate(populations, size, how=sample.allocation, least=sample.least)
    except CannotAllocate as error:
        if error.code == "too_small":
            message = _(
                "At least %(least)s in each of %(strata)s strata makes %(needed)s households, more than the %(size)s to be"
                " drawn. Draw %(needed)s or more, or ask for fewer in each stratum."
            )
            told = {"least": sample.least, "strata": len(populations), "needed": error.least, "size": size}
            raise _refused("least", "too_small", message % told) from error
        message = _("The drawn counties have %(n)s households, fewer than wanted. Draw more counties.")
        raise _refused("counties_drawn", error.code, message % {"n": sum(populations.values())}) from error


def _refused(field: str, code: str, message: str) -> Refused:
    return Refused([Problem(0, field, "", code, message)])


# --- Seed, draw, publication ---


def _locked(sample: Sample) -> Sample:
    return reachable(Sample).select_for_update(no_key=True, of=("self",)).get(pk=sample.pk)


def commit_seed(sample: Sample, *, by, public_text: str = "", on=None) -> Sample:
    """Fix the seed before anybody has seen the frame: a public text (a lottery number, a sentence of the day's paper), or
    one drawn here. From now on the design stands, and the digest of the seed shows that it was not changed."""
    check(by, "write", LEDGER)
    with writing(by=by, on=on) as work:
        sample = _locked(sample)
        if reason := why_not_designing(sample, by):
            raise _refused("", "not_now", reason)
        text = tidy(public_text)
        if text and not SHORTEST_SEED <= len(text) <= LONGEST_SEED:
            message = _("The text has %(n)s characters; at least %(least)s and at most %(most)s are needed.")
            told = {"n": len(text), "least": SHORTEST_SEED, "most": LONGEST_SEED}
            raise _refused("public_text", "bad_seed", message % told)
        plan_of(sample, "", work.on)  # a design that cannot be drawn is told now
        sample.seed_source = "public" if text else "random"
        sample.seed = text or secrets.token_hex(16)
        sample.commitment = commitment_of(sample.seed)
        sample.committed_at, sample.state = clock.now(), "committed"
        sample.version += 1
        sample.save()
        work.publish(LEDGER, [sample.pk])
        return sample


def discard_seed(sample: Sample, *, by, on=None) -> Sample:
    """Back to the design while nothing is drawn. How often that was done stands with the sample."""
    check(by, "write", LEDGER)
    with writing(by=by, on=on) as work:
        sample = _locked(sample)
        if reason := why_not_drawing(sample, by):
            raise _refused("", "not_now", reason)
        sample.seed = sample.seed_source = sample.commitment = ""
        sample.committed_at, sample.state = None, "design"
        sample.seeds_discarded += 1
        sample.version += 1
        sample.save()
        work.publish(LEDGER, [sample.pk])
        return sample


def draw(sample: Sample, *, by, on=None) -> Sample:
    """Make the frame, keep it, and draw the households by the committed seed: one act."""
    check(by, "write", LEDGER)
    with writing(by=by, on=on) as work:
        sample = _locked(sample)
        if reason := why_not_drawing(sample, by):
            raise _refused("", "not_now", reason)
        planned = plan_of(sample, sample.seed, work.on)
        bulk.insert([_stratum(sample, stratum, planned) for stratum in planned.strata])
        keep_and_draw(sample, sample.stratified_by)
        sample.frame_size = planned.population
        sample.frame_hash = frame_digest(frames_of(sample))
        sample.drawn_at, sample.drawn_by, sample.state = clock.now(), by, "drawn"
        sample.version += 1
        sample.save()
        work.publish(LEDGER, [sample.pk])
        return sample


def _stratum(sample: Sample, stratum: StratumCount, planned: Planned) -> SampleStratum:
    size = planned.parts.get(stratum.key, 0)
    return SampleStratum(
        sample=sample,
        region=sample.region,
        veiled=sample.veiled,
        key=stratum.key,
        county=stratum.county,
        tier=stratum.tier,
        placement=stratum.placement,
        population=stratum.population,
        taken=sample.counties_drawn is None or stratum.county in planned.counties,
        size=size,
        reserves=reserves_of(size, stratum.population, sample.reserve_percent),
        reported_employed=stratum.employed,
        reported_persons=stratum.persons,
    )


def frames_of(sample: Sample) -> dict[str, str]:
    """The stored frame: the codes of each stratum by its key."""
    return dict(SampleFrame.objects.filter(sample=sample).values_list("stratum__key", "codes"))


def publish(sample: Sample, *, by, on=None) -> Sample:
    """Show seed, frame and households to the places that they lie in."""
    check(by, "write", LEDGER)
    with writing(by=by, on=on) as work:
        sample = _locked(sample)
        if reason := why_not_publishing(sample, by):
            raise _refused("", "not_now", reason)
        sample.published_on, sample.state = work.on, "published"
        sample.version += 1
        sample.save()
        sample.households.update(region=F("place_region"))
        for visit in sample.households.filter(answers__isnull=False).distinct():
            visit.answers.update(region=visit.place_region)
        settle_differences(sample, work.on)
        work.publish(HOUSEHOLDS, sample.households.values_list("pk", flat=True))
        work.publish(LEDGER, [sample.pk])
        return sample
