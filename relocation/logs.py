"""Log lines without personal data."""

import logging
import re

# Below its message PostgreSQL repeats values of the row: "DETAIL:  Key (name)=(...) already exists."
ROW_VALUES = re.compile(r"^(DETAIL|CONTEXT|LINE \d+):.*$", re.MULTILINE)


class Formatter(logging.Formatter):
    """Time, level, logger, message; of a database error its message, not the values of the row."""

    def __init__(self, fmt: str = "%(asctime)s %(levelname)s %(name)s: %(message)s", **options):
        super().__init__(fmt, **options)

    def format(self, record: logging.LogRecord) -> str:
        return ROW_VALUES.sub(r"\1: (left out)", super().format(record))
