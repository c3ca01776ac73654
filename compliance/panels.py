"""What verdicts add to the pages of others: the household's verdict, the inbox's share of the zero-employment list."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.roles import can
from alerts.inbox import SOURCES, Source, Task
from alerts.models import Alert
from common import codes
from common.ledger import registry
from common.terms import term
from compliance.actions import ZERO_STEP
from compliance.models import Verdict, ZeroCase

VERDICT = term("One household, one job", "一户一人以上就业判定")
UNASSIGNED = "/ledgers/zero-households/?assigned=0"


def _zero_cases(user, on: dt.date, limit: int) -> tuple[int, list[Task]]:
    """Cases assigned to the user whose next step is far ahead (when it is near, its alert tells), and how many of the area
    nobody has."""
    if not can(user, "write", "zero-households"):
        return 0, []
    title = str(ZeroCase._meta.verbose_name)
    open_cases = ZeroCase.objects.visible_to(user).filter(closed_on=None)
    told = Alert.objects.filter(kind=ZERO_STEP, subject_id=OuterRef("pk"), ended_on=None)
    mine = open_cases.filter(~Exists(told), assigned_to=user).select_related("household").order_by("next_step_on", "pk")
    tasks = [
        Task(
            title,
            _("%(step)s: household %(code)s") % {"step": case.next_step, "code": case.household.code},
            f"/compliance/zero/{case.pk}/assign/",
            case.next_step_on,
        )
        for case in mine[:limit]
    ]
    number = mine.count() if len(tasks) == limit else len(tasks)
    if unassigned := open_cases.filter(assigned_to=None).count():
        text = ngettext(
            "%(n)s household without any job is assigned to nobody",
            "%(n)s households without any job are assigned to nobody",
            unassigned,
        )
        tasks.append(Task(title, text % {"n": f"{unassigned:,}"}, UNASSIGNED, tone="warn"))
        number += 1
    return number, tasks


SOURCES.insert(1, Source("zero", term("Zero employment", "零就业"), _zero_cases))


def _consequences(household) -> list[tuple[object, str]]:
    code = Verdict.objects.filter(pk=household.pk).values_list("code", flat=True).first()
    return [(VERDICT, codes.label("verdict", code) if code else _("none: nobody lives there any more"))]


# What the household's verdict says is why most readers come.
registry["households"].panels.sort(key=lambda panel: panel.key != "verdict")
registry["households"].consequences.append(_consequences)
