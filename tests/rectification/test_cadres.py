"""Secondments of one to two years, extended once; cadre training by level and year."""

import datetime as dt

import pytest

from alerts.models import Deadline
from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as, whole
from ledgers.actions import save, void
from ledgers.checking import clean_rows
from rectification.actions.cadres import end, extend, save_secondments, settle_end
from rectification.models.cadres import CadreTraining, Secondment, longest_end, shortest_end
from rectification.queries.cadres import by_year, ending_within
from tests import world
from tests.rectification import offices

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

FROM, TO = dt.date(2025, 3, 1), dt.date(2026, 2, 28)


@pytest.fixture
def county(clock):
    clock("2025-12-01")
    return offices.user("county", "county", world.WANGMO)


@pytest.fixture
def places(county):
    """The township that people left, and the settlement where they live now, in another township of the county."""
    return offices.unit("蔗香镇人民政府", 522326105000, "government"), world.settlement(county)


def second(county, places, start=FROM, to=TO, **values) -> Secondment:
    unit, settlement = places
    row = {"name": "某干部", "unit": unit, "settlement": settlement, "from_on": start, "to_on": to, **values}
    with acting_as(county):
        return save_secondments([row], by=county, on=start).objects[0]


def due(secondment) -> dict[str, dt.date]:
    with whole():
        rows = Deadline.objects.filter(ledger="secondments", subject_id=secondment.pk, cleared_on=None)
        return dict(rows.values_list("kind", "due_on"))


@pytest.mark.parametrize(
    ("start", "shortest", "longest"),
    [
        (dt.date(2025, 3, 1), dt.date(2026, 2, 28), dt.date(2027, 3, 1)),
        (dt.date(2023, 3, 1), dt.date(2024, 2, 29), dt.date(2025, 3, 1)),
        (dt.date(2024, 2, 29), dt.date(2025, 2, 28), dt.date(2026, 3, 1)),
        (dt.date(2022, 2, 28), dt.date(2023, 2, 27), dt.date(2024, 2, 28)),
        (dt.date(2025, 1, 1), dt.date(2025, 12, 31), dt.date(2027, 1, 1)),
    ],
)
def test_one_to_two_years(county, places, start, shortest, longest):
    assert (shortest_end(start), longest_end(start)) == (shortest, longest)
    unit, settlement = places
    for to, code in [
        (shortest - dt.timedelta(1), "too_short"),
        (shortest, None),
        (longest, None),
        (longest + dt.timedelta(1), "too_long"),
    ]:
        raw = {
            "name": "某干部",
            "unit": unit.name,
            "settlement": settlement.code,
            "from_on": str(start),
            "to_on": str(to),
        }
        with acting_as(county):
            _rows, problems = clean_rows(registry["secondments"], [raw], county)
        assert [p.code for p in problems if p.field == "to_on"] == ([code] if code else []), to
        assert not problems or all(str(start) in p.message for p in problems)


def test_reminders_before_the_end(county, places):
    secondment = second(county, places)
    # The first reminder, thirty days before its day, is ninety days before the end.
    assert due(secondment) == {"secondment-ends": TO, "secondment-decision": TO - dt.timedelta(60)}
    with acting_as(county):
        settle_end(secondment.pk, "由另一名干部接替", by=county, on=dt.date(2025, 12, 10))
    assert due(secondment) == {"secondment-ends": TO}
    with acting_as(county):
        end(secondment.pk, TO, "期满返回", by=county, on=TO)
    assert due(secondment) == {}


@pytest.mark.parametrize(
    ("days", "found"),
    [(TO - dt.timedelta(91), False), (TO - dt.timedelta(90), True), (TO, True), (TO + dt.timedelta(1), True)],
)
def test_the_list_of_those_that_end_soon(county, places, days, found):
    second(county, places)
    with whole():
        assert Secondment.objects.filter(ending_within(days, 90)).exists() is found


@pytest.mark.parametrize(
    ("to_on", "code"),
    [
        (None, "required"),
        (TO, "order"),
        (dt.date(2027, 3, 2), "too_long"),
        (dt.date(2027, 3, 1), None),
        (TO + dt.timedelta(1), None),
    ],
)
def test_an_extension_stays_within_two_years(county, places, to_on, code):
    secondment = second(county, places)
    with acting_as(county):
        if code:
            with pytest.raises(Refused) as refusal:
                extend(secondment.pk, to_on, "工作需要", by=county)
            assert [p.code for p in refusal.value.problems] == [code]
            return
        extended = extend(secondment.pk, to_on, "工作需要", by=county, on=dt.date(2025, 12, 1))
        assert (extended.to_on, extended.agreed_to_on) == (to_on, TO)
        assert due(secondment)["secondment-ends"] == to_on
        with pytest.raises(Refused, match="can be extended once"):
            extend(secondment.pk, to_on + dt.timedelta(1), "再次延期", by=county)
        with pytest.raises(Refused, match="stay as they are"):
            save_secondments([{"id": secondment.pk, "to_on": TO}], by=county)


