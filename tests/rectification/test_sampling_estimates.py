"""Estimates and intervals held against plain computations, and their coverage on simulated populations. No database."""

import math
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rectification.queries.sampling_drawing import ranked
from rectification.queries.sampling_estimates import Answers, stratified, two_stage
from rectification.queries.sampling_sizes import allocate, z_of


def answers(key: str, population: int, values, psu: int = 0) -> Answers:
    return Answers(key, population, len(values), tuple(float(value) for value in values), psu)


@st.composite
def surveys(draw, low: int = 2):
    """Strata with at least two answers each, so that none is joined with another."""
    strata = []
    for number in range(draw(st.integers(1, 6))):
        values = draw(st.lists(st.integers(0, 1), min_size=low, max_size=12))
        strata.append(answers(f"s{number}", len(values) + draw(st.integers(0, 400)), values))
    return strata


@given(surveys())
def test_the_stratified_estimator_is_the_one_of_the_textbook(strata):
    found = stratified(strata)
    total = sum(s.population for s in strata)
    mean = sum(Fraction(s.population, total) * Fraction(int(sum(s.values)), len(s.values)) for s in strata)
    variance = Fraction(0)
    for s in strata:
        n, share = len(s.values), Fraction(int(sum(s.values)), len(s.values))
        variance += Fraction(s.population, total) ** 2 * (1 - Fraction(n, s.population)) * share * (1 - share) / (n - 1)
    assert found.value == pytest.approx(float(mean))
    assert found.variance == pytest.approx(float(variance), abs=1e-12)
    assert 0 <= found.low <= found.value + 1e-9 and found.value - 1e-9 <= found.high <= 1
    assert (found.answered, found.method) == (sum(len(s.values) for s in strata), "wilson")


@given(surveys())
def test_wilson_is_the_solution_of_its_own_equation(strata):
    """Each bound p solves |value - p| = z sqrt(p (1 - p) / n) for the effective number of answers."""
    found = stratified(strata)
    if not found.variance or found.value in (0, 1):
        return
    effective = found.value * (1 - found.value) / found.variance
    for bound in (found.low, found.high):
        if 0 < bound < 1:
            assert abs(found.value - bound) == pytest.approx(
                z_of("95") * math.sqrt(bound * (1 - bound) / effective), rel=1e-6
            )


def test_a_known_interval():
    """9 of 10 under simple random sampling from a large population."""
    found = stratified([answers("all", 10**9, [1] * 9 + [0])])
    # The estimated variance has n - 1 below it: the effective number is 9, not 10 (0.596 to 0.982).
    assert (round(found.low, 2), round(found.high, 2)) == (0.58, 0.98)
    agreeing = stratified([answers("all", 10**9, [1] * 10)])
    assert (agreeing.high, round(agreeing.low, 3)) == (1.0, 0.722)


@pytest.mark.parametrize(
    ("strata", "value", "interval"),
    [
        ([], None, None),
        ([answers("a", 100, [])], None, None),
        ([answers("a", 100, [1])], 1.0, None),  # one answer tells no spread
        ([answers("a", 1, [1])], 1.0, (1.0, 1.0)),  # everybody there is
        ([answers("a", 3, [1, 1, 0])], 2 / 3, (2 / 3, 2 / 3)),  # a census
        ([answers("a", 1, [1]), answers("b", 2, [0, 0])], 1 / 3, (1 / 3, 1 / 3)),
    ],
)
def test_edges(strata, value, interval):
    found = stratified(strata)
    assert found.value == (pytest.approx(value) if value is not None else None)
    assert (found.low is None) == (interval is None)
    if interval:
        assert (found.low, found.high) == pytest.approx(interval)


def test_a_stratum_without_enough_answers_is_joined_with_its_neighbour():
    apart = stratified([answers("a", 100, [1, 0, 1]), answers("b", 300, []), answers("c", 50, [0])])
    together = stratified([answers("abc", 450, [1, 0, 1, 0])])
    assert apart.value == pytest.approx(together.value) and apart.variance == pytest.approx(together.variance)
    within_county = stratified([answers("a", 100, [1, 1], 1), answers("b", 10, [0], 1), answers("c", 90, [0, 0, 1], 2)])
    by_hand = stratified([answers("ab", 110, [1, 1, 0], 1), answers("c", 90, [0, 0, 1], 2)])
    assert within_county.value == pytest.approx(by_hand.value)


def test_means_get_the_normal_interval():
    values = [2, 3, 2, 1, 2, 4]
    found = stratified([answers("a", 60, values)], proportion=False)
    mean = sum(values) / 6
    spread = sum((v - mean) ** 2 for v in values) / 5
    half = z_of("95") * math.sqrt((1 - 6 / 60) * spread / 6)
    assert (found.value, found.low, found.high) == pytest.approx((mean, mean - half, mean + half))


@pytest.mark.parametrize(("reported", "within"), [(0.6, True), (0.95, True), (0.05, False), (1.0, False), (None, None)])
def test_whether_a_reported_figure_lies_within(reported, within):
    assert stratified([answers("a", 10**6, [1] * 9 + [0])]).holds(reported) is within


