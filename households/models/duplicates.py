"""People who may stand in the system twice 疑似重复: pairs to be looked through, and what was decided of each."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.codes import LIST_COMMA, declare, label
from common.fields import CleanTextField, CodeField, DayField, DivisionCodeField
from common.models import STANDING, Recorded
from common.terms import term
from households.models.persons import Person

OPEN, SAME, DIFFERENT, GONE = "open", "same", "different", "gone"

declare(
    "duplicate_decision",
    term("Decision", "核查结论"),
    {
        OPEN: term("to be looked at", "待核查"),
        SAME: term("the same person", "同一人"),
        DIFFERENT: term("different people", "不是同一人"),
        GONE: term("no longer alike", "已不相似"),
    },
)
declare(
    "duplicate_reason",
    term("What is alike", "相似之处"),
    {
        "name_birth": term("name and birth date", "姓名和出生日期相同"),
        "phone": term("telephone", "联系电话相同"),
        "registry": term("registry number", "人口编号相同"),
        "document": term("ID number but for a slip", "身份证号仅个别位不同"),
    },
)


class ReasonsField(models.CharField):
    """Codes of what is alike, parted by commas."""

    def in_words(self, value: str) -> str:
        return str(LIST_COMMA).join(label("duplicate_reason", key) for key in value.split(","))


class Duplicate(Recorded):
    """Two people who may be one, as the county of `person` sees it; of the other county's no more is kept than it is told.

    Within a county a pair is one row; across counties each side has its own, and a decision settles both.
    """

    person = models.ForeignKey(
        Person, models.PROTECT, related_name="duplicates", verbose_name=term("person", "本地人员")
    )
    # No foreign key: row-level security may hide who it is.
    other_person = models.BigIntegerField(term("other person", "疑似重复人员"))
    other_region = DivisionCodeField(term("county of the other", "对方所在县"))
    other_code = models.CharField(term("household of the other", "对方户编号"), max_length=20)
    reasons = ReasonsField(term("what is alike", "相似之处"), max_length=60)
    found_on = DayField(term("found on", "发现日期"))
    decision = CodeField(term("decision", "核查结论"), list_id="duplicate_decision", default=OPEN)
    reason = CleanTextField(term("reason", "核查依据"), max_length=200, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=term("decided by", "核查人"),
    )
    decided_on = DayField(term("decided on", "核查日期"), null=True, blank=True)

    class Meta:
        verbose_name = term("possible duplicate", "疑似重复人员")
        verbose_name_plural = term("possible duplicates", "疑似重复人员")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("person", "other_person", name="duplicate_once_a_pair"),
            models.CheckConstraint(
                name="duplicate_decided_with_reason",
                condition=Q(decision=OPEN, decided_on__isnull=True)
                | Q(decision=GONE, decided_on__isnull=False)
                | Q(decision__in=(SAME, DIFFERENT), decided_on__isnull=False, decided_by__isnull=False) & ~Q(reason=""),
            ),
            Recorded.void_constraint("duplicate"),
        ]
        indexes = [
            models.Index("region", "id", name="duplicate_place"),
            models.Index("region", "id", condition=STANDING & Q(decision=OPEN), name="duplicate_open"),
        ]

    def __str__(self) -> str:
        return f"{self.person.name} {self.other_code}"

    @property
    def reason_words(self) -> str:
        return self._meta.get_field("reasons").in_words(self.reasons)
