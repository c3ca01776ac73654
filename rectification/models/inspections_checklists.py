"""Checklists 核查表模板: what an organiser asks everywhere alike, and how an answer is held against what is expected."""

from __future__ import annotations

import re
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import CleanTextField, CodeField, WholeNumberField
from common.models import STANDING, Recorded
from common.scope import ScopedQuerySet, ancestor, in_ranges, level_of
from common.terms import term
from common.values import number
from divisions.models import Unit
from rectification.models.items import ProblemClass

_BOUNDS = re.compile(r"(?:(>=|<=|>|<|=)\s*(-?\d+(?:\.\d+)?))|(?:(-?\d+(?:\.\d+)?)\s*[-~–至]\s*(-?\d+(?:\.\d+)?))")
_WIDE = str.maketrans({"≥": ">=", "≤": "<=", "＞": ">", "＜": "<", "＝": "="})
YES, NO = "yes", "no"
_YES_WORDS, _NO_WORDS = {"yes", "y", "true", "1", "是", "有", "√"}, {"no", "n", "false", "0", "否", "无", "×"}


def yes_or_no(raw: str) -> str:
    """`yes`, `no`, or '' where the words say neither."""
    word = raw.strip().casefold()
    return YES if word in _YES_WORDS else NO if word in _NO_WORDS else ""


def bounds(expected: str) -> tuple[Decimal | None, Decimal | None, bool, bool] | None:
    """What `>=1`, `<3`, `=2` or `1-3` asks of a number: lowest, highest, and whether each itself is allowed."""
    match = _BOUNDS.fullmatch(expected.translate(_WIDE).strip())
    if match is None:
        return None
    sign, value, low, high = match.groups()
    if sign is None:
        return Decimal(low), Decimal(high), True, True
    edge = Decimal(value)
    return {
        ">=": (edge, None, True, True),
        ">": (edge, None, False, True),
        "<=": (None, edge, True, True),
        "<": (None, edge, True, False),
        "=": (edge, edge, True, True),
    }[sign]


def clean_expected(kind: str, expected: str) -> str:
    """The expectation in its plain form. Raises ValidationError for one that no answer can be held against."""
    if not expected:
        return ""
    if kind == "yes_no":
        if word := yes_or_no(expected):
            return word
        raise ValidationError(_("Expected is yes or no."), "bad_expectation")
    if kind == "number" and bounds(expected) is None:
        raise ValidationError(_("Write the expected number like >=1, <3, =2 or 1-3."), "bad_expectation")
    return expected


def clean_answer(kind: str, answer: str) -> str:
    """The answer in its plain form. Raises ValidationError for one that does not answer a question of this kind."""
    if not answer:
        return ""
    if kind == "yes_no":
        if word := yes_or_no(answer):
            return word
        raise ValidationError(_("Answer yes or no."), "bad_answer")
    if kind == "number":
        value = number(answer)
        text = f"{Decimal(value):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return answer


def outcome_of(kind: str, expected: str, answer: str) -> str:
    """Whether an answer is as expected: passed, failed, or '' where nothing was answered or expected."""
    if not answer or not expected:
        return ""
    if kind == "yes_no":
        return "passed" if answer == expected else "failed"
    if kind == "number":
        low, high, low_fits, high_fits = bounds(expected)
        value = Decimal(answer)
        above = low is None or value > low or low_fits and value == low
        below = high is None or value < high or high_fits and value == high
        return "passed" if above and below else "failed"
    return "passed" if answer == expected else "failed"


class SharedQuerySet(ScopedQuerySet):
    """Checklists of the own area, and those that a level above shares."""

    def within(self, ranges):
        ranges = tuple(ranges)
        above = {ancestor(lo, level) for lo, hi in ranges if hi > lo for level in range(level_of(lo) + 1)}
        path = self.model.scope_path
        shared = {f"{path}__in": above, self.model.reach_path: "shared"}
        return self.filter(in_ranges(ranges, path) | Q(**shared))


class Checklist(Recorded):
    """Questions that an organiser asks everywhere alike."""

    name = CleanTextField(term("checklist", "核查表名称"), max_length=80)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="checklists",
        verbose_name=term("kept by", "制定单位"),
        help_text=term("Left blank: your own unit.", "留空即本单位。"),
    )
    kind = CodeField(term("for inspections of the kind", "适用检查类型"), list_id="inspection_kind", blank=True)
    subject = CodeField(term("asked about", "核查对象"), list_id="check_subject", default="settlement")
    reach = CodeField(
        term("used by", "使用范围"),
        list_id="checklist_reach",
        default="own",
        help_text=term("Do not share what a secret visit will ask.", "暗访用的核查表不要共享。"),
    )

    reach_path = "reach"
    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = term("checklist", "核查表")
        verbose_name_plural = term("checklists", "核查表")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("unit", "name", condition=STANDING, name="checklist_once"),
            models.CheckConstraint(name="checklist_has_a_unit", condition=Q(unit__isnull=False)),
            Recorded.void_constraint("checklist"),
        ]

    def __str__(self) -> str:
        return self.name


class Asked(models.Model):
    """A question as it is put: its place in the list, its words, how it is answered and what is expected."""

    position = WholeNumberField(term("no.", "题号"), min_value=1, max_value=999)
    question = CleanTextField(term("question", "核查内容"), max_length=200)
    kind = CodeField(term("answered by", "题型"), list_id="check_question", default="yes_no")
    expected = CleanTextField(
        term("expected", "应答要求"),
        max_length=40,
        blank=True,
        help_text=term("yes or no; a number like >=1 or 1-3.", "是/否题填是或否；数字题填如 >=1、1-3。"),
    )

    class Meta:
        abstract = True

    def clean(self):
        try:
            self.expected = clean_expected(self.kind, self.expected)
        except ValidationError as error:
            raise ValidationError({"expected": error}) from error


class ChecklistQuestion(Asked, Recorded):
    """One line of a checklist."""

    checklist = models.ForeignKey(
        Checklist, models.PROTECT, related_name="questions", verbose_name=term("checklist", "核查表")
    )
    problem_class = models.ForeignKey(
        ProblemClass,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=term("class of problem", "问题类型"),
        help_text=term("Of a problem that this question finds.", "不符合时归入的问题类型。"),
    )

    reach_path = "checklist__reach"
    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = term("question", "核查内容")
        verbose_name_plural = term("questions", "核查内容")
        ordering = ["checklist", "position"]
        constraints = [
            models.UniqueConstraint("checklist", "position", condition=STANDING, name="checklist_question_once"),
            Recorded.void_constraint("checklist_question"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.question}"
