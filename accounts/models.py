"""Users 用户 with one role each, the places they answer for, their tokens, and the log of what was disclosed."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from functools import cached_property

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.roles import ROLE_CHOICES, ROLES, Role
from common import clock
from common.dates import OPEN_WORDS
from common.fields import CleanTextField, DayField, DivisionCodeField, YesNoField
from common.models import STANDING, Recorded, Scoped
from common.scope import Range, code_range, in_ranges
from common.terms import term
from divisions.models import Unit


class UserQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The accounts that work within the user's area."""
        return self.filter(pk__in=UserScope.objects.filter(in_ranges(user.ranges)).values("user"))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def get_by_natural_key(self, username):
        return self.get(username=username)


class User(AbstractBaseUser):
    """An account. What it may do follows from its role, where from its scopes."""

    username = models.CharField(term("user name", "用户名"), max_length=60, unique=True)
    display_name = CleanTextField(term("name", "姓名"), max_length=60)
    role = models.CharField(term("role", "角色"), max_length=20, choices=ROLE_CHOICES)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, verbose_name=term("unit", "单位"))
    is_active = models.BooleanField(term("active", "启用"), default=True)
    must_change_password = models.BooleanField(term("must change password", "须修改密码"), default=False)
    email = models.EmailField(term("e-mail", "电子邮箱"), blank=True)
    wants_digest = models.BooleanField(term("daily digest by e-mail", "接收每日提醒邮件"), default=True)
    created_at = models.DateTimeField(term("created at", "创建时间"), default=clock.now, editable=False)

    USERNAME_FIELD = "username"
    objects = UserManager()

    class Meta:
        verbose_name = term("user", "用户")
        verbose_name_plural = term("users", "用户")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.display_name or self.username

    @cached_property
    def ranges(self) -> tuple[Range, ...]:
        """The code ranges of the user's scopes; none means that nothing is visible."""
        if not self.is_active:
            return ()
        return tuple(code_range(code) for code in self.scopes.order_by("region").values_list("region", flat=True))

    @cached_property
    def role_grants(self) -> Role:
        return ROLES[self.role]

    @property
    def role_label(self) -> str:
        return str(self.role_grants.label)

    @property
    def unit_name(self) -> str:
        return self.unit.name if self.unit_id else ""

    @cached_property
    def home_region(self) -> int:
        """The first division that the user answers for; 0 is the nation."""
        return self.ranges[0][0] if self.ranges else 0


class UserScope(models.Model):
    """A division whose rows a user works with; 0 is the whole nation."""

    user = models.ForeignKey(User, models.CASCADE, related_name="scopes")
    region = DivisionCodeField(term("division", "管辖区划"))

    class Meta:
        verbose_name = term("scope", "数据范围")
        verbose_name_plural = term("scopes", "数据范围")
        constraints = [models.UniqueConstraint("user", "region", name="scope_once_a_user")]


class Post(Recorded):
    """A post 岗位 of a unit. What is bound to it passes to the next person with it; PostHolding says who holds it when."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts", verbose_name=term("unit", "单位"))
    name = CleanTextField(term("post", "岗位名称"), max_length=60)
    # The unit's name and the post's, by which sheets name it; written by the actions alone.
    title = models.CharField(term("full name of the post", "岗位全称"), max_length=141, editable=False, default="")

    class Meta:
        verbose_name = term("post", "岗位")
        verbose_name_plural = term("posts", "岗位")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("unit", "name", condition=STANDING, name="post_once_a_unit"),
            Recorded.void_constraint("post"),
        ]

    def __str__(self) -> str:
        return self.title or self.name

    def full_title(self) -> str:
        return f"{self.unit.name} {self.name}"


class PostHolding(Recorded):
    """A person on a post 任职 from a day to a day (none: until further notice), or standing in for its holder."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="holdings", verbose_name=term("post", "岗位"))
    user = models.ForeignKey(User, models.PROTECT, related_name="holdings", verbose_name=term("person", "任职人"))
    substitute = YesNoField(term("substitute", "代管"), default=False, blank=True)
    from_on = DayField(term("from", "起始日期"))
    to_on = DayField(term("to", "截止日期"), null=True, blank=True, open_words=OPEN_WORDS)

    class Meta:
        verbose_name = term("holder of a post", "任职")
        verbose_name_plural = term("holders of posts", "任职")
        ordering = ["post", "from_on", "id"]
        constraints = [
            models.CheckConstraint(
                name="post_holding_ends_after_it_begins", condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on"))
            ),
            Recorded.void_constraint("post_holding"),
        ]
        indexes = [models.Index("user", "from_on", name="post_holding_user")]

    def __str__(self) -> str:
        return f"{self.post} {self.user}"

    def clean(self):
        if self.from_on and self.to_on and self.to_on < self.from_on:
            raise ValidationError(
                {"to_on": ValidationError(_("The end lies before the beginning."), "end_before_start")}
            )

    def holds_on(self, on: dt.date) -> bool:
        """Both days count."""
        return self.voided_at is None and self.from_on <= on and (self.to_on is None or self.to_on >= on)

    def meets(self, other: PostHolding) -> bool:
        """Whether the two share a day."""
        return self.from_on <= (other.to_on or dt.date.max) and other.from_on <= (self.to_on or dt.date.max)


