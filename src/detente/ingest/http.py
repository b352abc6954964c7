"""Careful GETs: size, time and redirects bounded, addresses judged before a byte is sent."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from detente.ingest import bounded
from detente.ingest.addresses import (
    ForbiddenAddressError,
    JudgingTransport,
    Resolve,
    is_public,
    resolve,
)
from detente.ingest.courtesy import Courtesy
from detente.ingest.extract import is_challenge

MAX_BYTES = 5 * 1024 * 1024
MAX_SECONDS = 30.0
MAX_REDIRECTS = 5
MAX_CONCURRENT = 32
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ROBOTS_BYTES = 500 * 1024
_ERROR_BODY_BYTES = 64 * 1024
_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, "
    "application/xml;q=0.9, text/html;q=0.8, */*;q=0.5"
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a GET led to. ``outcome`` 'ok' or 'not_modified', else why there is no body.

    ``moved_to`` is where permanent redirects lead; ``redirects`` every address on the way.
    """

    outcome: str
    url: str
    status: int | None = None
    body: bytes = b""
    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None
    redirects: tuple[str, ...] = ()
    retry_after: timedelta | None = None
    max_age_minutes: int | None = None
    charset: str | None = None
    message: str | None = None
    seconds: float = 0.0


class Fetcher:
    """Fetches many addresses with manners. Use as an async context manager.

    Args:
        user_agent: how it introduces itself.
        courtesy: pauses, robots.txt, hosts that are down; None leaves manners out (one address
            that a person named).
        allow_private: let it ask loopback and intranet.
        resolver: from names to addresses.
        is_allowed: which addresses may be asked (default: public ones).
        max_seconds: per address, waiting for one's turn not counted.
        max_bytes: of the decoded body.
    """

    def __init__(
        self,
        user_agent: str,
        courtesy: Courtesy | None = None,
        *,
        allow_private: bool = False,
        resolver: Resolve = resolve,
        is_allowed: Callable[[str], bool] = is_public,
        max_seconds: float = MAX_SECONDS,
        max_bytes: int = MAX_BYTES,
        max_concurrent: int = MAX_CONCURRENT,
    ) -> None:
        self._courtesy = courtesy
        self._max_seconds = max_seconds
        self._max_bytes = max_bytes
        self._slots = asyncio.Semaphore(max_concurrent)
        allowed = (lambda _: True) if allow_private else is_allowed
        self._client = httpx.AsyncClient(
            transport=JudgingTransport(resolver, allowed),
            timeout=httpx.Timeout(10.0),
            follow_redirects=False,
            trust_env=False,
            headers={
                "User-Agent": user_agent,
                "Accept": _ACCEPT,
                "Accept-Encoding": bounded.ACCEPTED,
            },
        )

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        await self._client.aclose()

    async def get(self, url: str, headers: dict[str, str] | None = None) -> Answer:
        """Fetch one address, following redirects. Never raises."""
        spent = 0.0
        visited: list[str] = []
        moved: str | None = None
        is_permanent = True
        here = url
        for _ in range(MAX_REDIRECTS + 1):
            answer, seconds = await self._hop(here, headers or {}, self._max_seconds - spent)
            spent += seconds
            if answer.outcome != "redirect":
                moved_to = moved if answer.outcome in ("ok", "not_modified") else None
                return replace(answer, seconds=spent, redirects=tuple(visited), moved_to=moved_to)
            is_permanent = is_permanent and answer.status in (301, 308)
            there = _redirected(here, answer.message)
            if there is None:
                return Answer("connection", url, message=f"redirected to {answer.message!r}")
            here = there
            visited.append(here)
            moved = here if is_permanent else moved
        return Answer(
            "redirect_loop", url, message=f"more than {MAX_REDIRECTS} redirects",
            redirects=tuple(visited), seconds=spent,
        )  # fmt: skip

    async def _hop(self, url: str, headers: dict[str, str], left: float) -> tuple[Answer, float]:
        """One request with its manners; return the answer and the seconds that it took itself."""
        if refusal := _wrong_scheme(url):
            return refusal, 0.0
        courtesy = self._courtesy
        if courtesy is None:
            async with self._slots:
                return await self._timed(url, headers, left, self._max_bytes)
        if courtesy.is_down(url):
            return Answer("host_down", url, message="it could not be reached a moment ago"), 0.0
        refusal = await self._robots(url, courtesy)
        if refusal is not None:
            return refusal, refusal.seconds
        async with courtesy.turn(url), self._slots:
            if courtesy.is_down(url):
                return Answer("host_down", url, message="it could not be reached a moment ago"), 0.0
            answer, seconds = await self._timed(url, headers, left, self._max_bytes)
        if answer.outcome == "connection" and answer.status is None:
            courtesy.note_down(url)
        return answer, seconds

    async def _robots(self, url: str, courtesy: Courtesy) -> Answer | None:
        """Make sure that robots.txt is known; return the refusal, if it refuses."""
        parts = urlsplit(url)
        address = f"{parts.scheme}://{parts.netloc}/robots.txt"
        async with courtesy.lock(f"robots {address}"):
            if courtesy.robots(url) is None and not courtesy.is_down(url):
                answer = await self._robots_answer(address, courtesy)
                if answer.outcome in ("ok", "too_large"):
                    courtesy.note_robots(url, answer.body.decode("utf-8", "replace"), True)
                elif answer.outcome in ("http_5xx", "rate_limited", "timeout"):
                    why = answer.message or answer.outcome
                    courtesy.note_robots(url, None, False, f"robots.txt: {why}")
                elif answer.outcome in ("connection", "forbidden_address"):
                    if answer.outcome == "connection":
                        courtesy.note_down(url)
                    return replace(answer, url=url)
                else:
                    courtesy.note_robots(url, None, True, answer.outcome)
        if courtesy.may_fetch(url):
            return None
        known = courtesy.robots(url)
        return Answer("robots", url, message=(known and known.reason) or "robots.txt says no")

    async def _robots_answer(self, address: str, courtesy: Courtesy) -> Answer:
        for _ in range(MAX_REDIRECTS + 1):
            async with courtesy.turn(address), self._slots:
                answer, _seconds = await self._timed(
                    address, {}, self._max_seconds, _ROBOTS_BYTES, keep_partial=True
                )
            if answer.outcome != "redirect":
                return answer
            there = _redirected(address, answer.message)
            if there is None:
                return Answer("connection", address, message=f"redirected to {answer.message!r}")
            address = there
            if refusal := _wrong_scheme(address):
                return refusal
        return Answer("redirect_loop", address)

    async def _timed(
        self, url: str, headers: dict[str, str], left: float, max_bytes: int,
        keep_partial: bool = False,
    ) -> tuple[Answer, float]:  # fmt: skip
        started = time.monotonic()
        try:
            async with asyncio.timeout(max(left, 0.0)):
                answer = await self._request(url, headers, max_bytes, keep_partial)
        except ForbiddenAddressError as error:
            answer = Answer("forbidden_address", url, message=str(error))
        except (httpx.TimeoutException, TimeoutError):
            answer = Answer("timeout", url, message=f"not done within {self._max_seconds:g} s")
        except bounded.EncodingError as error:
            answer = Answer("bad_encoding", url, message=str(error))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            answer = Answer("connection", url, message=f"{type(error).__name__}: {error}"[:300])
        return answer, time.monotonic() - started

    async def _request(
        self, url: str, headers: dict[str, str], max_bytes: int, keep_partial: bool
    ) -> Answer:
        async with self._client.stream("GET", url, headers=headers) as response:
            status = response.status_code
            if status in _REDIRECTS:
                return Answer("redirect", url, status, message=response.headers.get("location"))
            about: dict[str, Any] = {
                "url": url,
                "status": status,
                "etag": response.headers.get("etag"),
                "last_modified": response.headers.get("last-modified"),
                "max_age_minutes": max_age_minutes(response.headers.get("cache-control", "")),
                "charset": response.charset_encoding,
            }
            if status == 304:
                return Answer("not_modified", **about)
            if status != 200:
                return await _refusal(response, about)
            body, is_whole = await _body(response, max_bytes)
            if not is_whole:
                return Answer(
                    "too_large", message=f"more than {max_bytes} bytes",
                    body=body if keep_partial else b"", **about,
                )  # fmt: skip
            return Answer("ok", body=body, **about)


