"""Homes and titles by form, sheet and API: the same verdicts, one history, findings at commit, figures that open."""

import datetime as dt
import json
import re
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation
from openpyxl import Workbook

from accounts.models import ApiToken
from common.ledger import registry
from common.scope import acting_as
from compliance.models import Finding
from households.actions.homes import save_homes
from households.actions.origin import save_old_houses
from households.models import Home
from households.sections import missing_of
from tests import world

pytestmark = pytest.mark.django_db
DAY = dt.date(2021, 6, 1)
HEADINGS = ["序号", "县（区）", "安置点", "楼栋房号", "户主", "户编号", "房屋面积（㎡）", "首次登记时间", "不动产权证号",
            "发证时间", "领取人", "领取时间", "未办原因", "交易限制截止", "备注"]  # fmt: skip


@pytest.fixture
def county(clock):
    clock(DAY)
    return world.user("wangmo", "county", world.WANGMO)


@pytest.fixture
def home(county):
    return world.settlement(county)


@pytest.fixture
def client(county) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(county)
    return client


def lives(county, home, **values):
    told = {"address": "1栋101室", "housing_area": Decimal(25), "moved_in_on": dt.date(2019, 5, 1)}
    return world.household(county, home, **told | values)


def imported(path, *options) -> dict:
    out = StringIO()
    try:
        call_command("import_ledger", "titles", str(path), "--as", "wangmo", "--json", *options, stdout=out)
    except (CommandError, SystemExit):
        pass  # the answer says what stands in the way
    return json.loads(out.getvalue())


def sheet(path, rows: list[dict]):
    book = Workbook()
    book.active.append(["不动产登记台账"])
    book.active.append(HEADINGS)
    for number, row in enumerate(rows, 1):
        book.active.append([number, *(row.get(heading) for heading in HEADINGS[1:])])
    book.save(path)
    return path


def certificate(household, number: str, **cells) -> dict:
    told = {"户编号": household.code, "不动产权证号": f"黔(2021)望谟县不动产权第{number}号", "发证时间": "2021-03-01"}
    return told | {"首次登记时间": dt.date(2021, 1, 5), "领取人": "甲一", "领取时间": "2021年3月2日", **cells}


def test_certificates_come_by_the_county_s_own_sheet_good_rows_and_bad(county, home, tmp_path):
    homes = [lives(county, home, address=f"1栋{n}01室") for n in range(1, 7)]
    rows = [
        certificate(homes[0], "0000001"),
        certificate(homes[1], "0000001"),  # the same number again
        certificate(homes[2], "0000003", 发证时间="2021-07-01", 领取时间=None, 领取人=None),  # in the future
        certificate(homes[3], "0000004", 户编号="522326800999"),  # nobody's code
        certificate(homes[4], "0000005", 首次登记时间="2021-04-01"),  # registered after it was issued
        {"户编号": homes[5].code, "未办原因": "用地手续未完善"},
    ]
    file = sheet(tmp_path / "titles.xlsx", rows)
    told = imported(file)
    assert [(e["row"], e["column"], e["code"]) for e in told["errors"]] == [
        (4, "不动产权证号", "duplicate_certificate"),
        (5, "发证时间", "future_date"),
        (6, "户编号", "unknown_reference"),
        (7, "发证时间", "step_order"),
    ]
    with acting_as(county):
        assert not Home.objects.exclude(certificate_number="").exists()  # all or nothing
    assert imported(file, "--valid-only")["changed"] == 2
    with acting_as(county):
        first, last = (Home.objects.get(household=household) for household in (homes[0], homes[5]))
        assert (first.certificate_number, first.title_state) == ("黔（2021）望谟县不动产权第0000001号", "3")
        assert (first.received_on, first.received_by) == (dt.date(2021, 3, 2), "甲一")
        assert (last.title_state, last.obstacle) == ("9", "land")
    assert imported(sheet(tmp_path / "again.xlsx", rows[:1]))["unchanged"] == 1
    # A certificate answers why there was none; the reason in the stored row goes.
    assert imported(sheet(tmp_path / "then.xlsx", [certificate(homes[5], "0000006")]))["changed"] == 1
    with acting_as(county):
        assert Home.objects.get(household=homes[5]).obstacle == ""


