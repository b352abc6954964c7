"""Import event data sets into `raw.dataset_events`: GDELT's newest update, or what the run names.

Unpaused, it asks GDELT every 15 minutes for its newest file. A backfill is one run with a range of
days: `airflow dags trigger import_event_datasets --conf '{"first": "2026-01-01", "last":
"2026-01-31"}'`; broken off, it goes on where it was when the task is cleared.

Triage
------
* A file that cannot be had or read is an outcome row, not a failed task:
  `detente sql "select * from marts.fct_ingest_attempts where stage = 'import'"`.
* The task fails where not one file could be read: no network, or the wrong kind of file.
* `bad_checksum`: GDELT had not finished writing; the next run fetches the file again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import Param, dag, task

from wiring import DATASET_EVENTS, DATASET_PARAMS, DEFAULT_ARGS, Tag, deadline


@dag(
    schedule=timedelta(minutes=15),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    default_args=DEFAULT_ARGS,
    deadline=deadline("import_event_datasets"),
    tags=[Tag.INGEST],
    doc_md=__doc__,
    params={
        **DATASET_PARAMS,
        "first": Param(None, type=["null", "string"], format="date"),
        "last": Param(None, type=["null", "string"], format="date"),
    },
)
def import_event_datasets():
    @task(outlets=[DATASET_EVENTS])
    def import_events(params: dict, run_id: str) -> dict:
        from datetime import date

        from detente.pipeline import import_events

        summary = import_events(
            params["dataset"],
            params["targets"],
            first=date.fromisoformat(params["first"]) if params["first"] else None,
            last=date.fromisoformat(params["last"]) if params["last"] else None,
            run_id=run_id,
        )
        if not summary["ok"]:
            raise RuntimeError(f"not one file could be read: {summary['outcomes']}")
        return summary

    import_events()


import_event_datasets()
