"""Spells of work of one labourer, as days from the day on which the figures hold: negative ones lie before it.

The kinds decide the verdict of the household: see the verdict's own definition of employed, stable and expiring.
"""

from __future__ import annotations

from collections.abc import Callable

Draw = Callable[[], float]
Spell = tuple[int, int | None]  # first and last day; None: no end is known
Kind = Callable[[Draw, int], list[Spell]]  # chance, and the day from which the person may work

STABLE_DAYS = 200  # more than the days of any six months
SOON = 30
LONGEST = 720


def _between(draw: Draw, low: int, high: int) -> int:
    return low + int(draw() * (high - low + 1)) if high > low else low


def _end_later(draw: Draw) -> int | None:
    """An end that the verdict does not call near, or none."""
    return None if draw() < 0.6 else _between(draw, SOON + 1, LONGEST)


def _before(draw: Draw, last: int, since: int) -> list[Spell]:
    """An ended job that lasted up to about `last`, not before `since`; none where there is no room."""
    end = last - _between(draw, 5, 90)
    begin = max(since, end - _between(draw, 40, 420))
    return [(begin, end)] if end - begin >= 20 else []


def steady(draw: Draw, since: int) -> list[Spell]:
    """At work long enough to be stable, with no end near; some with an earlier job, a few with a second one."""
    begin = -_between(draw, STABLE_DAYS, min(-since, 1500))
    spells = [(begin, _end_later(draw))]
    luck = draw()
    if luck < 0.3:
        spells += _before(draw, begin, since)
    elif luck > 0.98:
        spells.append((begin // 2, None))
    return spells


def fresh(draw: Draw, since: int) -> list[Spell]:
    """At work for some months only; an earlier job ended more than a year ago."""
    spells = [(-_between(draw, 5, 150), _end_later(draw))]
    return spells + _before(draw, -400, since) if draw() < 0.3 else spells


def expiring(draw: Draw, since: int) -> list[Spell]:
    """At work, and the job ends within a month."""
    return [(-_between(draw, 60, min(-since, 600)), _between(draw, 0, SOON - 1))]


def idle(draw: Draw, since: int) -> list[Spell]:
    """Not at work; two in five were once."""
    return _before(draw, -_between(draw, 1, 400), since) if draw() < 0.4 else []


def waiting(draw: Draw, since: int) -> list[Spell]:
    """Not at work yet: a job begins within weeks."""
    return [*idle(draw, since), (_between(draw, 3, 45), None)]
