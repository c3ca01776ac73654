"""The environment is read once, and odd values are refused in words."""

import base64
import os
import stat
import subprocess
import sys
from datetime import date

import pytest
from django.core.exceptions import ImproperlyConfigured

from relocation import environment
from tests.settings import ROOT

KEY = base64.b64encode(bytes(32)).decode()


def loaded(tmp_path, expression: str, **variables: str) -> subprocess.CompletedProcess:
    """What a fresh process with these variables prints for an expression over the settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    code = f"from relocation import settings; print(({expression}))"
    command = [sys.executable, "-c", code]
    variables = {"DATA_DIR": str(tmp_path), **variables}
    return subprocess.run(command, cwd=ROOT, env=kept | variables, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("PORT", "80a", "whole number from 1 to 65535"),
        ("PORT", "70000", "whole number from 1 to 65535"),
        ("DEMO", "village", "none, county, province, nation"),
        ("TODAY", "2020-02-30", "YYYY-MM-DD"),
        ("TODAY", "30.6.2020", "YYYY-MM-DD"),
        ("ALLOWED_HOSTS", "https://example.org", "host names"),
        ("SITE_URL", "example.org", "http"),
        ("SITE_URL", "https://example.org/path", "scheme and host only"),
        ("DATABASE_URL", "mysql://a@b/c", "postgresql"),
        ("DATABASE_URL", "postgresql://user@/", "postgresql://USER"),
        ("DATABASE_URL", "postgresql://user@host:port/x", "not an address"),
        ("REDIS_URL", "http://x", "redis"),
        ("EMAIL_URL", "mailto:x", "smtp"),
        ("WEBHOOK_ADDRESSES", "private", "public, any"),
        ("FIELD_KEYS", "1:short", "32 bytes"),
        ("FIELD_KEYS", f"1:{KEY},1:{KEY}", "only once"),
        ("FIELD_KEYS", f"0:{KEY}", "1 to 255"),
        ("SECRET_KEY", "short", "32 random characters"),
    ],
)
def test_an_odd_value_is_refused_with_its_name_and_a_remedy(tmp_path, name, value, remedy):
    result = loaded(tmp_path, "1", **{name: value})
    assert result.returncode
    last_line = result.stderr.strip().splitlines()[-1]
    assert name in last_line
    assert remedy in last_line


def test_an_address_with_a_password_is_not_repeated(tmp_path):
    result = loaded(tmp_path, "1", DATABASE_URL="mysql://user:secret-word@host/x")
    assert "secret-word" not in result.stderr


def test_defaults_use_the_embedded_servers(tmp_path):
    expression = (
        "[settings.DATABASES[a]['USER'] for a in settings.DATABASES], settings.DEMO, settings.TODAY, settings.PORT"
    )
    assert (
        loaded(tmp_path, expression).stdout.strip() == "(['relocation_app', 'relocation_owner'], 'county', None, 8000)"
    )


def test_a_real_server_without_owner_address_has_no_owner(tmp_path):
    result = loaded(tmp_path, "list(settings.DATABASES)", DATABASE_URL="postgresql://app:p%40ss@db/relocation")
    assert result.stdout.strip() == "['default']"


def test_https_turns_on_every_protection(tmp_path):
    expression = (
        "settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SECURE_SSL_REDIRECT,"
        " settings.SECURE_HSTS_SECONDS > 0, settings.ALLOWED_HOSTS"
    )
    result = loaded(tmp_path, expression, SITE_URL="https://example.org", ALLOWED_HOSTS="example.org")
    assert result.stdout.strip() == "(True, True, True, True, ['example.org'])"


def test_secrets_are_made_once_and_private(tmp_path):
    first = loaded(tmp_path, "settings.SECRET_KEY, settings.FIELD_KEYS, settings.DEMO_PASSWORD").stdout
    assert loaded(tmp_path, "settings.SECRET_KEY, settings.FIELD_KEYS, settings.DEMO_PASSWORD").stdout == first
    for path in (tmp_path / "secrets").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_addresses(monkeypatch):
    monkeypatch.setenv("A", "postgresql://app:p%40ss@db.example.org:5433/relocation?sslmode=require")
    found = environment.database("A")
    assert (found["NAME"], found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == (
        "relocation", "app", "p@ss", "db.example.org", "5433",
    )  # fmt: skip
    assert found["OPTIONS"] == {"sslmode": "require"}
    monkeypatch.setenv("A", "unix:///run/valkey.sock?db=3")
    assert environment.redis("A") == ("unix:///run/valkey.sock?db=3", "redis+socket:///run/valkey.sock?virtual_host=3")
    monkeypatch.setenv("A", "smtps://me:word@mail.example.org")
    assert environment.email("A")["EMAIL_PORT"] == 465
    monkeypatch.setenv("A", "2020-06-30")
    assert environment.day("A") == date(2020, 6, 30)


def test_the_first_field_key_is_the_current_one(monkeypatch):
    other = base64.b64encode(b"1" * 32).decode()
    monkeypatch.setenv("FIELD_KEYS", f"7:{other},3:{KEY}")
    assert list(environment.field_keys("FIELD_KEYS", "")) == [7, 3]


def test_an_empty_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv("PORT", "")
    assert environment.integer("PORT", 8000, 1, 65535) == 8000
    with pytest.raises(ImproperlyConfigured, match="FIELD_KEYS"):
        environment.field_keys("FIELD_KEYS", "")
