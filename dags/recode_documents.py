"""Nightly: code again what an older version of the coder has coded, once there is a newer one.

After an upgrade, or a change of `seeds/` or `config/actors.csv`, the coder has another version, and
that version has seen nothing. `code_events` would wait for the next new document; this run does not.
Mentions of older versions stay and can be queried. Until the new version has read all that the one
before has, the build goes on with that one (`detente status` says how many are to go). Where every stored
text has been coded by the version at hand, it codes nothing. With `DETENTE_CODER=llm` this run asks
the model too, within limits of its own.

Triage
------
* How far it is: `detente sql "select * from marts.fct_coding_coverage order by coder_version"`.
* It takes as long as the stored texts need (`detente settings` shows the number of workers); a run
  that was stopped goes on where it was, and its finished batches wait in `spool/`.
* The old version is wanted back: name it in the variable `coder_versions` of `dbt_project.yml`.
"""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import dag

from wiring import DEFAULT_ARGS, Tag, code_then_load


@dag(
    schedule="47 3 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=[Tag.CODE, Tag.MAINTAIN],
    doc_md=__doc__,
)
def recode_documents():
    code_then_load()


recode_documents()
