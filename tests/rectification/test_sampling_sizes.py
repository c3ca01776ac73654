"""Sizes and allocation: the sum is exact, no bound is broken, edges have their remedy. No database."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rectification.queries.sampling_sizes import CannotAllocate, allocate, reserves_of, size_needed, z_of

populations = st.lists(st.integers(0, 3000), min_size=1, max_size=25).map(
    lambda numbers: {f"s{index:02d}": number for index, number in enumerate(numbers)}
)


@st.composite
def designs(draw):
    """Strata with a size that can be drawn from them."""
    strata = draw(populations)
    total = sum(strata.values())
    assume(total)
    least = draw(st.integers(0, 5))
    lowest = sum(min(least, number) for number in strata.values())
    return strata, draw(st.integers(max(lowest, 1), total)), least, draw(st.sampled_from(["proportional", "equal"]))


@given(designs())
def test_the_sum_is_exact_and_no_bound_is_broken(design):
    strata, size, least, how = design
    parts = allocate(strata, size, how=how, least=least)
    assert parts.keys() == strata.keys()
    assert sum(parts.values()) == size
    for key, part in parts.items():
        assert min(least, strata[key]) <= part <= strata[key]


@given(designs())
def test_proportional_parts_are_within_one_of_the_exact_share_where_nothing_binds(design):
    strata, size, _least, _how = design
    parts = allocate(strata, size)
    total = sum(strata.values())
    for key, number in strata.items():
        assert abs(parts[key] - Fraction(size * number, total)) < 1


@given(designs())
def test_equal_parts_differ_by_one_at_most_unless_a_stratum_is_used_up(design):
    strata, size, least, _how = design
    parts = allocate(strata, size, how="equal", least=least)
    free = [part for key, part in parts.items() if part < strata[key]]
    if free:
        assert max(free) - min(free) <= 1
        # Nobody gives more than a stratum that has more to give.
        assert max(parts.values()) <= max(free) + 1


@given(populations, st.integers(1, 100_000), st.integers(0, 50))
def test_what_cannot_be_drawn_is_refused_with_the_number_that_could(strata, size, least):
    total = sum(strata.values())
    lowest = sum(min(least, number) for number in strata.values())
    if total and lowest <= size <= total:
        allocate(strata, size, least=least)
        return
    with pytest.raises(CannotAllocate) as found:
        allocate(strata, size, least=least)
    if not total:
        assert found.value.code == "empty"
    elif size > total:
        assert (found.value.code, found.value.least) == ("too_large", total)
    else:
        assert (found.value.code, found.value.least) == ("too_small", lowest)


@pytest.mark.parametrize(
    ("strata", "size", "options", "parts"),
    [
        ({"a": 500, "b": 300, "c": 200}, 10, {}, {"a": 5, "b": 3, "c": 2}),
        ({"a": 1, "b": 1, "c": 1}, 2, {}, {"a": 1, "b": 1, "c": 0}),  # ties by key
        ({"a": 1000, "b": 1}, 10, {"least": 1}, {"a": 9, "b": 1}),  # a stratum with one household
        ({"a": 1000, "b": 1}, 10, {"least": 2}, {"a": 9, "b": 1}),  # smaller than its least
        ({"a": 1000, "b": 3, "c": 997}, 30, {"how": "equal"}, {"a": 14, "b": 3, "c": 13}),  # smaller than its share
        ({"a": 4, "b": 6}, 10, {"how": "equal"}, {"a": 4, "b": 6}),  # everybody
        ({"a": 5, "b": 0}, 5, {"how": "equal", "least": 3}, {"a": 5, "b": 0}),  # an empty stratum
        ({"a": 333, "b": 333, "c": 334}, 100, {}, {"a": 33, "b": 33, "c": 34}),  # largest remainder
        ({"a": 90, "b": 10}, 20, {"least": 5}, {"a": 15, "b": 5}),
    ],
)
def test_known_allocations(strata, size, options, parts):
    assert allocate(strata, size, **options) == parts


def test_the_national_check_in_80_counties():
    counties = {f"{520000 + n}": 1000 + 137 * n for n in range(80)}
    equal = allocate(counties, 2333, how="equal")
    assert sum(equal.values()) == 2333 and set(equal.values()) == {29, 30}
    assert sum(allocate(counties, 2333, least=10).values()) == 2333


@pytest.mark.parametrize(("confidence", "z"), [("90", 1.6449), ("95", 1.9600), ("99", 2.5758)])
def test_quantiles(confidence, z):
    assert round(z_of(confidence), 4) == z


@pytest.mark.parametrize(
    ("population", "options", "size"),
    [
        (10**9, {"margin": Decimal(5)}, 385),  # the well-known 384.16
        (10**9, {"margin": Decimal(3)}, 1068),
        (10**9, {"margin": Decimal(5), "confidence": "99"}, 664),
        (10**9, {"margin": Decimal(5), "confidence": "90"}, 271),
        (10**9, {"margin": Decimal(2), "rate": Decimal("95.59")}, 405),
        (1000, {"margin": Decimal(5)}, 278),  # the finite population needs fewer
        (10**9, {"margin": Decimal(5), "design_effect": Decimal(2)}, 769),
        (100, {"margin": Decimal("0.1")}, 100),
        (1, {"margin": Decimal(5)}, 1),
        (0, {"margin": Decimal(5)}, 0),
        (500, {"margin": Decimal(5), "rate": Decimal(0)}, 1),
    ],
)
def test_sizes_from_the_wanted_precision(population, options, size):
    assert size_needed(population, **{"confidence": "95", **options}).size == size


@given(st.integers(1, 10**7), st.decimals("0.5", 20, places=1), st.decimals(0, 100, places=1))
def test_the_size_reaches_the_margin_and_one_fewer_does_not(population, margin, rate):
    needed = size_needed(population, margin=margin, confidence="95", rate=rate)
    share, e = float(rate) / 100, float(margin) / 100

    def half(n):
        if n >= population:
            return 0.0
        return z_of("95") * (share * (1 - share) / n * (population - n) / (population - 1)) ** 0.5

    assert 1 <= needed.size <= population
    assert half(needed.size) <= e * 1.000001
    if 1 < needed.size < population:
        assert half(needed.size - 1) > e * 0.999999


@pytest.mark.parametrize(
    ("size", "population", "percent", "reserves"),
    [
        (10, 100, 20, 2),
        (1, 100, 20, 1),
        (10, 11, 50, 1),
        (10, 10, 50, 0),
        (0, 10, 20, 0),
        (10, 100, 0, 0),
        (3, 9, 200, 6),
    ],
)
def test_replacements_kept_in_line(size, population, percent, reserves):
    assert reserves_of(size, population, percent) == reserves
