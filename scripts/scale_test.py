"""Build the same facts on three engines, compare every mart row by row, and kill some of it.

    python scripts/scale_test.py [--events 20000] [--no-sample] [--targets ducklake,spark]

Facts are the sample's documents, coded, and made reports of an event data set. They are built on
DuckDB, on DuckLake (catalog in PostgreSQL) and on Spark (master, two workers, thrift server), then
grown by late and new reports. On Spark, a worker is killed in mid-build. Beside the builds, four
writers append to one lake and are killed over and over: nothing may be lost, nothing there twice.

Starts its own servers on loopback addresses and stops them by their ids. Exit code 1 where anything
differs; an engine that is not installed is left out, and said so.
"""

from __future__ import annotations

import argparse
import multiprocessing as mp
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "benchmarks")]

import compare_marts  # noqa: E402
import scale_servers  # noqa: E402

from bench_metrics import _generate_reports, checked  # noqa: E402
from detente.engines.ducklake import ALIAS, open_lake  # noqa: E402
from detente.settings import Settings  # noqa: E402
from detente.transform import BuildResult, run_build  # noqa: E402

BATCH = 1000  # rows of a writer's transaction
BATCHES = 25  # of each writer


def make_facts(home: Path, events: int, with_sample: bool) -> Settings:
    """Load the facts that every engine is to build from."""
    settings = Settings(home=home)
    if with_sample:
        from detente import pipeline

        documents = settings.seeds_dir / "sample_news" / "documents"
        pipeline.ingest_targets([str(documents)], dataset="sample", settings=settings)
        pipeline.code(settings=settings)
    _generate_reports(settings, 0, events)
    return settings


def build(settings: Settings, *, full: bool) -> BuildResult:
    """Build; a failure ends the run."""
    result = checked(run_build(settings), full)
    kind = "full build" if full else "increment"
    print(
        f"{settings.target:9} {kind}: {result.seconds:.0f} s, {result.model_count} models,"
        f" {result.test_count} tests",
        flush=True,
    )
    return result


def compare(here: Settings, there: Settings) -> bool:
    """Compare the marts of two build files; print what was compared."""
    found = compare_marts.compare(here.build_path, there.build_path)
    different = [one for one in found if not one.is_equal]
    print(
        f"{there.target:9} {sum(c.rows for c in found)} rows of {len(found)} marts compared with"
        f" duckdb: {len(different)} marts differ,"
        f" largest difference {max(c.largest for c in found):.1e}",
        flush=True,
    )
    for one in different:
        print("   ", one)
        for row in compare_marts.differing(here.build_path, there.build_path, one.mart):
            print("       ", *row)
    return not different


def kill_in_mid_build(cluster: scale_servers.Spark, settings: Settings) -> threading.Thread:
    """Kill a worker, with its executor, as soon as Spark writes marts."""
    log = settings.home / "build" / "dbt_logs" / "dbt.log"

    def wait_and_kill() -> None:
        seen = log.stat().st_size if log.exists() else 0
        while True:
            time.sleep(0.2)
            if log.exists() and log.stat().st_size > seen:
                with log.open("rb") as text:
                    text.seek(seen)
                    if (
                        b"START sql incremental model intermediate.int_dataset_events"
                        in text.read()
                    ):
                        break
        cluster.kill("worker1")
        print("spark     worker 1 killed, with its executor, in mid-build", flush=True)

    thread = threading.Thread(target=wait_and_kill, daemon=True)
    thread.start()
    return thread


def _write_batches(settings: Settings, writer: int) -> None:
    """Append this writer's batches that are not in the lake yet, each in one transaction."""
    with open_lake(settings) as con:
        con.execute("set threads = 1")
        table = f"{ALIAS}.kills.batches"
        (first,) = con.execute(
            f"select coalesce(max(batch) + 1, 0) from {table} where writer = ?", [writer]
        ).fetchall()[0]
        for batch in range(first, BATCHES):
            con.execute(
                f"insert into {table} select ?, ?, range from range({BATCH})", [writer, batch]
            )