def _redirected(here: str, location: str | None) -> str | None:
    """Return the address that a redirect leads to; None where it is none."""
    try:
        return urljoin(here, location or "")
    except ValueError:
        return None


def _wrong_scheme(url: str) -> Answer | None:
    try:
        parts = urlsplit(url)
        is_fine = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_fine = False
    if is_fine:
        return None
    message = f"{url[:100]!r}: only http and https are fetched"
    return Answer("forbidden_address", url, message=message)


async def _body(response: httpx.Response, max_bytes: int) -> tuple[bytes, bool]:
    """Return the decoded body, and whether it is whole; reading stops at the limit."""
    decoder = bounded.Decoder(response.headers.get("content-encoding", ""))
    parts: list[bytes] = []
    size = 0
    async for raw in response.aiter_raw():
        for piece in decoder.feed(raw):
            size += len(piece)
            if size > max_bytes:
                parts.append(piece)
                return b"".join(parts)[:max_bytes], False
            parts.append(piece)
    decoder.close()
    return b"".join(parts), True


async def _refusal(response: httpx.Response, about: dict[str, Any]) -> Answer:
    status = response.status_code
    wait = retry_after(response.headers.get("retry-after"))
    outcome = "http_5xx" if status >= 500 else "http_4xx"
    if status in (401, 403, 429, 503):
        try:
            body, _ = await _body(response, _ERROR_BODY_BYTES)
        except (bounded.EncodingError, httpx.HTTPError):
            body = b""
        if response.headers.get("cf-mitigated") == "challenge" or is_challenge(
            body.decode("utf-8", "replace")
        ):
            return Answer("blocked", message=f"HTTP {status}: a challenge", **about)
    if status == 429 or (status == 503 and wait is not None):
        outcome = "rate_limited"
    elif status in (404, 410):
        outcome = "not_found"
    return Answer(outcome, retry_after=wait, message=f"HTTP {status}", **about)


