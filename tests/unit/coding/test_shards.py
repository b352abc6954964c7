"""Shards come to the rows that local coding comes to, whatever dies, repeats or tears."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detente import pipeline
from detente.coding import shards, store
from detente.coding.coder import CodingError
from detente.coding.shards import ShardError, shard_sizes
from detente.settings import Settings
from detente.warehouse.writer import open_writer

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = sorted((ROOT / "seeds/sample_news/documents/PRK-RUS").glob("*.md"))[:12]

# What is of a run, not of its results, is left out: when it was, how long it took, in which order it
# was loaded, and where the damaged file lies.
ROWS = {
    "raw.event_mentions": "* exclude (coded_at) replace (load_number is null as load_number)",
    "raw.document_countries": "*",
    "raw.uncoded_sentences": "*",
    "ops.coded_revisions": "* exclude (coded_at, duration_seconds) replace (left(message, 9) as message)",
}


def rows(settings: Settings) -> dict[str, list[tuple]]:
    with open_writer(settings) as con:
        return {t: con.execute(f"select {c} from {t} order by all").fetchall()
                for t, c in ROWS.items()}  # fmt: skip


@pytest.fixture(scope="module")
def ingested(tmp_path_factory) -> Path:
    """A home with documents that nobody has coded, one of them with a damaged text."""
    folder = tmp_path_factory.mktemp("shards")
    news = folder / "news"
    news.mkdir()
    for path in SAMPLE:
        (news / path.name).write_bytes(path.read_bytes())
    settings = Settings(home=folder / "home", workers=1)
    pipeline.ingest_targets([str(news)], settings=settings)
    with open_writer(settings) as con:
        ((digest,),) = con.execute("select min(text_sha256) from raw.document_revisions").fetchall()
    (settings.text_dir / digest[:2] / f"{digest}.gz").write_bytes(b"torn")
    return settings.home


@pytest.fixture(scope="module")
def local_rows(ingested: Path, tmp_path_factory) -> dict[str, list[tuple]]:
    home = tmp_path_factory.mktemp("local") / "home"
    shutil.copytree(ingested, home)
    settings = Settings(home=home, workers=1)
    pipeline.code(settings=settings)
    found = rows(settings)
    assert len(found["ops.coded_revisions"]) == len(SAMPLE)
    assert len(found["raw.event_mentions"]) > 5
    return found


@pytest.fixture
def home(ingested: Path, tmp_path: Path) -> Settings:
    shutil.copytree(ingested, tmp_path / "home")
    return Settings(home=tmp_path / "home", workers=1, shard_documents=6)


@pytest.mark.parametrize(("count", "size", "most", "sizes"), [
    (0, 10, 5, []), (1, 10, 5, [1]), (10, 10, 5, [10]), (11, 10, 5, [6, 5]),
    (100, 10, 5, [10] * 5), (23, 10, 5, [8, 8, 7]),
])  # fmt: skip
def test_given_a_count_then_it_is_cut_evenly(count, size, most, sizes):
    assert shard_sizes(count, size, most) == sizes


def test_given_two_shards_then_the_rows_are_those_of_local_coding_and_twice_is_once(
    home: Settings, local_rows
):
    paths = pipeline.plan_shards(settings=home)
    assert len(paths) == 2
    assert pipeline.plan_shards(settings=home) == paths, "an open plan is gone on with"
    coded = [pipeline.code_shard(p, settings=home) for p in paths]
    assert not any(c["was_done"] for c in coded)
    assert sum(c["document_count"] for c in coded) == len(SAMPLE) - 1  # one text is damaged
    again = pipeline.code_shard(paths[0], settings=home)
    assert again["was_done"] and again["mention_count"] == 0

    # a collector dies after the first shard: the next one loads it again
    with open_writer(home) as con:
        store.load_coded(con, shards.coded_folder(Path(paths[0])))
    summary = pipeline.collect_shards(settings=home)
    assert rows(home) == local_rows
    assert summary["mention_count"] == len(local_rows["raw.event_mentions"])
    assert pipeline.collect_shards(settings=home)["document_count"] == 0
    assert pipeline.plan_shards(settings=home) == []
    assert rows(home) == local_rows
    assert [p.name for p in home.shards_path.iterdir()] == [".lock"]
    with pytest.raises(ShardError, match="not there"):
        pipeline.code_shard(paths[0], settings=home)


def test_given_a_worker_killed_before_the_rename_then_the_next_one_does_the_shard(
    home: Settings, local_rows
):
    first, second = pipeline.plan_shards(settings=home)
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from detente.coding import shards\n"
        "from detente.settings import Settings\n"
        "shards.coded_folder = lambda shard: (print('written', flush=True), os.kill(os.getpid(), 9))\n"
        "shards.is_done = lambda shard: False\n"
        "shards.code_shard(Path(sys.argv[1]), Settings())\n"
    )
    env = {**os.environ, "DETENTE_HOME": str(home.home)}
    died = subprocess.run([sys.executable, "-c", script, first], env=env, capture_output=True)
    assert (died.returncode, died.stdout) == (-signal.SIGKILL, b"written\n"), died.stderr
    left = list(Path(first).parent.glob(".todo-00000-*/ops.coded_revisions.parquet"))
    assert len(left) == 1 and pq.read_metadata(left[0]).num_rows > 0, "all but the rename was done"

    pipeline.code_shard(second, settings=home)
    with pytest.raises(ShardError, match=r"1 of 2 shards .* not coded \(todo-00000"):
        pipeline.collect_shards(settings=home)
    assert not pipeline.code_shard(first, settings=home)["was_done"]
    pipeline.collect_shards(settings=home)
    assert rows(home) == local_rows


def test_given_torn_files_then_results_are_made_anew_and_an_input_is_an_error(
    home: Settings, local_rows
):
    first, second = map(Path, pipeline.plan_shards(settings=home))
    for path in (first, second):
        pipeline.code_shard(str(path), settings=home)
    torn = shards.coded_folder(second) / "raw.event_mentions.parquet"
    os.truncate(torn, torn.stat().st_size // 2)
    with pytest.raises(ShardError, match="todo-00001"):
        pipeline.collect_shards(settings=home)
    assert not pipeline.code_shard(str(second), settings=home)["was_done"]
    whole = first.read_bytes()
    first.write_bytes(whole[:-100])
    with pytest.raises(ShardError, match="cannot be read"):
        pipeline.code_shard(str(first), settings=home)
    with pytest.raises(ShardError, match="cannot be read"):
        pipeline.collect_shards(settings=home)
    first.write_bytes(whole)
    pipeline.collect_shards(settings=home)
    assert rows(home) == local_rows


def test_given_two_workers_at_one_shard_then_the_first_one_counts(home: Settings):
    path = Path(pipeline.plan_shards(settings=home)[0])
    with shards.open_shard(path) as source:
        ids = source.read(columns=["revision_id"]).column(0).to_pylist()

    def results(outcome: str) -> dict[str, list[dict]]:
        return {"ops.coded_revisions": [{"revision_id": i, "outcome": outcome} for i in ids]}

    def write(sink, outcome: str) -> None:
        for table, found in results(outcome).items():
            schema = shards.table_schemas()[table]
            sink[table].write_table(pa.Table.from_pylist(found, schema=schema))

    with shards.write_coded(path) as slow:
        with shards.write_coded(path) as quick:
            write(quick, "quick")
        write(slow, "slow")
    found = pq.read_table(shards.coded_folder(path) / "ops.coded_revisions.parquet")
    assert set(found.column("outcome").to_pylist()) == {"quick"}
    assert not list(path.parent.glob(".todo-*"))


def test_given_another_coder_or_a_language_model_then_it_is_refused(home: Settings, tmp_path):
    path = pipeline.plan_shards(settings=home)[0]
    other = Settings(home=tmp_path / "other", workers=1)
    other.config_dir.mkdir(parents=True)
    (other.config_dir / "actors.csv").write_text(
        "alias,country_code,role,kind,canonical_name,valid_from,valid_to,note\n"
        "Foobar,KEN,government,person,Foo Bar,,,\n"
    )
    with pytest.raises(ShardError, match="planned for the coder rules"):
        pipeline.code_shard(path, settings=other)
    with pytest.raises(CodingError, match="language model"):
        pipeline.plan_shards(settings=home.model_copy(update={"coder": "llm"}))


def test_given_a_takedown_while_shards_wait_then_nothing_of_it_comes_back(home: Settings):
    from detente.ingest.takedown import forget

    paths = pipeline.plan_shards(settings=home)
    for path in paths:
        pipeline.code_shard(path, settings=home)
    with open_writer(home) as con:
        ((gone,),) = con.execute("select max(document_id) from raw.document_revisions").fetchall()
    forget(home, gone)
    pipeline.collect_shards(settings=home)
    with open_writer(home) as con:
        for table in ("raw.event_mentions", "ops.coded_revisions"):
            (left,) = con.execute(
                f"select count(*), count(*) filter (where revision_id not in"
                f" (select revision_id from raw.document_revisions)) from {table}"
            ).fetchall()
            assert left[0] > 5 and left[1] == 0, table


@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java: not installed")
def test_given_spark_then_the_rows_are_those_of_local_coding(home: Settings, local_rows, tmp_path):
    pytest.importorskip("pyspark", reason="pyspark is not installed (detente[spark])")
    env = {
        **os.environ, "DETENTE_HOME": str(home.home), "DETENTE_SHARD_DOCUMENTS": "6",
        "DETENTE_SPARK_MASTER": "local[2]", "SPARK_LOCAL_IP": "127.0.0.1",
    }  # fmt: skip
    # one shard is done before: Spark leaves it alone
    pipeline.code_shard(pipeline.plan_shards(settings=home)[0], settings=home)
    done = subprocess.run(
        [sys.executable, "-c", "from detente.cli import main; main()",
         "code", "--engine", "spark", "--json"],
        env=env, capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert rows(home) == local_rows
