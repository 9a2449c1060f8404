"""Where a request comes from, as far as it can be known, for the limiter and nothing else."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The address that asked: the connection's own, or what the outermost trusted proxy says (see the setting).

    Each proxy adds whom it was asked by to the right of X-Forwarded-For; whatever stands further left anyone can write.
    """
    chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    chain.append(request.META.get("REMOTE_ADDR", ""))
    return chain[max(0, len(chain) - 1 - settings.TRUSTED_PROXIES)]


def counted(address: str) -> str:
    """What is counted of an address: IPv4 whole, IPv6 by /64 (one household's). Nothing of loopback or of no address.

    Loopback is everyone at once where a proxy of this machine is not named in the settings: nobody is locked out by it.
    """
    try:
        found = ip_address(_bare(address))
    except ValueError:
        return ""
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if found.is_loopback or found.is_unspecified:
        return ""
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def _bare(address: str) -> str:
    """Without port, brackets and zone, as some proxies write them."""
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    return address.partition("%")[0]
