"""Telling somebody: a failed task or a late run becomes an outcome row and, if wished, a message.

The message goes to one webhook (`DETENTE_WEBHOOK_URL`) as JSON with a `text`, which chat systems
take as it is. A webhook that does not answer is a row as well, never an error.
"""

from __future__ import annotations

from datetime import UTC, datetime

import httpx

from detente.model import Attempt
from detente.settings import Settings, get_settings
from detente.warehouse.attempts import write_attempts
from detente.warehouse.writer import open_writer

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


def run_is_late(dag_id: str, *, settings: Settings | None = None, **_: object) -> None:
    """Record that a DAG run has not ended within its time, and tell the webhook.

    Airflow calls it with the run's context besides.
    """
    settings = settings or get_settings()
    message = f"not ended {settings.late_after_minutes:g} minutes after it was queued"
    _tell(settings, dag_id, "-", "late", message)


def _tell(settings: Settings, subject: str, run_id: str, outcome: str, message: str) -> None:
    attempts = [_attempt(subject, outcome, message)]
    if settings.webhook_url:
        text = f"detente: {subject} {outcome}: {message[:500]}"
        try:
            answer = httpx.post(settings.webhook_url, json={"text": text}, timeout=TIMEOUT_SECONDS)
            answer.raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            # the address may hold a secret: the row names the kind of error only
            attempts.append(_attempt("webhook", "error", type(problem).__name__))
    with open_writer(settings) as con:
        write_attempts(con, attempts, run_id)


def _attempt(subject: str, outcome: str, message: str) -> Attempt:
    return Attempt("dag", subject, datetime.now(UTC), 0.0, outcome, message=message[:2000])
