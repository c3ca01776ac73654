"""Encryption of single values and keyed blind indexes over them.

Stored form: key id (1 byte), nonce (12), AES-256-GCM ciphertext and tag (length of the text in UTF-8 + 16). The
associated data name the table and column, so that a value moved to another column does not decrypt.

Keys stand in `settings.FIELD_KEYS`: {id: 32 bytes} or `id:base64,id:base64`, ids 0 to 255, the current key first. To
rotate, put a new key in front and write the rows again; values under the older keys stay readable. The blind indexes
use keys derived from the *last* key of the list, so that putting a new one in front leaves them valid; to change that
one as well, write all rows again in one transaction.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
_NONCE_BYTES = 12


class DecryptionError(Exception):
    """The stored bytes were not written by a known key for this table and column."""


class Keyring:
    """Ciphers by key id, the current one first, and the keys of the two blind indexes."""

    def __init__(self, keys: tuple[tuple[int, bytes], ...]):
        self.current = keys[0][0]
        self.ciphers = {key_id: AESGCM(_derived(key, b"field encryption")) for key_id, key in keys}
        self.index_key = _derived(keys[-1][1], b"blind index")
        self.tail_key = _derived(keys[-1][1], b"blind index of the tail")


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(key)


def parse_keys(setting) -> tuple[tuple[int, bytes], ...]:
    """(id, key) pairs in order from either form of FIELD_KEYS. Raises ImproperlyConfigured."""
    try:
        pairs = (
            setting.items()
            if isinstance(setting, dict)
            else (part.split(":", 1) for part in setting.split(",") if part.strip())
        )
        keys = tuple(
            (int(key_id), key if isinstance(key, bytes) else base64.b64decode(key.strip(), validate=True))
            for key_id, key in pairs
        )
    except (AttributeError, ValueError, binascii.Error) as error:
        raise ImproperlyConfigured("FIELD_KEYS is not of the form id:base64,id:base64") from error
    if not keys or len({key_id for key_id, _ in keys}) != len(keys):
        raise ImproperlyConfigured("FIELD_KEYS needs at least one key, each with an id of its own")
    if any(not 0 <= key_id <= 255 or len(key) != KEY_BYTES for key_id, key in keys):
        raise ImproperlyConfigured(f"FIELD_KEYS needs ids from 0 to 255 and keys of {KEY_BYTES} bytes")
    return keys


@lru_cache(maxsize=8)
def _ring_of(setting) -> Keyring:
    return Keyring(parse_keys(dict(setting) if isinstance(setting, tuple) else setting))


def keyring() -> Keyring:
    setting = settings.FIELD_KEYS
    return _ring_of(tuple(setting.items()) if isinstance(setting, dict) else setting)


def encrypt(text: str, context: str) -> bytes:
    """`text` under the current key; `context` is `table|column`."""
    ring = keyring()
    nonce = os.urandom(_NONCE_BYTES)
    return bytes((ring.current,)) + nonce + ring.ciphers[ring.current].encrypt(nonce, text.encode(), context.encode())


def decrypt(stored: bytes, context: str) -> str:
    """The text of `encrypt`, under any known key. Raises DecryptionError."""
    cipher = keyring().ciphers.get(stored[0]) if stored else None
    if cipher is None:
        raise DecryptionError(f"{context}: no key for the stored value")
    try:
        return cipher.decrypt(stored[1 : 1 + _NONCE_BYTES], stored[1 + _NONCE_BYTES :], context.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise DecryptionError(f"{context}: the stored value does not decrypt") from error


def is_current(stored: bytes) -> bool:
    """Whether the value stands under the current key already."""
    return stored[:1] == bytes((keyring().current,))


def blind_index(text: str, purpose: str) -> UUID:
    """Equal texts of one purpose give equal indexes; HMAC-SHA256, first 16 bytes."""
    return _index(keyring().index_key, purpose, text)


# An import asks for the index of each number several times: matching, checking, storing.
@lru_cache(maxsize=50_000)
def _index(key: bytes, purpose: str, text: str) -> UUID:
    return UUID(bytes=hmac.digest(key, f"{purpose}|{text}".encode(), "sha256")[:16])


def tail_index(text: str, purpose: str) -> UUID:
    """A blind index over the last four characters, for search by them."""
    return UUID(bytes=hmac.digest(keyring().tail_key, f"{purpose}|{text[-4:]}".encode(), "sha256")[:16])