def test_the_two_stage_estimator_is_the_one_of_the_textbook():
    """Cochran 11.8 for a ratio to size: between the drawn counties, and within them."""
    counties, drawn = (
        10,
        [answers("a", 100, [1, 1, 0, 1], 1), answers("b", 300, [0, 1, 0], 2), answers("c", 50, [1, 1], 3)],
    )
    found = two_stage(drawn, counties)
    totals = {1: 75.0, 2: 100.0, 3: 50.0}
    weight = 450
    value = sum(totals.values()) / weight
    m, f1 = 3, 3 / counties
    residuals = [totals[s.psu] - value * s.population for s in drawn]
    between = (1 - f1) * m / (m - 1) * sum(r * r for r in residuals) / weight**2
    within = 0.0
    for s in drawn:
        n, p = len(s.values), sum(s.values) / len(s.values)
        within += s.population**2 * (1 - n / s.population) * n / (n - 1) * p * (1 - p) / n
    assert found.value == pytest.approx(value)
    assert found.variance == pytest.approx(between + f1 * within / weight**2)
    # All counties drawn: nothing is left between them.
    all_drawn = two_stage(drawn, 3)
    assert all_drawn.variance == pytest.approx(within / weight**2)


def test_one_county_of_several_tells_no_interval():
    found = two_stage([answers("a", 100, [1, 0, 1], 1)], 5)
    assert found.value == pytest.approx(2 / 3) and found.low is None


# --- Coverage: how often the interval holds the truth ---

DRAWS = 200


def population(seed: int, strata: int, rate) -> dict[str, list[tuple[str, int]]]:
    chance = random.Random(seed)
    found = {}
    for number in range(strata):
        share = rate(number)
        found[f"s{number}"] = [
            (f"52{number:04d}{household:06d}", int(chance.random() < share))
            for household in range(chance.randint(80, 900))
        ]
    return found


def drawn(people: dict, size: int, seed: str, answering: float = 1.0) -> list[Answers]:
    """A sample as the product draws it: proportional parts, ranks by digest of seed and code."""
    parts = allocate({key: len(households) for key, households in people.items()}, size, least=2)
    found = []
    for key, households in people.items():
        truth = dict(households)
        taken = ranked(seed, truth)[: parts[key]]
        chance = random.Random(f"{seed}{key}")
        values = [truth[code] for code in taken if chance.random() < answering]
        found.append(Answers(key, len(households), len(taken), tuple(map(float, values))))
    return found


@pytest.mark.parametrize(
    ("rate", "size", "answering"),
    [
        (lambda n: 0.3 + 0.1 * (n % 5), 200, 1.0),
        (lambda n: 0.9559, 200, 1.0),  # the published rate of Guizhou
        (lambda n: 0.99, 120, 1.0),  # nearly everybody
        (lambda n: 0.5, 60, 0.7),  # a third does not answer
        (lambda n: [0.02, 0.98][n % 2], 80, 1.0),  # strata of opposite kinds
    ],
)
def test_coverage_of_one_stage(rate, size, answering):
    people = population(1, 8, rate)
    everybody = [value for households in people.values() for _code, value in households]
    truth = sum(everybody) / len(everybody)
    estimates = [stratified(drawn(people, size, f"第{n}期", answering)) for n in range(DRAWS)]
    holds = sum(e.low <= truth <= e.high for e in estimates) / DRAWS
    assert 0.92 <= holds <= 1.0
    mean = sum(e.value for e in estimates) / DRAWS
    assert mean == pytest.approx(truth, abs=0.015)  # unbiased


def test_coverage_of_two_stages():
    people = population(2, 40, lambda n: 0.6 + 0.3 * ((n * 7) % 10) / 10)
    everybody = [value for households in people.values() for _code, value in households]
    truth = sum(everybody) / len(everybody)
    holds, values = 0, []
    for number in range(DRAWS):
        seed = f"第{number}期"
        counties = ranked(seed, people)[:15]
        strata = [
            Answers(s.key, s.population, s.drawn, s.values, int(s.key[1:]))
            for s in drawn({key: people[key] for key in counties}, 240, seed)
        ]
        found = two_stage(strata, len(people))
        values.append(found.value)
        holds += found.low <= truth <= found.high
    assert 0.90 <= holds / DRAWS <= 0.99
    assert sum(values) / DRAWS == pytest.approx(truth, abs=0.02)


@settings(max_examples=50)
@given(st.integers(0, 10**6), st.integers(1, 60))
def test_the_rank_of_a_household_hangs_on_seed_and_code_alone(seed, number):
    codes = [f"522326{n:06d}" for n in range(number)]
    order = ranked(str(seed), codes)
    assert sorted(order) == codes
    # A household more or fewer moves nobody else.
    assert [code for code in ranked(str(seed), [*codes, "999999"]) if code != "999999"] == order
    assert ranked(str(seed), codes[1:]) == [code for code in order if code != codes[0]]
