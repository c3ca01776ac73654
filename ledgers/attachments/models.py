"""A file kept with a row of a ledger 附件: what it is, who brought it, and where and when a photograph was taken."""

from __future__ import annotations

from pathlib import Path, PurePath

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from common import clock
from common.fields import CleanTextField
from common.models import Scoped
from common.terms import term
from divisions.models import Unit
from ledgers.attachments.kinds import KINDS

FOLDER = "attachments"
THUMBNAIL = 320  # px of the longer side
# A comparison with nothing is neither true nor false, and a constraint lets it pass: hence both ways of telling.
_PLACE_WHOLE = Q(latitude__isnull=True, longitude__isnull=True) | Q(
    latitude__isnull=False,
    longitude__isnull=False,
    latitude__gte=-90,
    latitude__lte=90,
    longitude__gte=-180,
    longitude__lte=180,
)


class Attachment(Scoped):
    """One file of the row `subject_id` of a ledger, in the scope of the row.

    `group` is a short key by which a higher app tells files of one row apart (the act or step they belong to). A file is
    withdrawn with a reason and stays. `path` lies under MEDIA_ROOT; each row has a file of its own, so that no row's fate
    hangs on another's.
    """

    class Kind(models.TextChoices):
        PHOTOGRAPH = "photograph", term("photograph", "照片")
        DOCUMENT = "document", term("document", "文件")

    ledger = models.CharField(term("ledger", "台账"), max_length=40)
    subject_id = models.BigIntegerField(term("record", "记录"))
    group = models.CharField(term("group", "分组"), max_length=40, blank=True)
    name = models.CharField(term("file name", "文件名"), max_length=120)
    caption = CleanTextField(term("caption", "说明"), max_length=200, blank=True)
    kind = models.CharField(term("kind", "类型"), max_length=10, choices=Kind)
    media_type = models.CharField(term("media type", "媒体类型"), max_length=100)
    size = models.PositiveBigIntegerField(term("size", "大小"))
    sha256 = models.CharField("SHA-256", max_length=64)
    path = models.CharField(max_length=120, unique=True, editable=False)
    width = models.PositiveIntegerField(term("width (px)", "宽（像素）"), null=True)
    height = models.PositiveIntegerField(term("height (px)", "高（像素）"), null=True)
    taken_at = models.DateTimeField(term("taken at", "拍摄时间"), null=True)
    latitude = models.DecimalField(term("latitude", "纬度"), max_digits=8, decimal_places=6, null=True)
    longitude = models.DecimalField(term("longitude", "经度"), max_digits=9, decimal_places=6, null=True)
    uploaded_by = models.ForeignKey(
        User, models.PROTECT, related_name="attachments", verbose_name=term("uploaded by", "上传人")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=term("unit", "单位"))
    uploaded_at = models.DateTimeField(term("uploaded at", "上传时间"), default=clock.now)
    withdrawn_at = models.DateTimeField(term("withdrawn at", "撤回时间"), null=True)
    withdrawn_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=term("withdrawn by", "撤回人")
    )
    withdrawal_reason = models.CharField(term("reason of withdrawal", "撤回原因"), max_length=200, blank=True)

    # Under how many other rows of the nation the same content stands: set by queries.of_subject.
    also_at = 0

    class Meta:
        verbose_name = term("attachment", "附件")
        verbose_name_plural = term("attachments", "附件")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ledger", "subject_id", "sha256"],
                condition=Q(withdrawn_at__isnull=True),
                name="attachment_once_a_subject",
            ),
            models.CheckConstraint(name="attachment_not_empty", condition=Q(size__gt=0)),
            models.CheckConstraint(name="attachment_place_whole", condition=_PLACE_WHOLE),
            models.CheckConstraint(
                name="attachment_withdrawal_told_whole",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawal_reason="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawal_reason=""),
            ),
        ]
        indexes = [
            models.Index(fields=["ledger", "subject_id", "id"], name="attachment_subject"),
            models.Index(fields=["sha256"], name="attachment_content"),
        ]

    def __str__(self) -> str:
        return self.caption or self.name

    @property
    def full_path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / FOLDER / self.path

    @property
    def thumbnail_path(self) -> Path:
        return self.full_path.with_name(f"{self.full_path.name}.jpg")

    @property
    def is_photograph(self) -> bool:
        return self.kind == self.Kind.PHOTOGRAPH

    @property
    def url(self) -> str:
        return f"/attachments/{self.pk}/"

    @property
    def file_name(self) -> str:
        """The name to save it under: as it was given, with an ending that programs know it by."""
        endings = KINDS[self.media_type].endings
        known = PurePath(self.name).suffix.lower() in endings
        return self.name if known else f"{self.name}{endings[0]}"

    @property
    def type_word(self) -> str:
        """`PDF`, `DOCX`: what stands in the place of a picture."""
        return PurePath(self.file_name).suffix.removeprefix(".").upper()

    @property
    def short_hash(self) -> str:
        return self.sha256[:12]

    @property
    def place(self) -> str:
        """Where a photograph was taken, as text."""
        if self.latitude is None:
            return ""
        north, east = "N" if self.latitude >= 0 else "S", "E" if self.longitude >= 0 else "W"
        return f"{abs(self.latitude):.5f}° {north}, {abs(self.longitude):.5f}° {east}"

    @property
    def thumbnail_size(self) -> tuple[int, int]:
        """Width and height of the thumbnail, so that a page keeps its place."""
        share = min(1, THUMBNAIL / max(self.width, self.height))
        return max(1, round(self.width * share)), max(1, round(self.height * share))
