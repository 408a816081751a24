"""The network address of whoever asks, as far as the proxies in front can be trusted to know it."""

import ipaddress
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest

# Of the request that is answered now; set by `RequestLogMiddleware`, empty outside of one.
current: ContextVar[str] = ContextVar("client_address", default="")

_NETWORK_V6 = 64  # bits: what one customer of a provider is given, at the least (RFC 6177)


def client_address(request: HttpRequest) -> str:
    """Return the address of the client in one normal form, empty where there is none.

    Each of the `TRUSTED_PROXY_COUNT` proxies in front adds to X-Forwarded-For whom it was asked
    by; what stands left of their entries anybody may have written, and is not read. Without a
    usable entry it is the address of the connection. An IPv6 address is reduced to its network,
    since one client has all of it ("2001:db8:1:2::/64").

    It is personal: count by its digest (`admissions.rate_limit`), never store or log it.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    count = settings.TRUSTED_PROXY_COUNT
    if count:
        entries = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
        if len(entries) >= count:
            return _normal(entries[-count]) or _normal(direct)
    return _normal(direct)


def _normal(text: str) -> str:
    """Return the address or IPv6 network that a text means, empty where it means none."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]  # [2001:db8::1]:443
    elif host.count(":") == 1:
        host = host.partition(":")[0]  # 192.0.2.1:443
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((address, _NETWORK_V6), strict=False))
        address = address.ipv4_mapped
    return str(address)
