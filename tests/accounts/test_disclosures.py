"""Who looked at personal data is read by those who look back, in their own area, and by nobody who is looked at."""

import pytest
from django.test import Client

from accounts import roles
from accounts.actions import record_disclosure
from accounts.models import ApiToken, User
from tests import world

pytestmark = pytest.mark.django_db(transaction=True)
CITY, OTHER_CITY = 522300000000, 520100000000


@pytest.fixture
def looked() -> User:
    chief = world.user("chief", "county", world.WANGMO)
    record_disclosure(
        chief, ledger="households", subject="52232690001", columns=["id_number", "phone"], region=world.WANGMO_TOWNSHIP,
        reason="核对银行卡", rows=5,
    )  # fmt: skip
    record_disclosure(
        chief,
        ledger="county-roster",
        subject="export",
        columns=["身份证号"],
        region=world.WANGMO,
        reason="上报",
        rows=900,
    )
    return chief


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(user)
    return client


@pytest.mark.parametrize("role", sorted(roles.ROLES))
def test_only_who_looks_back_reads_them(looked, role):
    user = world.user("reader", role, CITY)
    client, reads = signed_in(user), role in ("auditor", "admin")
    page = client.get("/ledgers/disclosures/?sort=-at")
    api = Client().get("/api/v1/disclosures/", headers={"authorization": f"Token {ApiToken.make(user, 'test')}"})
    assert (page.status_code, api.status_code) == ((200, 200) if reads else (403, 403))
    if not reads:  # says why
        assert "角色不能在此查看" in page.content.decode()
    assert ("/ledgers/disclosures/" in client.get("/calendar/").content.decode()) is reads
    assert client.get("/ledgers/disclosures/new/").status_code in (403, 404)


def test_the_auditor_sees_who_looked_at_what_and_why(looked):
    client = signed_in(world.user("auditor", "auditor", CITY))
    page = client.get("/ledgers/disclosures/?sort=-at").content.decode()
    for words in ("核对银行卡", "chief", "身份证号, 联系电话", "搬迁户", "52232690001", "上报", "900"):
        assert words in page, words
    assert "/ledgers/households/52232690001/" in page
    assert page.index("上报") < page.index("核对银行卡")
    assert "核对银行卡" not in client.get("/ledgers/disclosures/?day_from=2031-01-01").content.decode()
    assert "核对银行卡" in client.get("/ledgers/disclosures/?day_from=2020-01-01").content.decode()
    one = client.get("/ledgers/disclosures/?subject=5223").content.decode()
    assert "核对银行卡" in one and "上报" not in one


def test_looks_in_other_areas_do_not_exist(looked):
    client = signed_in(world.user("elsewhere", "auditor", OTHER_CITY))
    assert "核对银行卡" not in client.get("/ledgers/disclosures/").content.decode()
