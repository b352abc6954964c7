"""Which addresses may be asked: decided on the resolved address, before anything is sent.

A name is resolved once per connection and the connection goes to the very address that was judged,
so a name that resolves to something else a moment later (DNS rebinding) gains nothing. Redirects
open new connections and are judged anew.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import httpcore
import httpx
from tld import get_fld

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""From host and port to addresses, in the order in which they are to be tried."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class ForbiddenAddressError(Exception):
    """The address is not one that may be asked."""


def is_address(target: str) -> bool:
    """Say whether a target is an http(s) address."""
    return target.startswith(("http://", "https://"))


def is_public(address: str) -> bool:
    """Say whether an IP address is on the public internet, also behind IPv6 wrappings of IPv4."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if ip.teredo is not None:
            return False
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def registrable_domain(url: str) -> str:
    """Return what politeness counts by: 'bbc.co.uk' for feeds.bbc.co.uk; an IP address as it is."""
    host = httpx.URL(url).host
    found = get_fld(f"http://{host}/", fail_silently=True) if host else None
    return str(found or host)


async def resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


class _JudgingBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, resolver: Resolve, is_allowed: Callable[[str], bool]) -> None:
        self._resolve = resolver
        self._is_allowed = is_allowed
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._resolve(host, port)
        for address in addresses:
            if not self._is_allowed(address):
                raise ForbiddenAddressError(f"{host} is {address}: not a public address")
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise ForbiddenAddressError("sockets of this machine are not fetched")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class JudgingTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over connections that go to judged addresses only."""

    def __init__(self, resolver: Resolve, is_allowed: Callable[[str], bool]) -> None:
        context = ssl_context()
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=None,  # one request per host at a time is kept elsewhere
            max_keepalive_connections=50,
            keepalive_expiry=30.0,
            network_backend=_JudgingBackend(resolver, is_allowed),
        )


_context: list[ssl.SSLContext] = []


def ssl_context() -> ssl.SSLContext:
    """Return the one context of this process: making it reads all certificates (some 20 ms)."""
    if not _context:
        _context.append(httpx.create_ssl_context())
    return _context[0]
