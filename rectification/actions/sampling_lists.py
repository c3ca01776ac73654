"""Samples that a third party drew: its list of households, imported with their results, in the place of a draw.

The frame is made and kept as for a draw, so that the estimates weigh by the same strata and stand beside the same reported
figures; what is missing is the seed, and so nobody can draw the sample again. The page and the method say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Count
from django.utils.translation import gettext as _

from common import bulk, clock
from common.problems import Problem, Refused
from common.scope import in_ranges, reachable
from households.models import Household
from rectification.models import Sample, SampleFrame, SampleHousehold, SampleStratum
from rectification.queries.sampling_drawing import frame_digest
from rectification.queries.sampling_frames import areas_of, count_strata, keep_and_draw, list_households, make_frame

LISTED = "listed"


def known_codes(sample: Sample, codes: Iterable[str], user) -> set[str]:
    """Those of the codes that belong to households of the sample's area."""
    here = Household.objects.visible_to(user).filter(in_ranges(areas_of(sample)), code__in=list(codes), voided_at=None)
    return set(here.values_list("code", flat=True))


def take_over(sample: Sample, rows: Mapping[int, str], *, by, on) -> None:
    """Put the households of a third party's list into the sample; `rows` are their codes by row of the sheet, in its order.

    The first ones make the frame; further ones may follow until the sample is published.
    """
    sample = reachable(Sample).select_for_update(no_key=True, of=("self",)).get(pk=sample.pk)
    if sample.counties_drawn is not None:
        message = _("A third party's list is taken over in one stage. Leave the counties to draw first blank.")
        raise Refused([Problem(0, "sample", sample.title, "two_stages", message)])
    population = make_frame(sample, on)
    if sample.drawn_at is None:
        _keep_frame(sample, population, by)
    codes = list(dict.fromkeys(rows.values()))
    list_households(sample, sample.stratified_by, codes)
    present = set(SampleHousehold.objects.filter(sample=sample, code__in=codes).values_list("code", flat=True))
    message = _("Household %(code)s was not in the frame on %(day)s. Check its code, or the design of the sample.")
    missing = [
        Problem(index, "code", code, "not_in_frame", message % {"code": code, "day": sample.frame_on})
        for index, code in rows.items()
        if code not in present
    ]
    if missing:
        raise Refused(missing)
    _count(sample)


def _keep_frame(sample: Sample, population: int, by) -> None:
    strata = [
        SampleStratum(
            sample=sample,
            region=sample.region,
            veiled=sample.veiled,
            key=stratum.key,
            county=stratum.county,
            tier=stratum.tier,
            placement=stratum.placement,
            population=stratum.population,
            reported_employed=stratum.employed,
            reported_persons=stratum.persons,
        )
        for stratum in count_strata(sample.stratified_by)
    ]
    bulk.insert(strata)
    keep_and_draw(sample, sample.stratified_by)  # of strata without a part nobody is drawn
    frame = dict(SampleFrame.objects.filter(sample=sample).values_list("stratum__key", "codes"))
    sample.frame_size, sample.frame_hash = population, frame_digest(frame)
    sample.seed_source, sample.state = LISTED, "drawn"
    sample.committed_at = sample.drawn_at = clock.now()
    sample.drawn_by = by
    sample.version += 1
    sample.save()


def _count(sample: Sample) -> None:
    drawn = sample.households.order_by().values("stratum").annotate(n=Count("pk")).values_list("stratum", "n")
    sizes: dict[int, int] = dict(drawn)
    strata: Sequence[SampleStratum] = list(sample.strata_rows.order_by("pk"))
    for stratum in strata:
        stratum.size = sizes.get(stratum.pk, 0)
    bulk.update(strata, ["size"])