def test_ledgers_bear_the_headings_of_the_offices():
    """Those of L-23 (above) and L-22, without the running number."""
    old_houses = [
        "户主", "户编号", "迁出地址", "旧房类型", "旧房面积（㎡）", "宅基地面积（亩）", "协议签订时间", "过渡期截止", "腾空时间",
        "收回时间", "拆除时间", "复垦复绿方向", "复垦复绿面积（亩）", "验收时间", "增减挂钩项目编号", "奖补金额（元）", "不拆原因",
        "县级认定文号", "备注",
    ]  # fmt: skip
    with translation.override("zh-hans"):
        for key, theirs in (("titles", HEADINGS[1:]), ("old-houses", old_houses)):
            ledger = registry[key]
            ours = {str(ledger.heading(column)) for column in ledger.columns if column.in_sheet}
            assert set(theirs) <= ours, key


@pytest.mark.parametrize(
    ("told", "field", "code"),
    [
        ({"certificate_number": "黔第1号"}, "issued_on", "required"),
        ({"applied_on": "2021-06-02"}, "applied_on", "future_date"),
        ({"obstacle": "没有这个原因"}, "obstacle", "unknown_code"),
    ],
)
def test_form_sheet_and_api_refuse_the_same(county, home, client, tmp_path, told, field, code):
    found = lives(county, home)
    with acting_as(county):
        stored = Home.objects.get(household=found)
    token = ApiToken.make(county, "test")
    answer = Client().patch(
        f"/api/v1/titles/{stored.pk}/",
        json.dumps(told),
        "application/json",
        headers={"authorization": f"Token {token}"},
    )
    assert answer.status_code == 400
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]
    words = answer.json()["errors"][0]["message"]
    form = client.post(f"/ledgers/titles/{stored.pk}/edit/", {"household": found.code, "version": 1, **told})
    assert form.status_code == 422
    headings = {"certificate_number": "不动产权证号", "obstacle": "未办原因"}
    if all(name in headings for name in told):
        file = sheet(tmp_path / "t.xlsx", [{"户编号": found.code, **{headings[name]: v for name, v in told.items()}}])
        assert [e["code"] for e in imported(file)["errors"]] == [code]
    assert words and client.get(f"/ledgers/titles/{stored.pk}/history/").content.decode().count("<li") >= 1


def test_an_unknown_household_hides_no_other_fault_of_a_home(county, home, client):
    """Form and API tell both at once, and of the area no more than that."""
    token = ApiToken.make(county, "test")
    answer = Client().post(
        "/api/v1/homes/",
        json.dumps({"household": "522326999999", "area": "0"}),
        "application/json",
        headers={"authorization": f"Token {token}"},
    )
    assert answer.status_code == 400
    assert sorted(e["field"] for e in answer.json()["errors"]) == ["area", "household"], answer.json()
    form = client.post("/ledgers/homes/new/", {"household": "", "area": "0"})
    assert form.status_code == 422
    summary = form.content.decode().split("data-error-summary")[1].split("</section>")[0]
    assert 'href="#id_household"' in summary and 'href="#id_area"' in summary


def test_what_was_changed_stands_in_the_history(county, home, client):
    found = lives(county, home)
    with acting_as(county):
        [stored] = save_homes([{"household": found, "area": Decimal(24)}], by=county).objects
    answer = client.post(
        f"/ledgers/titles/{stored.pk}/edit/",
        {"household": found.code, "version": 2, "certificate_number": "黔第1号", "issued_on": "20210301"},
    )
    assert answer.status_code == 302
    page = client.get(f"/ledgers/homes/{stored.pk}/history/").content.decode()
    assert "24" in page and "wangmo" in page
    assert "黔第1号" in client.get(f"/ledgers/titles/{stored.pk}/history/").content.decode()


