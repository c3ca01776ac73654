"""Chance for generated rows in SQL: numbers that a key, the seed and a word give, so that the same seed gives the same rows.

The statements take the parameters `seed`, `on` (the day on which figures hold), `year` (of that day) and `generated`.
"""

from __future__ import annotations

# Household codes of generated households: the county, a 9 and six digits.
GENERATED = "^[0-9]{6}9[0-9]{6}$"
DEMO_COUNTY = 522326000000  # where the demo accounts work


def luck(key: str, word: str) -> str:
    """SQL for a whole number from 0 to 999."""
    return f"(abs(hashtextextended({key}::text || '{word}', %(seed)s)) %% 1000)::int"


def pick(values: list[str], key: str, word: str) -> str:
    """SQL for one of the values."""
    quoted = ", ".join(f"'{value}'" for value in values)
    return f"(ARRAY[{quoted}])[1 + {luck(key, word)} %% {len(values)}]"
