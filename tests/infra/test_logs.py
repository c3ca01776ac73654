"""Logs hold no rows of the database."""

import logging

from relocation.logs import Formatter


def test_row_values_of_database_errors_are_left_out():
    text = 'duplicate key value violates unique constraint "x"\nDETAIL:  Key (name)=(王小明) already exists.\nafter'
    record = logging.LogRecord("jobs", logging.ERROR, "", 0, "failed: %s", (text,), None)
    line = Formatter().format(record)
    assert "王小明" not in line
    assert line.endswith("DETAIL: (left out)\nafter")
