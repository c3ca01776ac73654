"""script/server as a user runs it: from an empty data folder, stopped by Ctrl-C, started again."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests.settings import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture
def server(data_dir):
    """`server()` starts script/server and gives it when the site is ready; what is left at the end is stopped."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "VIRTUAL_ENV") if name in os.environ}
    environment = kept | {"DATA_DIR": str(data_dir), "PORT": str(port), "DEMO": "none"}
    processes = []

    def start() -> subprocess.Popen:
        log = open(data_dir / "console.log", "ab")  # noqa: SIM115  closed with the process
        process = subprocess.Popen(
            ["script/server"], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        process.port = port
        processes.append(process)
        deadline = time.monotonic() + 180
        while process.poll() is None and time.monotonic() < deadline:
            if console(data_dir).count("Ready after") == len(processes):
                return process
            time.sleep(0.1)
        raise AssertionError(console(data_dir))

    yield start
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def console(data_dir: Path) -> str:
    return (data_dir / "console.log").read_text(errors="replace")


def left_over(data_dir: Path) -> list[str]:
    """Command lines of processes that still work on this data folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("DATA_DIR") == str(data_dir) or str(data_dir) in " ".join(process.cmdline()):
                found.append(" ".join(process.cmdline()))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def test_it_starts_says_what_it_does_and_stops_without_a_trace(server, data_dir):
    first = server()
    for line in (
        "Starting PostgreSQL",
        "Starting Valkey",
        "Bringing the database up to date",
        "Starting web, worker and beat",
    ):
        assert line in console(data_dir)
    assert "Password of all" in console(data_dir)
    with urllib.request.urlopen(f"http://127.0.0.1:{first.port}/readyz", timeout=5) as answer:
        assert answer.status == 200
    os.killpg(first.pid, signal.SIGINT)  # as a terminal does on Ctrl-C: to the whole group
    assert first.wait(60) == 0
    assert left_over(data_dir) == []

    again = server()
    again.send_signal(signal.SIGTERM)
    assert again.wait(60) == 0
    assert left_over(data_dir) == []
    assert "Traceback" not in console(data_dir)


def test_it_stops_everything_when_a_process_ends_and_recovers_from_kill_9(server, data_dir):
    first = server()
    first.kill()  # the supervisor alone; its children are told by the kernel
    first.wait()
    again = server()
    beat = next(
        process
        for process in psutil.Process(again.pid).children()
        if "beat" in process.cmdline() and "celery" in process.cmdline()
    )
    beat.kill()
    assert again.wait(60) == 1
    assert "The beat process ended by itself" in console(data_dir)
    assert left_over(data_dir) == []


def test_a_second_server_on_the_same_data_is_refused(server, data_dir):
    first = server()
    environment = psutil.Process(first.pid).environ()
    result = subprocess.run(["script/server"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert result.returncode != 0
    assert "runs already" in result.stderr
