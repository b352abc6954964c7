"""Time as the warehouse stores it: UTC, without a zone."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return this moment as the warehouse stores it."""
    return naive_utc(datetime.now(UTC))


def naive_utc(moment: datetime) -> datetime:
    """Return a moment as the warehouse stores it; one without a zone is taken as local time."""
    return moment.astimezone(UTC).replace(tzinfo=None)
