"""Long work 后台任务: one row a job, which is the truth; the broker only wakes workers."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from common import clock
from common.terms import term


class Job(models.Model):
    """A piece of long work of one user.

    While a worker has it (`running`), it renews `lease_until` every half second from a database session of its own,
    which `session` and `session_since` name. Where the session has ended (the worker was killed) or the lease has run
    out (it hangs, or is cut off), another worker takes the job up. `done` of `total` counts within the phase. `params`
    is what was asked for, `result` what came of it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", term("queued", "排队中")
        RUNNING = "running", term("running", "进行中")
        WAITING = "waiting", term("waiting for your decision", "待确认")
        DONE = "done", term("done", "已完成")
        FAILED = "failed", term("failed", "失败")
        CANCELLED = "cancelled", term("cancelled", "已取消")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(term("kind", "类型"), max_length=20)
    owner = models.ForeignKey(User, models.PROTECT, related_name="jobs", verbose_name=term("owner", "发起人"))
    state = models.CharField(term("state", "状态"), max_length=10, choices=State, default=State.QUEUED)
    phase = models.CharField(term("phase", "阶段"), max_length=20, blank=True)
    phase_started_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(term("done", "已完成数"), default=0)
    total = models.PositiveIntegerField(term("total", "总数"), default=0)
    worker = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    session = models.IntegerField(null=True)
    session_since = models.DateTimeField(null=True)
    heartbeat = models.DateTimeField(null=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    language = models.CharField(max_length=10, default="zh-hans")
    params = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    error = models.TextField(term("error", "错误"), blank=True)
    created_at = models.DateTimeField(term("created at", "创建时间"), default=clock.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(term("finished at", "完成时间"), null=True)
    expires_at = models.DateTimeField(term("expires at", "过期时间"), null=True)

    class Meta:
        verbose_name = term("job", "后台任务")
        verbose_name_plural = term("jobs", "后台任务")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "owner"], condition=Q(state="running"), name="job_one_running"),
        ]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="job_owner"),
            models.Index(fields=["state", "lease_until"], name="job_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def is_open(self) -> bool:
        """Whether something is still to come without the owner's doing."""
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    @property
    def file_is_kept(self) -> bool:
        """Whether what the job needs to run again is still there."""
        return self.expires_at is None or self.expires_at > clock.now()

    def file(self, role: str) -> JobFile | None:
        return self.files.filter(role=role).first()


class JobFile(models.Model):
    """A file of a job: `source` as it was uploaded, `report` of what was found in it, `marked` with the faults beside
    the cells, `result` to be downloaded. Files lie under MEDIA_ROOT and leave it only by a view that checks rights."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="files")
    role = models.CharField(
        max_length=10,
        choices=[
            ("source", term("uploaded file", "上传文件")),
            ("report", term("report", "核对报告")),
            ("marked", term("marked workbook", "标注文件")),
            ("result", term("result", "结果文件")),
        ],
    )
    name = models.CharField(term("file name", "文件名"), max_length=200)
    path = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField(term("size", "大小"))
    sha256 = models.CharField("SHA-256", max_length=64)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = term("file of a job", "任务文件")
        verbose_name_plural = term("files of jobs", "任务文件")
        constraints = [models.UniqueConstraint(fields=["job", "role"], name="job_file_one_a_role")]

    def __str__(self) -> str:
        return self.name

    @property
    def full_path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / self.path


def digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
