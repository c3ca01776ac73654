"""What is due, and who was told: deadlines 时限, alerts 预警 about rows of any ledger, and what each reader has done."""

from __future__ import annotations

import enum

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Post
from alerts.kinds import kind_of
from common.fields import CodeField
from common.models import Scoped
from common.scope import ScopedQuerySet
from common.terms import term
from divisions.models import Unit


class TellingQuerySet(ScopedQuerySet):
    """Rows that tell of rows of other ledgers, which `ledger` names; who answers stands at the model's `answering` path."""

    def visible_to(self, user) -> TellingQuerySet:
        """What tells of ledgers that the user's role reads, and what the user answers for, of whichever ledger: by name, or
        as one of the unit. Else who may not open the record would never hear of the own part in it."""
        rows = super().visible_to(user)
        read, to = user.role_grants.read, self.model.answering
        if "*" in read:
            return rows
        own = Q(**{f"{to}responsible": user})
        if user.unit_id:
            own |= Q(**{f"{to}unit": user.unit_id}) | Q(**{f"{to}post__unit": user.unit_id})
        return rows.filter(Q(ledger__in=read) | own)


class Deadline(Scoped):
    """When something is due 时限, and who answers for it: one open deadline a kind and subject.

    The subject is named by ledger key, id and address, as an alert's is. Actions set and clear it; reminders, overdue
    lists and escalation read this table alone. Who answers is a person, the holder of a post on the day, or a unit.
    `params` fill the kind's sentence; no personal data stand in them. While it is paused it reminds of nothing.

    `armed_on` is the day from which its present day counts: the day on which it was set, moved, or went on after a
    pause. `reach` says who is told today: the first of those named who can be told, else the area's people.
    """

    class Reach(enum.StrEnum):
        """Codes of the list `reach`."""

        PERSON = "person"
        POST = "post"
        UNIT = "unit"
        AREA = "area"
        NOBODY = "nobody"

    kind = models.CharField(term("kind", "类别"), max_length=40)
    ledger = models.CharField(term("ledger", "台账"), max_length=40)
    subject_id = models.BigIntegerField(term("record", "记录"))
    address = models.CharField(term("address", "链接"), max_length=200)
    due_on = models.DateField(term("due on", "到期日期"))
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="deadlines",
        verbose_name=term("responsible", "责任人"),
    )
    post = models.ForeignKey(
        Post, models.PROTECT, null=True, related_name="deadlines", verbose_name=term("responsible post", "责任岗位")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, verbose_name=term("responsible unit", "责任单位"))
    params = models.JSONField(default=dict)
    set_on = models.DateField(term("set on", "设定日期"))
    armed_on = models.DateField(term("counts from", "起算日期"))
    reach = CodeField(term("who is told", "接收对象"), list_id="reach", default="nobody")
    paused_on = models.DateField(term("paused on", "暂停日期"), null=True)
    cleared_on = models.DateField(term("cleared on", "完成日期"), null=True)

    objects = TellingQuerySet.as_manager()
    answering = ""

    class Meta:
        verbose_name = term("deadline", "时限")
        verbose_name_plural = term("deadlines", "时限")
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                "kind", "ledger", "subject_id", condition=Q(cleared_on__isnull=True), name="deadline_open_once"
            ),
            models.CheckConstraint(
                name="deadline_cleared_after_it_was_set",
                condition=Q(cleared_on__isnull=True) | Q(cleared_on__gte=F("set_on")),
            ),
        ]
        indexes = [
            models.Index("region", "due_on", "id", condition=Q(cleared_on__isnull=True), name="deadline_open"),
            models.Index(
                "reach",
                "region",
                condition=Q(cleared_on__isnull=True, reach__in=["area", "nobody"]),
                name="deadline_adrift",
            ),
        ]

    def __str__(self) -> str:
        return self.message

    @property
    def title(self) -> str:
        return str(kind_of(self.kind).title)

    @property
    def message(self) -> str:
        """What is due, in words, in the reader's language."""
        return kind_of(self.kind).sentence(self.params, self.due_on)


