"""An edit tells, in the same answer, what it moved: verdict, the settlement's counts, the province's rate."""

import datetime as dt
import re

import pytest

from common.scope import acting_as
from employment.actions import save_employments
from households.actions import save_persons
from households.models import Household, HouseholdEvent, Person
from households.telling import figures
from tests import world
from tests.employment.conftest import form_of

pytestmark = pytest.mark.django_db


def told(household) -> dict[str, str]:
    return dict(figures(household))


def test_a_first_job_moves_verdict_counts_and_the_provinces_rate(homes, wangmo):
    with acting_as(wangmo):
        person = Person.objects.filter(name="零一", household__settlement=homes["first"]).get()
        household = Household.objects.select_related("settlement").get(pk=person.household_id)
        before = told(household)
        save_employments([{"person": person, **world.job(dt.date(2026, 6, 1))}], by=wangmo)
        after = told(household)
    moved = {label: (before[label], after[label]) for label in after if before[label] != after[label]}
    assert ("零就业", "已就业未满稳定期") in moved.values()
    assert ("1", "0") in moved.values()  # the settlement's zero-employment households
    rates = [pair for label, pair in moved.items() if "贵州省" in label]
    # Twelve households with labour in both counties: figures of the whole province, told to a county.
    assert rates == [("66.6667% (8 / 12)", "75.0000% (9 / 12)")]


def test_a_member_added_moves_the_settlements_people(homes, wangmo):
    with acting_as(wangmo):
        household = Household.objects.select_related("settlement").filter(settlement=homes["first"]).first()
        before = told(household)
        newborn = {"name": "小丁", "relation": "03", "sex": "1", "birth_date": dt.date(2026, 6, 1)}
        save_persons([{"household": household, **newborn}], by=wangmo)
        after = told(household)
    people = {label for label in after if "搬迁人口" in label}
    assert {label for label in after if before[label] != after[label]} == people
    assert [int(after[label]) - int(before[label]) for label in people] == [1]


def test_the_household_page_shows_the_same(sign_in, homes, wangmo):
    with acting_as(wangmo):
        household = Household.objects.filter(settlement=homes["first"]).first()
    page = sign_in(wangmo).get(f"/households/{household.code}/").content.decode()
    assert "贵州省" in page
    assert "8 / 12" in page


def test_the_verdict_stands_first_in_words(sign_in, homes, wangmo):
    with acting_as(wangmo):
        household = Person.objects.get(name="零一", household__settlement=homes["first"]).household
    client = sign_in(wangmo)
    client.cookies["django_language"] = "en"
    page = client.get(f"/households/{household.code}/").content.decode()
    assert page.index("One household, one job") < page.index("Members")
    assert "There is labour, and nobody is employed." in page
    assert "Counts as labour: 41 years old" in page
    assert "On the zero-employment list since 2026-06-30." in page
    assert "/assign/" in page


def test_a_household_of_the_dead_says_that_it_is_closed(sign_in, homes, wangmo):
    with acting_as(wangmo):
        person = Person.objects.get(name="零一", household__settlement=homes["first"])
        save_persons([{"id": person.pk, "died_on": dt.date(2026, 6, 1)}], by=wangmo)
        code = person.household.code
    client = sign_in(wangmo)
    client.cookies["django_language"] = "en"
    assert (
        "There is no verdict: nobody lives in this household any more."
        in client.get(f"/households/{code}/").content.decode()
    )


def test_the_form_tells_before_and_after(sign_in, homes, wangmo):
    """Through the form itself: a death ends the household's only job-seeker."""
    with acting_as(wangmo):
        person = Person.objects.get(name="零一", household__settlement=homes["first"])
        code = person.household.code
    client = sign_in(wangmo)
    client.cookies["django_language"] = "en"
    answer = client.post(
        f"/households/{code}/members/{person.pk}/leave/", {"kind": "died", "day": "2026-06-01"}, follow=True
    )
    page = answer.content.decode()
    assert "Zero employment → none: nobody lives there any more" in page
    assert "66.6667% (8 / 12) → 72.7273% (8 / 11)" in page


def moved(page: str) -> set[str]:
    return set(re.findall(r"[^<>:]*: [^<>]* → [^<>]*", page))


def test_a_new_household_tells_what_moved_and_no_more(sign_in, homes, wangmo):
    client = sign_in(wangmo)
    client.cookies["django_language"] = "en"
    form = form_of(client.get(f"/households/new/?settlement={homes['first'].code}"))
    number = world.id_number(dt.date(1985, 3, 2))
    told = {"name": "添一", "relation": "01", "id_number": number, "labour_capability": "1", "job_intention": "1"}
    sent = form | {"code": "522326900001", "address": "9栋901"}
    sent |= {f"members-0-{name}": value for name, value in told.items()}
    page = client.post("/households/new/", sent, follow=True).content.decode()
    assert moved(page) == {
        "One household, one job: — → Zero employment",
        "平洞社区: Relocated households: 6 → 7",
        "平洞社区: People moved in: 8 → 9",
        "平洞社区: Zero-employment households: 1 → 2",
        "贵州省: rate (households with labour, any job): 66.6667% (8 / 12) → 61.5385% (8 / 13)",
    }


def test_a_move_tells_both_settlements_and_so_does_its_undo(sign_in, homes, wangmo):
    with acting_as(wangmo):
        household = Household.objects.filter(settlement=homes["first"]).first()
    client = sign_in(wangmo)
    client.cookies["django_language"] = "en"
    base = f"/households/{household.code}/life/"
    sent = {"settlement": homes["second"].pk, "day": "2026-06-30", "reason": "调整", "address": "1栋101"}
    page = client.post(f"{base}settlement/", sent, follow=True).content.decode()
    lines = {
        ("打易新村: Relocated households: ", "2", "3"),
        ("打易新村: People moved in: ", "3", "5"),
        ("打易新村: People employed: ", "1", "2"),
        ("打易新村: With somebody employed: ", "1", "2"),
        ("平洞社区: Relocated households: ", "6", "5"),
        ("平洞社区: People moved in: ", "8", "6"),
        ("平洞社区: People employed: ", "3", "2"),
        ("平洞社区: With somebody employed: ", "3", "2"),
    }
    assert moved(page) == {f"{label}{old} → {new}" for label, old, new in lines}
    with acting_as(wangmo):
        event = HouseholdEvent.objects.get(household=household)
    page = client.post(f"{base}{event.pk}/undo/", {"reason": "误录"}, follow=True).content.decode()
    assert moved(page) == {f"{label}{new} → {old}" for label, old, new in lines}
