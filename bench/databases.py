"""Databases to measure on: the demo county and the demo province, loaded once and kept; and throw-away copies of them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from bench import settings
from relocation import embedded

COPY, EMPTY = "bench_copy", "bench_empty"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def servers() -> Iterator[None]:
    """PostgreSQL, durable as in use, and Valkey; stopped afterwards, their data stay. One run at a time."""
    settings.BENCH_DIR.mkdir(parents=True, exist_ok=True)
    lock = open(settings.BENCH_DIR / "lock", "w")  # noqa: SIM115 - held until the servers have stopped
    fcntl.flock(lock, fcntl.LOCK_EX)
    embedded.start_postgres(settings.BENCH_DIR)
    embedded.start_valkey(settings.BENCH_DIR)
    try:
        yield
    finally:
        connections.close_all()
        embedded.stop_valkey(settings.BENCH_DIR)
        embedded.stop_postgres(settings.BENCH_DIR)
        lock.close()


def prepare(scale: str) -> None:
    """Make and load the database of a scale, unless it is there and neither schema nor demo has changed since."""
    name, stamp = settings.database_of(scale), settings.BENCH_DIR / f"{scale}.stamp"
    state = _state()
    if stamp.exists() and stamp.read_text() == state:
        return
    say(f"Loading the {scale} into {name}; it is kept for later runs")
    stamp.unlink(missing_ok=True)
    _make(name, ["load_demo", "--scale", scale, "--seed", "1"])
    with embedded.superuser(_addresses(), name) as cursor:
        cursor.execute("VACUUM ANALYZE")
    stamp.write_text(state)


def prepare_empty() -> None:
    """The database of a first start without demo, from this state of the code: set up, with the demo accounts alone."""
    _make(EMPTY, ["create_demo_accounts"])


def _make(name: str, *commands: list[str]) -> None:
    embedded.drop_database(_addresses(), name)
    embedded.make_database(_addresses(), name)
    for command in (["setup_database"], *commands):
        subprocess.run(
            [sys.executable, "manage.py", *command, "--verbosity=0"],
            cwd=settings.ROOT,
            check=True,
            env=os.environ | settings.process_environment(name),
            stdout=subprocess.DEVNULL,
        )


def analyse_copy() -> None:
    """Let the planner know what was put into the copy, as autovacuum does in use."""
    with embedded.superuser(_addresses(), COPY) as cursor:
        cursor.execute("ANALYZE")


def _addresses() -> embedded.Addresses:
    return embedded.addresses(settings.BENCH_DIR)


def _state() -> str:
    """A hash of what a loaded database depends on."""
    files = [*settings.ROOT.glob("*/migrations/*.py"), *settings.ROOT.glob("relocation/demo/*.py")]
    found = hashlib.sha256(settings.ON.encode())
    for path in sorted(files):
        found.update(path.read_bytes())
    return found.hexdigest()


@contextmanager
def using(database: str) -> Iterator[None]:
    """Let the product work on another database of the same server, in this thread."""
    before = connections["default"]
    connection = connections.create_connection("default")
    connection.settings_dict = {**connection.settings_dict, "NAME": database}
    connections["default"] = connection
    try:
        yield
    finally:
        connection.close()
        connections["default"] = before


@contextmanager
def kept_connection(database: str) -> Iterator:
    """As `using`, for many short turns: gives a context manager that takes the same connection each time."""
    connection = connections.create_connection("default")
    connection.settings_dict = {**connection.settings_dict, "NAME": database}

    @contextmanager
    def turn() -> Iterator[None]:
        before = connections["default"]
        connections["default"] = connection
        try:
            yield
        finally:
            connections["default"] = before

    try:
        yield turn
    finally:
        connection.close()


@contextmanager
def copy_of(template: str) -> Iterator[None]:
    """Work on a fresh copy of a database, dropped afterwards."""
    connections.close_all()
    embedded.drop_database(_addresses(), COPY)
    embedded.make_database(_addresses(), COPY, template)
    try:
        with using(COPY):
            yield
    finally:
        embedded.drop_database(_addresses(), COPY)
