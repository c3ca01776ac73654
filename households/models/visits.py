"""Visits 走访 to households, and the steps that were agreed at the door."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common import codes
from common.fields import CleanTextField, CodeField, DayField, PersonNameField
from common.models import STANDING, Recorded
from common.terms import term
from divisions.models import Unit
from households.models.households import Household

TIME = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)")

codes.declare(
    "visit_manner",
    term("Manner of a visit", "走访方式"),
    {
        "home": term("At home", "入户走访"),
        "phone": term("By telephone", "电话联系"),
        "office": term("At the office", "来访接待"),
        "away": term("Where they work", "外出地走访"),
    },
)


class StepDayField(DayField):
    """The day by which a step is done; without one it is refused in words that say why."""

    required_message = _("Say by when this step is done: an agreed step without a date is forgotten.")


class StepOwnerField(PersonNameField):
    """Who does a step."""

    required_message = _("Say who does this step: an agreed step without an owner is nobody's.")


class Visit(Recorded):
    """A visit: who, when, what was found and agreed. Photographs are kept with it."""

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="visits", verbose_name=term("household code", "户编号")
    )
    visited_on = DayField(term("visited on", "走访时间"))
    visited_at = CleanTextField(term("at", "时间"), max_length=5, blank=True, help_text=term("like 14:30", "如 14:30"))
    manner = CodeField(term("manner", "走访方式"), list_id="visit_manner", default="home")
    visitors = CleanTextField(term("visited by", "走访人"), max_length=120)
    met = CleanTextField(term("spoke with", "受访人"), max_length=60, blank=True)
    found = CleanTextField(term("what was found", "走访情况"), max_length=2000, multiline=True)
    agreed = CleanTextField(term("what was agreed", "商定事项"), max_length=1000, multiline=True, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        editable=False,
        related_name="+",
        verbose_name=term("entered by", "录入人"),
    )

    class Meta:
        verbose_name = term("visit", "走访")
        verbose_name_plural = term("visits", "走访")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("household", "visited_on", "visitors", condition=STANDING, name="visit_once_a_day"),
            Recorded.void_constraint("visit"),
        ]
        indexes = [
            models.Index("region", "id", name="visit_place"),
            models.Index("household", F("visited_on").desc(), condition=STANDING, name="visit_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.household.head_name} {self.visited_on}"

    def clean(self):
        if self.visited_at:
            match = TIME.fullmatch(self.visited_at)
            if match is None:
                raise ValidationError({"visited_at": ValidationError(_("Write the time like 14:30."), "bad_time")})
            self.visited_at = f"{int(match[1]):02d}:{match[2]}"


class VisitStep(Recorded):
    """A step 约定事项 that was agreed at a visit: what, who, by when, and what came of it."""

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="visit_steps", verbose_name=term("household code", "户编号")
    )
    agreed_on = DayField(term("agreed on", "走访时间"))
    visit = models.ForeignKey(
        Visit, models.PROTECT, editable=False, related_name="steps", verbose_name=term("visit", "走访")
    )
    step = CleanTextField(term("agreed step", "约定事项"), max_length=200)
    owner = StepOwnerField(term("owner", "责任人"), max_length=60)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=term("department", "责任部门")
    )
    due_on = StepDayField(term("by", "时限"))
    done_on = DayField(term("done on", "办结时间"), null=True, blank=True)
    outcome = CleanTextField(term("what came of it", "办理结果"), max_length=500, multiline=True, blank=True)

    class Meta:
        verbose_name = term("agreed step", "约定事项")
        verbose_name_plural = term("agreed steps", "约定事项")
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint("visit", "step", condition=STANDING, name="visit_step_once"),
            models.CheckConstraint(name="visit_step_has_an_owner", condition=~Q(owner="")),
            models.CheckConstraint(name="visit_step_lies_ahead", condition=Q(due_on__gte=F("agreed_on"))),
            models.CheckConstraint(
                name="visit_step_done_told_whole",
                condition=Q(done_on__isnull=True, outcome="") | Q(done_on__isnull=False) & ~Q(outcome=""),
            ),
            Recorded.void_constraint("visit_step"),
        ]
        indexes = [
            models.Index("region", "id", name="visit_step_place"),
            models.Index("household", "due_on", name="visit_step_household"),
        ]

    def __str__(self) -> str:
        return self.step

    def clean(self):
        faults = {}
        if self.due_on and self.agreed_on and self.due_on < self.agreed_on:
            message = _("The step is due before it was agreed. Write a day after the visit.")
            faults["due_on"] = ValidationError(message, "due_before_visit")
        if self.done_on and not self.outcome:
            message = _("Say what came of the step: done without a result cannot be checked.")
            faults["outcome"] = ValidationError(message, "no_outcome")
        elif self.outcome and not self.done_on:
            message = _("Say on which day the step was done.")
            faults["done_on"] = ValidationError(message, "no_day")
        elif self.done_on and self.agreed_on and self.done_on < self.agreed_on:
            message = _("The step was done before it was agreed. Correct one of the two days.")
            faults["done_on"] = ValidationError(message, "done_before_visit")
        if faults:
            raise ValidationError(faults)
