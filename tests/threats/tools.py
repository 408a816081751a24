"""What the tests of threats share: every address as the resolver has it, and requests by hand."""

import re
import socket
from collections.abc import Iterator
from contextlib import closing, suppress

from django.urls import URLPattern, URLResolver, get_resolver

from tests.server import Site


def public_routes() -> list[str]:
    """Return the route of every address outside the staff site."""
    return sorted({one for one in _walk(get_resolver()) if not one.startswith("admin/")})


def _walk(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from _walk(one, before + str(one.pattern))
        elif isinstance(one, URLPattern):
            yield before + str(one.pattern)


def filled(route: str, **parts: str) -> str:
    """Return an address of a route; a part that is not given is a word."""
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part: parts.get(part[1], "nothing"), route)


def raw(site: Site, *sent: bytes, seconds: float = 20) -> tuple[int, bytes]:
    """Send bytes to the server as they are, and return the status and all of the answer."""
    with closing(socket.create_connection(("127.0.0.1", site.port), timeout=seconds)) as line:
        for part in sent:
            line.sendall(part)
        answer = b""
        # A server that closes on what it did not read may cut the line behind its answer.
        with suppress(ConnectionResetError):
            while more := line.recv(65536):
                answer += more
    return int(answer.split(b" ", 2)[1]), answer


def head(site: Site, first: str, *lines: str) -> bytes:
    """Return a request's head, for this site unless a line says else."""
    if not any(one.lower().startswith("host:") for one in lines):
        lines = (f"Host: 127.0.0.1:{site.port}", *lines)
    return "\r\n".join([f"{first} HTTP/1.1", *lines, "Connection: close", "", ""]).encode()
