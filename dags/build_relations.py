"""Derive the marts with dbt, test them, and publish a verified copy to the readers.

Triage
------
* A failed model or test leaves readers on the last published version; nothing half-built is ever
  published. The failing node is named in the log; `detente build` repeats it by hand.
* `publish` refuses when the disk is short and says how much is missing.
"""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import dag, task

from wiring import DATASET_EVENTS, DEFAULT_ARGS, MARTS, MENTIONS, WRITER_POOL, Tag, deadline


@dag(
    schedule=(MENTIONS | DATASET_EVENTS),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    deadline=deadline("build_relations"),
    tags=[Tag.BUILD],
    doc_md=__doc__,
)
def build_relations():
    @task(pool=WRITER_POOL)
    def build() -> dict:
        from detente.pipeline import build

        return build()

    @task(pool=WRITER_POOL, outlets=[MARTS])
    def publish() -> str:
        from detente.pipeline import publish

        return publish()

    build() >> publish()


build_relations()
