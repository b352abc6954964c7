"""Code the documents that the current coder has not seen: sentences become event mentions.

A new coder version has seen nothing: its first run codes every stored text again; what older
versions found stays and can be queried.

`DETENTE_CODER=llm` (or the run's parameter) asks a language model instead, of your own endpoint.

Triage
------
* One bad document never fails the task; it is an outcome row in `ops.coded_revisions`
  (`detente sql "select * from ops.coded_revisions where outcome = 'error'"`).
* `code` computes without holding any lock; its results wait in `spool/` and are loaded by `load`,
  also after a crash.
* Slow? `detente settings` shows the number of workers.
"""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import Param, dag

from wiring import DEFAULT_ARGS, DOCUMENTS, Tag, code_then_load, deadline


@dag(
    schedule=[DOCUMENTS],
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    deadline=deadline("code_events"),
    tags=[Tag.CODE],
    doc_md=__doc__,
    params={
        "coder": Param(
            None, enum=[None, "rules", "llm"], description="empty: that of the settings"
        ),
    },
)
def code_events():
    code_then_load()


code_events()
