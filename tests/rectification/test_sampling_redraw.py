"""Drawing a sample again: by plain Python, by the command, after tampering, in two stages."""

import hashlib
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.ledger import registry
from common.scope import acting_as, whole
from common.values import tidy
from households.models import Household
from ledgers import actions as ledger_actions
from rectification.actions.sampling import (
    frames_of,
    publish,
)
from rectification.models import SampleStratum
from rectification.queries.sampling_drawing import frame_lines, ranked
from rectification.queries.sampling_results import redraw_of, results_of
from tests import world
from tests.rectification.drawing import SEED, drawn, found, strata, three_homes, visits
from tests.rectification.inspecting import NOW, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db, clock):
    clock(NOW)
    return team()


@pytest.fixture
def homes(people):
    return three_homes(people)


def test_the_order_is_the_same_on_every_machine():
    """Fixed for good: published samples are drawn again by it. `printf '公开文本2026|522326000001' | sha256sum` tells it too."""
    codes = [f"5223260000{n:02d}" for n in range(1, 7)]
    assert [code[-2:] for code in ranked("公开文本2026", codes)] == ["01", "05", "03", "06", "04", "02"]


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

    def test_a_county_draws_again_what_it_may_see(self, people, homes):
        sample = drawn(people.province, strata="county", reserve_percent=0)
        with acting_as(people.province):
            publish(sample, by=people.province, on=NOW)
        client = Client(headers={"accept-language": "zh-hans"})
        client.force_login(people.county)
        page = client.get(f"{sample.address}redraw/").content.decode()
        mine = len([visit for visit in visits(sample) if visit.place_region // 10**6 == 522326])
        assert 0 < mine < len(visits(sample)) and f"已比对{mine}个序号" in page and "不一致" not in page
        assert client.get(f"{sample.address}frame.txt").status_code == 200
        assert f"{sample.address}results/" not in client.get(sample.address).content.decode()
        with whole(), connection.cursor() as cursor:
            cursor.execute("UPDATE rectification_samplehousehold SET rank = rank + 50")
        assert "不一致" in client.get(f"{sample.address}redraw/").content.decode()

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
        seed=st.text(min_size=6, max_size=40).filter(lambda text: len(tidy(text)) > 5 and text.isprintable()),
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
