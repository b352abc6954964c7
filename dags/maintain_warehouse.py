"""Nightly: drop what must not be kept, then check that everything is as it should be.

Triage
------
* `upkeep` drops full texts past `DETENTE_KEEP_TEXT_DAYS` and files that nothing names; repeating it
  changes nothing.
* `check` fails where `detente doctor` finds something wrong; its message says what and what to do.
"""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import dag, task

from wiring import DEFAULT_ARGS, WRITER_POOL, Tag, deadline


@dag(
    schedule="17 3 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    deadline=deadline("maintain_warehouse"),
    tags=[Tag.MAINTAIN],
    doc_md=__doc__,
)
def maintain_warehouse():
    @task(pool=WRITER_POOL)
    def upkeep() -> dict:
        from detente.ingest.takedown import upkeep
        from detente.settings import get_settings

        return upkeep(get_settings())

    @task(retries=0)
    def check() -> None:
        from detente.health import require_health

        require_health()

    upkeep() >> check()


maintain_warehouse()
