"""Claims of dates: read them all, keep them all, believe one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

from dateutil import parser as dateutil_parser

from detente.ingest.drafts import DATE_BASES, DateClaim

_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_SLACK = timedelta(days=1)
_HAS_DAY = re.compile(r"\d{4}.*\d|\d.*\d{4}|\d{8}")


def read_date(value: object) -> datetime | None:
    """Return the moment a value states, in UTC, or None. A bare day is its midnight in UTC."""
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, str) or not _HAS_DAY.search(value) or len(value) > 100:
        return None
    text = value.strip()
    try:
        return _utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        pass
    for parse in (parsedate_to_datetime, dateutil_parser.parse):
        try:
            return _utc(parse(text))
        except (ValueError, OverflowError, TypeError, IndexError, AttributeError):
            continue
    return None


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def claim(basis: str, field: str, value: object) -> DateClaim | None:
    """Return the claim, read or unreadable, or None where nothing was said."""
    if value is None or value == "":
        return None
    text = value.isoformat() if isinstance(value, date) else str(value).strip()
    if not text:
        return None
    try:
        at = read_date(value)
    except (ValueError, OverflowError):
        at = None
    return DateClaim(basis, field, text[:100], at)


def claims(*stated: tuple[str, str, object]) -> tuple[DateClaim, ...]:
    """Return the claims of (basis, field, value); where nothing was said there is none."""
    made = (claim(*one) for one in stated)
    return tuple(c for c in made if c is not None)


def is_credible(claimed: DateClaim, fetched_at: datetime) -> bool:
    """Say whether a claim can be true: readable, after 1900, at most a day after it was seen."""
    return claimed.at is not None and _EARLIEST <= claimed.at <= fetched_at + _SLACK


def choose(
    claims: Iterable[DateClaim], fetched_at: datetime, field: str = "published"
) -> DateClaim | None:
    """Return the claim to believe: the first credible one in the order of `DATE_BASES`."""
    credible = [c for c in claims if c.field == field and is_credible(c, fetched_at)]
    return min(credible, key=lambda c: DATE_BASES.index(c.basis), default=None)


def to_json(claims: Iterable[DateClaim], fetched_at: datetime) -> str | None:
    """Return the claims as the JSON text that `raw.document_revisions.date_claims` holds.

    ``verdict``: 'chosen' for the one believed, 'rejected' for what cannot be read or true, else
    'kept'.
    """
    claims = list(claims)
    chosen = [choose(claims, fetched_at, field) for field in ("published", "updated")]
    rows: list[dict[str, object]] = [
        {
            "basis": c.basis,
            "field": c.field,
            "value": c.value,
            "at": c.at and c.at.isoformat(),
            "verdict": "chosen"
            if any(c is one for one in chosen)
            else "kept"
            if is_credible(c, fetched_at)
            else "rejected",
        }
        for c in claims
    ]
    return json.dumps(rows, ensure_ascii=False) if rows else None
