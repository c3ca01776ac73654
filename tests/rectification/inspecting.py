"""People who inspect and are inspected, and short ways to what they do; used by the tests of inspections and samples."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass

import pytest

from accounts.models import User
from common.problems import Refused
from common.scope import acting_as, whole
from divisions.models import Unit
from rectification.actions.inspections import do_act, save_inspections
from rectification.actions.inspections_checklists import save_checklists, save_questions
from rectification.actions.inspections_checks import Answer, fill_in, save_checks
from rectification.models import CheckLine, Inspection, InspectionCheck, ProblemClass
from tests import world

NOW = dt.date(2026, 6, 10)
PROVINCE, CITY = 520000000000, 522300000000
OFFICE, DRC = "贵州省生态移民局", "贵州省发展和改革委员会"
_numbers = itertools.count(1)


def account(name: str, role: str, region: int, unit: str) -> User:
    made = world.user(name, role, region)
    made.unit = Unit.objects.get_or_create(region=region, name=unit)[0]
    made.save()
    return User.objects.get(pk=made.pk)


@dataclass
class Team:
    """`province` and `colleague` are of the organising unit, `drc` and `auditor` of others of the same area."""

    province: User
    colleague: User
    drc: User
    auditor: User
    city: User
    county: User
    township: User
    other: User


def team() -> Team:
    return Team(
        province=account("province", "province", PROVINCE, OFFICE),
        colleague=account("colleague", "province", PROVINCE, OFFICE),
        drc=account("drc", "drc", PROVINCE, DRC),
        auditor=account("auditor", "auditor", PROVINCE, "贵州省审计厅"),
        city=account("city", "city", CITY, "黔西南州生态移民局"),
        county=account("county", "county", world.WANGMO, "望谟县生态移民局"),
        township=account("township", "township", world.WANGMO_TOWNSHIP, "王母街道办事处"),
        other=account("other", "county", world.CEHENG, "册亨县生态移民局"),
    )


def inspection(by: User, **values) -> Inspection:
    """An inspection of two counties of one city, planned."""
    row = {
        "year": 2026,
        "title": f"第{next(_numbers)}次检查",
        "kind": "visit",
        "way": "open",
        "counties": "望谟县、册亨县",
        **values,
    }
    with acting_as(by):
        return save_inspections([row], by=by, on=NOW).objects[0]


def act(found: Inspection, key: str, by: User, on: dt.date = NOW, **told) -> Inspection:
    if key in ("feed_back", "publish"):
        told = {"findings": "总体较好，个别问题需整改", **told}
    with acting_as(by):
        return do_act(found, key, by=by, on=on, **told)


QUESTIONS = [
    ("是否有物业服务", "yes_no", "是"),
    ("社区工作者人数", "number", ">=3"),
    ("群众反映的问题", "text", ""),
]


def checklist(by: User, questions=QUESTIONS, **values):
    with acting_as(by):
        made = save_checklists([{"name": f"核查表{next(_numbers)}", **values}], by=by, on=NOW).objects[0]
        rows = [
            {"checklist": made, "position": n, "question": text, "kind": kind, "expected": expected}
            for n, (text, kind, expected) in enumerate(questions, start=1)
        ]
        save_questions(rows, by=by, on=NOW)
    return made


def field_check(found: Inspection, by: User, settlement, with_list=None, **values) -> InspectionCheck:
    row = {"inspection": found, "settlement": settlement, "visited_on": NOW, "checklist": with_list, **values}
    with acting_as(by):
        return save_checks([row], by=by, on=NOW).objects[0]


def lines(record: InspectionCheck) -> list[CheckLine]:
    with whole():
        return list(record.lines.order_by("position"))


def answer(record: InspectionCheck, by: User, *answers, complete: bool = True) -> list[CheckLine]:
    """Fill in a check: each answer a text, or an Answer."""
    told = {
        line.pk: value if isinstance(value, Answer) else Answer(value)
        for line, value in zip(lines(record), answers, strict=False)
    }
    with acting_as(by):
        fill_in(record, told, by=by, complete=complete, on=NOW)
    return lines(record)


def refused(call, *arguments, **named) -> set[tuple[str, str]]:
    with pytest.raises(Refused) as found:
        call(*arguments, **named)
    return {(problem.field, problem.code) for problem in found.value.problems}


def kind(code: str = "N1") -> ProblemClass:
    return ProblemClass.objects.get(region=0, code=code)
