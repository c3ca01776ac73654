"""Samples from their design to their results: commitment, frame, draw and redraw, visits, replacements, findings, problems."""

import datetime as dt
import hashlib
import itertools
import json
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as, whole
from compliance.actions import recompute
from compliance.models import Finding, Verdict
from employment.actions import Block, save_roster
from households.models import Household
from ledgers import actions as ledger_actions
from rectification.actions.inspections_checks import Answer
from rectification.actions.inspections_items import items_from_households
from rectification.actions.sampling import (
    commit_seed,
    discard_seed,
    draw,
    frames_of,
    plan_of,
    publish,
    save_samples,
)
from rectification.actions.sampling_findings import KIND, settle_all_findings, settle_findings
from rectification.actions.sampling_visits import check_visits, fill_in, replace, save_answers, save_visits
from rectification.models import ProblemClass, Sample, SampleHousehold, SampleStratum
from rectification.queries.sampling_drawing import commitment_of, frame_lines, ranked
from rectification.queries.sampling_results import differences, redraw_of, results_of
from tests import world
from tests.rectification.inspecting import NOW, checklist, team

pytestmark = pytest.mark.django_db
SEED = "双色球2026066期 03 11 17 22 28 31+09"
LONG_AGO = dt.date(2024, 1, 1)
_numbers = itertools.count(1)


@pytest.fixture
def people(db, clock):
    clock(NOW)
    return team()


@pytest.fixture
def homes(people):
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


def refused(call, *arguments, **named) -> set[tuple[str, str]]:
    with pytest.raises(Refused) as found:
        call(*arguments, **named)
    return {(problem.field, problem.code) for problem in found.value.problems}


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


class TestRedraw:
    def test_it_is_what_plain_python_gives(self, people, homes):
        sample = drawn(people.province, strata="all", reserve_percent=50)
        with acting_as(people.province):
            frame = frames_of(sample)
            text = "".join(frame_lines(frame))
        assert hashlib.sha256(text.encode()).hexdigest() == sample.frame_hash
        assert text.count("\n") == 20 and text == "".join(sorted(text.splitlines(keepends=True)))
        for key, codes in frame.items():
            order = sorted(codes.split("\n"), key=lambda code: hashlib.sha256(f"{SEED}|{code}".encode()).hexdigest())
            mine = [visit for visit in visits(sample) if visit.stratum.key == key] if codes else []
            assert [visit.code for visit in mine] == order[: len(mine)]
            assert [visit.reserve for visit in mine] == [False] * strata(sample)[key][1] + [True] * (
                len(mine) - strata(sample)[key][1]
            )

    def test_a_household_added_or_gone_since_is_no_difference(self, people, homes):
        sample = drawn(people.province)
        for _n in range(5):
            world.household(people.county, homes[0], on=NOW)
        with acting_as(people.county):
            gone = Household.objects.filter(settlement=homes[0], samples=None).first()
            ledger_actions.void(registry["households"], [gone.pk], "重复", people.county, NOW)
        with whole():
            assert redraw_of(sample).equal

    @pytest.mark.parametrize("what", ["seed", "frame", "swap", "missing", "added"])
    def test_whatever_was_tampered_with_is_named(self, people, homes, what):
        sample = drawn(people.province, strata="none", size=4, reserve_percent=0)
        mine = visits(sample)
        with whole(), connection.cursor() as cursor:
            if what == "seed":
                cursor.execute("UPDATE rectification_sample SET seed = 'another seed'")
            elif what == "frame":
                cursor.execute(
                    "UPDATE rectification_sampleframe SET codes = replace(codes, %s, '522326999999')", [mine[0].code]
                )
            elif what == "swap":
                cursor.execute("UPDATE rectification_samplehousehold SET rank = rank + 100 WHERE rank < 3")
                cursor.execute("UPDATE rectification_samplehousehold SET rank = 103 - rank WHERE rank > 100")
            elif what == "missing":
                cursor.execute("DELETE FROM rectification_samplehousehold WHERE rank = 2")
            else:
                cursor.execute("UPDATE rectification_samplehousehold SET rank = 9 WHERE rank = 4")
            sample.refresh_from_db()
            outcome = redraw_of(sample)
        assert not outcome.equal
        if what == "seed":
            assert not outcome.commitment and outcome.differing
        elif what == "frame":
            assert outcome.commitment and not outcome.frame
        elif what == "swap":
            assert {(rank, stored, again) for _key, rank, stored, again in outcome.differing} == {
                (1, mine[1].code, mine[0].code),
                (2, mine[0].code, mine[1].code),
            }
        else:
            assert outcome.commitment and outcome.frame and outcome.differing

    def test_the_command_says_so(self, people, homes):
        sample = drawn(people.province)
        out = StringIO()
        call_command("redraw_sample", sample.pk, "--json", stdout=out)
        told = json.loads(out.getvalue())
        assert told["equal"] and told["checked"] == len(visits(sample)) and told["differing"] == []
        with whole(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM rectification_samplehousehold WHERE rank = 1")
        out = StringIO()
        with pytest.raises(CommandError):
            call_command("redraw_sample", sample.pk, stdout=out)
        assert "rank 1: stored nobody" in out.getvalue()
        with pytest.raises(CommandError, match="no sample"):
            call_command("redraw_sample", sample.pk + 1)

    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        seed=st.text(min_size=6, max_size=40).filter(lambda text: len(text.strip()) > 5 and text.isprintable()),
        size=st.integers(4, 20),
        how=st.sampled_from(["none", "county", "all"]),
        allocation=st.sampled_from(["proportional", "equal"]),
    )
    def test_any_seed_and_design_is_drawn_again_equal(self, people, homes, seed, size, how, allocation):
        sample = drawn(people.province, seed=seed, size=size, strata=how, allocation=allocation)
        assert len(visits(sample, reserve=False)) == size
        with whole():
            outcome = redraw_of(sample)
        assert outcome.equal, outcome


