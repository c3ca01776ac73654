"""The embedded servers start, stop, start again with their data, and are closed to others."""

import stat

import psycopg2
import pytest
import redis

from relocation import embedded


def query(url: str, statement: str) -> list[tuple]:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def test_postgres_keeps_its_data_and_its_roles_apart(data_dir):
    app_url, owner_url = embedded.start_postgres(data_dir, durable=False)
    query(owner_url, "CREATE TABLE kept AS SELECT 1 AS one")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        query(app_url, "SELECT * FROM kept")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        query(app_url, "CREATE TABLE mine (one int)")
    with pytest.raises(psycopg2.OperationalError, match="password"):
        query(app_url.replace(app_url.split(":")[2].split("@")[0], "wrong"), "SELECT 1")
    embedded.stop_postgres(data_dir)
    assert embedded.status(data_dir) == {"postgres": False, "valkey": False}
    assert embedded.start_postgres(data_dir, durable=False) == (app_url, owner_url)
    assert embedded.start_postgres(data_dir, durable=False) == (app_url, owner_url)  # already running
    assert query(owner_url, "SELECT one FROM kept") == [(1,)]


def test_a_prefix_search_by_like_can_use_an_index(data_dir):
    _, owner_url = embedded.start_postgres(data_dir, durable=False)
    plan = query(
        owner_url,
        "CREATE TABLE people (name text); CREATE INDEX ON people (name); SET enable_seqscan = off;"
        " SET enable_bitmapscan = off; EXPLAIN SELECT * FROM people WHERE name LIKE '王%'",
    )
    assert any("Index Cond" in line for (line,) in plan), plan


def test_valkey_starts_and_stops(data_dir):
    url = embedded.start_valkey(data_dir)
    assert embedded.start_valkey(data_dir) == url  # already running
    with redis.Redis.from_url(url) as client:
        assert client.ping()
        assert client.config_get("port") == {"port": "0"}
    embedded.stop_valkey(data_dir)
    assert not embedded.valkey_is_running(data_dir)


def test_sockets_and_secrets_are_private(data_dir):
    embedded.start_postgres(data_dir, durable=False)
    embedded.start_valkey(data_dir)
    run = embedded.run_dir(data_dir)
    for folder in (run / "postgres", run / "valkey", data_dir / "secrets", data_dir / "postgres"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder


def test_a_long_data_dir_gets_short_sockets(tmp_path):
    deep = tmp_path / ("x" * 120)
    assert not embedded.run_dir(deep).is_relative_to(tmp_path)
    assert len(str(embedded.run_dir(deep) / "postgres" / embedded.SOCKET_NAME)) <= embedded.LONGEST_SOCKET_PATH
    assert embedded.run_dir(deep) != embedded.run_dir(tmp_path / ("y" * 120))
