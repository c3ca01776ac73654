"""The household files of the demo county, part by part: rows by set statements while people are stored, and afterwards what
falls due by them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from relocation.demo import file_home, file_income, file_life, file_people, file_visits
from relocation.demo.chance import GENERATED

# People first: the tables that are staged are stored by their statements.
PARTS = (file_people, file_income, file_home, file_life, file_visits)
TABLES = tuple(table for part in PARTS for table in part.TABLES)


def stage(cursor) -> dict[str, str]:
    """Make the tables that take the rows of others until `fill` stores them in full; gives their names."""
    file_people.stage(cursor)
    return file_people.STAGED


def fill(cursor, on: dt.date, seed: int) -> None:
    """Store the staged rows in full and fill every part of their files. The demo accounts are needed: they are authors."""
    # By this connection: its transaction holds the tables that are referred to, and another one would wait for it.
    cursor.execute("SELECT username, id FROM accounts_user WHERE username IN ('county', 'township')")
    told = {"on": on, "year": on.year, "seed": seed, "generated": GENERATED, **dict(cursor.fetchall())}
    # The fresh tables have no figures yet, by which a join of thousands looks like one of a few.
    cursor.execute("SET LOCAL enable_nestloop = off")
    for part in PARTS:
        for statement in part.STATEMENTS:
            cursor.execute(statement, told)
    cursor.execute("SET LOCAL enable_nestloop = on")


def follow(on: dt.date, say: Callable[[str], None]) -> None:
    """What falls due by the files, and acts that begin only once verdicts stand. Each part does nothing a second time."""
    for part in PARTS:
        part.follow(on)
    say("What is due by the files of the households")
