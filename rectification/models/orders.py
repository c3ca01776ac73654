"""Supervision orders 督办单: to whom, about what, by when; closed only after receipt and reply."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Post
from common.fields import CleanTextField, CodeField, DayField, DivisionCodeField
from common.models import Recorded
from common.terms import term
from divisions.models import Unit


def _person(verbose, **options) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=verbose, **options
    )


class SupervisionOrder(Recorded):
    """An order of a unit above to one at `region`. What it is about is named by ledger key and id, any ledger's row."""

    number = CleanTextField(term("order no.", "督办编号"), max_length=40, blank=True, editable=False)
    issuer_region = DivisionCodeField(term("issued in", "签发区划"), editable=False)
    year = models.PositiveSmallIntegerField(term("year", "年度"), editable=False)
    serial = models.PositiveIntegerField(term("serial", "流水号"), editable=False)
    issuer = models.ForeignKey(
        Unit, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=term("issued by", "签发单位")
    )
    issued_by = _person(term("signed by", "签发人"), editable=False)
    issued_on = models.DateField(term("issued on", "签发日期"), editable=False)
    level = CodeField(term("level", "督办等级"), list_id="alert_level", default="yellow")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=term("to the unit", "承办单位"))
    post = models.ForeignKey(
        Post,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=term("to the post", "承办岗位"),
    )
    person = _person(term("to the person", "承办人"), blank=True)
    title = CleanTextField(term("matter", "督办事项"), max_length=120)
    requirement = CleanTextField(term("required", "督办要求"), max_length=1000, multiline=True)
    limit_on = DayField(term("reply by", "办结时限"))
    subject_ledger = CleanTextField(term("about (ledger)", "来源台账"), max_length=40, blank=True)
    subject_id = models.BigIntegerField(term("about (record)", "来源记录"), null=True, blank=True)
    subject_title = models.CharField(term("about", "来源事项"), max_length=200, blank=True, editable=False)
    subject_address = models.CharField(term("address", "链接"), max_length=200, blank=True, editable=False)
    state = CodeField(term("state", "督办状态"), list_id="order_state", default="issued", editable=False)
    received_on = models.DateField(term("received on", "签收日期"), null=True, editable=False)
    received_by = _person(term("received by", "签收人"), editable=False)
    replied_on = models.DateField(term("replied on", "回复日期"), null=True, editable=False)
    replied_by = _person(term("replied by", "回复人"), editable=False)
    reply = models.TextField(term("reply", "办理情况"), blank=True, editable=False)
    evidence = models.TextField(term("evidence", "佐证材料"), blank=True, editable=False)
    closed_on = models.DateField(term("closed on", "办结日期"), null=True, editable=False)

    class Meta:
        verbose_name = term("supervision order", "督办单")
        verbose_name_plural = term("supervision orders", "督办单")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("issuer_region", "year", "serial", name="supervision_order_number_once"),
            models.CheckConstraint(
                name="supervision_order_closed_after_receipt_and_reply",
                condition=~Q(state="closed")
                | Q(received_on__isnull=False, replied_on__isnull=False, closed_on__isnull=False) & ~Q(reply=""),
            ),
            models.CheckConstraint(
                name="supervision_order_about_whole",
                condition=Q(subject_ledger="", subject_id__isnull=True)
                | ~Q(subject_ledger="") & Q(subject_id__isnull=False),
            ),
            Recorded.void_constraint("supervision_order"),
        ]
        indexes = [models.Index("issuer_region", "year", "serial", name="supervision_order_issuer")]

    def __str__(self) -> str:
        return f"{self.number} {self.title[:30]}"


class OrderMove(Recorded):
    """An act on an order: who, when, in what words. Never altered."""

    order = models.ForeignKey(SupervisionOrder, models.PROTECT, related_name="moves")
    act = models.CharField(term("act", "办理"), max_length=20)
    day = models.DateField(term("day", "日期"))
    at = models.DateTimeField(term("at", "时间"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=term("by", "办理人")
    )
    unit_name = models.CharField(term("unit", "单位"), max_length=80, blank=True)
    text = models.TextField(term("words", "意见"), blank=True)
    evidence = models.TextField(term("evidence", "佐证材料"), blank=True)
    before = CodeField(term("state before", "办理前状态"), list_id="order_state")
    after = CodeField(term("state after", "办理后状态"), list_id="order_state")

    class Meta:
        verbose_name = term("act on an order", "督办办理记录")
        verbose_name_plural = term("acts on orders", "督办办理记录")
        ordering = ["order", "id"]
        constraints = [Recorded.void_constraint("order_move")]
