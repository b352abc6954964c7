"""Manners: one request per host at a time, a pause per registrable domain, robots.txt, patience.

What it remembers (robots.txt for 24 hours, a host that did not answer for 10 minutes, when a domain
was asked last) survives the process in `ops.host_state`.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from protego import Protego

from detente.ingest.addresses import registrable_domain

ROBOTS_SECONDS = 24 * 3600.0
ROBOTS_RETRY_SECONDS = 3600.0
"""How soon a robots.txt that could not be had is asked for again."""
DOWN_SECONDS = 600.0
MAX_CRAWL_DELAY = 120.0
"""A longer crawl-delay is honoured by not asking more than so often; no run waits for hours."""


@dataclass(frozen=True, slots=True)
class Robots:
    """What a host's robots.txt said: ``text`` None means 'everything' (``is_open``) or nothing."""

    text: str | None
    is_open: bool
    until: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HostState:
    """What is remembered of a host (robots, down) or registrable domain (asked). Unix seconds."""

    robots: Robots | None = None
    down_until: float = 0.0
    asked_at: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> HostState:
        robots = values.get("robots")
        return cls(
            Robots(**robots) if robots else None,
            float(values.get("down_until") or 0),
            float(values.get("asked_at") or 0),
        )


def origin_of(url: str) -> str:
    """Return scheme and host with port: what one robots.txt speaks for."""
    parts = urlsplit(url)
    return f"{parts.scheme.lower()}://{parts.netloc.rpartition('@')[2].lower()}"


class Courtesy:
    """The manners of one process towards all hosts.

    Args:
        user_agent: how fetching introduces itself; its first word is looked up in robots.txt.
        gap_seconds: least time between the starts of two requests to one registrable domain.
        states: what is remembered, by origin or domain.
        clock: Unix seconds.
        sleep: how to wait.
    """

    def __init__(
        self,
        user_agent: str,
        gap_seconds: float,
        states: dict[str, HostState] | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._agent = user_agent.split("/")[0].split()[0] if user_agent.split() else "detente"
        self._gap = gap_seconds
        self._states = defaultdict(HostState, states or {})
        self._changed: set[str] = set()
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._parsed: dict[str, Protego] = {}
        self._clock = clock
        self._sleep = sleep

    def take_changes(self) -> dict[str, HostState]:
        """Return what changed since the last call, to be stored."""
        changed, self._changed = self._changed, set()
        return {name: self._states[name] for name in changed}

    def _set(self, name: str, **values: Any) -> None:
        self._states[name] = replace(self._states[name], **values)
        self._changed.add(name)

    def is_down(self, url: str) -> bool:
        """Say whether the host failed to connect a moment ago."""
        return self._states[origin_of(url)].down_until > self._clock()

    def note_down(self, url: str) -> None:
        """Remember that the host could not be reached."""
        self._set(origin_of(url), down_until=self._clock() + DOWN_SECONDS)

    def robots(self, url: str) -> Robots | None:
        """Return what is known of the host's robots.txt, if it is fresh."""
        known = self._states[origin_of(url)].robots
        return known if known and known.until > self._clock() else None

    def note_robots(self, url: str, text: str | None, is_open: bool, reason: str = "") -> Robots:
        """Remember a robots.txt, or that it could not be had.

        Args:
            url: any address of the host.
            text: what it says; None where there is none.
            is_open: without a text, whether everything is allowed (4xx) or nothing (5xx).
            reason: why there is none.
        """
        keep = ROBOTS_SECONDS if text is not None or is_open else ROBOTS_RETRY_SECONDS
        made = Robots(text, is_open, self._clock() + keep, reason)
        self._parsed.pop(origin_of(url), None)
        self._set(origin_of(url), robots=made)
        return made

    def lock(self, name: str) -> asyncio.Lock:
        """Return the lock of that name."""
        return self._locks[name]

    def may_fetch(self, url: str) -> bool:
        """Say whether the host's known robots.txt allows the address."""
        robots = self.robots(url)
        if robots is None or robots.text is None:
            return robots is None or robots.is_open
        return bool(self._rules(url, robots).can_fetch(url, self._agent))

    def gap(self, url: str) -> float:
        """Return the pause for this host: its crawl-delay where that is longer than ours."""
        robots = self.robots(url)
        if robots is None or robots.text is None:
            return self._gap
        delay = self._rules(url, robots).crawl_delay(self._agent)
        return max(self._gap, min(float(delay or 0), MAX_CRAWL_DELAY))

    def _rules(self, url: str, robots: Robots) -> Protego:
        origin = origin_of(url)
        if origin not in self._parsed:
            self._parsed[origin] = Protego.parse(robots.text or "")
        return self._parsed[origin]

    @asynccontextmanager
    async def turn(self, url: str) -> AsyncIterator[None]:
        """Wait until this host may be asked, and keep others from it meanwhile."""
        domain = registrable_domain(url)
        async with self._locks[f"host {origin_of(url)}"]:
            async with self._locks[f"domain {domain}"]:
                wait = self._states[domain].asked_at + self.gap(url) - self._clock()
                if wait > 0:
                    await self._sleep(min(wait, MAX_CRAWL_DELAY))
                self._set(domain, asked_at=self._clock())
            yield
