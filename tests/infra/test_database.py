"""The walls that the database itself keeps, and the state that tests leave behind."""

import pytest
from django.db import ProgrammingError, connection, transaction

from divisions.models import Division
from tests import database


def rows(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


@pytest.mark.django_db
def test_the_application_role_has_no_privileges_of_the_server():
    flags = "rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication"
    [found] = rows(f"SELECT rolname, {flags} FROM pg_roles WHERE rolname = current_user")
    assert found == ("relocation_app", False, False, False, False, False)


@pytest.mark.django_db
def test_the_application_role_owns_nothing_and_is_in_no_role_that_does():
    owned = "SELECT relname FROM pg_class WHERE pg_has_role(current_user, relowner, 'MEMBER')"
    assert rows(owned) == []
    assert rows("SELECT datname FROM pg_database WHERE pg_has_role(current_user, datdba, 'MEMBER')") == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (one int)",
        "ALTER TABLE divisions_division DISABLE ROW LEVEL SECURITY",
        "TRUNCATE divisions_division",
        "SET session_replication_role = replica",
        "SET ROLE relocation_owner",
        "UPDATE django_migrations SET name = 'x'",
    ],
)
def test_the_application_role_may_not(statement):
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_every_table_with_a_region_has_row_level_security():
    """Except those read to find out what somebody's scope is (parameters by division, units, scopes of posts), and the
    words of problem classes, which are public."""
    unprotected = rows(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'region'"
        " WHERE c.relkind IN ('r', 'p') AND NOT c.relrowsecurity AND c.relname !~ '^(staging|divisions_|accounts_|rectification_problemclass)'"
    )
    assert unprotected == []


@pytest.mark.django_db(transaction=True)
def test_what_transactional_tests_commit_is_undone():
    """Added, changed and removed reference rows and all other rows; the reference data themselves stay."""
    before = sorted(Division.objects.values_list("code", "name"))
    assert before
    Division.objects.filter(code=before[0][0]).update(name="changed")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('k', '', now())")
    database.restore()
    assert sorted(Division.objects.values_list("code", "name")) == before
    assert rows("SELECT count(*) FROM django_session") == [(0,)]