def kill_writers(settings: Settings, writers: int, kills: int) -> bool:
    """Let writers append to one table of the lake, kill them at random, start them again."""
    with open_lake(settings) as con:
        con.execute(f"create schema if not exists {ALIAS}.kills")
        con.execute(
            f"create or replace table {ALIAS}.kills.batches"
            " (writer integer, batch integer, number bigint)"
        )
    spawn = mp.get_context("spawn")
    rng = random.Random(7)

    def start(number: int) -> mp.process.BaseProcess:
        process = spawn.Process(target=_write_batches, args=(settings, number))
        process.start()
        return process

    started = time.monotonic()
    running = {n: start(n) for n in range(writers)}
    killed = 0
    while any(p.is_alive() for p in running.values()):
        time.sleep(rng.uniform(0.3, 1.5))
        for number, process in running.items():
            if process.is_alive() and killed < kills and rng.random() < 0.5:
                assert process.pid is not None
                os.kill(process.pid, signal.SIGKILL)
                process.join()
                killed += 1
                running[number] = start(number)
            elif not process.is_alive() and process.exitcode:
                running[number] = start(number)
    with open_lake(settings) as con:
        rows, torn = con.execute(
            f"""select coalesce(sum(n), 0), count_if(n <> {BATCH} or distinct_n <> {BATCH})
            from (select count(*) as n, count(distinct number) as distinct_n
                from {ALIAS}.kills.batches group by writer, batch)"""
        ).fetchall()[0]
        con.execute(f"drop table {ALIAS}.kills.batches")
    wanted = writers * BATCHES * BATCH
    print(
        f"ducklake  {writers} writers, {killed} kills: {rows} of {wanted} rows in"
        f" {time.monotonic() - started:.0f} s, {torn} torn batches",
        flush=True,
    )
    return bool(rows == wanted and not torn)


def main() -> int:
    """Run it all; exit code 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=20_000, help="made reports of a data set")
    parser.add_argument("--late", type=int, default=2_000, help="reports of the increment")
    parser.add_argument("--sample", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--targets", default="ducklake,spark")
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--executor-memory", default="1g")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it")
    arguments = parser.parse_args()
    folder = arguments.keep or Path(tempfile.mkdtemp(prefix="detente-scale-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # PostgreSQL runs as another user than root
    started, passed = time.monotonic(), []
    try:
        with ExitStack() as stack:
            facts = make_facts(folder / "facts", arguments.events, arguments.sample)
            others: list[tuple[Settings, Callable[[], object] | None]] = []
            wanted = arguments.targets.split(",")
            if "ducklake" not in wanted:
                pass
            elif reason := scale_servers.why_no_ducklake():
                print(f"ducklake  left out: {reason}")
            else:
                server = stack.enter_context(scale_servers.postgres(folder / "postgres"))
                lake = _copy(facts, "ducklake", ducklake_catalog=server.ducklake)
                others.append((lake, None))
                passed.append(kill_writers(lake, arguments.writers, arguments.kills))
            if "spark" not in wanted:
                pass
            elif reason := scale_servers.why_no_spark():
                print(f"spark     left out: {reason}")
            else:
                cluster = stack.enter_context(
                    scale_servers.spark(
                        folder / "cluster",
                        executor_memory=arguments.executor_memory,
                        small=arguments.events < 200_000,
                    )
                )
                spark = _copy(facts, "spark", spark_address=cluster.address)
                others.append((spark, lambda: kill_in_mid_build(cluster, spark)))
            here = _copy(facts, "duckdb")
            build(here, full=True)
            for there, disturb in others:
                if disturb is not None:
                    disturb()
                build(there, full=True)
                passed.append(compare(here, there))
            last = arguments.events + arguments.late
            for settings in (here, *(there for there, _ in others)):
                _generate_reports(settings, arguments.events, last)
                build(settings, full=False)
            passed += [compare(here, there) for there, _ in others]
    finally:
        if arguments.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{'all the same' if all(passed) else 'DIFFERENT'}, {time.monotonic() - started:.0f} s")
    return 0 if all(passed) else 1


def _copy(facts: Settings, target: str, **more: object) -> Settings:
    home = facts.home.parent / target
    (home / "build").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(facts.build_path, home / "build" / facts.build_path.name)
    with duckdb.connect(str(home / "build" / facts.build_path.name)) as con:
        con.execute("checkpoint")
    return facts.model_copy(update={"home": home, "target": target, **more})


if __name__ == "__main__":
    sys.exit(main())
