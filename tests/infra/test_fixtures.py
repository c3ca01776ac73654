"""The fixtures that other tests stand on."""

import os
import signal
import subprocess
import sys

import pytest

from common import clock as project_clock
from tests.settings import ROOT


def test_clock_fixes_the_day_here_and_in_processes(clock):
    day = clock("2020-06-30")
    assert project_clock.today() == day
    code = "from django.conf import settings; print(settings.TODAY)"
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ, capture_output=True, text=True)
    assert printed.stdout.strip() == "2020-06-30"


@pytest.mark.slow
def test_a_worker_takes_tasks_and_dies_at_once(celery_worker_process):
    worker = celery_worker_process(concurrency=2)
    assert "relocation" in worker.log.read_text()
    worker.kill()
    assert worker.process.returncode == -signal.SIGKILL
