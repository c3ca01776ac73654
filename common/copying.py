"""Cells for PostgreSQL's COPY ... FROM STDIN in its text format: join cells with a tab, rows with a line feed."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal

NULL = r"\N"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}


def copy_text(value) -> str:
    """One value as COPY's text format writes it. Raises TypeError for a type that no column takes."""
    if value is None:
        return NULL
    if isinstance(value, str):
        return _SPECIAL.sub(lambda match: _ESCAPES[match[0]], value) if _SPECIAL.search(value) else value
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (bytes, bytearray, memoryview)):
        return r"\\x" + bytes(value).hex()
    if isinstance(value, (dt.date, dt.datetime, dt.time)):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        return copy_text(json.dumps(value, ensure_ascii=False))
    if isinstance(value, (int, float)) or hasattr(value, "hex"):
        return str(value)
    raise TypeError(f"no COPY form for {type(value).__name__}")
