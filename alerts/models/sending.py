"""What is sent out: one digest 每日提醒 a receiver and day, by e-mail to people and as signed JSON to webhooks."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alerts.addresses import check_address
from common.fields import CleanTextField, EncryptedField, YesNoField
from common.models import STANDING, Recorded, Scoped
from common.terms import term


class Sending(models.Model):
    """Something on its way: sent, to be tried at `next_try`, or given up (neither)."""

    attempts = models.PositiveSmallIntegerField(term("attempts", "尝试次数"), default=0)
    next_try = models.DateTimeField(term("next try", "下次发送"), null=True)
    sent_at = models.DateTimeField(term("sent at", "发送时间"), null=True)
    error = models.CharField(term("last error", "最近错误"), max_length=200, blank=True, default="")

    class Meta:
        abstract = True


class Digest(Sending):
    """What a user was told on a day, by e-mail. `parts` names each alert with its stage and level as they were then."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="digests")
    day = models.DateField(term("day", "日期"))
    parts = models.JSONField(default=list)

    class Meta:
        verbose_name = term("digest", "每日提醒")
        verbose_name_plural = term("digests", "每日提醒")
        constraints = [models.UniqueConstraint("user", "day", name="digest_once_a_day")]
        indexes = [models.Index("next_try", condition=Q(next_try__isnull=False), name="digest_to_send")]


class Webhook(Recorded):
    """An address of another system that gets the digest of a division each day, signed with a shared secret."""

    name = CleanTextField(term("name", "名称"), max_length=60)
    address = CleanTextField(term("address", "推送地址"), max_length=300, validators=[check_address])
    secret = EncryptedField(
        term("shared secret", "共享密钥"),
        max_length=100,
        validators=[MinLengthValidator(20)],
        help_text=_("At least 20 characters; the receiver checks the signature of each message with it."),
    )
    active = YesNoField(term("active", "启用"), default=True, blank=True)

    class Meta:
        verbose_name = term("webhook", "推送接口")
        verbose_name_plural = term("webhooks", "推送接口")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("region", "name", condition=STANDING, name="webhook_name_once_a_place"),
            Recorded.void_constraint("webhook"),
        ]

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(Scoped, Sending):
    """A division's digest of a day for one webhook; it is sent again as it is until the receiver takes it."""

    webhook = models.ForeignKey(
        Webhook, models.PROTECT, related_name="deliveries", verbose_name=Webhook._meta.verbose_name
    )
    day = models.DateField(term("day", "日期"))
    payload = models.JSONField(default=dict)
    answer = models.PositiveSmallIntegerField(term("answer", "应答状态码"), null=True)

    class Meta:
        verbose_name = term("delivery", "推送记录")
        verbose_name_plural = term("deliveries", "推送记录")
        ordering = ["-day", "-id"]
        constraints = [models.UniqueConstraint("webhook", "day", name="webhook_delivery_once_a_day")]
        indexes = [models.Index("next_try", condition=Q(next_try__isnull=False), name="webhook_to_send")]
