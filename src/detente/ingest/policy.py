"""When to ask a feed again, and how: pure decisions on frozen values.

`plan` says whether and what to ask; `decide` what is remembered after the reply. The interval
adapts to what was new; servers' wishes (Retry-After, Cache-Control, ttl) are honoured; failures
back off linearly and never disable a feed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

MIN_INTERVAL = timedelta(minutes=10)
MAX_INTERVAL = timedelta(hours=24)
MAX_BACKOFF = timedelta(days=30)
DOWN_INTERVAL = timedelta(minutes=10)
JITTER = 0.1
"""Waits are stretched by up to this share, so that feeds do not march in step."""

FAILURE_WEIGHTS = {"hard": 1.0, "soft": 0.5, "temporary": 0.25}
"""How much a failure adds to the count that back-off grows with."""

FAILURE_KINDS = {
    **dict.fromkeys(
        ("http_4xx", "not_found", "forbidden_address", "not_a_feed", "unsafe_xml",
         "redirect_loop", "robots"), "hard"),
    **dict.fromkeys(
        ("http_5xx", "too_large", "bad_encoding", "empty", "blocked", "no_items"), "soft"),
    **dict.fromkeys(("timeout", "connection", "rate_limited", "error"), "temporary"),
}  # fmt: skip
"""Outcomes of a fetch that are failures of the feed, by how lasting they look."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is remembered of a feed between fetches. Times are UTC.

    ``listed_url`` is the address in the list, ``url`` the one that permanent redirects led to.
    """

    url: str
    listed_url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    interval_minutes: int = 60
    next_at: datetime | None = None
    failures: float = 0.0
    last_outcome: str | None = None

    def to_dict(self) -> dict[str, object]:
        values = asdict(self)
        values["next_at"] = self.next_at.isoformat() if self.next_at else None
        return values

    @classmethod
    def from_dict(cls, values: dict[str, object]) -> FeedState:
        known = {k: v for k, v in values.items() if k in cls.__dataclass_fields__}
        if isinstance(known.get("next_at"), str):
            known["next_at"] = datetime.fromisoformat(str(known["next_at"]))
        return cls(**known)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class FetchPlan:
    """Whether a feed is to be asked, where, and with which headers."""

    is_due: bool
    url: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, as far as it bears on when to ask again.

    ``item_count`` and ``known_count`` are of the feed's items; ``wished_minutes`` is the longest
    wait that the server or the feed asks for.
    """

    outcome: str
    etag: str | None = None
    last_modified: str | None = None
    item_count: int = 0
    known_count: int = 0
    wished_minutes: int | None = None
    retry_after: timedelta | None = None
    moved_to: str | None = None


def state_for(listed_url: str, stored: FeedState | None) -> FeedState:
    """Return the state to start from: a fresh one where the list names another address now."""
    if stored is None or (stored.listed_url or stored.url) != listed_url:
        return FeedState(listed_url, listed_url)
    return replace(stored, listed_url=listed_url)


def plan(state: FeedState, now: datetime, *, force: bool = False) -> FetchPlan:
    """Say whether the feed may be asked now, and with which conditional request."""
    headers = []
    if state.etag:
        headers.append(("If-None-Match", state.etag))
    if state.last_modified:
        headers.append(("If-Modified-Since", state.last_modified))
    is_due = force or state.next_at is None or now >= state.next_at
    return FetchPlan(is_due, state.url, tuple(headers))


def decide(state: FeedState, reply: Reply, now: datetime, jitter: float = 0.0) -> FeedState:
    """Return the state after a reply.

    Args:
        state: before.
        reply: what came.
        now: UTC.
        jitter: a random number, 0-1.
    """
    if reply.outcome in ("ok", "not_modified"):
        after, wait = _after_success(state, reply)
    elif reply.outcome == "host_down":  # not asked at all: no failure of the feed's own
        after, wait = state, DOWN_INTERVAL
    else:
        after, wait = _after_failure(state, reply)
    wait *= 1 + JITTER * jitter
    return replace(after, next_at=now + min(wait, MAX_BACKOFF), last_outcome=reply.outcome)


def _after_success(state: FeedState, reply: Reply) -> tuple[FeedState, timedelta]:
    interval = timedelta(minutes=state.interval_minutes)
    is_new_body = reply.outcome == "ok"
    share = reply.known_count / reply.item_count if is_new_body and reply.item_count else 1.0
    if share > 0.67:
        interval += timedelta(minutes=10)
    elif share < 0.33:
        interval -= timedelta(minutes=60)
    interval = min(max(interval, MIN_INTERVAL), MAX_INTERVAL)
    wished = timedelta(minutes=min(reply.wished_minutes or 0, 1440))
    after = replace(
        state,
        url=reply.moved_to or state.url,
        etag=reply.etag if is_new_body else reply.etag or state.etag,
        last_modified=reply.last_modified if is_new_body else state.last_modified,
        interval_minutes=int(interval.total_seconds() // 60),
        failures=0.0,
    )
    return after, max(interval, min(wished, MAX_INTERVAL))


def _after_failure(state: FeedState, reply: Reply) -> tuple[FeedState, timedelta]:
    kind = FAILURE_KINDS.get(reply.outcome, "temporary")
    failures = state.failures + FAILURE_WEIGHTS[kind]
    wait = timedelta(minutes=state.interval_minutes) * (1 + 4 * failures)
    if reply.retry_after is not None:
        wait = max(wait, min(reply.retry_after, MAX_INTERVAL))
    return replace(state, failures=failures), min(wait, MAX_BACKOFF)
