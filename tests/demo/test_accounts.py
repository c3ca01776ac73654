"""The demo accounts: who they are, and that a second run disturbs nothing."""

import io

import pytest
from django.core.management import call_command

from accounts.models import ApiToken, User
from relocation.demo.accounts import ACCOUNTS, make_accounts

pytestmark = pytest.mark.django_db
PLACES = {
    "county": 522326000000, "township": 522326004000, "city": 522300000000, "province": 520000000000,
    "drc": 520000000000, "auditor": 520000000000, "department": 522326000000, "xianyang": 610400000000,
    "integrator": 520000000000, "admin": 0,
}  # fmt: skip


def test_accounts_have_role_place_unit_and_password(settings):
    _accounts, password, key = make_accounts()
    assert password == settings.DEMO_PASSWORD
    users = {user.username: user for user in User.objects.all()}
    assert {name: user.home_region for name, user in users.items()} == PLACES
    assert all(user.check_password(password) and user.unit_name for user in users.values())
    assert users["xianyang"].role == "drc"
    assert ApiToken.objects.get(digest=ApiToken.digest_of(key)).user == users["integrator"]


def test_second_run_changes_nothing():
    first = make_accounts()
    stored = list(User.objects.order_by("pk").values())
    assert make_accounts() == first
    assert list(User.objects.order_by("pk").values()) == stored
    assert ApiToken.objects.count() == 1


def test_changed_password_stays_and_demo_password_follows(settings):
    make_accounts()
    changed = User.objects.get(username="county")
    changed.set_password("chosen by hand")
    changed.save()
    settings.DEMO_PASSWORD = "another demo password"
    make_accounts()
    assert User.objects.get(username="county").check_password("chosen by hand")
    assert User.objects.get(username="city").check_password("another demo password")


def test_revoked_token_stays_revoked():
    key = make_accounts()[2]
    ApiToken.objects.update(revoked_at="2026-01-01T00:00:00+08:00")
    make_accounts()
    assert ApiToken.objects.get(digest=ApiToken.digest_of(key)).revoked_at


def test_command_prints_how_to_sign_in(settings):
    output = io.StringIO()
    call_command("create_demo_accounts", stdout=output)
    assert settings.DEMO_PASSWORD in output.getvalue()
    assert all(account.username in output.getvalue() for account in ACCOUNTS)
    kept = settings.DATA_DIR / "secrets" / "demo-token"
    assert kept.read_text() in output.getvalue()
    assert kept.stat().st_mode & 0o777 == 0o600
