"""Code what the current coder has not seen on many workers: a back-fill, or a new coder version.

The documents are cut into shards (`DETENTE_SHARD_DOCUMENTS`, files in `DETENTE_SHARD_DIR`), each
shard is one task, and what the tasks leave is loaded in the end: the same rows that `code_events`
comes to. Paused until it is wanted; then `airflow dags trigger code_documents_distributed`.

With the executor of the installation the tasks share this machine. With CeleryExecutor they go to
the queue `coding`, where workers on other machines may listen: those need the shared folder and the
same release, seeds and `config/actors.csv`, and no warehouse. Tasks that use the warehouse stay in
the default queue, which only its machine may serve.

Triage
------
* A worker that dies costs its shard's time: the task is tried again, other shards are untouched.
* A run that failed is gone on with by the next one: shards that are done are not done again.
* `code_shard` fails with "planned for the coder ...": that worker has another release or overlay.
* `collect` fails while shards are missing: clear their tasks, or trigger the DAG again.
* One plan holds 1,000 shards; trigger the DAG again for the rest.
"""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import Param, dag, task

from wiring import DEFAULT_ARGS, MENTIONS, WRITER_POOL, Tag


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    default_args=DEFAULT_ARGS,
    tags=[Tag.CODE],
    doc_md=__doc__,
    params={
        "limit": Param(
            None, type=["null", "integer"], minimum=1, description="at most so many documents"
        ),
    },
)
def code_documents_distributed():
    @task(pool=WRITER_POOL)
    def plan(params: dict) -> list[str]:
        from detente.pipeline import plan_shards

        return plan_shards(limit=params["limit"])

    @task(queue="coding", retries=5)
    def code_shard(path: str) -> dict:
        from detente.pipeline import code_shard

        return code_shard(path)

    # without a shard there may still be outcomes to load, of texts that are damaged
    @task(pool=WRITER_POOL, outlets=[MENTIONS], trigger_rule="none_failed")
    def collect() -> dict:
        from detente.pipeline import collect_shards

        return collect_shards()

    code_shard.expand(path=plan()) >> collect()


code_documents_distributed()
