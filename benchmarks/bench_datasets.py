"""GDELT from CSV to the mapped table: rows per second and peak memory, on the real file repeated.

    python benchmarks/bench_datasets.py [--rows 2000000] [--source FILE]

The input repeats one real 15-minute file with ids and dates shifted by 15 minutes a time; one in
six repeats the addresses too, so that re-emissions are found. The import runs in a process of its
own, whose peak memory is reported; a plain ``create table as select * from read_csv`` of the same
files gives the ratio that does not depend on the machine's load.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from results import machine, record

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT.parent / "shared/data/events/20191024143000.export.CSV"
BAR = 300_000


def repeat(source: Path, folder: Path, rows: int) -> tuple[int, int]:
    """Write files as GDELT would; return rows and bytes."""
    lines = [t.split("\t") for t in source.read_text(encoding="utf-8").splitlines()]
    start = datetime(2019, 10, 24, 14, 30)
    written = size = number = 0
    while written < rows:
        now = start + timedelta(minutes=15 * number)
        moved = timedelta(days=(now.date() - start.date()).days)
        out = []
        for cells in lines:
            c = list(cells)
            c[0] = str(int(c[0]) + number * 10_000)
            c[1] = f"{datetime.strptime(c[1], '%Y%m%d') + moved:%Y%m%d}"
            c[59] = f"{now:%Y%m%d%H%M%S}"
            c[60] = cells[60] + ("" if number % 6 == 0 else f"?u={number}")
            out.append("\t".join(c))
        path = folder / f"{now:%Y%m%d%H%M%S}.export.CSV"
        path.write_text("\n".join(out) + "\n", encoding="utf-8")
        size += path.stat().st_size
        written += len(out)
        number += 1
    return written, size


def measure(home: Path, folder: Path) -> None:
    """Run the import in this process and print what it took."""
    from detente.ingest.datasets import import_dataset
    from detente.settings import Settings

    duckdb.execute("select ?", [1])  # duckdb imports pandas at the first parameter: not our rows
    started, used = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
    before = used.ru_utime + used.ru_stime
    summary = import_dataset("gdelt", [str(folder)], Settings(home=home))
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "seconds": time.monotonic() - started,
                "cpu_seconds": used.ru_utime + used.ru_stime - before,
                "peak_rss_mb": used.ru_maxrss / 1024,
                "rows_new": summary.rows_new,
                "rows_bad": summary.rows_bad,
                "duplicates_marked": summary.duplicates_marked,
            }
        )
    )


def measured(mode: str, *arguments: str) -> dict:
    out = subprocess.run(
        [sys.executable, __file__, mode, *arguments], capture_output=True, text=True, check=True
    )
    return json.loads(out.stdout.splitlines()[-1])


def plain(folder: Path, database: Path) -> float:
    """Return seconds of reading every column into a table, nothing mapped."""
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(61))
    started = time.monotonic()
    with duckdb.connect(str(database)) as con:
        con.execute(
            f"create table t as select * from read_csv('{folder}/*.CSV', delim='\t', header=false,"
            " all_varchar=true, quote='', escape='', auto_detect=false,"
            f" columns={{{columns}}})"
        )
    return time.monotonic() - started


def main() -> None:
    if len(sys.argv) > 1 and sys.argv[1] == "--measure":
        measure(Path(sys.argv[2]), Path(sys.argv[3]))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--source", type=Path, default=SOURCE)
    options = parser.parse_args()
    if not options.source.exists():
        sys.exit(f"no GDELT 2.0 events file at {options.source}: give one with --source")
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary)
        folder = base / "files"
        folder.mkdir()
        rows, size = repeat(options.source, folder, options.rows)
        before = machine()["load_1m"]
        took = measured("--measure", str(base / "home"), str(folder))
        again = measured("--measure", str(base / "home"), str(folder))
        reading = plain(folder, base / "plain.duckdb")
    assert took["rows_new"] == rows and again["rows_new"] == 0, (took, again, rows)
    record(
        "datasets",
        {
            "rows": rows,
            "megabytes": round(size / 1e6),
            "load_before": before,
            "rows_per_second": round(rows / took["seconds"]),
            "rows_per_cpu_second": round(rows / took["cpu_seconds"]),
            "bar_rows_per_second": BAR,
            "peak_rss_mb": round(took["peak_rss_mb"]),
            "repeat_seconds": round(again["seconds"], 2),
            "plain_read_all_columns_seconds": round(reading, 2),
            "ratio_to_plain_read": round(took["seconds"] / reading, 2),
            "import": took,
        },
    )


if __name__ == "__main__":
    main()
