"""The product's settings on servers, databases and a data folder of the benchmarks alone, on a fixed day.

The addresses also stand in the environment, so that a command started by a benchmark uses the same ones.
"""

import os
from pathlib import Path

from relocation import embedded

ROOT = Path(__file__).resolve().parent.parent
SCALES = ("county", "province")
ON = "2025-06-30"  # the demo's figures hold on this day; a database kept between runs must not grow older

# Kept between runs: the province takes minutes to load. Its processes must not nest it in their parent's.
BENCH_DIR = Path(os.environ.setdefault("BENCH_DIR", str(Path(os.environ.get("DATA_DIR", ROOT / ".local")) / "bench")))


def database_of(scale: str) -> str:
    return f"bench_{scale}"


def process_environment(database: str) -> dict[str, str]:
    """Variables of a process that works on a database."""
    found = embedded.addresses(BENCH_DIR, database)
    return {
        "DATA_DIR": str(BENCH_DIR),
        "DATABASE_URL": found.app_url,
        "DATABASE_OWNER_URL": found.owner_url,
        "REDIS_URL": found.redis_url,
        "TODAY": ON,
        "DEMO_PASSWORD": "a-password-for-benchmarks",
        "DJANGO_SETTINGS_MODULE": "bench.settings",
    }


for _name in (
    "DATABASE_REPLICA_URL",
    "EMAIL_URL",
    "WEBHOOK_ADDRESSES",
    "SITE_URL",
    "ALLOWED_HOSTS",
    "DEMO",
    "SECRET_KEY",
    "FIELD_KEYS",
):
    os.environ.pop(_name, None)
if not os.environ.get("DATABASE_URL", "").startswith(embedded.addresses(BENCH_DIR).app_url.split("@")[0]):
    os.environ |= process_environment(database_of("province"))

from relocation.settings import *  # noqa: E402, F403

# Pages name static files; nobody fetches them here, so that they need not be collected.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
LOGGING["root"]["level"] = "WARNING"  # noqa: F405
