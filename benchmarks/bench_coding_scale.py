"""Coding on one process, two, two Celery workers and two Spark executors, with kills: same mentions?

Every run codes the same stored documents from a copy of the same home; its seconds are those that a
user waits, starts of processes included. Kills are -9, of a whole worker with all below it, while
it codes: a Celery worker, a Spark worker with its executor. Whatever is killed, the four tables must
hold what one local process writes, row by row (a checksum over all but times of coding).

    python benchmarks/bench_coding_scale.py [--documents 1632] [--shards 4] \
        [--parts one_process two_processes celery celery_kill spark spark_kill]

Texts are press releases of a foreign ministry and articles of a news wiki from the development data
beside the checkout; without those, the project's sample corpus. Parts whose servers are missing
(PostgreSQL, Redis, Java, pyspark, the Celery provider) are left out, and the result says why.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

from bench_coder import DATA, documents_of, sample_documents
from clusters import (
    BIN,
    CeleryAirflow,
    Cluster,
    kill_tree,
    scale_servers,
    wait_for,
)
from detente import pipeline
from detente.settings import Settings
from detente.warehouse.writer import open_writer
from results import record

PARTS = ("one_process", "two_processes", "celery", "celery_kill", "spark", "spark_kill")
DAG = "code_documents_distributed"
TABLES = {
    "raw.event_mentions": "coded_at, load_number",
    "raw.document_countries": "",
    "raw.uncoded_sentences": "",
    "ops.coded_revisions": "coded_at, duration_seconds",
}


def texts(count: int) -> tuple[str, list[Any]]:
    """Return which texts they are, and at most so many of them."""
    if not list(DATA.glob("*.jsonl.gz")):
        return "sample corpus", list(islice(sample_documents(), count))
    found = [*documents_of("general", count), *documents_of("dense", count)]
    return "development data", found[:count]


def ingest(folder: Path, count: int) -> tuple[str, int]:
    """Make the home that every part copies; return which texts, and how many documents."""
    kind, found = texts(count)
    path = folder / "texts.jsonl"
    with path.open("w", encoding="utf-8") as lines:
        for d in found:
            about = {"id": d.document_id, "title": d.title, "text": d.text}
            if d.published_at:
                about["published"] = d.published_at.isoformat()
            lines.write(json.dumps(about) + "\n")
    home = Settings(home=folder / "home", _env_file=None)
    pipeline.ingest_targets([str(path)], settings=home)
    with open_writer(home) as con:
        documents = con.execute("select count(*) from raw.document_revisions").fetchall()[0][0]
    return kind, int(documents)


def checksums(home: Path) -> dict[str, list[Any]]:
    """Return table -> number of rows, md5 of all rows in order."""
    found = {}
    with open_writer(Settings(home=home, _env_file=None)) as con:
        for table, left_out in TABLES.items():
            columns = f"* exclude ({left_out})" if left_out else "*"
            found[table] = list(con.execute(
                f"select count(*), md5(coalesce(string_agg(r, chr(10) order by r), ''))"
                f" from (select t::varchar as r from (select {columns} from {table}) as t)"
            ).fetchall()[0])  # fmt: skip
    return found


def local(home: Settings, workers: int) -> dict[str, Any]:
    """Code with `detente code` on so many processes."""
    began = time.monotonic()
    subprocess.run(
        [str(BIN / "detente"), "code", "--json"], check=True, stdout=subprocess.DEVNULL,
        env={**os.environ, "DETENTE_HOME": str(home.home), "DETENTE_WORKERS": str(workers)},
    )  # fmt: skip
    return {"seconds": time.monotonic() - began}


def on_celery(home: Settings, cluster: Cluster, kill: bool) -> dict[str, Any]:
    """Run the DAG on two Celery workers; kill the one that only codes while both code."""
    airflow = CeleryAirflow(cluster, home, DAG)
    began = time.monotonic()
    run = airflow.trigger(DAG)
    log = cluster.log("scheduler")
    killed = 0
    if kill:
        wait_for("two shards under way", lambda: len(_under_way(home)) >= 2, 600, log)
        time.sleep(2)
        killed = kill_tree(airflow.workers[1])
    wait_for(
        "the end of the run",
        lambda: airflow.state(DAG, run) in ("success", "failed"), 3600, log,
    )  # fmt: skip
    seconds = time.monotonic() - began
    tries = {f"{t['task_id']}[{t['map_index']}]": t["try_number"] for t in airflow.tasks(DAG, run)}
    return {
        "seconds": seconds, "state": airflow.state(DAG, run), "processes_killed": killed,
        "tries": tries,
    }  # fmt: skip


def _under_way(home: Settings) -> list[Path]:
    return list(home.shards_path.glob("*/.todo-*"))


def on_spark(home: Settings, cluster: Cluster, kill: bool) -> dict[str, Any]:
    """Run `detente code --engine spark` on a master and two workers; kill one that codes."""
    spark = cluster.spark()
    workers = [spark.processes[name].pid for name in ("worker1", "worker2")]
    began = time.monotonic()
    env = {
        **os.environ, "DETENTE_HOME": str(home.home), "DETENTE_SPARK_MASTER": spark.master,
        "DETENTE_SHARD_DOCUMENTS": str(home.shard_documents), "SPARK_LOCAL_IP": "127.0.0.1",
    }  # fmt: skip
    log = cluster.log("driver")
    with log.open("wb") as sink:
        driver = subprocess.Popen(
            [str(BIN / "detente"), "code", "--engine", "spark", "--json"], env=env, stdout=sink,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    killed = 0
    if kill:
        wait_for(
            "two executors at work",
            lambda: all(_codes(pid) for pid in workers) or driver.poll() is not None,
            600, log,
        )  # fmt: skip
        time.sleep(2)
        killed = kill_tree(workers[1])
    code = driver.wait(3600)
    return {
        "seconds": time.monotonic() - began, "state": "success" if code == 0 else log.read_text(),
        "processes_killed": killed,
    }  # fmt: skip


def _codes(pid: int) -> bool:
    """Tell whether a coder runs below a Spark worker: Python below Python."""
    import psutil

    names = [p.name() for p in psutil.Process(pid).children(recursive=True)]
    return sum(n.startswith("python") for n in names) >= 3  # daemon, its worker, the coder


def missing(part: str) -> str | None:
    """Say what a part lacks here."""
    if part.startswith("celery"):
        if reason := scale_servers.why_no_postgres():
            return reason
        if shutil.which("redis-server") is None:
            return "redis-server is not installed"
        if importlib.util.find_spec("airflow.providers.celery") is None:
            return "detente[celery] is not installed"
    if part.startswith("spark"):
        return scale_servers.why_no_spark() or None
    return None


def main() -> int:
    """Run the parts; exit code 1 where rows differ from the local run's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1632)
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS)
    parser.add_argument("--folder", type=Path, help="keep everything here (default: temporary)")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # servers are stopped on the way out
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="detente-scale-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    try:
        return measure(folder, arguments)
    finally:
        if arguments.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path, arguments: argparse.Namespace) -> int:
    kind, count = ingest(folder, arguments.documents)
    size = -(-count // arguments.shards)
    print(f"{count} documents ({kind}), {arguments.shards} shards", flush=True)
    figures: dict[str, Any] = {}
    expected: dict[str, list[Any]] | None = None
    same = True
    for part in arguments.parts:
        if lacking := missing(part):
            figures[part] = {"left_out": lacking}
            print(f"{part}: left out, {lacking}", flush=True)
            continue
        home = Settings(
            home=folder / part / "home", shard_documents=size, workers=1, _env_file=None
        )
        shutil.copytree(folder / "home", home.home)
        load = os.getloadavg()[0]
        if part.endswith("process") or part.endswith("processes"):
            figures[part] = local(home, 1 if part == "one_process" else 2)
        else:
            on = on_celery if part.startswith("celery") else on_spark
            try:
                with Cluster(folder / part / "cluster") as cluster:
                    figures[part] = on(home, cluster, part.endswith("kill"))
            except Exception as error:  # the other parts are still worth measuring
                figures[part] = {"failed": str(error)}
                print(f"{part}: {error}", flush=True)
                same = False
                continue
        sums = checksums(home.home)
        expected = expected or sums
        seconds = figures[part]["seconds"]
        figures[part].update(
            seconds=round(seconds, 1), documents_per_second=round(count / seconds, 1),
            load_1m_before=round(load, 1), load_1m_after=round(os.getloadavg()[0], 1),
            rows_equal_the_local_run=sums == expected,
            left_in_shards=sorted(p.name for p in home.shards_path.glob("[!.]*")),
        )  # fmt: skip
        same = same and sums == expected and figures[part].get("state", "success") == "success"
        print(f"{part}: {json.dumps(figures[part])}", flush=True)
    first = arguments.parts[0]
    base = figures[first].get("seconds")
    for found in figures.values():
        if base and "seconds" in found:
            found[f"of_{first}"] = round(base / found["seconds"], 2)
    record(
        "coding_scale",
        {
            "texts": kind, "documents": count, "shards": arguments.shards,
            "rows_and_md5_of_the_local_run": expected, "runs": figures,
            "bars": {"nothing lost, nothing twice: all rows equal the local run's": same},
        },
    )  # fmt: skip
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
