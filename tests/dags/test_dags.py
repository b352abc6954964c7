"""The DAG files are thin wiring; together they take a document to the readers."""

import ast
import importlib.util
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "dags"
DAG_FILES = sorted(p for p in DAGS.glob("*.py") if p.name != "wiring.py")


@pytest.fixture(scope="module")
def bag(tmp_path_factory):
    """Load the DAGs with Airflow's own loader, in a home of its own."""
    home = tmp_path_factory.mktemp("airflow")
    os.environ.update(
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__DAGS_FOLDER=str(DAGS),
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{home}/airflow.db",
    )
    sys.path.insert(0, str(DAGS))
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(DAGS))


def test_given_the_dag_folder_then_every_file_is_one_dag_named_like_it(bag):
    assert bag.import_errors == {}
    assert set(bag.dags) == {p.stem for p in DAG_FILES}


def test_given_a_failure_then_the_policy_looks_at_its_class(bag):
    from airflow.sdk import RetryAction

    from detente.pipeline import StageError
    from detente.warehouse.writer import WarehouseBusyError

    policy = bag.dags["build_relations"].get_task("build").retry_policy
    assert policy.evaluate(StageError("a test failed"), 1, 3).action is RetryAction.FAIL
    assert policy.evaluate(WarehouseBusyError("pid 1"), 1, 3).action is RetryAction.RETRY
    assert policy.evaluate(OSError("disk"), 1, 3).action is RetryAction.DEFAULT
    for dag in bag.dags.values():
        for task in dag.tasks:
            assert task.on_failure_callback, task.task_id


def test_given_minutes_then_scheduled_runs_have_a_deadline_and_others_none(bag, monkeypatch):
    from airflow.dag_processing.dagbag import DagBag

    from detente import services
    from detente.settings import Settings

    name = "DETENTE_LATE_AFTER_MINUTES"
    own = Settings(late_after_minutes=45)
    assert services.airflow_environment(own)[name] == "0"  # `airflow dags test` breaks on them
    monkeypatch.setenv(name, services.airflow_environment(own, scheduled=True)[name])
    late = DagBag(dag_folder=str(DAGS)).dags
    for dag_id in ("ingest_news", "code_events", "build_relations"):
        assert not bag.dags[dag_id].deadline
        (alert,) = late[dag_id].deadline
        assert alert.interval.total_seconds() == 45 * 60
        assert alert.callback.path == "detente.notify.run_is_late"


def test_given_the_inbox_then_its_mark_starts_the_run(bag):
    (asset,) = bag.dags["ingest_inbox"].timetable.asset_condition.objects
    (watcher,) = asset.watchers
    assert watcher.trigger.filepath.endswith("/inbox/.ready")


def test_given_a_dag_then_it_has_triage_notes_tags_and_one_run_at_a_time(bag):
    sys.path.insert(0, str(DAGS))
    from wiring import Tag

    for dag in bag.dags.values():
        assert "Triage" in dag.doc_md, dag.dag_id
        assert dag.tags and set(dag.tags) <= {t.value for t in Tag}, dag.dag_id
        assert dag.max_active_runs == 1 and not dag.catchup, dag.dag_id


def test_given_the_assets_then_they_chain_the_dags_and_the_writer_pool_guards_the_writes(bag):
    def outlets(dag_id):
        return {a.name for t in bag.dags[dag_id].tasks for a in t.outlets}

    def inlets(dag_id):
        return {a.name for a in bag.dags[dag_id].timetable.asset_condition.objects}

    assert outlets("ingest_news") == {"raw.document_revisions"} == inlets("code_events")
    assert outlets("code_events") == {"raw.event_mentions"} == outlets("recode_documents")
    assert outlets("code_documents_distributed") == {"raw.event_mentions"}
    assert "raw.event_mentions" in inlets("build_relations")
    assert outlets("build_relations") == {"marts"}
    for dag_id, task_id in (
        ("code_events", "load"), ("recode_documents", "load"), ("build_relations", "build"),
        ("code_documents_distributed", "plan"), ("code_documents_distributed", "collect"),
    ):  # fmt: skip
        assert bag.dags[dag_id].get_task(task_id).pool == "duckdb_writer"


def test_given_the_shards_then_each_is_a_task_for_the_coding_workers_and_the_dag_waits(bag):
    dag = bag.dags["code_documents_distributed"]
    assert dag.is_paused_upon_creation and not dag.timetable.can_be_scheduled
    shard = dag.get_task("code_shard")
    assert shard.is_mapped and shard.partial_kwargs["queue"] == "coding"
    assert shard.upstream_task_ids == {"plan"} and shard.downstream_task_ids == {"collect"}
    assert "pool" not in shard.partial_kwargs, "shards need no writer"
    for task_id in ("plan", "collect"):  # what opens the warehouse stays on its machine
        assert dag.get_task(task_id).queue == "default"


