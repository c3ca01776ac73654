"""The national classes of problems, from the shipped code list problem_type."""

from __future__ import annotations

from common import scope
from common.codes import code_list
from rectification.models import ProblemClass

RED_LINES = ("R1", "R2", "R3", "R4")  # area, debt, quality and safety, misuse of funds


def load_problem_classes(using: str = "default") -> int:
    """Bring the national classes in line with the list; gives how many were new. A province's own are not touched."""
    new = 0
    with scope.whole(source="load_problem_classes", using=using):
        for item in code_list("problem_type").items.values():
            _row, made = ProblemClass.objects.using(using).update_or_create(
                region=0, code=item.code, defaults={"name": item.zh, "red_line": item.code in RED_LINES}
            )
            new += made
    return new
