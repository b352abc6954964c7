"""Run the benchmarks: all at a small size (`make bench`), or the full bars (`make bars`).

Resumable: a full result that was taken at this commit is not taken again (`--again` does). One
that fails or misses a bar does not stop the others; its line says so.

    python benchmarks/bars.py [--quick] [--again] [NAME...]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from results import QUICK, commit

HERE = Path(__file__).parent

# Script (bench_<name>.py), arguments of the quick run, arguments of the full one.
BENCHMARKS: dict[str, tuple[list[str], list[str]]] = {
    "coder": (["--documents", "200", "--long-run", "600", "--rounds", "1"], []),
    "simulation": (["--scale", "0.05"], []),
    "shifts": (["--scale", "0.1"], []),
    "placebo": (["--pairs", "4"], []),
    "metrics": (["all", "--rows", "100000", "--small", "20000"], ["all"]),
    "dashboard": (["--events", "50000", "--rounds", "1"], []),
    "datasets": (["--rows", "200000"], []),
    "streams": (["--messages", "2000", "--kills", "2"], []),
    "kills": (["--snapshots", "40", "--kills", "3"], []),
    "ingest": (["--quick"], []),
    "coding_scale": (["--documents", "120", "--shards", "2"], []),
    "publish": (["--gigabytes", "0.1", "--rounds", "1"], []),
    "freshness": (["dags", "--minutes", "2"], []),
    "real_input": (["--snapshots", "2"], []),
    "scale": (["--events", "20000", "--executor-memory", "1g"], []),
}


def is_taken(name: str) -> bool:
    """Tell whether a full result of this very commit is on file."""
    try:
        taken = json.loads((HERE / "results" / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    now = commit()
    return bool(taken["machine"]["commit"] == now and not now.endswith("-dirty"))


def main() -> int:
    """Run what is asked for; exit code 1 where one failed or missed its bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--again", action="store_true")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(BENCHMARKS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    failed = []
    for name, (quick, full) in BENCHMARKS.items():
        if arguments.names and name not in arguments.names:
            continue
        if not arguments.quick and not arguments.again and is_taken(name):
            print(f"{name}: taken at this commit already", flush=True)
            continue
        print(f"== {name}", flush=True)
        started = time.monotonic()
        code = subprocess.run(
            [sys.executable, str(HERE / f"bench_{name}.py"), *(quick if arguments.quick else full)],
            env={**os.environ, QUICK: "1"} if arguments.quick else None,
            check=False,
        ).returncode
        print(f"== {name}: {time.monotonic() - started:.0f} s, exit code {code}", flush=True)
        if code:
            failed.append(name)
    print(f"missed or failed: {', '.join(failed)}" if failed else "all kept")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