class TestTwoStages:
    def test_counties_are_drawn_first_by_the_same_seed(self, people, homes):
        sample = drawn(people.province, counties_drawn=1, size=4, strata="none")
        with whole():
            taken = list(SampleStratum.objects.filter(sample=sample, taken=True).values_list("county", flat=True))
        assert taken == [int(ranked(SEED, ["522326000000", "522327000000"])[0])]
        assert {visit.place_region // 10**6 * 10**6 for visit in visits(sample)} == set(taken)
        with whole():
            assert redraw_of(sample).equal
            SampleStratum.objects.filter(sample=sample).update(taken=True)
            assert not redraw_of(sample).equal

    def test_estimates_stand_for_all_counties(self, people, homes):
        sample = drawn(people.province, counties_drawn=2, size=10)
        for visit in visits(sample, reserve=False):
            found(people.province, visit, employed_seen=visit.reported_persons)
        with acting_as(people.province):
            results = {result.key: result for result in results_of(sample)}
        assert results["employed"].overall.reported == pytest.approx(15 / 20)
        assert results["employed"].overall.within is True


class TestVisits:
    def test_what_was_found_is_held_against_what_is_reported(self, people, homes):
        sample = drawn(people.province, size=20)
        with_job = next(v for v in visits(sample) if v.reported_employed)
        without = next(v for v in visits(sample) if not v.reported_employed)
        for visit, seen, expected in [
            (with_job, 1, "agree"),
            (with_job, 0, "differ"),
            (without, 0, "agree"),
            (without, 2, "differ"),
        ]:
            assert found(people.province, visit, employed_seen=seen).employed_agrees == expected
        assert found(people.province, with_job, living="no").living_agrees == "differ"
        assert found(people.province, with_job, living="").living_agrees == ""

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"result": "absent", "living": "yes", "visited_on": NOW}, "result"),
            ({"living": "yes"}, "result"),
            ({"result": "found"}, "visited_on"),
        ],
    )
    def test_answers_belong_to_a_household_that_was_found(self, people, homes, values, field):
        visit = visits(drawn(people.province))[0]
        with acting_as(people.province), pytest.raises(ValidationError) as fault:
            save_visits([{"id": visit.pk, **values}], by=people.province)
        assert field in fault.value.message_dict

    def test_the_database_holds_it_too(self, people, homes):
        visit = visits(drawn(people.province))[0]
        with acting_as(people.province), pytest.raises(IntegrityError), transaction.atomic():
            SampleHousehold.objects.filter(pk=visit.pk).update(living="yes")

    def test_what_is_refused(self, people, homes):
        sample = drawn(people.province)
        visit, reserve = visits(sample, reserve=False)[0], visits(sample, reserve=True)[0]
        by = people.province

        def faults(**row):
            with acting_as(by):
                return {(field, code) for _i, field, _v, code, _m in check_visits([row], by)}

        assert faults(sample=sample, code="522326899999") == {("code", "not_drawn")}
        assert faults(id=reserve.pk, result="found") == {("code", "in_line")}
        assert faults(id=visit.pk, visited_on=NOW + dt.timedelta(1)) == {("visited_on", "future_date")}
        assert faults(id=visit.pk, code=reserve.code) == {("code", "no_change")}
        with acting_as(by):
            assert refused(ledger_actions.void, registry["sample-households"], [visit.pk], "误", by) == {("", "in_use")}

    def test_counties_read_theirs_once_it_is_published_and_write_nothing(self, people, homes):
        sample = drawn(people.province)
        for user in (people.county, people.other, people.city):
            with acting_as(user):
                assert not SampleHousehold.objects.exists() and not Sample.objects.visible_to(user).exists()
        with acting_as(people.province):
            publish(sample, by=people.province, on=NOW)
        for user, county in ((people.county, world.WANGMO), (people.other, world.CEHENG)):
            with acting_as(user):
                mine = SampleHousehold.objects.visible_to(user)
                assert mine.exists() and {v.place_region // 10**6 * 10**6 for v in mine} == {county}
                assert Sample.objects.visible_to(user).get().shown_seed == SEED
                assert refused(save_visits, [{"id": mine.first().pk, "note": "x"}], by=user) == {("sample", "not_now")}
                assert sorted(frames_of(sample)) == ["522326000000/-/-", "522327000000/-/-"]

    def test_further_questions(self, people, homes):
        asked = checklist(people.province, [("是否知晓政策", "yes_no", ""), ("户均培训次数", "number", "")])
        sample = drawn(people.province, checklist=asked)
        visit = visits(sample, reserve=False)[0]
        with acting_as(people.province):
            values = {"result": "found", "visited_on": NOW, "employed_seen": 1}
            told = {1: Answer("是"), 2: Answer("很多", "", "记不清")}
            assert refused(fill_in, visit, values, told, by=people.province) == {("question-2", "bad_number")}
            visit.refresh_from_db()
            assert visit.result == ""
            fill_in(visit, values, {**told, 2: Answer("2")}, by=people.province, on=NOW)
            assert [(a.position, a.answer) for a in visit.answers.order_by("position")] == [(1, "yes"), (2, "2")]
            results = {result.key: result for result in results_of(sample)}
            visit.refresh_from_db()
            row = {"visit": visit, "position": 1, "question": "是否知晓政策", "answer": "no"}
            save_answers([row], by=people.province, on=NOW)
            assert [a.answer for a in visit.answers.order_by("position")] == ["no", "2"]
        assert results["question-1"].overall.estimate.value == 1
        assert results["question-2"].overall.estimate.value == 2


class TestReplacing:
    def absent(self, by, visit, result="absent"):
        with acting_as(by):
            return save_visits([{"id": visit.pk, "result": result, "visited_on": NOW}], by=by, on=NOW).objects[0]

    def test_in_the_order_of_the_draw(self, people, homes):
        by = people.province
        sample = drawn(by, strata="none", size=4, reserve_percent=50)
        line = visits(sample, reserve=True)
        given = []
        for visit, result in zip(visits(sample, reserve=False)[:3], ("absent", "moved", "refused"), strict=True):
            gone = self.absent(by, visit, result)
            with acting_as(by):
                given.append(replace(gone, by=by, on=NOW))
                assert replace(gone, by=by, on=NOW) == given[-1]  # asked twice, the same one
                assert given[-1].replaces == gone and not given[-1].reserve
        assert [row.rank for row in given] == [5, 6, 7]
        assert [row.code for row in given[:2]] == [row.code for row in line]
        # The third was not in line: it is the next of the frame, as the redraw finds it.
        with whole():
            assert given[2].code == ranked(SEED, SampleStratum.objects.get(sample=sample).frame.codes.split("\n"))[6]
            verdict = Verdict.objects.get(household=given[2].household)
            assert (given[2].reported_verdict, given[2].reported_persons) == (verdict.code, verdict.employed_persons)
            assert redraw_of(sample).equal

    def test_only_one_that_was_not_found_is_replaced(self, people, homes):
        by = people.province
        sample = drawn(by)
        visit = visits(sample, reserve=False)[0]
        for prepare in (lambda: visit, lambda: found(by, visit)):
            row = prepare()
            with acting_as(by):
                assert refused(replace, row, by=by) == {("result", "not_replaced")}

    def test_the_result_of_a_replaced_one_stays(self, people, homes):
        by = people.province
        sample = drawn(by)
        gone = self.absent(by, visits(sample, reserve=False)[0])
        with acting_as(by):
            replace(gone, by=by, on=NOW)
            assert refused(save_visits, [{"id": gone.pk, "result": "found"}], by=by) == {("result", "replaced")}

    def test_a_stratum_that_is_used_up_says_so(self, people):
        by = people.province
        home = world.settlement(people.county)
        for _n in range(2):
            world.household(people.county, home, on=NOW)
        sample = drawn(by, size=2)
        gone = self.absent(by, visits(sample)[0])
        with acting_as(by):
            assert refused(replace, gone, by=by) == {("", "exhausted")}


class TestResults:
    @pytest.fixture
    def surveyed(self, people, homes) -> Sample:
        """Half of each stratum: in the first county one reported job is not there, one household is absent."""
        sample = drawn(people.province, size=10)
        by_county = {}
        for visit in visits(sample, reserve=False):
            by_county.setdefault(visit.place_region // 10**6, []).append(visit)
        first, second = by_county[522326], by_county[522327]
        with_jobs = [visit for visit in first if visit.reported_employed]
        for visit in first + second:
            seen = 0 if visit == with_jobs[0] else visit.reported_persons
            if visit != first[-1] or visit == with_jobs[0]:
                found(people.province, visit, employed_seen=seen, satisfaction="mostly")
        return sample

    def test_estimates_stand_beside_the_reported_figures(self, people, surveyed):
        with acting_as(people.province):
            results = {result.key: result for result in results_of(surveyed)}
        employed = results["employed"]
        assert [line.stratum.key for line in employed.strata] == ["522326000000/-/-", "522327000000/-/-"]
        assert employed.overall.reported == pytest.approx(15 / 20)
        assert results["living"].overall.reported == 1 and results["living"].overall.estimate.value == 1
        assert results["satisfied"].overall.reported is None and results["satisfied"].overall.within is None
        by_hand = sum(line.population / 20 * line.estimate.value for line in employed.strata)
        assert employed.overall.estimate.value == pytest.approx(by_hand)
        assert employed.overall.estimate.drawn == 10
        assert results["persons"].overall.estimate.method == "normal"

    def test_only_differences_are_listed(self, people, surveyed):
        with acting_as(people.province):
            rows = list(differences(surveyed))
        assert [(row.employed_agrees, row.living_agrees) for row in rows] == [("differ", "agree")]

    def test_findings_open_close_and_repeat(self, people, surveyed):
        by = people.province
        with acting_as(by):
            assert refused(settle_findings, surveyed, by=by) == {("", "not_published")}
            publish(surveyed, by=by, on=NOW)
            assert settle_findings(surveyed, by=by, on=NOW) == (1, 0)
            assert settle_findings(surveyed, by=by, on=NOW) == (0, 0)
            [visit] = differences(surveyed)
        with acting_as(people.county):
            finding = Finding.objects.get(rule=KIND)
            assert (finding.subject, finding.region, finding.ledger) == (visit.code, visit.place_region, "households")
            assert finding.evidence == {
                "sample": surveyed.pk,
                "living": "yes",
                "reported_employed": 1,
                "employed_seen": 0,
            }
            page_rows = registry["findings"].rows(people.county).filter(rule=KIND)
            assert page_rows.count() == 1
        # The county puts its figures right: the job has ended.
        with acting_as(people.county), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE employment_employment SET end_date = %s WHERE person_id IN"
                " (SELECT id FROM households_person WHERE household_id = %s)",
                [NOW - dt.timedelta(1), visit.household_id],
            )
            recompute([visit.household_id], on=NOW)
        with whole():
            assert settle_all_findings(on=NOW + dt.timedelta(1)) == (0, 1)
            assert settle_all_findings(on=NOW + dt.timedelta(1)) == (0, 0)
            finding.refresh_from_db()
        assert finding.closed_on == NOW + dt.timedelta(1)

    def test_a_corrected_sheet_closes_its_finding(self, people, surveyed):
        by = people.province
        with acting_as(by):
            publish(surveyed, by=by, on=NOW)
            settle_findings(surveyed, by=by, on=NOW)
            [visit] = differences(surveyed)
        found(by, visit, employed_seen=1)
        with acting_as(by):
            assert settle_findings(surveyed, by=by, on=NOW) == (0, 1)

    def test_differences_become_problems_once(self, people, homes):
        by = people.drc
        sample = drawn(by, size=8)
        for visit in visits(sample, reserve=False):
            found(by, visit, employed_seen=0)
        kind = ProblemClass.objects.get(region=0, code="N1")
        with acting_as(by):
            rows = [visit.pk for visit in differences(sample)]
            assert refused(items_from_households, sample, rows, by=by, values={"problem_class": kind}) == {
                ("", "not_published")
            }
            publish(sample, by=by, on=NOW)
            assert refused(items_from_households, sample, rows, by=by, values={}) == {("problem_class", "required")}
            made = items_from_households(sample, rows, by=by, values={"problem_class": kind}, on=NOW)
            again = items_from_households(sample, rows, by=by, values={"problem_class": kind}, on=NOW)
        assert [item.pk for item in made] == [item.pk for item in again] and len(made) == len(rows)
        assert made[0].origin.sample == sample and made[0].state == "draft"
        visit = next(v for v in visits(sample) if v.pk == rows[0])
        assert visit.code in made[0].description
        with whole():
            assert visit.household.head_name not in made[0].description
            assert made[0].region == visit.place_region // 10**6 * 10**6

    def test_a_voided_sample_stays_readable_and_is_counted_no_more(self, people, surveyed):
        with acting_as(people.province):
            ledger_actions.void(registry["samples"], [surveyed.pk], "方案有误", people.province, NOW)
            assert not registry["samples"].rows(people.province).exists()
            assert redraw_of(surveyed).equal
            assert settle_all_findings(on=NOW) == (0, 0)
