"""Samples from their design to the draw: strata, sizes, the committed seed, what cannot be drawn."""

import datetime as dt
import hashlib

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction

from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as, whole
from compliance.models import Verdict
from households.models import Household
from ledgers import actions as ledger_actions
from rectification.actions.sampling import (
    commit_seed,
    discard_seed,
    draw,
    plan_of,
    save_samples,
)
from rectification.models import Sample, SampleStratum
from rectification.queries.sampling_drawing import commitment_of
from tests import world
from tests.rectification.drawing import LONG_AGO, SEED, design, drawn, strata, three_homes, visits
from tests.rectification.inspecting import NOW, refused, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db, clock):
    clock(NOW)
    return team()


@pytest.fixture
def homes(people):
    return three_homes(people)


class TestDesign:
    @pytest.mark.parametrize(
        ("values", "faults"),
        [
            ({"frame_on": NOW + dt.timedelta(1)}, {("frame_on", "future_date")}),
            ({"divisions": "咸阳市"}, {("divisions", "unknown_division")}),
        ],
    )
    def test_what_the_store_says(self, people, values, faults):
        with acting_as(people.province):
            row = {"title": "x", "frame_on": NOW, "size": 5, **values}
            assert refused(save_samples, [row], by=people.province) == faults

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"size": None}, "size"),
            ({"size": 5, "margin": 5}, "size"),
            ({"placement": "dispersed", "tier": "large"}, "tier"),
        ],
    )
    def test_what_does_not_hold_together(self, people, values, field):
        with acting_as(people.province), pytest.raises(ValidationError) as fault:
            save_samples([{"title": "x", "frame_on": NOW, "size": 5, **values}], by=people.province)
        assert field in fault.value.message_dict

    def test_those_of_other_levels_do_not_change_it(self, people, homes):
        sample = design(people.province)
        with acting_as(people.city):
            assert refused(save_samples, [{"id": sample.pk, "size": 3}], by=people.city) == {("id", "unknown_row")}
        with acting_as(people.auditor), pytest.raises(PermissionDenied):
            save_samples([{"id": sample.pk, "size": 3}], by=people.auditor)


class TestStrata:
    @pytest.mark.parametrize(
        ("how", "expected"),
        [
            ("none", {"-/-/-": 20}),
            ("county", {"522326000000/-/-": 15, "522327000000/-/-": 5}),
            ("placement", {"-/-/concentrated": 17, "-/-/dispersed": 3}),
            ("tier", {"-/none/-": 3, "-/small/-": 17}),
            (
                "all",
                {
                    "522326000000/none/dispersed": 3,
                    "522326000000/small/concentrated": 12,
                    "522327000000/small/concentrated": 5,
                },
            ),
        ],
    )
    def test_the_frame_is_parted(self, people, homes, how, expected):
        sample = drawn(people.province, strata=how)
        assert {key: population for key, (population, _size) in strata(sample).items()} == expected
        assert sum(size for _population, size in strata(sample).values()) == 6
        assert sample.frame_size == 20

    @pytest.mark.parametrize(
        ("values", "population"),
        [
            ({"divisions": "望谟县"}, 15),
            ({"divisions": "望谟县、522326001000"}, 15),
            ({"divisions": "黔西南布依族苗族自治州"}, 20),
            ({"placement": "dispersed"}, 3),
            ({"tier": "small"}, 17),
            ({"verdict": "zero"}, 5),
            ({"verdict": "stable"}, 15),
            ({"registration": "registered"}, 18),
            ({"registration": "synchronous", "size": 2}, 2),
        ],
    )
    def test_the_population_is_narrowed(self, people, homes, values, population):
        values = {"size": 3, **values}
        assert drawn(people.province, strata="none", **values).frame_size == population

    def test_a_county_draws_from_its_own(self, people, homes):
        assert drawn(people.county, strata="none").frame_size == 15

    def test_voided_and_closed_households_are_in_no_frame(self, people, homes):
        with acting_as(people.county):
            gone = Household.objects.filter(settlement=homes[0]).first()
            ledger_actions.void(registry["households"], [gone.pk], "重复", people.county, NOW)
        assert drawn(people.province, strata="none").frame_size == 19

    @pytest.mark.parametrize("how", ["none", "all"])
    def test_a_past_day_gives_the_frame_of_that_day(self, people, homes, how, clock):
        """Households that came later are not in it; those that left since are, where they were then."""
        past = NOW - dt.timedelta(1)
        today = drawn(people.province, strata=how, frame_on=NOW)
        yesterday = drawn(people.province, strata=how, frame_on=past)
        assert strata(today) == strata(yesterday) and today.frame_hash == yesterday.frame_hash
        with whole(), connection.cursor() as cursor:
            cursor.execute("UPDATE employment_employment SET end_date = %s", [past])
        reported = {visit.code: visit.reported_employed for visit in visits(drawn(people.province, frame_on=past))}
        assert any(reported.values())

    def test_reported_sums_are_those_of_the_verdicts(self, people, homes):
        sample = drawn(people.province, strata="none")
        with whole():
            row = SampleStratum.objects.get(sample=sample)
            assert row.reported_employed == Verdict.objects.filter(employed=True).count() == 15
            assert row.reported_persons == sum(Verdict.objects.values_list("employed_persons", flat=True))


