"""Confirmation 核实 of a household's file: checked by a township or county on a day, accepted or returned above."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common import codes
from common.fields import CleanTextField, CodeField, DayField
from common.models import STANDING, Recorded
from common.terms import term
from households.models.households import Household

codes.declare(
    "confirmation_state",
    term("State of a confirmation", "核实状态"),
    {
        "confirmed": term("Confirmed, not yet reviewed", "已核实待审核"),
        "accepted": term("Accepted", "审核通过"),
        "returned": term("Returned", "已退回"),
    },
)
codes.declare(
    "confirming_level",
    term("Confirming level", "核实层级"),
    {"3": term("County", "县级"), "4": term("Township", "乡镇级")},
)


class Confirmation(Recorded):
    """One confirmation. Of a household's, `current` is the last.

    `changed_at` is the first moment after it at which a row of the file changed, `changed_in` the tables of such rows;
    triggers write both (households.watching), so that a change made in any way is seen.
    """

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="confirmations", verbose_name=term("household code", "户编号")
    )
    confirmed_on = DayField(term("confirmed on", "核实时间"))
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)
    level = CodeField(term("level", "核实层级"), list_id="confirming_level", editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        editable=False,
        related_name="+",
        verbose_name=term("confirmed by", "核实人"),
    )
    state = CodeField(term("state", "核实状态"), list_id="confirmation_state", default="confirmed", editable=False)
    decided_on = DayField(term("reviewed on", "审核时间"), null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=term("reviewed by", "审核人"),
    )
    decision_reason = CleanTextField(term("reason", "审核意见"), max_length=200, blank=True, editable=False)
    current = models.BooleanField(term("the last one", "当前"), default=True, editable=False)
    changed_at = models.DateTimeField(term("changed since", "此后变更时间"), null=True, editable=False)
    changed_in = models.JSONField(term("changed in", "变更内容"), default=list, editable=False)

    class Meta:
        verbose_name = term("confirmation of a file", "档案核实")
        verbose_name_plural = term("confirmations of files", "档案核实")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint(
                "household", condition=STANDING & Q(current=True), name="confirmation_current_once"
            ),
            models.CheckConstraint(
                name="confirmation_decision_told_whole",
                condition=Q(state="confirmed", decided_on__isnull=True, decided_by__isnull=True, decision_reason="")
                | ~Q(state="confirmed") & Q(decided_on__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="confirmation_return_says_why", condition=~Q(state="returned") | ~Q(decision_reason="")
            ),
            Recorded.void_constraint("confirmation"),
        ]
        indexes = [models.Index("region", "id", name="confirmation_place")]

    def __str__(self) -> str:
        return f"{self.household.head_name} {self.confirmed_on}"
