"""What an import or export tells of its progress (jobs.runner.Run is one of these), and what speeds it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    def phase(self, name: str, total: int = 0) -> None: ...

    def advance(self, done: int) -> None: ...


class Silent:
    """Progress of which nobody wants to hear: commands."""

    def phase(self, name: str, total: int = 0) -> None:
        pass

    def advance(self, done: int) -> None:
        pass


@contextmanager
def no_collection() -> Iterator[None]:
    """Without the cyclic garbage collector: of a file's million small objects all stay, and looking through them again
    and again takes a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
