"""Telling somebody: a failed task becomes an outcome row and, if wished, a message.

The message goes to one webhook (`DETENTE_WEBHOOK_URL`) as JSON with a `text`, which chat systems
take as it is. A webhook that does not answer is a row as well, never an error.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import httpx
import pyarrow as pa

from detente.settings import Settings, get_settings
from detente.warehouse.writer import insert_new, open_writer

TIMEOUT_SECONDS = 10.0


def task_failed(
    dag_id: str,
    task_id: str,
    run_id: str,
    error: str,
    *,
    settings: Settings | None = None,
) -> None:
    """Record that a task failed for good, and tell the webhook."""
    _tell(settings or get_settings(), f"{dag_id}.{task_id}", run_id, "failed", error)


def _tell(settings: Settings, subject: str, run_id: str, outcome: str, message: str) -> None:
    rows = [_row(subject, run_id, outcome, message)]
    if settings.webhook_url:
        text = f"detente: {subject} {outcome}: {message[:500]}"
        try:
            answer = httpx.post(settings.webhook_url, json={"text": text}, timeout=TIMEOUT_SECONDS)
            answer.raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            # the address may hold a secret: the row names the kind of error only
            rows.append(_row("webhook", run_id, "error", type(problem).__name__))
    with open_writer(settings) as con:
        insert_new(con, "ops.ingest_attempts", pa.Table.from_pylist(rows), ("attempt_id",))


def _row(subject: str, run_id: str, outcome: str, message: str) -> dict[str, Any]:
    return {
        "attempt_id": uuid.uuid4().hex,
        "run_id": run_id,
        "stage": "dag",
        "subject": subject,
        "started_at": datetime.now(UTC).replace(tzinfo=None),
        "duration_seconds": 0.0,
        "outcome": outcome,
        "message": message[:2000],
    }
