"""Accounts are made, put into other scopes and given passwords by administrators; nobody else does."""

import re

import pytest
from django.test import Client

from accounts.models import ApiToken, Disclosure, User
from accounts.roles import ROLES, can
from common.scope import acting_as, whole
from tests import world

pytestmark = pytest.mark.django_db
NEW = {"username": "wang.l", "display_name": "王丽", "role": "county", "regions": "522326000000", "is_active": "on"}


@pytest.fixture
def admin():
    return world.user("root", "admin", 0)


@pytest.fixture
def client_of():
    def sign_in(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


def secret(answer) -> str:
    return re.search(r"<code>([^<]+)</code>", answer.content.decode())[1]


def test_an_account_is_made_with_a_password_shown_once_that_must_be_changed(admin, client_of):
    password = secret(client_of(admin).post("/accounts/users/new/", NEW))
    made = User.objects.get(username="wang.l")
    assert (made.ranges, made.role) == (((522326000000, 522327000000),), "county")
    visitor = Client()
    answer = visitor.post("/login/", {"username": "wang.l", "password": password})
    assert (answer.status_code, answer["Location"]) == (302, "/password/")
    answer = visitor.post(
        "/password/", {"old_password": password, "new_password1": "满意的密码-2026", "new_password2": "满意的密码-2026"}
    )
    assert answer["Location"] == "/"
    made.refresh_from_db()
    assert not made.must_change_password and made.check_password("满意的密码-2026")


def test_an_account_is_put_into_other_scopes_and_closed_with_its_tokens(admin, client_of):
    made = world.user("li", "county", world.WANGMO)
    ApiToken.make(made, "test")
    answer = client_of(admin).post(
        f"/accounts/users/{made.pk}/", {**NEW, "username": "li", "regions": "522327000000，610400000000"}
    )
    assert answer.status_code == 302
    assert [lo for lo, _hi in User.objects.get(pk=made.pk).ranges] == [522327000000, 610400000000]
    client_of(admin).post(f"/accounts/users/{made.pk}/", {**NEW, "username": "li", "is_active": ""})
    assert User.objects.get(pk=made.pk).ranges == ()
    assert not ApiToken.objects.filter(user=made, revoked_at=None).exists()
    assert Client().get("/api/v1/households/", headers={"Authorization": "Token x"}).status_code == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"regions": ""}, "regions"),
        ({"regions": "52"}, "regions"),
        ({"regions": "522399000000"}, "regions"),
        ({"username": "Wang Li"}, "username"),
        ({"username": "root"}, "username"),
        ({"role": "king"}, "role"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(admin, client_of, change, field):
    answer = client_of(admin).post("/accounts/users/new/", {**NEW, **change})
    assert answer.status_code == 422
    assert f'href="#id_{field}"' in answer.content.decode()
    assert User.objects.count() == 1


def test_an_administrator_cannot_take_the_own_rights_away(admin, client_of):
    answer = client_of(admin).post(f"/accounts/users/{admin.pk}/", {**NEW, "username": "root", "regions": "0"})
    assert answer.status_code == 422
    assert User.objects.get(pk=admin.pk).role == "admin"


@pytest.mark.parametrize("role", [role for role in ROLES if role != "admin"])
def test_nobody_else_sees_or_changes_accounts(admin, client_of, role):
    client = client_of(world.user("other", role, 520000000000))
    assert client.get("/accounts/users/").status_code == 403
    assert client.get(f"/accounts/users/{admin.pk}/").status_code == 403
    assert client.post("/accounts/users/new/", NEW).status_code == 403
    assert client.post(f"/accounts/users/{admin.pk}/password/").status_code == 403
    assert client.post(f"/accounts/users/{admin.pk}/token/").status_code == 403
    assert User.objects.count() == 2


def test_a_token_is_shown_once_and_works(admin, client_of):
    made = world.user("system", "integrator", 520000000000)
    key = secret(client_of(admin).post(f"/accounts/users/{made.pk}/token/"))
    assert not ApiToken.objects.filter(digest=key).exists()
    assert Client().get("/api/v1/households/", headers={"Authorization": f"Token {key}"}).status_code == 200


@pytest.mark.parametrize(
    ("address", "back", "told"),
    [
        ("/households/52232690001/disclose/", "/households/52232690001/", "每次查看个人信息均已记录"),
        ("/confirmations/confirm/", "/ledgers/households/", "未作任何处理"),
        ("/confirmations/decide/", "/ledgers/confirmations/", "未作任何处理"),
        ("/rectification/bulk/", "/ledgers/rectification-items/", "未作任何处理"),
        ("/rectification/bulk/do/", "/ledgers/rectification-items/", "列表中为当前情况"),
        ("/settings/feed/renew/", "/settings/", "日历订阅地址只显示一次"),
        ("/accounts/users/7/password/", "/accounts/users/7/", "只显示一次"),
        ("/accounts/users/7/token/", "/accounts/users/7/", "只显示一次"),
    ],
)
def test_the_language_is_switched_on_a_page_that_answered_something_sent(client_of, address, back, told):
    client = client_of(world.user("wangmo", "county", world.WANGMO))
    answer = client.post("/i18n/setlang/", {"language": "zh-hans", "next": address})
    assert answer["location"] == address
    answer = client.get(address)
    assert (answer.status_code, answer["location"]) == (302, back)
    assert told in client.get("/inbox/").content.decode()
    assert Client().get(address)["location"].startswith("/login/")
    assert client.put(address).status_code == 405


# What each role may do with a household, an employment and the accounts: read, write, import, export.
@pytest.mark.parametrize(
    ("role", "households", "employments", "users"),
    [
        ("county", "rwie", "rwie", ""),
        ("township", "rwie", "rwie", ""),
        ("city", "re", "re", ""),
        ("province", "re", "re", ""),
        ("drc", "re", "re", ""),
        ("department", "r", "rwie", ""),
        ("auditor", "r", "r", ""),
        ("integrator", "rwie", "rwie", ""),
        ("admin", "re", "re", "rw"),
    ],
)
def test_the_matrix_of_roles(role, households, employments, users):
    user = world.user("somebody", role, 520000000000)
    acts = {"r": "read", "w": "write", "i": "import", "e": "export"}
    for key, granted in (("households", households), ("employments", employments), ("users", users)):
        assert "".join(letter for letter, act in acts.items() if can(user, act, key)) == granted, key


@pytest.mark.django_db(transaction=True)
def test_looking_at_personal_data_needs_a_reason_and_is_recorded(client_of):
    county = world.user("wangmo", "county", world.WANGMO)
    auditor = world.user("auditor", "auditor", 520000000000)
    member = world.member()
    found = world.household(county, world.settlement(county), [member])
    client = client_of(auditor)
    assert member["id_number"] not in client.get(f"/households/{found.code}/").content.decode()
    assert client.post(f"/households/{found.code}/disclose/", {"reason": " "}).status_code == 403
    page = client.post(f"/households/{found.code}/disclose/", {"reason": "核对举报"}).content.decode()
    assert member["id_number"] in page
    with whole():
        row = Disclosure.objects.get(user=auditor)
    assert (row.user_id, row.subject, row.reason, row.region) == (auditor.pk, found.code, "核对举报", found.region)
    with acting_as(world.user("ceheng", "county", world.CEHENG)):
        assert not Disclosure.objects.exists()
