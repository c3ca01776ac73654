"""Servers and database of a test run: shared servers, a fresh database cloned from a template, and its restoring.

The template holds what `setup_database` makes, and is made again when the code or the reference data change.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg2 import errors, sql

from relocation import embedded, release
from tests import settings

# Tables that setup_database fills, copied, so that a test's changes to them can be undone.
KEEP_PRISTINE = """
    CREATE SCHEMA pristine;
    DO $$ DECLARE t text; filled boolean; BEGIN
      FOR t IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%s)', t) INTO filled;
        IF filled THEN EXECUTE format('CREATE TABLE pristine.%s AS TABLE public.%s', t, t); END IF;
      END LOOP;
    END $$"""

# As the superuser, without triggers and foreign key checks (session_replication_role): the application's role may not
# truncate, and emptying sixty small tables by DELETE takes a tenth of the time of TRUNCATE.
RESTORE = """
    SET session_replication_role = replica;
    SET lock_timeout = '20s';
    DO $$ DECLARE t record; names text; changed boolean; BEGIN
      FOR t IN SELECT quote_ident(tablename) AS name, to_regclass(format('pristine.%I', tablename)) IS NOT NULL AS kept
               FROM pg_tables WHERE schemaname = 'public' LOOP
        IF NOT t.kept THEN
          EXECUTE format('DELETE FROM public.%s', t.name);
          CONTINUE;
        END IF;
        EXECUTE format('SELECT EXISTS (TABLE public.%1$s EXCEPT TABLE pristine.%1$s)
                        OR EXISTS (TABLE pristine.%1$s EXCEPT TABLE public.%1$s)', t.name) INTO changed;
        IF changed THEN
          SELECT string_agg(quote_ident(attname), ', ') INTO names FROM pg_attribute
            WHERE attrelid = format('public.%s', t.name)::regclass
              AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
          EXECUTE format('DELETE FROM public.%s', t.name);
          EXECUTE format('INSERT INTO public.%1$s (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM pristine.%1$s',
                         t.name, names);
        END IF;
      END LOOP;
    END $$"""


@contextmanager
def locked(name: str, kind: int) -> Iterator[object]:
    settings.TEST_DIR.mkdir(parents=True, exist_ok=True)
    with open(settings.TEST_DIR / name, "w") as lock:
        fcntl.flock(lock, kind)
        yield lock


@contextmanager
def servers() -> Iterator[None]:
    """PostgreSQL and Valkey, shared by test runs at the same time; the last one to end stops them."""
    with locked("users.lock", fcntl.LOCK_SH) as users:
        with locked("start.lock", fcntl.LOCK_EX):
            embedded.start_postgres(settings.TEST_DIR, durable=False)
            embedded.start_valkey(settings.TEST_DIR)
        yield
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        embedded.stop_valkey(settings.TEST_DIR)
        embedded.stop_postgres(settings.TEST_DIR)


@contextmanager
def fresh_database() -> Iterator[None]:
    """The run's database, set up; dropped at the end, with the run's data folder."""
    with locked("start.lock", fcntl.LOCK_EX):
        remove_leftovers()
        embedded.make_database(settings.addresses, settings.DATABASE, template())
    yield
    embedded.drop_database(settings.addresses, settings.DATABASE)
    shutil.rmtree(settings.DATA_DIR, ignore_errors=True)


def databases() -> list[str]:
    with embedded.superuser(settings.addresses) as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return [name for (name,) in cursor.fetchall()]


def remove_leftovers() -> None:
    """Databases and folders of runs that were killed."""

    def is_gone(name: str) -> bool:
        return not Path(f"/proc/{name[len('test_') :]}").exists()

    for name in databases():
        if name.startswith("test_") and is_gone(name):
            embedded.drop_database(settings.addresses, name)
    for folder in settings.TEST_DIR.glob("run-*"):
        if not Path(f"/proc/{folder.name.removeprefix('run-')}").exists():
            shutil.rmtree(folder, ignore_errors=True)


def template() -> str:
    """The name of the template of this state of the code, made if it is missing."""
    name = f"template_{release.digest()[:12]}"
    present = databases()
    if name in present:
        return name
    for other in present:
        if other.startswith(("template_", "building_")):
            embedded.drop_database(settings.addresses, other)
    building = name.replace("template", "building")
    embedded.make_database(settings.addresses, building)
    urls = embedded.addresses(settings.TEST_DIR, building)
    environment = os.environ | {"DATABASE_URL": urls.app_url, "DATABASE_OWNER_URL": urls.owner_url}
    command = [sys.executable, "manage.py", "setup_database", "--verbosity=0"]
    subprocess.run(command, cwd=settings.ROOT, env=environment, check=True)
    with embedded.superuser(settings.addresses, building) as cursor:
        cursor.execute(KEEP_PRISTINE)
    with embedded.superuser(settings.addresses) as cursor:
        cursor.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (building, name))))
    return name


def restore() -> None:
    """Undo whatever transactional tests committed. A page that a browser left may still be answered: whoever of the two is
    ended by a deadlock, this begins again."""
    for last in (False, False, True):
        try:
            with embedded.superuser(settings.addresses, settings.DATABASE) as cursor:
                cursor.execute(RESTORE)
            return
        except errors.DeadlockDetected:
            if last:
                raise
