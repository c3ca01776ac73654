"""What an import or export tells of its progress; jobs.runner.Run is one of these."""

from __future__ import annotations

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