def test_given_the_extra_for_celery_then_its_executor_can_be_imported(bag):
    """Celery 5.7 met the provider's own bounds and lacked what it imports."""
    pytest.importorskip("airflow.providers.celery", reason="detente[celery] is not installed")
    from airflow.providers.celery.executors import celery_executor_utils
    from airflow.providers.celery.executors.celery_executor import CeleryExecutor

    assert CeleryExecutor and celery_executor_utils.app


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda p: p.stem)
def test_given_a_dag_file_then_it_is_wiring_only(path):
    tree = ast.parse(path.read_text())
    top = {
        name
        for node in tree.body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert not any(name.startswith("detente") for name in top), "import the package inside tasks"
    assert top <= {"__future__", "datetime", "airflow.sdk", "wiring", "pathlib",
                   "airflow.providers.standard.triggers.file"}, top  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            statements = [n for n in ast.walk(node) if isinstance(n, ast.stmt)]
            assert len(statements) <= 25, f"{node.name} does too much for wiring"
    assert "select " not in path.read_text().lower().replace("detente sql", "").split('"""', 2)[2]


def test_given_the_package_then_it_imports_neither_airflow_nor_streamlit():
    for path in (ROOT / "src" / "detente").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [node.module or ""] if isinstance(node, ast.ImportFrom)
                else [a.name for a in node.names] if isinstance(node, ast.Import) else []
            )  # fmt: skip
            assert not any(n.split(".")[0] in ("airflow", "streamlit") for n in names), path


def test_given_a_run_of_a_day_then_the_files_of_that_day_are_taken_in(tmp_path):
    """What `airflow backfill create` starts for each day of its range."""
    from detente import services
    from detente.settings import Settings
    from detente.warehouse.writer import open_writer

    folder = tmp_path / "gdelt"
    folder.mkdir()
    for day in (24, 25, 26):
        cells = [""] * 61
        cells[0], cells[1], cells[26] = f"{day}", f"201910{day}", "042"
        cells[59], cells[60] = f"201910{day}143000", f"http://a.org/{day}"
        path = folder / f"201910{day}143000.export.CSV"
        path.write_text("\t".join(cells) + "\n", encoding="utf-8")
    settings = Settings(home=tmp_path / "home")
    log = tmp_path / "run.log"
    services.prepare_airflow(settings, log)
    conf = {"targets": [str(folder)]}
    services.run_dag(settings, "backfill_event_datasets", log, conf, date(2019, 10, 25))
    with open_writer(settings) as con:
        assert con.execute("select report_id from raw.dataset_events").fetchall() == [("25",)]


def test_given_two_shards_then_the_distributed_dag_comes_to_the_local_mentions(
    tmp_path, monkeypatch
):
    from detente import pipeline, services
    from detente.settings import Settings
    from detente.warehouse.writer import open_writer

    documents = tmp_path / "documents"
    documents.mkdir()
    for path in sorted((ROOT / "seeds/sample_news/documents/PRK-RUS").glob("*.md"))[:8]:
        (documents / path.name).write_bytes(path.read_bytes())
    settings = Settings(home=tmp_path / "home", workers=1)
    pipeline.ingest_targets([str(documents)], settings=settings)

    def mentions():
        with open_writer(settings) as con:
            return con.execute(
                "select * exclude (coded_at, load_number) from raw.event_mentions order by all"
            ).fetchall()

    pipeline.code(settings=settings)
    local = mentions()
    with open_writer(settings) as con:
        for table in ("raw.event_mentions", "ops.coded_revisions"):
            con.execute(f"delete from {table}")
    log = tmp_path / "run.log"
    monkeypatch.setenv("DETENTE_SHARD_DOCUMENTS", "4")
    services.prepare_airflow(settings, log)
    services.run_dag(settings, "code_documents_distributed", log)
    assert mentions() == local and len(local) > 3
    said = log.read_text()
    assert "code_shard" in said and "map_index=1" in said, "two shards were two tasks"


def test_given_forty_documents_then_the_dags_take_them_to_the_readers(tmp_path):
    """The whole line through real DAG runs, each in a process of its own; twice is once."""
    from detente import services
    from detente.settings import Settings
    from detente.warehouse.reader import open_snapshot, snapshot_path

    documents = tmp_path / "documents"
    documents.mkdir()
    for path in sorted((ROOT / "seeds/sample_news/documents/PRK-RUS").glob("*.md"))[:40]:
        (documents / path.name).write_bytes(path.read_bytes())
    settings = Settings(home=tmp_path / "home")
    log = tmp_path / "run.log"
    services.prepare_airflow(settings, log)
    conf = {"targets": [str(documents)], "dataset": "sample", "corpus_label": "illustrative"}

    def run_all():
        services.run_dag(settings, "ingest_news", log, conf)
        services.run_dag(settings, "code_events", log)
        services.run_dag(settings, "build_relations", log)
        with open_snapshot(snapshot_path(settings)) as con:
            return con.execute(
                "select (select count(*) from marts.dim_documents),"
                " (select count(*) from raw.event_mentions),"
                " (select count(*) from marts.fct_events)"
            ).fetchall()[0]

    first = run_all()
    assert first[0] >= 36 and first[1] > 20 and first[2] > 10, first
    assert run_all() == first
    assert importlib.util.find_spec("airflow") is not None
    leftover = subprocess.run(["ls", settings.spool_dir], capture_output=True, text=True)
    assert leftover.stdout.strip() == ""
