"""Which mention of one reading is which of another: two annotators, or the gold and a coder.

Mentions are plain dicts with the field names of ``tests/eval/gold/ANNOTATING.md`` (which are those
of ``raw.event_mentions``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Mention = dict[str, Any]
L = TypeVar("L")
R = TypeVar("R")


def pair_of(mention: Mention) -> tuple[str, str]:
    """Return the two codes in alphabetical order."""
    first, second = sorted((mention["source_code"], mention["target_code"]))
    return first, second


def direction_of(mention: Mention) -> str:
    """Return 'mutual', or whether the alphabetically first code acts ('forward') or not ('back')."""
    if mention.get("is_reciprocal"):
        return "mutual"
    return "forward" if mention["source_code"] == pair_of(mention)[0] else "back"


def chain_of(mention: Mention) -> tuple[tuple[str, str | None], ...]:
    """Return who says so, nearest first, without the publisher: (kind, country or None)."""
    return tuple(
        (link["kind"], link.get("country_code")) for link in mention.get("attribution", ())
    )


def dates_of(mention: Mention) -> tuple[str | None, str | None]:
    """Return first and last day as ISO text; None is an open end, two None no date at all."""
    return mention.get("event_date_start"), mention.get("event_date_end")


def likeness(one: Mention, two: Mention) -> float | None:
    """Return how alike two mentions of one sentence are; None where they cannot be the same.

    The pair must be the same in either order. Type outweighs direction, which outweighs status,
    date and attribution together: two acts of one pair in one sentence are told apart by type.
    """
    if pair_of(one) != pair_of(two) or one.get("sentence") != two.get("sentence"):
        return None
    if (one["event_type"] == "ASSESS") != (two["event_type"] == "ASSESS"):
        return None
    return float(
        8.0 * (one["event_type"] == two["event_type"])
        + 4.0 * (direction_of(one) == direction_of(two))
        + 2.0 * (one["status"] == two["status"])
        + 0.9 * (dates_of(one) == dates_of(two))
        + 0.6 * (chain_of(one) == chain_of(two))
    )


def align(
    left: Sequence[L], right: Sequence[R], likeness: Callable[[L, R], float | None]
) -> list[tuple[L | None, R | None]]:
    """Pair the likest first, each once; what is left over stands beside None.

    Returns:
        the pairs in the order of ``left``, then what only ``right`` holds.
    """
    scored = [
        (-score, i, k)
        for i, one in enumerate(left)
        for k, two in enumerate(right)
        if (score := likeness(one, two)) is not None
    ]
    taken: dict[int, int] = {}
    used: set[int] = set()
    for _, i, k in sorted(scored):
        if i not in taken and k not in used:
            taken[i] = k
            used.add(k)
    pairs: list[tuple[L | None, R | None]] = [
        (one, right[taken[i]] if i in taken else None) for i, one in enumerate(left)
    ]
    return pairs + [(None, two) for k, two in enumerate(right) if k not in used]
