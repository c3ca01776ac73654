"""Homes 安置住房: the flat that a household has, from when to when, and how far its title 不动产权 has come."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

import households.codes.homes  # noqa: F401  the lists that the fields name
from common import values
from common.fields import (
    CleanTextField,
    CodeField,
    DayField,
    DecimalAmountField,
    PersonNameField,
    WholeNumberField,
)
from common.models import STANDING, Recorded
from common.terms import term
from households.models.faults import LARGEST_AREA, Fault, bad_area, in_future, refuse
from households.models.households import Household
from households.models.persons import Person

NOT_STARTED, RUNNING, FIRST_DONE, ISSUED, NOT_POSSIBLE = "0", "1", "2", "3", "9"
PRESENT = STANDING & Q(to_on__isnull=True)


class CertificateField(CleanTextField):
    """The number of a title certificate, written one way: no spaces, full-width brackets."""

    def parse(self, raw) -> str:
        return values.squeeze(raw).replace("(", "（").replace(")", "）")


class Home(Recorded):
    """A flat of a household from `from_on` (None: from the first) up to, but not on, `to_on`.

    The state of its title follows from the days of its stages, so that the two cannot contradict each other. While it is
    the present home, address and area are those of the household.
    """

    household = models.ForeignKey(Household, models.PROTECT, related_name="homes", verbose_name=term("household", "户"))
    address = CleanTextField(term("building and flat", "楼栋房号"), max_length=60, blank=True)
    area = DecimalAmountField(
        term("home area (m2)", "房屋面积（㎡）"), max_digits=7, decimal_places=2, min_value=None, unit="m2"
    )
    allotted_people = WholeNumberField(
        term("people it was allotted for", "分配人口"),
        null=True,
        blank=True,
        min_value=1,
        max_value=30,
        help_text=term(
            "Left blank, the members on the day of hand-over count.", "留空时按交房当日的家庭成员人数计算。"
        ),
    )
    from_on = DayField(term("lived in from", "启用日期"), null=True, blank=True)
    to_on = DayField(term("given up on", "停用日期"), null=True, blank=True, editable=False)
    end_reason = CleanTextField(term("why given up", "停用原因"), max_length=60, blank=True, editable=False)
    handed_over_on = DayField(term("handed over on", "交房日期"), null=True, blank=True)
    occupied_on = DayField(term("occupied on", "实际入住日期"), month_only=True, null=True, blank=True)
    accepted_on = DayField(term("accepted on", "住房验收日期"), null=True, blank=True)
    acceptance = CodeField(term("acceptance", "验收结果"), list_id="home_acceptance", blank=True)
    cost_per_m2 = DecimalAmountField(
        term("building cost (yuan/m2)", "建设成本（元/㎡）"), max_digits=8, null=True, blank=True
    )
    self_paid = DecimalAmountField(term("paid by household (yuan)", "自筹资金（元）"), null=True, blank=True)
    debt = DecimalAmountField(term("debt from relocation (yuan)", "搬迁负债（元）"), null=True, blank=True)
    title_state = CodeField(term("title state", "登记状态"), list_id="title_state", default=NOT_STARTED, editable=False)
    title_moved_on = DayField(term("latest stage on", "最近办理日期"), null=True, editable=False)
    applied_on = DayField(term("registration applied for", "登记受理时间"), null=True, blank=True)
    first_registered_on = DayField(term("first registration", "首次登记时间"), null=True, blank=True)
    certificate_number = CertificateField(term("certificate number", "不动产权证号"), max_length=60, blank=True)
    issued_on = DayField(term("issued on", "发证时间"), null=True, blank=True)
    received_by = PersonNameField(term("received by", "领取人"), blank=True)
    received_on = DayField(term("received on", "领取时间"), null=True, blank=True)
    obstacle = CodeField(term("why not registered", "未办原因"), list_id="title_obstacle", blank=True)
    obstacle_note = CleanTextField(term("what is missing", "未办说明"), max_length=120, blank=True)
    trade_restricted_until = DayField(term("no trade until", "交易限制截止"), null=True, blank=True)
    transfer = CodeField(term("transfer", "转移方式"), list_id="home_transfer", blank=True)
    transferred_on = DayField(term("transferred on", "转移日期"), null=True, blank=True)
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)

    class Meta:
        verbose_name = term("home", "安置住房")
        verbose_name_plural = term("homes", "安置住房")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("household", condition=PRESENT, name="home_one_at_a_time"),
            models.UniqueConstraint(
                "certificate_number", condition=STANDING & ~Q(certificate_number=""), name="title_certificate_once"
            ),
            models.CheckConstraint(name="home_has_an_area", condition=Q(area__gt=0, area__lt=LARGEST_AREA)),
            models.CheckConstraint(
                name="home_ends_after_it_begins",
                condition=Q(to_on__isnull=True) | Q(from_on__isnull=True) | Q(to_on__gte=F("from_on")),
            ),
            models.CheckConstraint(
                name="title_issued_with_number",
                condition=Q(certificate_number="", issued_on__isnull=True)
                | ~Q(certificate_number="") & Q(issued_on__isnull=False),
            ),
            Recorded.void_constraint("home"),
        ]
        indexes = [
            models.Index("region", "id", name="home_place"),
            models.Index("household", "id", name="home_household"),
            models.Index("title_moved_on", condition=Q(title_state__in=[RUNNING, FIRST_DONE]), name="home_title_case"),
        ]

    def __str__(self) -> str:
        return " ".join(part for part in (self.address, self.certificate_number) if part) or str(self.pk or "")

    def clean(self):
        """What one flat's values must say together; a certificate answers why there was none."""
        if self.certificate_number:
            self.obstacle = self.obstacle_note = ""
        refuse(self._faults())
        stages = [day for day in (self.applied_on, self.first_registered_on, self.issued_on) if day]
        self.title_moved_on = max(stages, default=None)
        self.title_state = self.stage()

    def stage(self) -> str:
        if self.certificate_number:
            return ISSUED
        if self.first_registered_on:
            return FIRST_DONE
        if self.obstacle:
            return NOT_POSSIBLE
        return RUNNING if self.applied_on else NOT_STARTED

    def _faults(self) -> Iterator[Fault]:
        yield from bad_area(self, "area")
        yield from in_future(
            self,
            (
                "from_on",
                "handed_over_on",
                "occupied_on",
                "accepted_on",
                "applied_on",
                "first_registered_on",
                "issued_on",
            )
            + ("received_on", "transferred_on"),
        )
        # A month alone is its first day: whoever moved in within the month of the hand-over is in order.
        if self.handed_over_on and self.occupied_on and self.occupied_on < self.handed_over_on.replace(day=1):
            yield "occupied_on", "order", _("It was occupied before it was handed over. Correct one of the two days.")
        if self.acceptance and not self.accepted_on:
            yield "accepted_on", "required", _("Write the day of the acceptance.")
        if self.accepted_on and not self.acceptance:
            yield "acceptance", "required", _("Say how the acceptance went.")
        yield from self._title_faults()
        if self.transfer and not self.transferred_on:
            yield "transferred_on", "required", _("Write the day of the transfer.")
        if self.transferred_on and not self.transfer:
            yield "transfer", "required", _("Say what kind of transfer it was.")

    def _title_faults(self) -> Iterator[Fault]:
        earlier = None
        for name in ("applied_on", "first_registered_on", "issued_on", "received_on"):
            day = getattr(self, name)
            if day and earlier and day < earlier:
                yield (
                    name,
                    "step_order",
                    _(
                        "This stage lies before the one that comes first. Registration goes: applied for, first"
                        " registration, issued, received."
                    ),
                )
            earlier = day or earlier
        if self.certificate_number and not self.issued_on:
            yield "issued_on", "required", _("A certificate has a number and a day of issue. Write the day.")
        if self.issued_on and not self.certificate_number:
            yield "certificate_number", "required", _("A certificate was issued: write its number.")
        if self.received_on and not self.certificate_number:
            yield "received_on", "step_missing", _("Nothing can be received yet: write the certificate's number first.")
        if bool(self.received_on) != bool(self.received_by):
            missing = "received_by" if self.received_on else "received_on"
            yield missing, "required", _("Write who received the certificate and when, both or neither.")


