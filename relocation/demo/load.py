"""Storing generated rows: processes generate, one connection of the owner copies, everything in one transaction."""

from __future__ import annotations

import datetime as dt
import io
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from itertools import groupby

import django
from django.db import connections, transaction

from common import clock, scope
from compliance.actions import recompute
from divisions.models import Division
from households.models import Household
from relocation.demo import household_file
from relocation.demo import plan as planning
from relocation.demo.chance import GENERATED
from relocation.demo.generate import COLUMNS, generate
from relocation.demo.plan import Batch, County, SettlementPlan
from settlements.models import tier_of

GUIZHOU = 520000000000
PROVINCES_OF_THE_NATION = 22
BIG = 100_000  # rows; below this, starting processes costs more than it saves
PIECE = 15_000  # households judged in one transaction
Say = Callable[[str], None]


class CannotLoad(Exception):
    """Why nothing was loaded and what to do, in words for whoever ran the command."""


def counties_of(provinces: Sequence[int] | None = None) -> list[County]:
    """Counties in force that have townships, all or those of the provinces, with their share of people."""
    townships = Division.objects.filter(level=4, valid_to=None).order_by("code").values_list("code", "name")
    names = dict(Division.objects.filter(level=3, valid_to=None).values_list("code", "name"))
    counties = [
        County(code, names[code], tuple(group))
        for code, group in groupby(townships, lambda township: scope.ancestor(township[0], 3))
        if code in names and (provinces is None or scope.ancestor(code, 1) in provinces)
    ]
    in_prefecture: dict[int, int] = {}
    for county in counties:
        in_prefecture[county.code // 10**8] = in_prefecture.get(county.code // 10**8, 0) + 1
    shares = planning.PREFECTURE_SHARES
    return [
        replace(county, share=shares.get(county.code // 10**8, 10) / in_prefecture[county.code // 10**8])
        for county in counties
    ]


def plan_for(scale: str, seed: int) -> list[SettlementPlan]:
    """The settlements of a scale (county, province, nation). Raises CannotLoad where divisions are missing."""
    counties = counties_of(None if scale == "nation" else [GUIZHOU])
    if not counties:
        raise CannotLoad(
            "There are no townships of Guizhou (520000) yet. Load divisions first: manage.py load_divisions"
            " reference/divisions_sample.csv"
        )
    if scale == "province":
        return planning.make_plan(counties, planning.GUIZHOU, seed)
    if scale == "county":
        by_code = {county.code: county for county in counties}
        return [
            settlement
            for code, totals in planning.COUNTY_DEMO.items()
            for settlement in planning.make_plan([by_code[code]], totals, seed, counties)
        ]
    provinces = {scope.ancestor(county.code, 1) for county in counties}
    if len(provinces) < PROVINCES_OF_THE_NATION:
        raise CannotLoad(
            f"The nation's settlements lie in {PROVINCES_OF_THE_NATION} provinces; divisions down to townships are loaded"
            f" for {len(provinces)}. Load those of the other provinces first: manage.py load_divisions FILE"
        )
    return planning.make_plan(counties, planning.NATION, seed)


def generated_households(using: str = "owner") -> int:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM households_household WHERE code ~ %s", [GENERATED])
        return cursor.fetchone()[0]


def _is_empty(using: str) -> bool:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM households_household)")
        return cursor.fetchone()[0]


def load(
    plans: Sequence[SettlementPlan],
    *,
    on: dt.date,
    seed: int,
    files: bool = False,
    using: str = "owner",
    say: Say = print,
) -> None:
    """Store a plan's rows with their history; the figures hold on the day `on`. Verdicts and counters follow by `judge`.

    With `files`, households and people are stored in full and every part of their files is filled: a county's worth.

    `using` names the connection of the tables' owner, whom row-level security does not bind: COPY goes straight into
    the tables. All or nothing.
    """
    people = sum(plan.people for plan in plans)
    big = people >= BIG
    with scope.whole(source="load_demo", using=using):
        tiered = [replace(plan, tier=tier_of(plan.people, plan.placement)) for plan in plans]
        batches = _numbered(planning.batches(tiered), using)
        # Beside rows that somebody works with, a small demo leaves their indexes alone.
        tables = (*COLUMNS, *household_file.TABLES) if files else (*COLUMNS,)
        with _without_indexes(using, tables) if big or _is_empty(using) else nullcontext():
            with connections[using].cursor() as cursor:
                staged = household_file.stage(cursor) if files else {}
            done = 0
            for batch, texts in zip(batches, _generated(batches, on, seed, big), strict=True):
                _copy(texts, using, staged)
                done += sum(plan.people for plan in batch.settlements)
                say(f"{done:,} of {people:,} people")
            if files:
                with connections[using].cursor() as cursor:
                    household_file.fill(cursor, on, seed)
                say("Files of the households filled in")
            say("Building indexes and checking references")
        _set_sequences(using)
        with connections[using].cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(COLUMNS)}")


def judge(on: dt.date, say: Say = print, using: str = "owner") -> int:
    """Verdicts of all generated households as of a day, with counters, tiers, cases and alerts; says how many changed.

    Each piece is a transaction of its own and holds whole settlements, so that no two processes wait for a counter.
    """
    households = generated_households(using)
    changed = done = 0
    with ExitStack() as stack:
        run = map
        if households >= BIG:
            processes = stack.enter_context(_processes(django.setup))
            for _process in range(os.cpu_count()):
                processes.submit(int)  # lets them start while the pieces are cut
            run = processes.map
        with scope.whole():
            pieces = list(_pieces())
        stack.enter_context(_undisturbed(using))
        for ids, count in zip(pieces, run(_judge, pieces, [on] * len(pieces)), strict=True):
            changed += count
            done += len(ids)
            say(f"{done:,} of {households:,} verdicts")
    return changed


@contextmanager
def _undisturbed(using: str) -> Iterator[None]:
    """Keep autovacuum from the fresh tables for a while: it would take a fifth of two processors. Who reads or writes
    does not notice the lock."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        tables = [name for table in COLUMNS for name in (table, f"{table}_event")]
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE UPDATE EXCLUSIVE MODE")
        yield


def _pieces() -> Iterator[list[int]]:
    rows = (
        Household.objects.filter(code__regex=GENERATED)
        .order_by("settlement_id", "id")
        .values_list("settlement_id", "id")
    )
    piece: list[int] = []
    for _settlement, group in groupby(rows.iterator(), lambda row: row[0]):
        piece += [key for _settlement, key in group]
        if len(piece) >= PIECE:
            yield piece
            piece = []
    if piece:
        yield piece


def _judge(ids: list[int], on: dt.date) -> int:
    with scope.whole(source="load_demo"):
        return recompute(ids, on=on)


def _processes(initializer=None) -> ProcessPoolExecutor:
    """One process for each processor; fresh ones, since a fork would share the database connection."""
    return ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn"), initializer)


def _numbered(batches: list[Batch], using: str) -> list[Batch]:
    """The batches with keys above those that the tables hold."""
    with connections[using].cursor() as cursor:
        last = []
        for table in ("settlements_settlement", "households_household", "households_person"):
            cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
            last.append(cursor.fetchone()[0])
    return [
        replace(
            batch,
            first_settlement=batch.first_settlement + last[0],
            first_household=batch.first_household + last[1],
            first_person=batch.first_person + last[2],
        )
        for batch in batches
    ]


def _generated(batches: Sequence[Batch], on: dt.date, seed: int, big: bool) -> Iterator[dict[str, bytes]]:
    if not big:
        yield from (generate(batch, on, seed) for batch in batches)
        return
    with _processes() as pool:
        running: deque[Future] = deque()
        for batch in batches:
            # No further ahead than the copying can follow, or all rows would stand in memory.
            if len(running) > os.cpu_count():
                yield running.popleft().result()
            running.append(pool.submit(generate, batch, on, seed))
        while running:
            yield running.popleft().result()


def _copy(texts: dict[str, bytes], using: str, staged: dict[str, str]) -> None:
    with connections[using].cursor() as cursor:
        for table, text in texts.items():
            cursor.copy_expert(
                f"COPY {staged.get(table, table)} ({', '.join(COLUMNS[table])}) FROM STDIN", io.BytesIO(text), 1 << 20
            )


@contextmanager
def _without_indexes(using: str, tables: Sequence[str]) -> Iterator[None]:
    """Take foreign keys and further indexes away while rows stream in; putting them back checks the rows as a set.

    Of the tables of history the keys too, which nothing refers to: two indexes are a third of what a row costs.
    """
    events = [f"{table}_event" for table in tables]
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),"
            " format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))"
            " FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])"
            " OR contype = 'p' AND conrelid = ANY(%s::regclass[])"
            " UNION ALL SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid) FROM pg_index i"
            " WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary"
            " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
            [[*tables], events, [*tables, *events]],
        )
        steps = cursor.fetchall()
        for away, _back in steps:
            cursor.execute(away)
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # Indexes first: the references are checked with their help.
        for _away, back in reversed(steps):
            cursor.execute(back)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _set_sequences(using: str) -> None:
    with connections[using].cursor() as cursor:
        for table, columns in COLUMNS.items():
            if "id" in columns:
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")


def figures_day(on: dt.date | None) -> dt.date:
    """The day on which the figures hold. Raises CannotLoad for a day on which nobody had moved in yet."""
    day = on or clock.today()
    if not dt.date(2017, 1, 1) <= day <= dt.date(2090, 1, 1):
        raise CannotLoad(f"The demo begins with the moves of 2016: choose a day from 2017 on, not {day}.")
    return day
