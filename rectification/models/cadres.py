"""Cadres: secondments 委派 to where people have moved, and training classes."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.fields import CleanTextField, CodeField, DayField, PersonNameField, WholeNumberField
from common.models import STANDING, Recorded
from common.pairs import Paired
from common.terms import term
from divisions.models import Unit
from settlements.models import Settlement

LEAST_YEARS, MOST_YEARS = 1, 2  # “委派干部到迁入地协助工作1年~2年” (贵州省发展改革委2020-02-13)


def anniversary(day: dt.date, years: int) -> dt.date:
    """The same day so many years later; that of 29 February is 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)


def shortest_end(start: dt.date) -> dt.date:
    """The earliest last day of a secondment: one full year, both days counted."""
    return anniversary(start, LEAST_YEARS) - dt.timedelta(1)


def longest_end(start: dt.date) -> dt.date:
    """The latest last day: offices write the second anniversary itself as well as the day before it."""
    return anniversary(start, MOST_YEARS)


class Secondment(Paired):
    """A cadre sent by a unit of the origin (`partner` is its place) to a settlement (`region`) for one to two years."""

    name = PersonNameField(term("name", "姓名"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="secondments", verbose_name=term("sent by", "派出单位"))
    job = CleanTextField(term("post held", "现任职务"), max_length=60, blank=True)
    settlement = models.ForeignKey(
        Settlement, models.PROTECT, related_name="secondments", verbose_name=term("settlement", "派驻安置点")
    )
    # The unit's side may not see the settlement's own row.
    settlement_name = models.CharField(term("settlement", "派驻安置点"), max_length=60, editable=False)
    community = CleanTextField(term("community", "派驻社区"), max_length=60, blank=True)
    work = CleanTextField(term("work there", "协助工作"), max_length=200, blank=True)
    from_on = DayField(term("from", "开始日期"))
    to_on = DayField(term("to", "结束日期"))
    agreed_to_on = models.DateField(term("end as first agreed", "原定结束日期"), null=True, editable=False)
    extended_on = models.DateField(term("extended on", "延期日期"), null=True, editable=False)
    extension_reason = CleanTextField(term("why extended", "延期原因"), max_length=200, blank=True, editable=False)
    settled_on = models.DateField(term("decided on", "到期安排日期"), null=True, editable=False)
    ended_on = models.DateField(term("ended on", "实际结束日期"), null=True, editable=False)
    end_reason = CleanTextField(term("how it ended", "结束说明"), max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = term("secondment", "干部委派")
        verbose_name_plural = term("secondments", "干部委派")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("unit", "name", "from_on", condition=STANDING, name="secondment_once"),
            models.CheckConstraint(name="secondment_ends_after_it_begins", condition=Q(to_on__gt=F("from_on"))),
            Recorded.void_constraint("secondment"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.from_on}"

    def clean(self):
        if not self.from_on or not self.to_on:
            return
        if self.to_on < shortest_end(self.from_on):
            raise ValidationError(
                {
                    "to_on": ValidationError(
                        _("A secondment lasts at least one year: from %(start)s it ends on %(day)s at the earliest.")
                        % {"start": self.from_on, "day": shortest_end(self.from_on)},
                        "too_short",
                    )
                }
            )
        if self.to_on > longest_end(self.from_on):
            raise ValidationError(
                {
                    "to_on": ValidationError(
                        _("A secondment lasts at most two years: from %(start)s it ends on %(day)s at the latest.")
                        % {"start": self.from_on, "day": longest_end(self.from_on)},
                        "too_long",
                    )
                }
            )


class CadreTraining(Recorded):
    """A class 培训班 for cadres, with how many of each level came."""

    title = CleanTextField(term("class", "培训班名称"), max_length=120)
    starts_on = DayField(term("from", "开始日期"))
    ends_on = DayField(term("to", "结束日期"))
    organiser = CleanTextField(term("organiser", "主办单位"), max_length=80)
    level = CodeField(term("level", "培训层级"), list_id="division_level", blank=True)
    place = CleanTextField(term("place", "培训地点"), max_length=80, blank=True)
    of_province = WholeNumberField(term("of the province", "省级人数"), default=0, max_value=100_000)
    of_city = WholeNumberField(term("of cities", "市级人数"), default=0, max_value=100_000)
    of_county = WholeNumberField(term("of counties", "县级人数"), default=0, max_value=100_000)
    of_township = WholeNumberField(term("of townships and communities", "乡（社区）人数"), default=0, max_value=100_000)
    note = CleanTextField(term("remarks", "备注"), max_length=200, blank=True)

    class Meta:
        verbose_name = term("cadre training", "干部培训")
        verbose_name_plural = term("cadre trainings", "干部培训")
        ordering = ["region", "-starts_on", "id"]
        constraints = [
            models.UniqueConstraint("region", "title", "starts_on", condition=STANDING, name="cadre_training_once"),
            models.CheckConstraint(
                name="cadre_training_ends_after_it_begins", condition=Q(ends_on__gte=F("starts_on"))
            ),
            Recorded.void_constraint("cadre_training"),
        ]
        indexes = [models.Index("region", "starts_on", name="cadre_training_place")]

    def __str__(self) -> str:
        return self.title

    def clean(self):
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValidationError(
                {"ends_on": ValidationError(_("The class ends before it begins. Check the days."), "order")}
            )
        if not sum(number or 0 for number in (self.of_province, self.of_city, self.of_county, self.of_township)):
            raise ValidationError(
                {"of_township": ValidationError(_("Nobody was trained. Write how many people came."), "empty")}
            )
