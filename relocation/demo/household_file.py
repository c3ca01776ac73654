"""The household files of the demo county, part by part. Each part fills what is not there yet, so that a second run, or one
after an interruption, stores nothing twice."""

from __future__ import annotations

import datetime as dt

from relocation.demo import file_home, file_income, file_life, file_people, file_visits
from relocation.demo.load import GENERATED, Say


def before_verdicts(on: dt.date, seed: int, say: Say = print) -> None:
    """What verdicts and counters may read."""
    file_people.load(on, seed, say)
    file_income.load(on, seed, GENERATED)


def after_verdicts(on: dt.date, seed: int, say: Say = print) -> None:
    """What is known of households whose verdict stands, and what falls due by it."""
    file_home.load(on, seed, say)
    file_income.follow(on, say)
    file_life.load(on, seed, say)
    file_visits.load(on, seed, say)
