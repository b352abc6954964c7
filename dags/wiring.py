"""What the DAG files share: tags, assets, pool, parameters, coding, retries, who is told. No logic."""

from __future__ import annotations

import os
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from airflow.sdk import (
    Asset,
    DeadlineAlert,
    DeadlineReference,
    ExceptionRetryPolicy,
    Param,
    RetryAction,
    RetryRule,
    SyncCallback,
    task,
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


# What a run that imports event data sets may name.
DATASET_PARAMS = {
    "dataset": Param("gdelt", type="string", enum=["gdelt", "icews"]),
    "targets": Param([], type="array", description="files, folders, URLs; empty: GDELT's own"),
}


def code_then_load():
    """Code what the coder has not seen, without a lock; then load it, as the one writer."""

    @task
    def code(params: dict) -> dict:
        from detente.pipeline import code_to_spool

        return code_to_spool(coder=params.get("coder"))

    @task(pool=WRITER_POOL, outlets=[MENTIONS])
    def load() -> int:
        from detente.pipeline import load_spool

        return load_spool()

    code() >> load()


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


def deadline(dag_id: str) -> DeadlineAlert | None:
    """Tell of a run that has not ended so many minutes after it was queued; under `up` only."""
    minutes = float(os.environ.get("DETENTE_LATE_AFTER_MINUTES") or 0)
    if not minutes:
        return None
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(minutes=minutes),
        callback=SyncCallback("detente.notify.run_is_late", kwargs={"dag_id": dag_id}),
        name=f"{dag_id} is late",
    )
