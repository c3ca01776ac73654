"""The only writers of accounts, and of the log of disclosures."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import ApiToken, CalendarFeed, Disclosure, User, UserScope
from accounts.roles import check
from common import clock
from common.changes import writing
from common.database import apart
from common.problems import Problem, Refused
from divisions.models import Unit

# Without the letters and digits that are taken for each other when read from paper.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


def new_password() -> str:
    """A password that can be read out: four groups of four."""
    return "-".join("".join(secrets.choice(_READABLE) for _i in range(4)) for _j in range(4))


def save_user(
    *,
    by: User,
    username: str,
    display_name: str,
    role: str,
    unit: Unit | None,
    regions: Sequence[int],
    is_active: bool = True,
    email: str = "",
    user: User | None = None,
) -> User:
    """Create an account, or change one and put it into other scopes."""
    check(by, "write", "users")
    if not regions:
        raise Refused(
            [Problem(0, "regions", "", "required", _("Name at least one division that the user works with."))]
        )
    if User.objects.filter(username=username).exclude(pk=user and user.pk).exists():
        raise Refused(
            [Problem(0, "username", username, "duplicate_user", _("This user name is taken. Choose another."))]
        )
    if user and user.pk == by.pk and (role != by.role or not is_active):
        raise Refused(
            [
                Problem(
                    0,
                    "role",
                    role,
                    "own_account",
                    _("You cannot take your own rights away. Ask another administrator."),
                )
            ]
        )
    with writing(by=by) as work:
        user = user or User(password=make_password(None))
        work.publish("units", {user.unit_id, unit and unit.pk} - {None})
        user.username, user.display_name, user.role, user.unit, user.is_active, user.email = (
            username,
            display_name,
            role,
            unit,
            is_active,
            email,
        )
        user.save()
        UserScope.objects.filter(user=user).exclude(region__in=regions).delete()
        for region in regions:
            UserScope.objects.get_or_create(user=user, region=region)
        if not is_active:
            ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=clock.now())
            CalendarFeed.objects.filter(user=user, revoked_at=None).update(revoked_at=clock.now())
        work.publish("users", [user.pk])
    return User.objects.get(pk=user.pk)


def give_password(user: User, *, by: User) -> str:
    """A new password for somebody else, to be changed at the first sign-in; it is shown once."""
    check(by, "write", "users")
    password = new_password()
    with writing(by=by):
        user.set_password(password)
        user.must_change_password = True
        user.save(update_fields=["password", "must_change_password"])
    return password


def give_token(user: User, label: str, *, by: User) -> str:
    """A new API token; the key is shown once."""
    check(by, "write", "users")
    with writing(by=by):
        return ApiToken.make(user, label)


def revoke_tokens(user: User, *, by: User) -> int:
    check(by, "write", "users")
    with writing(by=by):
        return ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=clock.now())


def save_settings(user: User, *, email: str, wants_digest: bool) -> User:
    """What users set for themselves."""
    with writing(by=user):
        user.email, user.wants_digest = email, wants_digest
        user.save(update_fields=["email", "wants_digest"])
    return user


def give_feed(user: User) -> str:
    """A new secret for the user's calendar address; the one before no longer opens anything. It is shown once."""
    with writing(by=user):
        return CalendarFeed.make(user)


def revoke_feed(user: User) -> int:
    with writing(by=user):
        return CalendarFeed.objects.filter(user=user, revoked_at=None).update(revoked_at=clock.now())


def record_disclosure(
    user: User, *, ledger: str, subject: str, columns: Sequence[str], reason: str, region: int, rows: int = 1
) -> None:
    """Put on record that personal data was shown in the clear. Without a reason nothing is shown.

    On a connection of its own: a request that fails afterwards does not erase the record.
    """
    if not reason.strip():
        raise PermissionDenied(_("Give the reason for which you need to see this."))
    table = Disclosure._meta.db_table
    with apart() as cursor:
        # One implicit transaction: the scope holds for the insert that follows it.
        cursor.execute(
            "SELECT set_config('app.lo', '0', true), set_config('app.hi', '1000000000000', true);"
            f"INSERT INTO {table} (user_id, region, ledger, subject, columns, rows, reason, at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [user.pk, region, ledger, subject, ", ".join(columns)[:200], rows, reason.strip()[:200], clock.now()],
        )
