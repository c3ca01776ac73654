"""The rule book and its engine: findings open, stay and close by themselves, one for a rule and subject."""

import datetime as dt
import json
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command

from common.rule import rules
from common.scope import acting_as
from compliance.models import Finding
from compliance.rule_engine import evaluate
from employment.actions import save_employments
from households.models import Person
from tests import world

pytestmark = pytest.mark.django_db
LIBRARY = {
    entry["id"]: entry
    for entry in json.loads((settings.BASE_DIR / "reference" / "rules.json").read_text(encoding="utf-8"))["rules"]
}


@pytest.fixture
def county():
    return world.user("wangmo", "county", world.WANGMO)


@pytest.mark.parametrize("rule", list(rules), ids=lambda rule: rule.id)
def test_a_rule_quotes_its_document_to_the_letter(rule):
    entry = LIBRARY[rule.id]
    assert (rule.quotation, rule.document) == (entry["quote_zh"], entry["seed"])
    assert rule.scope == (0 if entry["scope"] == "national" else int(entry["scope"].ljust(12, "0")))


def test_findings_open_stay_and_close(county, clock):
    day = clock("2022-03-01")
    home = world.settlement(county)
    failing = world.household(county, home, on=day)
    world.household(county, home, jobs=[[world.job(dt.date(2020, 1, 1))]], on=day)
    assert evaluate(rules["R-172"], on=day) == (1, 0, 0)
    assert evaluate(rules["R-172"], on=day) == (0, 1, 0)
    with acting_as(county):
        found = Finding.objects.get()
        assert (found.subject, found.opened_on, found.evidence["verdict"]) == (failing.code, day, "zero")
        person = Person.objects.get(household=failing)
        save_employments([{"person": person, **world.job(dt.date(2021, 1, 1))}], by=county)
    assert evaluate(rules["R-172"], on=dt.date(2022, 3, 2)) == (0, 0, 1)
    with acting_as(county):
        assert Finding.objects.get().closed_on == dt.date(2022, 3, 2)
    with pytest.raises(ValueError, match="2022-03-02"):
        evaluate(rules["R-172"], on=day)


def test_a_rule_of_one_city_leaves_others_alone(county, clock):
    clock("2022-03-01")
    world.household(county, world.settlement(county))
    assert evaluate(rules["R-092"], on=dt.date(2022, 3, 1)) == (0, 0, 0)


def test_the_commands_evaluate_and_list_the_whole_library(county, clock):
    clock("2022-03-01")
    world.household(county, world.settlement(county))
    out = StringIO()
    call_command("evaluate_rules", "--rule", "R-172", stdout=out)
    assert out.getvalue() == "R-172: 1 opened, 0 kept, 0 closed\n"
    out = StringIO()
    call_command("list_rules", "--json", stdout=out)
    listed = {rule["id"]: rule for rule in json.loads(out.getvalue())}
    assert len(listed) == len(LIBRARY) == 289
    assert listed["R-172"] == {
        "id": "R-172",
        "check": "auto",
        "executable": True,
        "last_run": "2022-03-01",
        "failing": 1,
    }
    assert listed["R-001"]["executable"] is False
