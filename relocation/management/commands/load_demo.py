"""Load generated households."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction

from alerts import nightwork
from common import clock
from relocation.demo import accounts, household_file, inspections, load, responsibility, supervision


def _beside(chapter: Callable[[dt.date, load.Say], object], on: dt.date, say: load.Say) -> None:
    """Load a chapter in a thread of its own, by connections of its own."""
    try:
        with transaction.atomic():
            chapter(on, say)
    finally:
        connections.close_all()


class Command(BaseCommand):
    help = (
        "Load generated households (never real people) and the demo accounts. county: one county of 5,000 households and"
        " a few neighbours; province: the published figures of Guizhou, exactly; nation: 35,000 settlements, needs the"
        " divisions of all provinces. A second run loads nothing."
    )
    requires_system_checks = ()  # they read all pages of the project, which takes longer than the verdicts of the county

    def add_arguments(self, parser):
        parser.add_argument("--scale", choices=["county", "province", "nation"], default="county")
        parser.add_argument("--seed", type=int, default=1, help="another number gives other people")
        parser.add_argument(
            "--on", type=dt.date.fromisoformat, metavar="DATE", help="the day on which the figures hold (today)"
        )

    def handle(self, *args, **options):
        began = time.monotonic()

        def say(text: str) -> None:
            if options["verbosity"]:
                self.stdout.write(f"{time.monotonic() - began:5.1f} s  {text}")
                self.stdout.flush()

        if "owner" not in connections:
            raise CommandError("Rows are stored by the owner of the tables: set DATABASE_OWNER_URL.")
        accounts.make_accounts()
        try:
            self._load(options, say)
        except load.CannotLoad as reason:
            raise CommandError(str(reason)) from reason
        supervision.make_bureaus()  # by both lines, of which the second would wait for the first
        today = clock.today()
        # Two lines of work that wait for nothing of each other: what departments do needs no verdicts, and half of what
        # acts take is spent in the database.
        sys.setswitchinterval(0.0005)  # answers come every millisecond or two; the usual five would be lost each time
        with ThreadPoolExecutor(1) as beside:
            running = [beside.submit(_beside, responsibility.load, today, say)]
            # After an interrupted run too: whatever is stored gets its verdict.
            say("Computing verdicts, counters and alerts")
            changed = load.judge(today, say)
            if options["scale"] == "county":
                running.append(beside.submit(_beside, household_file.follow, today, say))
            with transaction.atomic():  # hundreds of acts, one commit
                supervision.load(today, say)
                inspections.load(today, say)
            for chapter in running:
                chapter.result()
        nightwork.check(today)
        say(f"{changed:,} verdicts stored. Ready; manage.py create_demo_accounts prints the accounts.")

    def _load(self, options, say) -> None:
        on = load.figures_day(options["on"])
        plans = load.plan_for(options["scale"], options["seed"])
        present, wanted = load.generated_households(), sum(plan.households for plan in plans)
        if present == wanted:
            say(f"The {options['scale']} demo is there already: {present:,} generated households.")
        elif present:
            raise load.CannotLoad(
                f"{present:,} generated households are there already, of another scale. Nothing was loaded. For the"
                f" {options['scale']} demo ({wanted:,} households) use an empty database: another DATA_DIR."
            )
        else:
            say(f"Generating {wanted:,} households in {len(plans):,} settlements, with figures as of {on}")
            load.load(plans, on=on, seed=options["seed"], files=options["scale"] == "county", say=say)