class Alert(Scoped):
    """One thing that is due at a place, told once: subject, kind and day tell it from every other, and for what comes of
    a deadline the stage (days from the due day; below zero ahead of it), however often it is found.

    The subject is named by ledger key, id and address, not by a foreign key: any app may raise alerts. `params` fill
    the kind's sentence; no personal data stand in them. An alert whose reason has gone is ended, and is opened again
    if the reason comes back. A deadline has one open alert at most: a later stage ends the earlier one.

    `escalated` is the highest level of divisions that is told as well (3 the county, 2 the city, 1 the province).
    `receiver` and `unit` say whom the alert is for, as long as it is open: who must see it follows from its deadline.
    """

    kind = models.CharField(term("kind", "类别"), max_length=40)
    ledger = models.CharField(term("ledger", "台账"), max_length=40)
    subject_id = models.BigIntegerField(term("record", "记录"))
    due_on = models.DateField(term("due on", "到期日期"))
    address = models.CharField(term("address", "链接"), max_length=200)
    params = models.JSONField(default=dict)
    # Indexed by the constraints, whose first column it is.
    deadline = models.ForeignKey(
        Deadline,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="alerts",
        verbose_name=term("deadline", "时限"),
    )
    armed_on = models.DateField(null=True)
    stage = models.IntegerField(term("days from the due day", "距到期天数"), null=True)
    level = CodeField(term("level", "预警等级"), list_id="alert_level", blank=True, default="")
    escalated = models.PositiveSmallIntegerField(term("told up to", "上报层级"), null=True)
    receiver = models.CharField(term("receiver", "接收人"), max_length=200, blank=True, default="")
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=term("receiving unit", "接收单位"),
    )
    opened_on = models.DateField(term("opened on", "发出日期"))
    ended_on = models.DateField(term("ended on", "解除日期"), null=True)

    objects = TellingQuerySet.as_manager()
    answering = "deadline__"

    class Meta:
        verbose_name = term("alert", "预警")
        verbose_name_plural = term("alerts", "预警")
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                "kind",
                "ledger",
                "subject_id",
                "due_on",
                condition=Q(deadline__isnull=True),
                name="alert_once_a_day_due",
            ),
            models.UniqueConstraint(
                "deadline",
                "armed_on",
                "due_on",
                "stage",
                condition=Q(deadline__isnull=False),
                name="alert_once_a_stage",
            ),
            models.UniqueConstraint(
                "deadline",
                condition=Q(deadline__isnull=False, ended_on__isnull=True),
                name="alert_open_once_a_deadline",
            ),
            models.CheckConstraint(
                name="alert_of_a_deadline_has_a_stage",
                condition=Q(deadline__isnull=True, armed_on__isnull=True, stage__isnull=True)
                | Q(deadline__isnull=False, armed_on__isnull=False, stage__isnull=False),
            ),
            models.CheckConstraint(
                name="alert_ends_after_it_opens", condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("opened_on"))
            ),
        ]
        indexes = [
            models.Index("region", "due_on", "id", condition=Q(ended_on__isnull=True), name="alert_open"),
            # What has gone up to cities and provinces, without a walk through all that is open there.
            models.Index(
                "escalated",
                "region",
                condition=Q(ended_on__isnull=True, escalated__isnull=False),
                name="alert_escalated",
            ),
        ]

    def __str__(self) -> str:
        return self.message

    @property
    def title(self) -> str:
        return str(kind_of(self.kind).title)

    @property
    def message(self) -> str:
        """The alert in words, in the reader's language."""
        return kind_of(self.kind).sentence(self.params, self.due_on)


class AlertReceipt(models.Model):
    """What became of an alert with a user: told in a digest, read, acknowledged."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="receipts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    told_on = models.DateField(term("told on", "提醒日期"), null=True)
    read_at = models.DateTimeField(term("read at", "阅读时间"), null=True)
    acknowledged_at = models.DateTimeField(term("acknowledged at", "确认时间"), null=True)

    class Meta:
        verbose_name = term("receipt", "预警回执")
        verbose_name_plural = term("receipts", "预警回执")
        constraints = [models.UniqueConstraint("alert", "user", name="alert_receipt_once_a_user")]
