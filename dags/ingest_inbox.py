"""Ingest the folder `inbox/` of the home directory whenever somebody says that it is ready.

Put files there (txt, md, html, jsonl, WARC), then `touch inbox/.ready`. The watcher takes the mark
away and starts a run within seconds; the files stay where they are and are taken in once.

Triage
------
* Nothing happens: is the mark still there? Then Airflow's triggerer does not run.
* A file that cannot be read is an outcome row: `detente show sources`.
"""

from __future__ import annotations

from datetime import datetime

from airflow.providers.standard.triggers.file import FileDeleteTrigger
from airflow.sdk import Asset, AssetWatcher, dag, task

from wiring import DEFAULT_ARGS, DOCUMENTS, HOME, Tag

INBOX = Asset(
    name="inbox",
    uri="detente://inbox",
    watchers=[
        AssetWatcher(
            name="inbox_is_ready",
            trigger=FileDeleteTrigger(filepath=str(HOME / "inbox" / ".ready"), poke_interval=5.0),
        )
    ],
)


@dag(
    schedule=[INBOX],
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=[Tag.INGEST],
    doc_md=__doc__,
)
def ingest_inbox():
    @task(outlets=[DOCUMENTS])
    def ingest(run_id: str) -> dict:
        from detente.pipeline import ingest_targets

        return ingest_targets([str(HOME / "inbox")], run_id=run_id)

    ingest()


ingest_inbox()