def test_over_area_is_a_finding_at_commit_and_closes_by_itself(county, home, client):
    found = lives(county, home)
    with acting_as(county):
        assert not Finding.objects.exists()
        save_homes([{"household": found, "area": Decimal("25.01")}], by=county)
        finding = Finding.objects.get(rule="home-area", closed_on=None)
        assert (finding.subject, finding.region) == (found.code, home.region)
        assert finding.evidence == {"area": "25.01", "people": 1, "standard": 25}
    assert found.code in client.get("/ledgers/findings/?title=home-area").content.decode()
    out = StringIO()
    call_command("evaluate_rules", stdout=out)
    assert "home-area: 0 opened, 1 kept, 0 closed" in out.getvalue()
    with acting_as(county):
        save_homes([{"household": found, "area": Decimal(25)}], by=county)
        assert not Finding.objects.filter(rule="home-area", closed_on=None).exists()


def test_every_figure_of_the_settlement_and_of_the_origin_opens_into_its_rows(county, home, client):
    households = [lives(county, home, origin_division=522326103000) for _number in range(3)]
    with acting_as(county):
        save_homes(
            [
                {"household": households[0], "certificate_number": "黔第1号", "issued_on": dt.date(2021, 3, 1)},
                {"household": households[1], "applied_on": dt.date(2020, 1, 4), "area": Decimal(30)},
            ],
            by=county,
        )
        house = {"kind": "1", "agreed_on": dt.date(2019, 1, 1), "transition_until": dt.date(2021, 1, 1)}
        down = {"vacated_on": dt.date(2019, 2, 1), "taken_back_on": dt.date(2019, 3, 1), "demolished_on": DAY}
        save_old_houses(
            [
                {"household": households[0].code, **house, **down},
                {"household": households[1].code, **house},
                {"household": households[2].code, "kind": "4"},
            ],
            by=county,
        )
        missing = missing_of([household.pk for household in households], DAY)
    assert "origin" in missing[households[0].pk] and "home" in missing[households[2].pk]
    opened = 0
    for address in (
        f"/settlements/{home.code}/",
        f"/homes/?region={world.WANGMO}",
        f"/old-houses/?region={world.WANGMO}",
    ):
        page = client.get(address).content.decode()
        links = re.findall(r'href="(/ledgers/(?:homes|titles|old-houses)/\?[^"]+)"[^>]*>([\d,]+)</a>', page)
        assert links, address
        for link, figure in links:
            rows = client.get(link.replace("&amp;", "&")).content.decode()
            listed = len(set(re.findall(rf"/ledgers/{link.split('/')[2]}/(\d+)/", rows)))
            assert listed == int(figure.replace(",", "")), link
            opened += 1
    assert opened > 12
    assert "33.33%" in client.get(f"/settlements/{home.code}/").content.decode()
    assert "50.00%" in client.get(f"/old-houses/?region={world.WANGMO}").content.decode()
    assert client.get(f"/old-houses/?region={world.CEHENG}").status_code == 403


def test_a_flat_is_changed_on_its_page(county, home, client):
    found = lives(county, home)
    address = f"/households/{found.code}/life/flat/"
    told = {"day": "20210501", "address": "1栋101室", "housing_area": "0", "reason": "换房"}
    answer = client.post(address, told)
    assert answer.status_code == 422 and 'aria-invalid="true"' in answer.content.decode()
    assert client.post(address, told | {"address": "9栋901室", "housing_area": "25"}).status_code == 302
    with acting_as(county):
        assert set(Home.objects.values_list("address", "to_on")) == {
            ("1栋101室", dt.date(2021, 5, 1)),
            ("9栋901室", None),
        }
    auditor = world.user("auditor", "auditor", world.WANGMO)
    client.force_login(auditor)
    assert client.get(address).status_code == 403


def test_the_list_of_titles_is_opened_by_the_household(client, county, home):
    """The county in front is that of every row."""
    household = lives(county, home)
    page = client.get("/ledgers/titles/").content.decode()
    assert re.search(rf'<td[^>]*><a href="[^"]+">{household.code}</a>', page)
    assert ">望谟县</a></td>" not in page
