"""A process that exports so many rows and prints the most memory that it ever held, in megabytes."""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"

import django  # noqa: E402

django.setup()

from bench.export import official  # noqa: E402

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        official(Path(folder) / "export.xlsx", int(sys.argv[1]))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
