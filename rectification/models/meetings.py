"""Joint meetings 联席会议, who came, what was decided; groups of two counties; the quarters that need a meeting."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Post
from common.fields import CleanTextField, CodeField, DayField, DivisionCodeField, PersonNameField, WholeNumberField
from common.models import STANDING, Recorded
from common.pairs import Paired
from common.scope import level_of
from common.terms import term
from divisions.models import Unit
from rectification.models.tasks import ResponsibilityTask

JOINT = "1"  # code of meeting_kind
COUNTY_LEVEL = 3


class CrossCountyGroup(Paired):
    """A joint leading group 跨区县联席领导小组 of the county of origin (`region`) and of destination (`partner`)."""

    partner = DivisionCodeField(term("county of destination", "迁入县区"))
    name = CleanTextField(term("name", "小组名称"), max_length=100)
    origin_leader = PersonNameField(term("leader of the origin", "迁出地组长"))
    origin_leader_post = CleanTextField(term("post of the origin's leader", "迁出地组长职务"), max_length=60)
    destination_leader = PersonNameField(term("leader of the destination", "迁入地组长"))
    destination_leader_post = CleanTextField(term("post of the destination's leader", "迁入地组长职务"), max_length=60)
    document = CleanTextField(term("document", "成立文件"), max_length=120, blank=True)
    formed_on = DayField(term("formed on", "成立日期"))
    dissolved_on = DayField(term("dissolved on", "撤销日期"), null=True, blank=True)

    class Meta:
        verbose_name = term("cross-county group", "跨区县联席领导小组")
        verbose_name_plural = term("cross-county groups", "跨区县联席领导小组")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint(
                "region",
                "partner",
                condition=STANDING & Q(dissolved_on__isnull=True),
                name="cross_county_group_once_a_pair",
            ),
            models.CheckConstraint(name="cross_county_group_of_two", condition=~Q(region=F("partner"))),
            models.CheckConstraint(
                name="cross_county_group_ends_after_it_begins",
                condition=Q(dissolved_on__isnull=True) | Q(dissolved_on__gte=F("formed_on")),
            ),
            Recorded.void_constraint("cross_county_group"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self):
        faults = {}
        for name in ("region", "partner"):
            code = getattr(self, name)
            if code is not None and level_of(code) != COUNTY_LEVEL:
                faults[name] = ValidationError(
                    _("A group is made of two counties: write the code of a county."), "bad_division"
                )
        if not faults and self.region is not None and self.region == self.partner:
            faults["partner"] = ValidationError(
                _("Origin and destination are the same county. A group is made of two."), "same_county"
            )
        if self.dissolved_on and self.formed_on and self.dissolved_on < self.formed_on:
            faults["dissolved_on"] = ValidationError(_("The group would end before it begins."), "order")
        if faults:
            raise ValidationError(faults)


class Meeting(Paired):
    """A meeting as it was held; one of a cross-county group belongs to both counties."""

    kind = CodeField(term("kind", "类型"), list_id="meeting_kind", default=JOINT)
    period = CleanTextField(
        term("period", "期次"),
        max_length=40,
        blank=True,
        help_text=term("Left blank, it is made from the date.", "留空时按时间自动填写。"),
    )
    day = DayField(term("date", "时间"))
    chair = CleanTextField(term("chair", "主持人"), max_length=60)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=term("convened by", "召集单位"),
    )
    subject = CleanTextField(term("subject", "议题"), max_length=300)
    group = models.ForeignKey(
        CrossCountyGroup,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="meetings",
        verbose_name=term("cross-county group", "跨区县小组"),
    )
    minutes = CleanTextField(
        term("minutes", "会议纪要"),
        max_length=120,
        blank=True,
        help_text=term("The number of the document; the file is attached to the meeting.", "文号；纪要作为附件上传。"),
    )

    class Meta:
        verbose_name = term("meeting", "会议")
        verbose_name_plural = term("meetings", "会议")
        ordering = ["region", "-day", "id"]
        constraints = [
            models.UniqueConstraint(
                "region", "kind", "day", "subject", condition=STANDING, name="meeting_once_a_day_and_subject"
            ),
            Recorded.void_constraint("meeting"),
        ]
        indexes = [models.Index("region", "kind", "day", name="meeting_place")]

    def __str__(self) -> str:
        return f"{self.period} {self.subject[:30]}".strip()


class MeetingAttendance(Paired):
    """Whether a unit came to a meeting, and in whose person."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendance")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=term("unit", "单位"))
    state = CodeField(term("attendance", "出席情况"), list_id="attendance", default="present")
    name = CleanTextField(term("attended by", "参会人"), max_length=60, blank=True)

    class Meta:
        verbose_name = term("attendance", "参会情况")
        verbose_name_plural = term("attendance", "参会情况")
        ordering = ["meeting", "id"]
        constraints = [
            models.UniqueConstraint("meeting", "unit", condition=STANDING, name="attendance_once_a_unit"),
            Recorded.void_constraint("attendance"),
        ]

    def __str__(self) -> str:
        return self.unit.name


class MeetingDecision(Paired):
    """What a meeting decided 议定事项: with its owner and its day it is a task of the responsibility list."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="decisions", verbose_name=term("meeting", "会议"))
    position = WholeNumberField(term("no.", "序号"), default=1, min_value=1, max_value=999, editable=False)
    text = CleanTextField(term("decision", "议定事项"), max_length=500)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=term("responsible unit", "责任单位"))
    post = models.ForeignKey(
        Post,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=term("responsible post", "责任岗位"),
    )
    due_on = DayField(term("deadline", "完成时限"))
    next_step = CleanTextField(term("next step", "下一步"), max_length=300, blank=True)
    task = models.OneToOneField(ResponsibilityTask, models.PROTECT, null=True, editable=False, related_name="decision")

    class Meta:
        verbose_name = term("decision", "议定事项")
        verbose_name_plural = term("decisions", "议定事项")
        ordering = ["meeting", "position", "id"]
        constraints = [
            models.UniqueConstraint("meeting", "text", condition=STANDING, name="decision_once_a_meeting"),
            Recorded.void_constraint("decision"),
        ]

    def __str__(self) -> str:
        return self.text[:40]


class MeetingQuarter(Recorded):
    """A quarter in which a place needs a joint meeting: held (`meeting`), or why not (`reason`), or missing."""

    year = WholeNumberField(term("year", "年度"), min_value=2000, max_value=2100)
    quarter = WholeNumberField(term("quarter", "季度"), min_value=1, max_value=4)
    due_on = models.DateField(term("by", "应召开日期"))
    meeting = models.ForeignKey(
        Meeting, models.PROTECT, null=True, related_name="+", verbose_name=term("meeting", "会议")
    )
    held_on = models.DateField(term("held on", "召开日期"), null=True)
    reason = CleanTextField(term("reason for having none", "未召开原因"), max_length=300, blank=True)

    class Meta:
        verbose_name = term("quarter", "联席会议季度")
        verbose_name_plural = term("quarters", "联席会议季度")
        ordering = ["region", "due_on"]
        constraints = [
            models.UniqueConstraint("region", "year", "quarter", name="meeting_quarter_once"),
            Recorded.void_constraint("meeting_quarter"),
        ]

    def __str__(self) -> str:
        return f"{self.year}年第{self.quarter}季度"
