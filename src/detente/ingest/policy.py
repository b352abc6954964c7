"""When to ask a feed again, and how: pure decisions on frozen values.

The interval adapts to what was new; servers' wishes (Retry-After, Cache-Control, ttl) are
honoured; failures back off linearly and never disable a feed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

MIN_INTERVAL = timedelta(minutes=10)
MAX_INTERVAL = timedelta(hours=24)
MAX_BACKOFF = timedelta(days=30)
FAILURE_WEIGHTS = {"hard": 1.0, "soft": 0.5, "temporary": 0.25}
"""How much a failure adds to the count that back-off grows with."""

HARD = frozenset({"http_4xx", "forbidden_address", "not_a_feed", "unsafe_xml", "redirect_loop"})
SOFT = frozenset({"http_5xx", "too_large", "bad_encoding", "empty", "blocked", "no_items"})


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is remembered of a feed between fetches. Times are UTC."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    interval_minutes: int = 60
    next_at: datetime | None = None
    failures: float = 0.0

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


def is_due(state: FeedState, now: datetime) -> bool:
    """Say whether the feed may be asked now."""
    return state.next_at is None or now >= state.next_at


def request_headers(state: FeedState) -> dict[str, str]:
    """Return the headers of a conditional request."""
    headers = {}
    if state.etag:
        headers["If-None-Match"] = state.etag
    if state.last_modified:
        headers["If-Modified-Since"] = state.last_modified
    return headers


def after_success(
    state: FeedState,
    now: datetime,
    *,
    etag: str | None,
    last_modified: str | None,
    known_share: float | None,
    wished_minutes: int | None,
    moved_to: str | None = None,
) -> FeedState:
    """Return the state after an answer.

    Args:
        state: before.
        now: UTC.
        etag: of the answer.
        last_modified: of the answer.
        known_share: share of items that were known (0-1); None after 304.
        wished_minutes: the longest wait that the server or feed asked for.
        moved_to: target of a permanent redirect.
    """
    interval = timedelta(minutes=state.interval_minutes)
    share = 1.0 if known_share is None else known_share
    if share > 0.67:
        interval += timedelta(minutes=10)
    elif share < 0.33:
        interval -= timedelta(minutes=60)
    interval = min(max(interval, MIN_INTERVAL), MAX_INTERVAL)
    wait = max(interval, min(timedelta(minutes=wished_minutes or 0), MAX_INTERVAL))
    return replace(
        state,
        url=moved_to or state.url,
        etag=etag if known_share is not None else etag or state.etag,
        last_modified=last_modified if known_share is not None else state.last_modified,
        interval_minutes=int(interval.total_seconds() // 60),
        next_at=now + wait,
        failures=0.0,
    )


def after_failure(
    state: FeedState, now: datetime, outcome: str, retry_after: timedelta | None = None
) -> FeedState:
    """Return the state after a failure: linear back-off, the server's wish up to a day."""
    kind = "hard" if outcome in HARD else "soft" if outcome in SOFT else "temporary"
    failures = state.failures + FAILURE_WEIGHTS[kind]
    wait = timedelta(minutes=state.interval_minutes) * (1 + 4 * failures)
    if retry_after is not None:
        wait = max(wait, min(retry_after, MAX_INTERVAL))
    return replace(state, failures=failures, next_at=now + min(wait, MAX_BACKOFF))
