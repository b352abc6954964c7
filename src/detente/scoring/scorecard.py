"""The last scores of the coder on its gold sets, as `detente eval` left them for other faces."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from detente.settings import Settings


def keep_scores(settings: Settings, rows: list[dict[str, Any]], annotated: dict[str, Any]) -> None:
    """Keep the scores of a run, in place of those before."""
    path = settings.home / "scores.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    body: dict[str, Any] = {
        "scored_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": rows,
        "annotated": annotated,
    }
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(body, indent=1), encoding="utf-8")
    temporary.replace(path)


def read_scores(settings: Settings) -> dict[str, Any] | None:
    """Return ``scored_at`` (UTC, ISO) and ``rows`` (one per gold set); None where there are none.

    ``annotated`` holds what `detente.scoring.gold_scores` returns for sentences and documents.
    """
    try:
        found = json.loads((settings.home / "scores.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("rows") else None
