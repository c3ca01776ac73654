"""What users keep of their work with ledgers: saved views of lists, drafts of forms; and the files kept with rows."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common import clock
from common.fields import CleanTextField, EncryptedField
from common.terms import term
from ledgers.attachments.models import Attachment

__all__ = ["Attachment", "Draft", "SavedView"]


class SavedView(models.Model):
    """A list as somebody likes it: the query of its address and the columns. Without a name it is the layout in use."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    ledger = models.CharField(term("ledger", "台账"), max_length=40)
    name = CleanTextField(term("name", "名称"), max_length=40, blank=True)
    query = models.TextField(term("query", "查询条件"), blank=True)
    columns = models.JSONField(term("columns", "显示列"), default=list)
    shared = models.BooleanField(term("shared with my unit", "与本单位共享"), default=False)

    class Meta:
        verbose_name = term("saved view", "常用视图")
        verbose_name_plural = term("saved views", "常用视图")
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint("user", "ledger", "name", name="saved_view_name_once")]

    @classmethod
    def open_to(cls, user, ledger: str) -> models.QuerySet:
        """The named views of the user and those that colleagues of the same unit share."""
        condition = Q(user=user)
        if user.unit_id:
            condition |= Q(shared=True, user__unit=user.unit_id)
        return cls.objects.filter(condition, ledger=ledger).exclude(name="")


class Draft(models.Model):
    """What stands in an open form, kept on the server, encrypted, since it may hold personal data.

    `form_id` is made anew for each opened form. `saved_as` is the address that saving it led to: a form that is sent
    twice leads there again and writes nothing.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts")
    form_id = models.UUIDField()
    form = models.CharField(max_length=40)
    member = models.CharField(max_length=40, blank=True)
    base_version = models.PositiveIntegerField(null=True)
    data = EncryptedField(max_length=200_000, null=True, blank=True)
    saved_at = models.DateTimeField(default=clock.now)
    saved_as = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = term("draft", "草稿")
        verbose_name_plural = term("drafts", "草稿")
        constraints = [models.UniqueConstraint("user", "form_id", name="draft_once_a_form")]
        indexes = [models.Index("user", "form", "member", name="draft_place")]
