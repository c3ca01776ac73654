"""Who is called to account 问责 for a problem that was not put right: criticism, talk, referral, and who has read it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.codes import declare
from common.fields import CleanTextField, CodeField, DayField
from common.models import Recorded, Scoped
from common.scope import ScopedQuerySet, level_of
from common.terms import term
from divisions.models import Unit
from rectification.models.items import RectificationItem

CRITICISM, TALK, REFERRAL = "criticism", "talk", "referral"
# Who looks down a line of offices; a department and a township see what is theirs.
IN_LINE = ("county", "city", "province", "drc")

declare(
    "accountability_kind",
    term("Kind of accountability", "问责方式"),
    {
        CRITICISM: term("notice of criticism", "通报批评"),
        TALK: term("talk", "约谈"),
        REFERRAL: term("referral to the discipline body", "移送纪检监察"),
    },
)
declare(
    "accountability_cause",
    term("Cause of accountability", "问责事由"),
    {
        "overdue": term("overdue", "整改超期"),
        "returned": term("returned", "核查退回"),
        "false": term("false rectification", "虚假整改"),
    },
)


class AccountabilityQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        """The issuer's side, the units addressed, the levels above those in line, and auditors; nobody else of the area."""
        rows = super().visible_to(user)
        if user.role == "auditor":
            return rows
        seen = Q(pk__in=[])
        if user.unit_id:
            addressed = AccountabilityAddressee.objects.filter(unit=user.unit_id).values("record")
            seen |= Q(issuing_unit=user.unit_id) | Q(pk__in=addressed)
        if user.role in IN_LINE:
            for lo, hi in user.ranges:
                seen |= Q(region__gte=lo, region__lt=hi, level__gt=level_of(lo))
        return rows.filter(seen)


class AccountabilityRecord(Recorded):
    """A unit or person called to account over a problem 问责记录, by a level above. `region` is that of the problem.

    `level` is the highest level of the units addressed (1 province to 4 township): who stands above all of them may read.
    """

    item = models.ForeignKey(
        RectificationItem, models.PROTECT, related_name="accountability", verbose_name=term("problem", "问题编号")
    )
    kind = CodeField(term("kind", "问责方式"), list_id="accountability_kind")
    cause = CodeField(term("cause", "问责事由"), list_id="accountability_cause", editable=False)
    on = DayField(term("date", "日期"))
    document_no = CleanTextField(term("document number", "文号"), max_length=60, blank=True)
    referred_to = CleanTextField(term("referred to", "移送机关"), max_length=60, blank=True)
    content = CleanTextField(term("content", "问责内容"), max_length=1000, multiline=True)
    issuing_unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="accountability_issued", verbose_name=term("issued by", "发出单位")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        editable=False,
        related_name="+",
        verbose_name=term("entered by", "填报人"),
    )
    level = models.PositiveSmallIntegerField(editable=False)

    objects = AccountabilityQuerySet.as_manager()

    class Meta:
        verbose_name = term("accountability record", "问责记录")
        verbose_name_plural = term("accountability records", "问责记录")
        ordering = ["-on", "-id"]
        constraints = [
            models.CheckConstraint(
                name="accountability_referral_told_whole",
                condition=~Q(kind=REFERRAL) | ~Q(document_no="") & ~Q(referred_to="") & Q(cause="false"),
            ),
            Recorded.void_constraint("accountability"),
        ]
        indexes = [
            models.Index("region", "id", name="accountability_place"),
            models.Index("item", "id", name="accountability_item"),
        ]

    def __str__(self) -> str:
        label = self._meta.get_field("kind").label(self.kind)
        return f"{label} {self.document_no or self.on}"

    @property
    def address(self) -> str:
        return f"/rectification/accountability/{self.pk}/"


class AccountabilityAddressee(Scoped):
    """A unit addressed by a record, with the persons named there, and who of it has confirmed reading when."""

    record = models.ForeignKey(AccountabilityRecord, models.PROTECT, related_name="addressees")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=term("unit", "问责对象单位"))
    persons = CleanTextField(term("persons", "问责对象人员"), max_length=200, blank=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=term("read by", "签收人")
    )
    read_at = models.DateTimeField(term("read at", "签收时间"), null=True)

    class Meta:
        verbose_name = term("addressee", "问责对象")
        verbose_name_plural = term("addressees", "问责对象")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint("record", "unit", name="accountability_addressee_once"),
            models.CheckConstraint(
                name="accountability_reading_told_whole",
                condition=Q(read_at__isnull=True, read_by__isnull=True)
                | Q(read_at__isnull=False, read_by__isnull=False),
            ),
        ]
        indexes = [models.Index("unit", "record", name="accountability_addressee_unit")]
