"""Fetch every enabled feed (or the targets given in the run's parameters) into `raw`.

Triage
------
* A feed that fails is an outcome row, not a failed task: `detente show sources`, then
  `detente sources check ID`.
* The task fails only where nothing at all could be written: look at disk space and at the lock
  (`detente doctor`).
* Repeating a run changes nothing that is already there; clear the task to try again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import Param, dag, task

from wiring import DEFAULT_ARGS, DOCUMENTS, Tag, deadline


@dag(
    schedule=timedelta(minutes=10),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    deadline=deadline("ingest_news"),
    tags=[Tag.INGEST],
    doc_md=__doc__,
    params={
        "targets": Param([], type="array", description="paths or URLs; empty: all enabled feeds"),
        "dataset": Param(None, type=["null", "string"]),
        "corpus_label": Param(None, type=["null", "string"]),
    },
)
def ingest_news():
    @task(outlets=[DOCUMENTS])
    def ingest(params: dict, run_id: str) -> dict:
        from detente.pipeline import ingest_targets

        return ingest_targets(
            params["targets"],
            dataset=params["dataset"],
            corpus_label=params["corpus_label"],
            run_id=run_id,
        )

    ingest()


ingest_news()
