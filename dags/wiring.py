"""What the DAG files share: tags, assets, the writers' pool, retries, who is told. No logic."""

from __future__ import annotations

import os
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from airflow.sdk import (
    Asset,
    ExceptionRetryPolicy,
    RetryAction,
    RetryRule,
)


class Tag(StrEnum):
    """Every tag a DAG may bear (a test holds it)."""

    INGEST = "ingest"
    CODE = "code"
    BUILD = "build"
    MAINTAIN = "maintain"


HOME = Path(os.environ.get("DETENTE_HOME") or Path(__file__).resolve().parents[1] / "data")
"""The home directory as the services were started with it."""

# Assets bear the names of the tables they stand for.
DOCUMENTS = Asset(name="raw.document_revisions", uri="detente://raw/document_revisions")
MENTIONS = Asset(name="raw.event_mentions", uri="detente://raw/event_mentions")
DATASET_EVENTS = Asset(name="raw.dataset_events", uri="detente://raw/dataset_events")
MARTS = Asset(name="marts", uri="detente://marts")

WRITER_POOL = "duckdb_writer"
"""One slot: DuckDB admits one writing process. The lock file guards; the pool spares workers."""


def tell_failure(context) -> None:
    """Record a task that failed for good and tell the webhook, if there is one."""
    from detente.notify import task_failed

    task = context["ti"]
    task_failed(task.dag_id, task.task_id, context["run_id"], str(context.get("exception")))


RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            "detente.warehouse.writer.WarehouseBusyError",
            retry_delay=timedelta(minutes=2),
            reason="another writer is at work",
        ),
        RetryRule(
            "detente.warehouse.writer.WarehouseVersionError",
            action=RetryAction.FAIL,
            reason="an older release cannot write this file",
        ),
        RetryRule(
            "detente.pipeline.StageError",
            action=RetryAction.FAIL,
            reason="a model or test failed: the same data fail again",
        ),
    ]
)

DEFAULT_ARGS = {
    "owner": "detente",
    "retries": 2,
    "retry_delay": timedelta(minutes=1),
    "retry_policy": RETRY_POLICY,
    "on_failure_callback": tell_failure,
}
