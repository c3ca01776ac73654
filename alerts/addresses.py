"""Which addresses webhooks may have: a form must not be a way to reach what stands inside the installation's network."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def anywhere() -> bool:
    """Whether the installation lets webhooks go to its own network, and without encryption."""
    return settings.WEBHOOK_ADDRESSES == "any"


def is_public(ip: str) -> bool:
    """Whether an address lies in the public network: not loopback, private, link-local, shared, reserved or multicast."""
    address = ipaddress.ip_address(ip.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        address = mapped
    return address.is_global and not address.is_multicast


def check_address(value: str) -> None:
    """The validator of a webhook's address. Names are looked up again whenever something is sent."""
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValidationError(_("“%(value)s” is not an address."), "bad_address", {"value": value[:60]}) from error
    if parts.scheme not in (("https", "http") if anywhere() else ("https",)) or not host:
        raise ValidationError(_("The address begins with https:// and names a host."), "bad_address")
    if parts.username is not None or parts.password is not None:
        raise ValidationError(_("An address must not hold a user name or password."), "bad_address")
    if not anywhere() and (host == "localhost" or host.endswith(".localhost") or _is_inside(host)):
        raise ValidationError(
            _("This address lies inside the installation's own network, where webhooks may not go."), "inside_address"
        )


def _is_inside(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:
        return False  # a name


def looked_up(host: str, port: int) -> list[str]:
    """All addresses that a name stands for now. Raises OSError where it stands for none."""
    return sorted({found[4][0] for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})


def may_reach(host: str, port: int) -> bool:
    """Whether something may be sent there: every address of the name must be allowed."""
    return anywhere() or all(map(is_public, looked_up(host, port)))
