"""How the rectification ledger is narrowed beyond its columns: what the zero-clearing page counts opens by these."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q, QuerySet

from common import clock
from common.ledger import Filter
from common.terms import term
from divisions.models import Unit
from rectification.models import ItemPlace, ProblemClass
from rectification.queries.lateness import COUNTED, RELAPSED, overdue
from rectification.queries.rights import orphans
from rectification.states import OPEN

YES_NO = [("1", term("yes", "是")), ("0", term("no", "否"))]
LOOK_BACKS = [
    ("waiting", term("waiting", "待回头看")),
    ("late", term("late", "逾期未回头看")),
    ("done", term("done", "已回头看")),
]

Rows = QuerySet
Apply = Callable[[Rows, object], Rows]


def _is(condition: Q) -> Apply:
    return lambda rows, value: rows.filter(condition) if value == "1" else rows.exclude(condition)


def _yes_no(name: str, label, condition: Q, *, shown: bool = False) -> Filter:
    return Filter(name, label, "choice", _is(condition), YES_NO, shown)


def _is_overdue(rows: Rows, value: str) -> Rows:
    return _is(overdue(clock.today()))(rows, value)


def _held_by_nobody(rows: Rows, value: str) -> Rows:
    found = orphans(rows)
    return found if value == "1" else rows.exclude(pk__in=found.values("pk"))


def _at_settlement(rows: Rows, code: str) -> Rows:
    return rows.filter(pk__in=ItemPlace.objects.filter(settlement__code=code).values("item"))


def _of_class(rows: Rows, code: str) -> Rows:
    return rows.filter(Q(problem_class__code=code) | Q(problem_class__parent__code=code))


def _under_class(rows: Rows, key: str) -> Rows:
    return rows.filter(Q(problem_class=int(key)) | Q(problem_class__parent=int(key)))


def _uncleared(rows: Rows, pair: tuple) -> Rows:
    """Not closed by the day; a problem that was reopened since is open again."""
    day = pair[1] or pair[0]
    return rows.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=day))


def _look_back(rows: Rows, value: str) -> Rows:
    rows = rows.filter(state="closed", look_back_on__isnull=False, looked_back_on__isnull=value != "done")
    return rows.filter(look_back_on__lt=clock.today()) if value == "late" else rows


def _classes() -> list[tuple[str, str]]:
    return [(str(row.pk), row.name) for row in ProblemClass.objects.filter(parent=None)]


def _leading_units() -> list[tuple[str, str]]:
    rows = Unit.objects.filter(items_led__isnull=False).distinct()
    return [(str(key), name) for key, name in rows.order_by("pk").values_list("pk", "name")]


FILTERS = (
    Filter("overdue", term("overdue", "是否超期"), "choice", _is_overdue, YES_NO),
    _yes_no("open", term("not closed", "未销号"), Q(state__in=OPEN), shown=True),
    _yes_no("red", term("red line", "红线问题"), Q(red_line=True), shown=True),
    Filter("look_back", term("look-back", "回头看"), "choice", _look_back, LOOK_BACKS),
    Filter("orphan", term("held by nobody", "无人负责"), "choice", _held_by_nobody, YES_NO),
    Filter("unit", term("lead unit", "责任单位"), "exact", lambda rows, name: rows.filter(lead_unit__name=name)),
    Filter("class", term("class of problem", "问题类型"), "exact", _of_class, shown=False),
    Filter("settlement", term("settlement", "安置点"), "exact", _at_settlement, shown=False),
    _yes_no("counted", term("registered, not merged", "已登记未合并"), COUNTED),
    _yes_no("returned", term("returned at least once", "曾被退回"), Q(times_returned__gt=0)),
    _yes_no("relapsed", term("relapsed", "反弹"), RELAPSED),
    _yes_no("false", term("false rectification found", "虚假整改"), Q(false_on__isnull=False)),
    Filter("uncleared", term("not closed by", "截至未销号"), "date", _uncleared, shown=False),
    Filter("top_class", term("class of problem", "问题大类"), "choice", _under_class, _classes, shown=False),
    Filter(
        "led_by",
        term("lead unit", "责任单位"),
        "choice",
        lambda rows, key: rows.filter(lead_unit=int(key)),
        _leading_units,
        shown=False,
    ),
    Filter("in_batch", term("batch", "批次"), "exact", lambda rows, text: rows.filter(batch=text), shown=False),
    _yes_no("batched", term("of a batch", "有批次"), ~Q(batch="")),
    Filter(
        "own_level",
        term("at its own level", "本级"),
        "division",
        lambda rows, code: rows.filter(region=code),
        shown=False,
    ),
)