def test_ending(county, places):
    secondment = second(county, places)
    with acting_as(county):
        with pytest.raises(Refused) as refusal:
            end(secondment.pk, dt.date(2026, 1, 1), "", by=county, on=dt.date(2025, 12, 1))
        assert {(p.field, p.code) for p in refusal.value.problems} == {("day", "future_date"), ("reason", "required")}
        with pytest.raises(Refused, match="before the secondment began"):
            end(secondment.pk, FROM - dt.timedelta(1), "x", by=county, on=TO)
        end(secondment.pk, dt.date(2025, 11, 1), "因病返回", by=county, on=dt.date(2025, 12, 1))
        for refused in (
            lambda: end(secondment.pk, TO, "x", by=county, on=TO),
            lambda: extend(secondment.pk, dt.date(2027, 1, 1), "x", by=county),
        ):
            with pytest.raises(Refused, match="ended on 2025-11-01"):
                refused()


def test_voiding_ends_the_reminders(county, places):
    secondment = second(county, places)
    with acting_as(county):
        assert void(registry["secondments"], [secondment.pk], "误录", county) == 1
    assert due(secondment) == {}


def test_both_townships_read_it(county, places):
    secondment = second(county, places)
    sender = offices.user("sender", "township", 522326105000)
    receiver = offices.user("receiver", "township", world.WANGMO_TOWNSHIP)
    stranger = offices.user("stranger", "township", 522326101000)
    for user, status in [(sender, 200), (receiver, 200), (stranger, 404)]:
        assert offices.client_of(user).get(f"/ledgers/secondments/{secondment.pk}/").status_code == status
        with acting_as(user):
            assert Secondment.objects.exists() is (status == 200)


@pytest.mark.parametrize(
    ("role", "region", "status"),
    [
        ("county", world.WANGMO, 200),
        ("drc", 520000000000, 200),
        ("city", 522300000000, 200),
        ("auditor", 520000000000, 403),
        ("department", world.WANGMO, 403),
        ("county", world.CEHENG, 404),
    ],
)
def test_who_may_act_on_the_pages(county, places, role, region, status):
    secondment = second(county, places)
    client = offices.client_of(offices.user("somebody", role, region))
    for key in ("extend", "settle", "end"):
        assert client.get(f"/secondments/{secondment.pk}/{key}/").status_code == status
    if status == 200:
        address = f"/secondments/{secondment.pk}/extend/"
        form_id = client.get(address).context["form"].initial["form_id"]
        answer = client.post(address, {"form_id": form_id, "day": "2029-01-01", "reason": "x"})
        assert answer.status_code == 422 and set(answer.context["form"].errors) == {"day"}
        data = {"form_id": form_id, "day": "20270301", "reason": "工作需要"}
        assert [client.post(address, data).status_code for _n in range(2)] == [302, 302]
        assert client.get("/secondments/1/nonsense/").status_code == 404


class TestTraining:
    # “举办3期…专题培训班，共培训省市县乡（社区）干部近1200人” (2019, Guizhou): F-32 and F-33.
    CLASSES = [
        ("第一期", "2019-04-10", "2019-04-12", 40, 90, 210, 60),
        ("第二期", "2019-07-08", "2019-07-10", 20, 80, 180, 110),
        ("第三期", "2019-11-19", "2019-11-21", 15, 75, 170, 145),
    ]

    @pytest.fixture
    def province(self, clock):
        clock("2020-01-10")
        return offices.user("province", "province", offices.GUIZHOU)

    def enter(self, province, classes=CLASSES):
        raw = [
            {
                "division": "520000",
                "title": f"全省后续扶持工作专题培训班{title}",
                "starts_on": start,
                "ends_on": last,
                "organiser": "省生态移民局",
                "level": "省级",
                "of_province": a,
                "of_city": b,
                "of_county": c,
                "of_township": d,
            }
            for title, start, last, a, b, c, d in classes
        ]
        with acting_as(province):
            rows, problems = clean_rows(registry["cadre-trainings"], raw, province)
            if problems:
                raise Refused(problems)
            return save(registry["cadre-trainings"], rows, by=province)

    def test_yearly_sums_are_those_published(self, province):
        self.enter(province, [*self.CLASSES, ("新一期", "2020-01-02", "2020-01-03", 0, 0, 5, 5)])
        with acting_as(province):
            latest, year = by_year(CadreTraining.objects.visible_to(province))
        assert (year["year"], year["classes"], year["people"]) == (2019, 3, 1195)
        assert [year[f"sum_of_{level}"] for level in ("province", "city", "county", "township")] == [75, 245, 560, 315]
        assert (latest["year"], latest["people"]) == (2020, 10)

    def test_a_number_opens_into_its_classes(self, province):
        self.enter(province)
        client = offices.client_of(province)
        page = client.get("/cadres/?region=520000000000")
        [row] = page.context["table"]["rows"]
        assert [cell["text"] for cell in row["cells"]] == ["2019", "3", "75", "245", "560", "315", "1,195"]
        assert client.get(row["url"]).context["pager"]["count"] == 3
        assert client.get("/cadres/?region=610000000000").status_code == 404

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            (("甲", "2019-04-10", "2019-04-09", 1, 0, 0, 0), "ends_on"),
            (("甲", "2019-04-10", "2019-04-10", 0, 0, 0, 0), "of_township"),
            (("甲", "2019-04-10", "2019-04-10", -1, 0, 0, 5), "of_province"),
        ],
    )
    def test_what_is_refused(self, province, values, field):
        with pytest.raises(Refused) as refusal:
            self.enter(province, [values])
        assert [problem.field for problem in refusal.value.problems] == [field]
        with whole():
            assert not CadreTraining.objects.exists()
