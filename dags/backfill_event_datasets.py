"""Import an event data set day by day: each run takes the files of its own day, and no others.

For Airflow's own backfill, which keeps a run, its log and its state per day: unpause the DAG, then
`airflow backfill create --dag-id backfill_event_datasets --from-date 2026-01-01 --to-date
2026-01-31` (both days included), with `--dag-run-conf '{"targets": ["/mirror/gdelt"]}'` from files
of your own.

Without targets every run asks for GDELT's list, which is long; for a long range from there, one run
of `import_event_datasets` with `first` and `last` asks once. Unpaused, it takes in yesterday every
midnight (UTC). A day that was taken in before is taken in again without effect.

Triage
------
* Runs stay queued: the DAG is paused.
* A file that cannot be had or read is an outcome row, not a failed task:
  `detente sql "select * from marts.fct_ingest_attempts where stage = 'import'"`.
* The task fails where not one file of its day could be read. Clear it, or create the backfill anew
  with `--reprocess-behavior failed`: days that succeeded are left alone.
"""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import CronDataIntervalTimetable, dag, task

from wiring import DATASET_EVENTS, DATASET_PARAMS, DEFAULT_ARGS, Tag


@dag(
    # a run's logical date is the day it takes in: the run starts when that day is over
    schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
    start_date=datetime(2015, 2, 18),  # GDELT 2.0 begins
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    default_args=DEFAULT_ARGS,
    tags=[Tag.INGEST],
    doc_md=__doc__,
    params=DATASET_PARAMS,
)
def backfill_event_datasets():
    @task(outlets=[DATASET_EVENTS])
    def import_day(params: dict, run_id: str, logical_date: datetime) -> dict:
        from detente.pipeline import import_events

        day = logical_date.date()
        summary = import_events(
            params["dataset"], params["targets"], first=day, last=day, run_id=run_id
        )
        if not summary["ok"]:
            raise RuntimeError(f"not one file of {day} could be read: {summary['outcomes']}")
        return summary

    import_day()


backfill_event_datasets()
