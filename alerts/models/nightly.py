"""Which days the nightly run over all deadlines has finished."""

from __future__ import annotations

from django.db import models


class DeadlineRun(models.Model):
    """A day up to which every deadline has been followed. What a night missed, the next run tells as of its own day."""

    on = models.DateField(primary_key=True)
    opened = models.PositiveIntegerField(default=0)
    ended = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField()
