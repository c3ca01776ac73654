"""Fixtures for all tests. They run as the application's role, on embedded servers that are started here."""

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as drawing

from tests import database

# Machines may be busy, so slow drawing is no fault. A change is judged by the same examples each time it is checked;
# whoever runs the suite by hand draws new ones.
drawing.register_profile(
    "suite", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
drawing.load_profile("suite")

BROWSER_FIXTURES = {"page", "context", "browser", "new_context", "watched"}
CHROMIUM = shutil.which("chromium")


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="run the tests marked slow too")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--slow"):
        slow = [item for item in items if item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]
    in_browser = [item for item in items if BROWSER_FIXTURES & set(getattr(item, "fixturenames", ()))]
    if in_browser and not CHROMIUM:
        if os.environ.get("CI"):
            raise pytest.UsageError(
                "Chromium is missing: .ci/run installs it (apt-get install chromium fonts-noto-cjk)"
            )
        for item in in_browser:
            item.add_marker(
                pytest.mark.skip(reason="Chromium is not installed (apt-get install chromium fonts-noto-cjk)")
            )


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """A fresh database for this run, set up through its owner; both aliases of the settings point at it."""
    from django.db import connections

    with django_db_blocker.unblock(), database.servers(), database.fresh_database():
        yield
        connections.close_all()


@pytest.fixture(scope="session", autouse=True)
def restore_after_transactional_tests():
    """Django would flush as the application's role, which may not, and would empty the reference tables too."""
    original = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda self: database.restore()
    yield
    TransactionTestCase._fixture_teardown = original


@pytest.fixture
def clock(settings):
    """`clock("2020-06-30")` fixes the current day for this process and those that it starts."""
    before = os.environ.get("TODAY")

    def fix(day: str | date) -> date:
        settings.TODAY = date.fromisoformat(day) if isinstance(day, str) else day
        os.environ["TODAY"] = settings.TODAY.isoformat()
        return settings.TODAY

    yield fix
    os.environ.pop("TODAY")
    if before:
        os.environ["TODAY"] = before


class Worker:
    """A real Celery worker process with its pool, in a process group of its own."""

    def __init__(self, log: Path, concurrency: int):
        self.log = log
        command = [
            sys.executable, "-m", "celery", "-A", "relocation", "worker", "--concurrency", str(concurrency),
            "--loglevel", "INFO", "--without-gossip", "--without-mingle",
        ]  # fmt: skip
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, cwd=database.settings.ROOT, start_new_session=True
            )
        deadline = time.monotonic() + 60
        while " ready." not in log.read_text(errors="replace"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"The worker did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.05)

    def kill(self) -> None:
        """kill -9 of the worker and its pool at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def celery_worker_process(transactional_db, tmp_path):
    """`celery_worker_process()` starts a worker on this run's database and broker and gives it once it is ready."""
    workers = []

    def start(concurrency: int = 1) -> Worker:
        workers.append(Worker(tmp_path / f"worker-{len(workers)}.log", concurrency))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    # Playwright keeps an event loop in this thread from here on, and Django would refuse all database work beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": arguments}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    viewport = {"width": 1366, "height": 768}
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": viewport}


@pytest.fixture
def watched(page, live_server):
    """A page whose test fails on script errors, violations of the Content-Security-Policy, and 404 or 5xx answers."""
    seen = []
    page.on("pageerror", lambda error: seen.append(f"script error: {error}"))
    page.on("console", lambda message: "Content Security Policy" in message.text and seen.append(message.text))
    page.on(
        "response",
        lambda answer: (answer.status == 404 or answer.status >= 500) and seen.append(f"{answer.status} {answer.url}"),
    )
    yield page
    assert not seen, "\n".join(seen)
