"""Households to draw from, and short ways to draw and visit them; used by the tests of samples."""

import datetime as dt
import itertools

from common.scope import acting_as, whole
from employment.actions import Block, save_roster
from rectification.actions.sampling import (
    commit_seed,
    draw,
    save_samples,
)
from rectification.actions.sampling_visits import save_visits
from rectification.models import Sample, SampleHousehold, SampleStratum
from tests import world
from tests.rectification.inspecting import NOW

SEED = "双色球2026066期 03 11 17 22 28 31+09"
LONG_AGO = dt.date(2024, 1, 1)
_numbers = itertools.count(1)


def three_homes(people):
    """A county with a settlement of 12 households (8 with a job) and dispersed ones (3), another county with 5."""
    first = world.settlement(people.county, name="平洞社区")
    scattered = world.settlement(people.county, 522326102000, name="分散户", placement="dispersed", location="rural")
    other = world.settlement(people.other, world.CEHENG_TOWNSHIP, name="高峰社区")
    households(people.county, first, [n % 3 > 0 for n in range(12)], kinds=["1"] * 10 + ["2"] * 2)
    households(people.county, scattered, [True] * 3)
    households(people.other, other, [False, True, True, True, True])
    return first, scattered, other


def households(by, home, employed: list[bool], kinds=None) -> None:
    """Households of one member each, with or without a job, in one unit of work."""
    blocks = [
        Block(
            {"code": f"{home.region // 10**6}7{next(_numbers):05d}", "settlement": home, "relocation_kind": kind},
            [world.member()],
            [[world.job(LONG_AGO)] if works else []],
        )
        for works, kind in zip(employed, kinds or ["1"] * len(employed), strict=True)
    ]
    with acting_as(by):
        save_roster(blocks, by=by, on=NOW)


def design(by, **values) -> Sample:
    row = {"title": f"抽样{next(_numbers)}", "frame_on": NOW, "size": 6, "least": 1, **values}
    with acting_as(by):
        return save_samples([row], by=by, on=NOW).objects[0]


def drawn(by, seed: str = SEED, **values) -> Sample:
    sample = design(by, **values)
    with acting_as(by):
        commit_seed(sample, by=by, public_text=seed, on=NOW)
        return draw(sample, by=by, on=NOW)


def visits(sample: Sample, **narrowed) -> list[SampleHousehold]:
    with whole():
        rows = SampleHousehold.objects.filter(sample=sample, **narrowed).select_related("stratum", "household")
        return list(rows.order_by("stratum__key", "rank"))


def strata(sample: Sample) -> dict[str, tuple[int, int]]:
    with whole():
        return {row.key: (row.population, row.size) for row in SampleStratum.objects.filter(sample=sample)}


def found(by, visit: SampleHousehold, **values) -> SampleHousehold:
    row = {"id": visit.pk, "result": "found", "visited_on": NOW, "living": "yes", "satisfaction": "satisfied", **values}
    with acting_as(by):
        return save_visits([row], by=by, on=NOW).objects[0]
