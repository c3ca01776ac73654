"""The product's settings on servers, a database, a broker and a data folder of this test run alone.

The addresses also stand in the environment, so that a command or worker started by a test uses the same ones.
"""

import os
from pathlib import Path

from relocation import embedded

ROOT = Path(__file__).resolve().parent.parent
for name in (
    "DATABASE_REPLICA_URL",
    "EMAIL_URL",
    "WEBHOOK_ADDRESSES",
    "SITE_URL",
    "ALLOWED_HOSTS",
    "TODAY",
    "DEMO",
    "SECRET_KEY",
    "FIELD_KEYS",
):
    os.environ.pop(name, None)

# Kept between runs, for the servers' speed; under DATA_DIR, but a test process must not nest it in its parent's.
TEST_DIR = Path(os.environ.setdefault("TEST_DIR", str(ROOT / os.environ.get("DATA_DIR", ".local") / "test")))
DATABASE = f"test_{os.getpid()}"
addresses = embedded.addresses(TEST_DIR, DATABASE)
os.environ |= {
    "DATA_DIR": str(TEST_DIR / f"run-{os.getpid()}"),
    "DATABASE_URL": addresses.app_url,
    "DATABASE_OWNER_URL": addresses.owner_url,
    "REDIS_URL": f"{addresses.redis_url}?db={os.getpid() % 1023 + 1}",
    "DEMO_PASSWORD": "a-password-for-tests",
}

from relocation.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# The live server of tests serves un-hashed names.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

os.environ["DJANGO_SETTINGS_MODULE"] = "relocation.settings"  # for processes started by tests
