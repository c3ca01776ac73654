"""The life of a household: what happened to it on which day 变动记录, and requests to move between counties 转移申请."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.fields import CleanTextField, CodeField, DayField
from common.models import STANDING, Recorded, Scoped
from common.terms import term
from households.codes import life as life_codes
from households.models.households import Household
from households.models.persons import Person
from ledgers.pairs import Paired
from settlements.models import Settlement


class TransferRequest(Paired):
    """One county asks another 转移申请: for a person or a household of it (claim), or to take one over (offer).

    `region` is the place of whoever asks, `partner` that of whoever answers; both read the row, and neither reads the
    other's households, so it holds all that both may know of what it is about. Without a person it is about the whole
    household. `undoes` asks for an earlier transfer to be taken back. Not answered in time it stays open and late.
    """

    direction = CodeField(term("direction", "申请方向"), list_id="transfer_direction")
    state = CodeField(term("state", "办理状态"), list_id="transfer_state", default=life_codes.ASKED)
    household = models.ForeignKey(
        Household, models.PROTECT, related_name="transfers", verbose_name=term("household", "户")
    )
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="transfers", verbose_name=term("person", "人员")
    )
    household_code = models.CharField(term("household code", "户编号"), max_length=20)
    name = models.CharField(term("who is concerned", "涉及对象"), max_length=60)
    number_masked = models.CharField(term("ID number", "身份证号"), max_length=22, blank=True)
    to_household = models.ForeignKey(
        Household, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=term("new household", "转入户")
    )
    to_settlement = models.ForeignKey(
        Settlement, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=term("new home", "转入安置点")
    )
    to_code = models.CharField(term("new household", "转入户编号"), max_length=20, blank=True)
    to_name = models.CharField(term("where to", "转入地点"), max_length=120, blank=True)
    relation = CodeField(term("relation to head", "与户主关系"), list_id="registry_relation", blank=True)
    successor = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    move_on = DayField(term("agreed day", "商定转移日期"))
    reason = CleanTextField(term("reason", "申请理由"), max_length=200)
    document = CleanTextField(term("document", "依据文件"), max_length=80, blank=True)
    asked_on = models.DateField(term("asked on", "申请日期"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=term("asked by", "申请人")
    )
    due_on = models.DateField(term("answer due on", "答复期限"))
    answered_on = models.DateField(term("answered on", "答复日期"), null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=term("answered by", "答复人"),
    )
    answer = CleanTextField(term("answer", "答复意见"), max_length=200, blank=True)
    moved_on = models.DateField(term("moved on", "转移完成日期"), null=True)
    undoes = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="undoings", verbose_name=term("takes back", "撤销的转移")
    )

    class Meta:
        verbose_name = term("transfer request", "转移申请")
        verbose_name_plural = term("transfer requests", "转移申请")
        ordering = ["-asked_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                "person",
                condition=Q(state=life_codes.ASKED) & Q(person__isnull=False) & STANDING,
                name="transfer_open_once_a_person",
            ),
            models.UniqueConstraint(
                "household",
                condition=Q(state=life_codes.ASKED) & Q(person__isnull=True) & STANDING,
                name="transfer_open_once_a_household",
            ),
            models.CheckConstraint(
                name="transfer_answered_whole",
                condition=Q(state__in=[life_codes.ASKED, life_codes.WITHDRAWN])
                | Q(answered_on__isnull=False, answered_by__isnull=False),
            ),
            models.CheckConstraint(
                name="transfer_moves_when_accepted",
                condition=Q(moved_on__isnull=True) | Q(state=life_codes.ACCEPTED),
            ),
            Recorded.void_constraint("transfer"),
        ]
        indexes = [
            models.Index("region", "id", name="transfer_place"),
            models.Index("partner", "id", name="transfer_partner"),
            models.Index("move_on", condition=Q(state="accepted", moved_on__isnull=True), name="transfer_to_come"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.household_code}"

    @property
    def tone(self) -> str:
        return {life_codes.ACCEPTED: "good", life_codes.REFUSED: "bad", life_codes.ASKED: "warn"}.get(
            self.state, "neutral"
        )


class HouseholdEvent(Scoped):
    """What happened to a household 变动记录: on which day, why, by which document, and who recorded it.

    `other` is the second household of the event (split off, merged, left or joined). `steps` say what it did to rows,
    [[table, id, before, after], ...] with `before` null for rows that it made: by them it is undone, and seen whether
    something later has built on it. An undo is an event of its own that names what it `undoes`.
    """

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="events", verbose_name=term("household", "户")
    )
    other = models.ForeignKey(
        Household,
        models.PROTECT,
        null=True,
        related_name="other_events",
        verbose_name=term("other household", "相关户"),
    )
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="events", verbose_name=term("person", "人员")
    )
    kind = CodeField(term("event", "变动类型"), list_id="household_event")
    day = DayField(term("day", "变动日期"))
    reason = CleanTextField(term("reason", "变动原因"), max_length=200, blank=True)
    document = CleanTextField(term("document", "依据文件"), max_length=80, blank=True)
    steps = models.JSONField(default=list, editable=False)
    transfer = models.ForeignKey(TransferRequest, models.PROTECT, null=True, related_name="events")
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone")
    undone_on = models.DateField(term("undone on", "撤销日期"), null=True)
    recorded_on = models.DateField(term("recorded on", "登记日期"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=term("recorded by", "登记人"),
    )

    class Meta:
        verbose_name = term("event in a household", "家庭变动")
        verbose_name_plural = term("events in households", "家庭变动")
        ordering = ["-day", "-id"]
        constraints = [
            models.CheckConstraint(name="event_day_has_come", condition=Q(day__lte=F("recorded_on"))),
            models.CheckConstraint(
                name="event_undo_names_what",
                condition=Q(kind=life_codes.UNDONE, undoes__isnull=False)
                | ~Q(kind=life_codes.UNDONE) & Q(undoes__isnull=True),
            ),
        ]
        indexes = [
            models.Index("region", "day", "id", name="event_place_day"),
            models.Index("household", "id", name="event_household"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.day}"