class Secret(models.Model):
    """Something that opens a door for whoever has it; only its digest is kept."""

    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=clock.now)
    last_used_on = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    @staticmethod
    def digest_of(key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()

    @classmethod
    def holder_of(cls, key: str) -> Secret | None:
        """The standing secret of an active account, noted as used today."""
        found = (
            cls.objects.select_related("user")
            .filter(digest=cls.digest_of(key), revoked_at__isnull=True, user__is_active=True)
            .first()
        )
        if found is not None and found.last_used_on != clock.today():
            cls.objects.filter(pk=found.pk).update(last_used_on=clock.today())
        return found


class ApiToken(Secret):
    """A key for programs."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    label = models.CharField(term("label", "用途"), max_length=60)

    class Meta:
        verbose_name = term("API token", "接口令牌")
        verbose_name_plural = term("API tokens", "接口令牌")

    @classmethod
    def make(cls, user: User, label: str) -> str:
        """A new token; the key returned here is never shown again."""
        key = secrets.token_urlsafe(30)
        cls.objects.create(user=user, digest=cls.digest_of(key), label=label)
        return key


class CalendarFeed(Secret):
    """The secret address at which a user's calendar program reads what is due; at most one stands."""

    user = models.ForeignKey(User, models.CASCADE, related_name="calendar_feeds")

    class Meta:
        verbose_name = term("calendar feed", "日历订阅")
        verbose_name_plural = term("calendar feeds", "日历订阅")
        constraints = [
            models.UniqueConstraint("user", condition=Q(revoked_at__isnull=True), name="calendar_feed_once_a_user")
        ]

    @classmethod
    def make(cls, user: User) -> str:
        """A new address instead of the one before; the key returned here is never shown again."""
        cls.objects.filter(user=user, revoked_at=None).update(revoked_at=clock.now())
        key = secrets.token_urlsafe(30)
        cls.objects.create(user=user, digest=cls.digest_of(key))
        return key


class Disclosure(Scoped):
    """A look at personal data in the clear: who, what, why and when. Written on a connection of its own."""

    # No constraint in the database: the log outlives whatever it tells of.
    user = models.ForeignKey(
        User, models.DO_NOTHING, related_name="disclosures", db_constraint=False, verbose_name=term("user", "用户")
    )
    ledger = models.CharField(term("ledger", "台账"), max_length=40)
    subject = models.CharField(term("record", "记录"), max_length=60)
    columns = models.CharField(term("columns", "字段"), max_length=200)
    rows = models.PositiveIntegerField(term("rows", "行数"), default=1)
    reason = CleanTextField(term("reason", "事由"), max_length=200)
    at = models.DateTimeField(term("at", "时间"), default=clock.now)

    class Meta:
        verbose_name = term("disclosure", "个人信息查看记录")
        verbose_name_plural = term("disclosures", "个人信息查看记录")
        indexes = [models.Index("region", "at", name="disclosure_place_time")]
