"""What is wrong with a row, in the words of whoever sent it: the same for a form, a sheet and the API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.encoding import force_str


@dataclass(frozen=True)
class Problem:
    """One fault: `row` counts from 0 for API payloads and is Excel's own number for sheets; `field` is a column name.

    `column` is the heading as it stands in the file. A warning refuses nothing.
    """

    row: int
    field: str
    value: str
    code: str
    message: str
    sheet: str = ""
    column: str = ""
    warning: bool = False

    def as_dict(self) -> dict:
        return asdict(self)


class Refused(Exception):
    """An action refuses; nothing was written. Carries every problem at once."""

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        super().__init__("; ".join(problem.message for problem in problems[:3]))


class Conflict(Exception):
    """Somebody else saved meanwhile: `current` holds the stored values by column name; `problems` name what differs,
    where that was asked for."""

    def __init__(self, current: dict, version: int, problems: Sequence[Problem] = ()):
        self.current = current
        self.version = version
        self.problems = list(problems)
        super().__init__("version conflict")


def of_error(
    error: ValidationError, *, row: int = 0, values: dict | None = None, prefix: str = ""
) -> Iterator[Problem]:
    """The problems that a ValidationError of a field (a list) or of `clean()` (by field) holds."""
    values = values or {}
    if hasattr(error, "error_dict"):
        for name, errors in error.error_dict.items():
            field = "" if name == NON_FIELD_ERRORS else prefix + name
            for single in errors:
                yield from of_error(single, row=row, values=values, prefix=field)
        return
    for single in error.error_list:
        for message in single.messages:
            value = values.get(prefix)
            yield Problem(row, prefix, "" if value is None else force_str(value), single.code or "invalid", message)