def retry_after(value: str | None, now: datetime | None = None) -> timedelta | None:
    """Read a Retry-After header: seconds or a date."""
    if not value:
        return None
    if value.strip().isdigit():
        return timedelta(seconds=min(int(value), 10**9))
    try:
        moment = parsedate_to_datetime(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(moment - (now or datetime.now(UTC)), timedelta(0))
    except (ValueError, TypeError, OverflowError):
        return None


def max_age_minutes(value: str) -> int | None:
    """Read Cache-Control: minutes to leave the address alone; None where it does not say."""
    for part in value.split(","):
        name, _, seconds = part.strip().partition("=")
        if name.lower() == "max-age" and seconds.strip('"').isdigit():
            return min(int(seconds.strip('"')), 10**9) // 60
    return None


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run async work from synchronous code, also where the caller's thread has a running loop.

    A failure in a group of tasks comes out as itself, not as a group.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        try:
            return asyncio.run(work)
        except BaseExceptionGroup as group:
            error: BaseException = group
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            raise error from group
    done: list[T] = []
    failed: list[BaseException] = []

    def inside() -> None:
        try:
            done.append(run(work))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=inside, name="detente-fetch")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


def get(
    url: str,
    *,
    user_agent: str,
    allow_private: bool = False,
    headers: dict[str, str] | None = None,
    max_seconds: float = MAX_SECONDS,
    max_bytes: int = MAX_BYTES,
) -> Answer:
    """Fetch one address that a person named: judged and bounded, without pauses. Never raises."""

    async def fetch() -> Answer:
        async with Fetcher(
            user_agent, allow_private=allow_private, max_seconds=max_seconds, max_bytes=max_bytes
        ) as fetcher:
            return await fetcher.get(url, headers)

    return run(fetch())
