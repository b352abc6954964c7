"""Values inside SQL, for statements that take no parameters (`copy`, `attach`, `comment`)."""

from __future__ import annotations

from pathlib import Path


def literal(value: str | Path) -> str:
    """Return a text or a path as an SQL literal."""
    return "'" + str(value).replace("'", "''") + "'"
