"""Accounts to look around with, one of each role."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from django.utils.crypto import get_random_string

from accounts.models import ApiToken, User, UserScope
from common import scope
from divisions.models import Unit
from relocation.environment import kept_secret

# Begins the salt of every password made here, so that a password that somebody has changed since is left alone.
MARK = "demo"


@dataclass(frozen=True)
class Account:
    username: str
    name: str
    role: str
    region: int
    unit: str
    kind: str


ACCOUNTS = [
    Account("county", "县级填报员", "county", 522326000000, "望谟县生态移民局", "other"),
    Account("township", "乡镇填报员", "township", 522326004000, "望谟县蟠桃街道办事处", "government"),
    Account("city", "市级审核员", "city", 522300000000, "黔西南州生态移民局", "other"),
    Account("province", "省级审核员", "province", 520000000000, "贵州省生态移民局", "other"),
    Account("drc", "省发展改革委", "drc", 520000000000, "贵州省发展和改革委员会", "drc"),
    Account("auditor", "审计人员", "auditor", 520000000000, "贵州省审计厅", "audit"),
    Account("department", "人社部门", "department", 522326000000, "望谟县人力资源和社会保障局", "human_resources"),
    Account("xianyang", "咸阳市发展改革委", "drc", 610400000000, "咸阳市发展和改革委员会", "drc"),
    Account("integrator", "系统对接", "integrator", 520000000000, "贵州省大数据发展管理局", "other"),
    Account("admin", "系统管理员", "admin", 0, "系统运行维护单位", "other"),
]


def make_accounts() -> tuple[list[Account], str, str]:
    """Make the accounts that are missing; gives all of them, their password and the integrator's token.

    The password is DEMO_PASSWORD; an account made with another one gets it too, unless its password was changed by
    hand. The token is made once and kept in DATA_DIR; one that was revoked stays so. Role, unit and scope of an
    account that exists stay as they are.
    """
    password = settings.DEMO_PASSWORD
    key = kept_secret(settings.DATA_DIR, "demo-token", lambda: secrets.token_urlsafe(30))

    @cache
    def encoded() -> str:
        # Hashing takes a third of a second: once for all.
        return make_password(password, MARK + get_random_string(20))

    @cache
    def fits(stored: str) -> bool:
        return check_password(password, stored)

    with scope.whole(source="create_demo_accounts"):
        for account in ACCOUNTS:
            unit, _made = Unit.objects.get_or_create(
                region=account.region, name=account.unit, defaults={"kind": account.kind}
            )
            user = User.objects.filter(username=account.username).first()
            if user is None:
                user = User.objects.create(
                    username=account.username,
                    display_name=account.name,
                    role=account.role,
                    unit=unit,
                    password=encoded(),
                )
                UserScope.objects.create(user=user, region=account.region)
            elif _made_here(user.password) and not fits(user.password):
                user.password = encoded()
                user.save(update_fields=["password"])
            if account.role == "integrator":
                ApiToken.objects.get_or_create(digest=ApiToken.digest_of(key), defaults={"user": user, "label": "demo"})
    return ACCOUNTS, password, key


def _made_here(encoded: str) -> bool:
    decoded = identify_hasher(encoded).decode(encoded)
    return decoded["salt"].startswith(MARK)


def described() -> list[str]:
    """Make the accounts, and say how to sign in."""
    accounts, password, key = make_accounts()
    width = max(len(account.username) for account in accounts)
    return [
        "Demo accounts:",
        *(f"  {account.username:{width}}  {account.region:012d}  {account.unit}" for account in accounts),
        f"Password of all: {password}",
        f"API token of integrator: {key}",
    ]
