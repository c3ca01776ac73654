"""Reads environment variables and refuses odd values, naming the variable, the value and the remedy.

Every reader takes the variable's name and its default; an empty value counts as not set.
"""

import base64
import binascii
import os
import re
import secrets
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

FIELD_KEY_ID = re.compile(r"[1-9][0-9]{0,2}")


def refuse(name: str, value: str, remedy: str) -> ImproperlyConfigured:
    """The error for a variable with an unusable value."""
    return ImproperlyConfigured(f"{name}={value!r} is not usable: {remedy}")


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def choice(name: str, allowed: Sequence[str], default: str) -> str:
    value = text(name, default)
    if value not in allowed:
        raise refuse(name, value, f"use one of {', '.join(allowed)}.")
    return value


def integer(name: str, default: int, lowest: int, highest: int) -> int:
    value = text(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", value) or not lowest <= int(value) <= highest:
        raise refuse(name, value, f"use a whole number from {lowest} to {highest}.")
    return int(value)


def day(name: str) -> date | None:
    """A fixed day, or None where the variable is not set."""
    value = text(name)
    if not value:
        return None
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # 2026-02-30 and the like: refused below with the others
    raise refuse(name, value, "write a date as YYYY-MM-DD, or leave it empty for the real day.")


def names(name: str, default: Sequence[str]) -> list[str]:
    """A comma-separated list of host names."""
    values = [part.strip() for part in text(name).split(",") if part.strip()]
    for value in values:
        if not re.fullmatch(r"\*|\.?[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]", value):
            raise refuse(name, value, "write host names without scheme, port or path, separated by commas.")
    return values or list(default)


def url(name: str, schemes: Sequence[str], default: str = "") -> SplitResult | None:
    """A parsed address with one of the schemes, or None where neither variable nor default is set.

    The value may hold a password, so that the error shows the scheme alone.
    """
    value = text(name, default)
    if not value:
        return None
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        raise refuse(name, "...", f"it is not an address ({error}).") from error
    if parts.scheme not in schemes:
        raise refuse(name, f"{parts.scheme}:...", f"write an address that begins with {' or '.join(schemes)}://.")
    return parts


def site_url(name: str, default: str) -> SplitResult:
    parts = url(name, ("http", "https"), default)
    if not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        raise refuse(name, parts.geturl(), "write scheme and host only, for example https://relocation.example.org.")
    return parts


def database(name: str, default: str = "") -> dict | None:
    """Django's connection settings from postgresql://user:password@host:port/name or ...@/name?host=/socket/folder."""
    parts = url(name, ("postgresql", "postgres"), default)
    if parts is None:
        return None
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host = query.pop("host", "") or unquote(parts.hostname or "")
    database_name = unquote(parts.path.lstrip("/"))
    if not database_name or not parts.username or not host:
        raise refuse(name, "...", "write postgresql://USER:PASSWORD@HOST:PORT/DATABASE.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(parts.username),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or query.pop("port", "")),
        "OPTIONS": query,
    }


def redis(name: str, default: str = "") -> tuple[str, str] | None:
    """(address for the Redis client, address of the same server for Celery): they spell a Unix socket differently."""
    parts = url(name, ("redis", "rediss", "unix"), default)
    if parts is None:
        return None
    address = text(name, default)
    if parts.scheme != "unix":
        return address, address
    number = parse_qs(parts.query).get("db", ["0"])[-1]
    return address, f"redis+socket://{parts.path}?virtual_host={number}"


def email(name: str) -> dict[str, object]:
    """Django's mail settings from smtp://user:password@host:port (plain), smtp+tls:// or smtps://; empty: print them."""
    parts = url(name, ("smtp", "smtp+tls", "smtps"))
    if parts is None:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if not parts.hostname:
        raise refuse(name, f"{parts.scheme}:...", "write smtp://USER:PASSWORD@HOST:PORT.")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 10,
    }


def new_field_keys() -> str:
    return "1:" + base64.b64encode(secrets.token_bytes(32)).decode()


def field_keys(name: str, default: str) -> dict[int, bytes]:
    """Keys of encrypted fields by id, the first being the current one. A key is 32 bytes, an id 1 to 255."""
    keys: dict[int, bytes] = {}
    for part in text(name, default).split(","):
        key_id, _, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not FIELD_KEY_ID.fullmatch(key_id) or int(key_id) > 255 or len(key) != 32 or int(key_id) in keys:
            remedy = "write ID:KEY[,ID:KEY...], IDs from 1 to 255 and each only once, KEY 32 bytes in base64."
            raise refuse(name, f"{key_id[:3]}:...", remedy)
        keys[int(key_id)] = key
    return keys


def kept_secret(data_dir: Path, filename: str, make) -> str:
    """A secret made once and kept in data_dir/secrets, readable by its owner alone."""
    path = data_dir / "secrets" / filename
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_name(f".{filename}.{os.getpid()}")
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make())
        try:
            os.link(partial, path)  # unlike rename, never replaces what another process made meanwhile
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return path.read_text().strip()
