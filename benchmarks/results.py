"""What every benchmark says beside its figures: machine, load, date, commit; and where it writes."""

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

RESULTS = Path(__file__).parent / "results"
QUICK = "DETENTE_BENCH_QUICK"
"""In the environment of a run at a small size."""


def commit() -> str:
    """Return the commit; `-dirty` where something is not committed."""
    return subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=RESULTS.parent,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()


def machine() -> dict[str, Any]:
    """Where and when a figure was taken; `load_1m` above 1 means that others were running."""
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "load_1m": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
    }


def rounded_rows(
    con: duckdb.DuckDBPyConnection, query: str, **parameters: object
) -> list[dict[str, object]]:
    """Answer a query as dicts, with three decimals."""
    answer = con.execute(query, parameters or None)
    names = [d[0] for d in answer.description or ()]
    return [
        {n: round(v, 3) if isinstance(v, float) else v for n, v in zip(names, row, strict=True)}
        for row in answer.fetchall()
    ]


def record(name: str, figures: dict[str, Any]) -> None:
    """Print the figures and write `benchmarks/results/<name>.json`; a rerun replaces the file.

    A quick run (`make bench`) is no result: it prints only.
    """
    body = {"machine": machine(), **figures}
    text = json.dumps(body, indent=2, sort_keys=False, default=str)
    print(text)
    if QUICK not in os.environ:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
