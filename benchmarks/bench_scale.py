"""Full build and increment on DuckDB, DuckLake and Spark (one and two executors), in one run.

    python benchmarks/bench_scale.py [--events 10000000] [--targets duckdb,ducklake,spark1,spark2]

The same made reports of an event data set (benchmarks/bench_metrics.py) for each; every build in a
process of its own, tests and the way of facts and marts included. Memory and processor seconds are
those of the build's process; of Spark's driver and executors beside it, since they started. Every mart is compared with DuckDB's.
Ratios hold beside one another only: the load of the machine is in the file.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import compare_marts
import scale_servers

from bench_metrics import INCREMENT, _generate_reports, alone, checked
from detente.settings import Settings
from detente.transform import run_build
from results import record

TARGETS = ("duckdb", "ducklake", "spark1", "spark2")


def build(settings: Settings, full: bool) -> dict[str, Any]:
    result = checked(run_build(settings), full)
    return {"models": result.model_count, "tests": result.test_count}


def used(root: int, word: bytes) -> dict[str, float]:
    """Peak memory (GiB) and processor seconds of a server below `root` whose command holds a word."""
    parents, found = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = dict(
                line.split(":", 1) for line in (folder / "status").read_text().splitlines()
            )
            ticks = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        parents[int(folder.name)] = int(status["PPid"])
        if word in command and "VmHWM" in status:
            seconds = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
            found[int(folder.name)] = (int(status["VmHWM"].split()[0]) / 2**20, seconds)
    for pid in sorted(found, key=lambda one: found[one], reverse=True):  # not its launcher
        above = pid
        while above not in (0, root):
            above = parents.get(above, 0)
        if above == root:
            peak, seconds = found[pid]
            return {"peak_gib": round(peak, 2), "cpu_seconds": round(seconds, 1)}
    return {}


@contextmanager
def engine(target: str, folder: Path, executor_memory: str) -> Iterator[tuple[dict[str, Any], Any]]:
    """Settings of a target whose servers run, and what tells what these have used since then."""
    if target == "duckdb":
        yield {"target": "duckdb"}, lambda: {}
    elif target == "ducklake":
        with scale_servers.postgres(folder / "postgres") as server:
            yield {"target": "ducklake", "ducklake_catalog": server.ducklake}, lambda: {}
    else:
        count = int(target.removeprefix("spark"))
        with scale_servers.spark(
            folder / target / "cluster", workers=count, executor_memory=executor_memory,
            driver_memory="1500m",
        ) as cluster:  # fmt: skip

            def servers() -> dict[str, Any]:
                pids = {name: process.pid for name, process in cluster.processes.items()}
                return {
                    "driver": used(pids["thrift"], b"HiveThriftServer2"),
                    **{
                        f"executor{n + 1}": used(pids[f"worker{n + 1}"], b"Coarse")
                        for n in range(count)
                    },
                }

            yield {"target": "spark", "spark_address": cluster.address}, servers


def main() -> int:
    """Measure; exit code 1 where marts differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--targets", default=",".join(TARGETS))
    parser.add_argument("--executor-memory", default="3g")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it")
    arguments = parser.parse_args()
    folder = arguments.keep or Path(tempfile.mkdtemp(prefix="detente-scale-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # PostgreSQL runs as another user than root
    facts = Settings(home=folder / "facts")
    figures: dict[str, Any] = {"events": arguments.events, "increment": INCREMENT}
    reference: Path | None = None
    differ = []
    try:
        alone(_generate_reports, facts, 0, arguments.events)
        for target in arguments.targets.split(","):
            why = {"d": scale_servers.why_no_ducklake, "s": scale_servers.why_no_spark}
            reason = "" if target == "duckdb" else why[target[0]]()
            if reason:
                figures[target] = {"left_out": reason}
                continue
            home = folder / target / "home"
            (home / "build").mkdir(parents=True)
            shutil.copyfile(facts.build_path, home / "build" / facts.build_path.name)
            started = time.monotonic()
            with engine(target, folder, arguments.executor_memory) as (more, servers):
                settings = facts.model_copy(update={"home": home, **more})
                up = round(time.monotonic() - started, 1)
                full = alone(build, settings, True) | servers()
                alone(_generate_reports, settings, arguments.events, arguments.events + INCREMENT)
                increment = alone(build, settings, False) | servers()
                figures[target] = {"servers_up": up, "full": full, "increment": increment}
            if reference is None:
                reference = settings.build_path
            else:
                found = compare_marts.compare(reference, settings.build_path)
                figures[target] |= {
                    "rows_compared": sum(c.rows for c in found),
                    "largest_difference": max(c.largest for c in found),
                    "marts_that_differ": [c.mart for c in found if not c.is_equal],
                }
                differ += figures[target]["marts_that_differ"]
                shutil.rmtree(folder / target)
            if base := figures.get("duckdb"):
                figures[target]["times_duckdb"] = {
                    kind: round(figures[target][kind]["seconds"] / base[kind]["seconds"], 2)
                    for kind in ("full", "increment")
                }
            record("scale", figures)  # what is measured is kept, whatever comes after it
    finally:
        if arguments.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