class TestEdges:
    @pytest.mark.parametrize(
        ("values", "fault"),
        [
            ({"size": 21}, ("size", "too_large")),
            ({"tier": "mega"}, ("divisions", "empty_frame")),
            ({"size": 2, "least": 2, "strata": "all"}, ("least", "too_small")),
            ({"counties_drawn": 3}, ("counties_drawn", "too_many")),
            ({"counties_drawn": 1}, ("counties_drawn", "too_small")),
        ],
    )
    def test_a_design_that_cannot_be_drawn_is_told_before_the_seed_is_fixed(self, people, homes, values, fault):
        sample = design(people.province, **values)
        with acting_as(people.province):
            assert refused(commit_seed, sample, by=people.province, on=NOW) == {fault}
            sample.refresh_from_db()
        assert (sample.state, sample.seed, sample.commitment) == ("design", "", "")

    def test_the_remedy_names_the_number(self, people, homes):
        sample = design(people.province, size=2, least=2, strata="all")
        with acting_as(people.province), pytest.raises(Refused, match="6"):
            plan_of(sample, "", NOW)

    def test_a_stratum_with_one_household(self, people):
        home = world.settlement(people.county)
        world.household(people.county, home, on=NOW)
        sample = drawn(people.province, size=1, least=5)
        assert strata(sample) == {"522326000000/-/-": (1, 1)}
        assert [visit.reserve for visit in visits(sample)] == [False]

    def test_everybody(self, people, homes):
        sample = drawn(people.province, size=20)
        assert len(visits(sample)) == 20 and not visits(sample, reserve=True)

    def test_the_size_follows_from_the_margin(self, people, homes):
        sample = design(people.province, size=None, margin=20, strata="none")
        with acting_as(people.province):
            planned = plan_of(sample, "", NOW)
        # n0 = 24.01; of 20 households: 20 * 24.01 / (20 + 24.01 - 1) = 11.17
        assert (planned.size, round(planned.needed.n0, 2)) == (12, 24.01)


class TestSeed:
    def test_a_public_text_is_the_seed_and_its_digest_the_commitment(self, people, homes):
        sample = design(people.province)
        with acting_as(people.province):
            sample = commit_seed(sample, by=people.province, public_text=f"  {SEED} ", on=NOW)
        assert (sample.seed, sample.seed_source, sample.state) == (SEED, "public", "committed")
        assert sample.commitment == hashlib.sha256(SEED.encode()).hexdigest()

    def test_a_seed_of_the_systems_own_is_shown_with_the_draw(self, people, homes):
        sample = design(people.province)
        with acting_as(people.province):
            commit_seed(sample, by=people.province, on=NOW)
            row = registry["samples"].rows(people.province).get(pk=sample.pk)
            assert (row.shown_seed, len(row.seed), row.commitment) == ("", 32, commitment_of(row.seed))
            draw(sample, by=people.province, on=NOW)
            assert registry["samples"].rows(people.province).get(pk=sample.pk).shown_seed == row.seed

    @pytest.mark.parametrize("text", ["12345", "x" * 201])
    def test_too_short_and_too_long(self, people, homes, text):
        sample = design(people.province)
        with acting_as(people.province):
            assert refused(commit_seed, sample, by=people.province, public_text=text) == {("public_text", "bad_seed")}

    def test_then_the_design_stands(self, people, homes):
        sample = design(people.province)
        with acting_as(people.province):
            commit_seed(sample, by=people.province, public_text=SEED, on=NOW)
            for values in ({"size": 7}, {"strata": "none"}, {"frame_on": LONG_AGO}, {"divisions": "望谟县"}):
                assert refused(save_samples, [{"id": sample.pk, **values}], by=people.province) == {
                    (next(iter(values)), "design_stands")
                }
            save_samples([{"id": sample.pk, "note": "说明", "size": 6}], by=people.province, on=NOW)
            assert refused(commit_seed, sample, by=people.province) == {("", "not_now")}

    def test_a_discarded_seed_is_counted(self, people, homes):
        sample = design(people.province)
        with acting_as(people.province):
            for _n in range(2):
                commit_seed(sample, by=people.province, public_text=SEED, on=NOW)
                sample = discard_seed(sample, by=people.province, on=NOW)
            assert (sample.state, sample.seed, sample.seeds_discarded) == ("design", "", 2)
            save_samples([{"id": sample.pk, "size": 7}], by=people.province, on=NOW)

    def test_no_frame_before_the_seed(self, people, homes):
        sample = design(people.province)
        with acting_as(people.province):
            assert refused(draw, sample, by=people.province) == {("", "not_now")}
            with pytest.raises(IntegrityError), transaction.atomic():
                Sample.objects.filter(pk=sample.pk).update(drawn_at=dt.datetime(2026, 6, 10, tzinfo=dt.UTC))

    def test_drawn_once(self, people, homes):
        sample = drawn(people.province)
        with acting_as(people.province):
            assert refused(draw, sample, by=people.province) == {("", "not_now")}
            assert refused(discard_seed, sample, by=people.province) == {("", "not_now")}
        assert len(visits(sample, reserve=False)) == 6
