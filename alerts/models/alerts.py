"""What is due, and who was told: alerts 预警 about rows of any ledger, and what each reader has done with them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Post
from alerts.kinds import KINDS
from common.models import Scoped
from common.terms import term
from divisions.models import Unit


class Alert(Scoped):
    """One thing that is due at a place: subject, kind and day tell it from every other, however often it is found.

    The subject is named by ledger key, id and address, not by a foreign key: any app may raise alerts. `params` fill
    the kind's sentence; no personal data stand in them. An alert whose reason has gone is ended, and is opened again
    if the reason comes back.
    """

    kind = models.CharField(term("kind", "类别"), max_length=40)
    ledger = models.CharField(term("ledger", "台账"), max_length=40)
    subject_id = models.BigIntegerField(term("record", "记录"))
    due_on = models.DateField(term("due on", "到期日期"))
    address = models.CharField(term("address", "链接"), max_length=200)
    params = models.JSONField(default=dict)
    opened_on = models.DateField(term("opened on", "发出日期"))
    ended_on = models.DateField(term("ended on", "解除日期"), null=True)

    class Meta:
        verbose_name = term("alert", "预警")
        verbose_name_plural = term("alerts", "预警")
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint("kind", "ledger", "subject_id", "due_on", name="alert_once_a_day_due"),
            models.CheckConstraint(
                name="alert_ends_after_it_opens", condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("opened_on"))
            ),
        ]
        indexes = [models.Index("region", "due_on", "id", condition=Q(ended_on__isnull=True), name="alert_open")]

    def __str__(self) -> str:
        return self.message

    @property
    def title(self) -> str:
        return str(KINDS[self.kind].title)

    @property
    def message(self) -> str:
        """The alert in words, in the reader's language."""
        return KINDS[self.kind].message % {**self.params, "due_on": self.due_on}


class Deadline(Scoped):
    """When something is due 时限, and who answers for it: one open deadline a kind and subject.

    The subject is named by ledger key, id and address, as an alert's is. Actions set and clear it; reminders, overdue
    lists and escalation read this table alone. Who answers is a person, the holder of a post on the day, or a unit.
    `params` fill the kind's sentence; no personal data stand in them. While it is paused it reminds of nothing.
    """

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
    paused_on = models.DateField(term("paused on", "暂停日期"), null=True)
    cleared_on = models.DateField(term("cleared on", "完成日期"), null=True)

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
        indexes = [models.Index("region", "due_on", "id", condition=Q(cleared_on__isnull=True), name="deadline_open")]


class AlertReceipt(models.Model):
    """What a user has done with an alert: read it, acknowledged it."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="receipts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    read_at = models.DateTimeField(term("read at", "阅读时间"))
    acknowledged_at = models.DateTimeField(term("acknowledged at", "确认时间"), null=True)

    class Meta:
        verbose_name = term("receipt", "预警回执")
        verbose_name_plural = term("receipts", "预警回执")
        constraints = [models.UniqueConstraint("alert", "user", name="alert_receipt_once_a_user")]
