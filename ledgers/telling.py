"""What is told after a record was saved although something about it is implausible."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest

from common.ledger import Ledger
from common.problems import Problem
from common.terms import labelled


def tell_warnings(request: HttpRequest, ledger: Ledger, problems: Iterable[Problem]) -> None:
    """A message for each warning among the problems, with the column that it is about."""
    for problem in problems:
        if problem.warning:
            column = ledger.by_name.get(problem.field)
            messages.warning(request, labelled(ledger.heading(column), problem.message) if column else problem.message)
