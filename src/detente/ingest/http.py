"""One careful GET: size, time and redirects bounded, private addresses refused after DNS."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import httpx

MAX_BYTES = 5 * 1024 * 1024
MAX_SECONDS = 30.0
MAX_REDIRECTS = 5
_CODINGS = frozenset({"identity", "gzip", "x-gzip", "deflate", "br", ""})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a GET led to. ``outcome`` 'ok' or 'not_modified', else why there is no body."""

    outcome: str
    url: str
    status: int | None = None
    body: bytes = b""
    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None
    retry_after: timedelta | None = None
    max_age_minutes: int | None = None
    message: str | None = None
    seconds: float = 0.0


class _ForbiddenError(Exception):
    pass


def _check_address(url: str, allow_private: bool) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _ForbiddenError(f"{parts.scheme or 'no scheme'}: only http and https are fetched")
    if allow_private:
        return
    for info in socket.getaddrinfo(parts.hostname, None):
        address = ipaddress.ip_address(info[4][0])
        mapped = getattr(address, "ipv4_mapped", None) or address
        if not mapped.is_global:
            raise _ForbiddenError(f"{parts.hostname} is {address}: not a public address")


def get(
    url: str,
    *,
    user_agent: str,
    allow_private: bool = False,
    headers: dict[str, str] | None = None,
    max_seconds: float = MAX_SECONDS,
    max_bytes: int = MAX_BYTES,
) -> Answer:
    """Fetch one address. Never raises.

    The address is checked before every request of a redirect chain, after name resolution; a name
    that resolves anew to a private address between check and connection is met by checking the
    connected peer.
    """
    started = time.monotonic()
    try:
        answer = _within(
            max_seconds,
            lambda: _follow(
                url, user_agent, allow_private, headers or {}, started + max_seconds, max_bytes
            ),
        )
    except _ForbiddenError as error:
        answer = Answer("forbidden_address", url, message=str(error))
    except (httpx.TimeoutException, TimeoutError):
        answer = Answer("timeout", url, message=f"not done within {max_seconds:.0f} s")
    except httpx.DecodingError as error:
        answer = Answer("bad_encoding", url, message=str(error))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        answer = Answer("connection", url, message=f"{type(error).__name__}: {error}"[:300])
    return Answer(**{**{n: getattr(answer, n) for n in Answer.__slots__},
                     "seconds": time.monotonic() - started})  # fmt: skip


def _within(seconds: float, fetch: Callable[[], Answer]) -> Answer:
    """Run a fetch, and stop waiting for it at the deadline, whatever it waits for.

    httpx bounds each read, not their sum: a header that drips in byte by byte would hold us for
    ever. The thread is left to its own timeouts; it holds nothing that we need.
    """
    done: list[Answer | BaseException] = []

    def run() -> None:
        try:
            done.append(fetch())
        except BaseException as error:
            done.append(error)

    thread = threading.Thread(target=run, daemon=True, name="detente-fetch")
    thread.start()
    thread.join(seconds)
    if not done:
        raise TimeoutError
    if isinstance(done[0], BaseException):
        raise done[0]
    return done[0]


def _follow(
    url: str,
    user_agent: str,
    allow_private: bool,
    headers: dict[str, str],
    deadline: float,
    max_bytes: int,
) -> Answer:
    moved: str | None = None
    permanent = True
    base = {"User-Agent": user_agent, "Accept": "application/rss+xml, application/atom+xml, "
            "application/feed+json, application/xml;q=0.9, text/html;q=0.8, */*;q=0.5"}  # fmt: skip
    with httpx.Client(
        timeout=httpx.Timeout(10.0), follow_redirects=False, trust_env=False
    ) as client:
        for _ in range(MAX_REDIRECTS + 1):
            _check_address(url, allow_private)
            with client.stream("GET", url, headers={**base, **headers}) as response:
                _check_peer(response, allow_private)
                if response.is_redirect:
                    permanent = permanent and response.status_code in (301, 308)
                    url = urljoin(url, response.headers.get("location", ""))
                    moved = url if permanent else moved
                    continue
                return _read(response, url, moved, deadline, max_bytes)
    return Answer("redirect_loop", url, message=f"more than {MAX_REDIRECTS} redirects")


def _check_peer(response: httpx.Response, allow_private: bool) -> None:
    stream = response.extensions.get("network_stream")
    peer = stream.get_extra_info("server_addr") if stream is not None else None
    if peer and not allow_private and not ipaddress.ip_address(peer[0]).is_global:
        raise _ForbiddenError(f"connected to {peer[0]}: not a public address")


def _read(
    response: httpx.Response, url: str, moved: str | None, deadline: float, max_bytes: int
) -> Answer:
    status = response.status_code
    about = {
        "url": url,
        "status": status,
        "etag": response.headers.get("etag"),
        "last_modified": response.headers.get("last-modified"),
        "moved_to": moved,
        "max_age_minutes": _max_age(response.headers.get("cache-control", "")),
    }
    if status == 304:
        return Answer("not_modified", **about)
    if status != 200:
        wait = _retry_after(response.headers.get("retry-after"))
        outcome = "http_5xx" if status >= 500 else "http_4xx"
        if status == 429 or (status == 503 and wait is not None):
            outcome = "rate_limited"
        elif status in (404, 410):
            outcome = "not_found"
        return Answer(outcome, retry_after=wait, message=f"HTTP {status}", **about)
    parts: list[bytes] = []
    size = 0
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in _CODINGS:
        return Answer("bad_encoding", message=f"content-encoding {coding!r}", **about)
    # as they arrive: gathering chunks of a fixed size would wait on a slow drip past the deadline
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > max_bytes:
            return Answer("too_large", message=f"more than {max_bytes} bytes", **about)
        if time.monotonic() > deadline:
            raise TimeoutError
        parts.append(chunk)
    return Answer("ok", body=b"".join(parts), **about)


def _retry_after(value: str | None) -> timedelta | None:
    if not value:
        return None
    if value.strip().isdigit():
        return timedelta(seconds=int(value))
    try:
        return max(parsedate_to_datetime(value) - datetime.now(UTC), timedelta(0))
    except (ValueError, TypeError):
        return None


def _max_age(value: str) -> int | None:
    for part in value.split(","):
        name, _, seconds = part.strip().partition("=")
        if name.lower() == "max-age" and seconds.isdigit():
            return int(seconds) // 60
    return None