class HukouState(Recorded):
    """Where a person is registered 户籍状态, from a day on, until the next row of the person."""

    person = models.ForeignKey(
        Person, models.PROTECT, related_name="hukou_states", verbose_name=term("person", "家庭成员")
    )
    state = CodeField(term("hukou state", "户籍状态"), list_id="hukou_state")
    from_on = DayField(term("since", "起始日期"))
    to_on = DayField(term("until", "终止日期"), null=True, editable=False)
    permit_number = CleanTextField(term("permit number", "居住证编号"), max_length=30, blank=True)
    permit_until = DayField(term("permit valid until", "居住证有效期至"), null=True, blank=True)
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)

    class Meta:
        verbose_name = term("hukou state", "户籍状态")
        verbose_name_plural = term("hukou states", "户籍状态")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("person", "from_on", condition=STANDING, name="hukou_once_a_day"),
            Recorded.void_constraint("hukou"),
        ]
        indexes = [models.Index("region", "id", name="hukou_place")]

    def __str__(self) -> str:
        return str(self._meta.get_field("state").label(self.state))

    def clean(self):
        refuse(self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from in_future(self, ("from_on",))
        born = self.person.birth_date
        if self.from_on and born and self.from_on < born:
            yield "from_on", "before_birth", _("The day lies before the birth of the person. Correct the year.")
        if self.permit_until and self.state != "3":
            yield "state", "order", _("Only a residence permit has an end. Choose that state, or delete the end.")
        if self.permit_until and self.from_on and self.permit_until < self.from_on:
            yield "permit_until", "order", _("The permit ends before it begins. Correct one of the two days.")
