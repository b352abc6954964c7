"""Whether a mention's attribution, date and assessment are those of the gold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from detente.model import EventMention

AXES = ("attribution", "date", "assess")
"""Measures beyond type and status; each is scored where the gold states it."""

_TOLERANCE = ((3, 0), (10, 3), (45, 10), (130, 31), (4000, 62), (99999, 366))
"""(longest span in days, days by which either end may differ): to the expression's precision."""


def judge_axes(mention: EventMention, event: Mapping[str, Any]) -> dict[str, bool]:
    """Return for each axis whether it is right; what the gold does not state is right."""
    return {
        "attribution": "attribution" not in event or _attribution(mention, event["attribution"]),
        "date": _date(mention, event),
        "assess": "assess_direction" not in event
        or (mention.event_mode, mention.assess_direction)
        == (event.get("event_mode", mention.event_mode), event["assess_direction"]),
    }


def states_axis(axis: str, event: Mapping[str, Any]) -> bool:
    """Tell whether the gold states this axis of the event."""
    fields = {"attribution": ("attribution",), "assess": ("assess_direction",)}
    return any(f in event for f in fields.get(axis, ("event_date_start", "date_basis")))


def _attribution(mention: EventMention, expected: list[dict[str, str]]) -> bool:
    """The chain without the publisher: as many links, each of its kind; country and name if given."""
    said = mention.attribution[1:]
    return len(said) == len(expected) and all(
        got.kind == want["kind"]
        and want.get("country_code", got.country_code) == got.country_code
        and want.get("name", "").lower() in (got.name or "").lower()
        for got, want in zip(said, expected, strict=True)
    )


def _date(mention: EventMention, event: Mapping[str, Any]) -> bool:
    if event.get("date_basis") == "publication":
        return mention.date_basis in ("publication", "none")
    if "event_date_start" not in event:
        return True
    start, end = mention.event_date_start, mention.event_date_end
    return dates_agree(
        (event["event_date_start"], event["event_date_end"]),
        (start.isoformat() if start else None, end.isoformat() if end else None),
    )


def dates_agree(want: tuple[str | None, str | None], got: tuple[str | None, str | None]) -> bool:
    """Tell whether days found (ISO) are those wanted, to the precision of the wanted span.

    No date wanted: none must be found. An open end of what is wanted is not compared; one day is
    compared exactly.
    """
    if want == (None, None):
        return want == got
    days = [None if day is None else date.fromisoformat(day) for day in want]
    span = (days[1] - days[0]).days if days[0] and days[1] else 0
    slack = next(slack for longest, slack in _TOLERANCE if span <= longest)
    return all(
        day is None or (mine is not None and abs((date.fromisoformat(mine) - day).days) <= slack)
        for day, mine in zip(days, got, strict=True)
    )
