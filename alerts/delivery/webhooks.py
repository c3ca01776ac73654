"""Posting a digest to a webhook: signed, within time limits, never redirected, and never into the own network unless the
installation allows it (settings.WEBHOOK_ADDRESSES)."""

from __future__ import annotations

import hashlib
import hmac
import time
from urllib.parse import urlsplit

import orjson
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from alerts.addresses import anywhere, is_public, may_reach
from alerts.delivery.mail import NotSent
from alerts.models import WebhookDelivery

TIME_LIMITS = (5, 10)  # seconds to connect, and between two bytes of the answer
PORTS = {"http": 80, "https": 443}


class _Watched:
    """Looks at whom the connection has reached before anything is sent: a name may have changed since it was looked up."""

    def _new_conn(self):
        made = super()._new_conn()
        if not anywhere() and not is_public(made.getpeername()[0]):
            made.close()
            raise OSError("the address lies inside the own network")
        return made


class _Connection(_Watched, HTTPConnection):
    pass


class _SecureConnection(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args, **options):
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What the receiver computes too: HMAC-SHA256 over the moment, a full stop and the body."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def send(delivery: WebhookDelivery) -> int:
    """Post it; gives the status of the answer. Raises NotSent for anything but 2xx."""
    hook = delivery.webhook
    parts = urlsplit(hook.address)
    try:
        allowed = may_reach(parts.hostname, parts.port or PORTS[parts.scheme])
    except OSError as error:
        raise NotSent("the name of the host is not known") from error
    if not allowed:
        raise NotSent("the address lies inside the own network")
    body, timestamp = orjson.dumps(delivery.payload, option=orjson.OPT_SORT_KEYS), str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "relocation-webhook",
        "X-Relocation-Delivery": str(delivery.pk),
        "X-Relocation-Timestamp": timestamp,
        "X-Relocation-Signature": signature(hook.secret, timestamp, body),
    }
    with requests.Session() as session:
        session.trust_env = False  # no proxy and no stored password of the machine
        session.mount("http://", _Adapter())
        session.mount("https://", _Adapter())
        try:
            with session.post(
                hook.address, data=body, headers=headers, timeout=TIME_LIMITS, allow_redirects=False, stream=True
            ) as answer:
                status = answer.status_code
        except requests.RequestException as error:
            raise NotSent(type(error).__name__) from error
    if not 200 <= status < 300:
        raise NotSent(f"HTTP {status}", status)
    return status
