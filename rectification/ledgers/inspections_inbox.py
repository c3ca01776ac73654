"""What inspections put into an inbox: what those who carry them out have to do, secret visits among it.

Asked for each reader by what that reader may see; nothing of it is stored, so that a secret visit leaves no deadline or
alert that others could come upon.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.roles import can
from alerts.inbox import SOURCES, Source, Task
from common.models import STANDING
from common.terms import term
from rectification.models import Inspection, InspectionCheck, InspectionMember
from rectification.queries.inspections_rights import CHECKS, LEDGER

AHEAD = dt.timedelta(30)
KIND = term("Inspection", "督查检查")


def _mine(user) -> Q:
    """Inspections of the user's unit, and those in which the user takes part."""
    condition = Q(pk__in=InspectionMember.objects.filter(user=user.pk).values("inspection"))
    return condition | Q(unit=user.unit_id) if user.unit_id else condition


def _inspections(user, on: dt.date, limit: int) -> tuple[int, list[Task]]:
    if not can(user, "write", LEDGER):
        return 0, []
    rows = Inspection.objects.visible_to(user).filter(STANDING, _mine(user), state__in=("planned", "under_way"))
    tasks = []
    for row in rows.order_by("pk"):
        due = row.due_on if row.state == "planned" else row.feed_back_by
        if due is None or due > on + AHEAD:
            continue
        text = _("Carry out: %(title)s") if row.state == "planned" else _("Feed back: %(title)s")
        tasks.append(Task(str(KIND), text % {"title": row.title}, row.address, due))
    if can(user, "write", CHECKS):
        begun = InspectionCheck.objects.visible_to(user).filter(STANDING, author=user.pk, state="begun")
        for record in begun.select_related("inspection", "settlement", "household").order_by("pk"):
            text = _("Complete the field check: %(subject)s") % {"subject": record.subject_name}
            tasks.append(Task(str(KIND), text, f"{record.address}fill/"))
    tasks.sort(key=lambda task: task.urgency(on))
    return len(tasks), tasks[:limit]


SOURCES.append(Source("inspections", term("Inspections", "督查检查"), _inspections))
