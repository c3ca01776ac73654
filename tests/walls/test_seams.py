"""Where walls meet: scopes that lie apart, people who change households, heads who die, gaps in time."""

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from common.clock import today
from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as
from compliance import tick
from compliance.actions import recompute_all
from compliance.models import Verdict
from employment.models import Employment
from households.actions import leave_household, save_persons, void_persons
from households.models import Household, Membership, Person
from jobs.models import Job, JobFile
from ledgers.checking import clean_rows
from settlements.models import Settlement
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def county():
    return world.user("wangmo", "county", world.WANGMO)


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_two_scopes_that_are_apart_cannot_take_rows_from_between(county):
    between = world.household(county, world.settlement(county, name="中间社区"))
    both = world.user("both", "county", 522325000000, world.CEHENG)
    own = world.settlement(both, world.CEHENG_TOWNSHIP)
    client = client_of(both)
    answer = client.post(
        "/api/v1/households/", json.dumps({"code": between.code, "settlement": own.code}), "application/json"
    )
    assert answer.status_code == 400
    assert [error["code"] for error in answer.json()["errors"]] == ["out_of_scope"]
    with acting_as(county):
        home = Settlement.objects.get(name="中间社区")
    answer = client.post(
        "/api/v1/settlements/",
        json.dumps({"code": home.code, "name": "改名", "division": str(world.CEHENG_TOWNSHIP)}),
        "application/json",
    )
    assert answer.status_code == 400
    with acting_as(county):
        assert Settlement.objects.get(pk=home.pk).name == "中间社区"
        assert Household.objects.get(pk=between.pk).settlement_id == home.pk


def test_a_person_changes_households_by_leaving_and_joining_only(county):
    home = world.settlement(county)
    first = world.household(county, home, [world.member("田娜"), world.member("田强", "03")])
    second = world.household(county, home, [world.member("罗平")])
    with acting_as(county):
        son = Person.objects.get(name="田强")
        row = {"id": son.pk, "household": second, "relation": "10"}
        _clean, problems = clean_rows(
            registry["persons"], [{"id": son.pk, "household": second.code}], county, partial=True
        )
        assert [p.code for p in problems] == ["other_household"]
        with pytest.raises(Refused):
            save_persons([row], by=county)
        leave_household([son.pk], left_on=dt.date(2021, 1, 5), reason="marriage", by=county)
        clean, problems = clean_rows(
            registry["persons"],
            [{"household": second.code, "name": "田强", "relation": "其他", "id_number": son.id_number}],
            county,
        )
        assert [p.code for p in problems] in ([], ["unknown_code"])
        save_persons([{**row, "joined_on": dt.date(2021, 1, 5)}], by=county)
        spells = Membership.objects.filter(person=son).order_by("id").values_list("household", "joined_on", "left_on")
        assert list(spells) == [(first.pk, None, dt.date(2021, 1, 5)), (second.pk, dt.date(2021, 1, 5), None)]
        assert dict(Verdict.objects.values_list("household", "people")) == {first.pk: 1, second.pk: 2}
    assert recompute_all(on=today())[1] == 0


def test_a_head_dies_and_another_takes_the_place_in_one_step(county):
    found = world.household(county, world.settlement(county), [world.member("田娜"), world.member("田强", "03")])
    with acting_as(county):
        head, son = Person.objects.filter(household=found).order_by("relation")
    url = f"/households/{found.code}/members/{head.pk}/leave/"
    client = client_of(county)
    assert client.post(url, {"kind": "died", "day": "20210105"}).status_code == 422
    assert client.post(url, {"kind": "died", "day": "20210105", "successor": son.pk}).status_code == 302
    with acting_as(county):
        assert Household.objects.get(pk=found.pk).head_name == "田强"
        assert Person.objects.get(pk=head.pk).died_on == dt.date(2021, 1, 5)


def test_jobs_of_a_person_entered_by_mistake_are_not_listed(county):
    found = world.household(
        county, world.settlement(county), [world.member(), world.member("乙", "03")], [[], [world.job()]]
    )
    with acting_as(county):
        assert registry["employments"].rows(county).count() == 1
        void_persons([Employment.objects.get().person_id], reason="误录", by=county)
        assert registry["employments"].rows(county).count() == 0
        assert found.pk


def test_a_township_gives_codes_that_no_other_township_has(county):
    world.settlement(county, 522326001000)
    township = world.user("pingdong", "township", 522326002000)
    assert world.settlement(township, 522326002000).code == "522326A0002"


def test_administrators_do_not_get_the_files_of_others(county, tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    (tmp_path / "x.xlsx").write_bytes(b"x")
    job = Job.objects.create(kind="import", owner=county, state="done")
    JobFile.objects.create(job=job, role="source", name="x.xlsx", path="x.xlsx", size=1, sha256="0")
    assert client_of(world.user("root", "admin", 0)).get(f"/jobs/{job.pk}/files/source/").status_code == 404
    assert client_of(county).get(f"/jobs/{job.pk}/files/source/").status_code == 200


def test_a_gap_of_years_is_caught_up_with_and_told(county, clock):
    clock("2020-06-30")
    found = world.household(
        county, world.settlement(county), jobs=[[world.job(dt.date(2019, 1, 1), dt.date(2020, 7, 31))]]
    )
    tick.run(dt.date(2020, 6, 30))
    clock("2026-11-22")
    out = StringIO()
    call_command("compute_verdicts", stdout=out)
    assert out.getvalue() == "1 checked, 1 changed\n"
    with acting_as(county):
        assert Verdict.objects.get(household=found).code == "zero"
    out = StringIO()
    call_command("compute_verdicts", "--all", stdout=out)
    assert out.getvalue() == "1 checked, 0 changed\n"


def test_a_given_password_opens_nothing_but_its_change(county):
    county.must_change_password = True
    county.save()
    client = client_of(county)
    assert client.get("/ledgers/households/")["Location"] == "/password/"
    assert client.get("/password/").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "households/?housing_area=80",
        "employments/?monthly_wage=3000",
        "employments/?workplace=x",
        "settlements/?population=3",
        "settlements/?households=1",
        "persons/?died_on=2020-01-01",
        "employments/?household=522326900001",
    ],
)
def test_every_core_column_is_a_filter(county, query):
    assert client_of(county).get(f"/api/v1/{query}").status_code == 200
