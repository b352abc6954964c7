"""Publishing by size of the warehouse: copy, sync beside every block's checksum, swap the link.

    python benchmarks/bench_publish.py [--gigabytes 0.1 1 5] [--rounds 3]

The warehouse is the real schema with one more table of events that do not compress (hashes and random
numbers), until its file has the size. Bar: 1.5 s a GB. Seconds of the processor stand beside: they tell
what publishing costs also where others were running (`load_1m`).
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from detente.settings import Settings
from detente.warehouse.publish import publish
from detente.warehouse.writer import transaction
from results import record

BAR_SECONDS_PER_GB = 1.5
ROWS = """
select md5(cast(i as varchar)) as report_id, md5(cast(i * 7 as varchar)) as story_key,
    random() as confidence, random() as weight, i as load_number
from range({first}, {last}) as t(i)
"""
CHUNK = 1_000_000


def grow(settings: Settings, byte_count: float) -> None:
    """Add rows until the build file has the size."""
    while not settings.build_path.exists() or settings.build_path.stat().st_size < byte_count:
        with transaction(settings) as con:
            con.execute(f"create table if not exists raw.filler as {ROWS.format(first=0, last=0)}")
            number = con.execute("select count(*) from raw.filler").fetchall()[0][0]
            rows = ROWS.format(first=number, last=number + CHUNK)
            con.execute(f"insert into raw.filler {rows}")


def main() -> int:
    """Measure each size; exit code 1 where a GB takes longer than the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, nargs="+", default=[0.1, 1.0, 5.0])
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="publish-") as home:
        settings = Settings(home=Path(home), keep_versions=1)
        with transaction(settings):
            pass
        for size in sorted(args.gigabytes):
            grow(settings, size * 1e9)
            seconds, cpu_seconds = [], []
            for _ in range(args.rounds):
                started, cpu_started = time.monotonic(), time.process_time()
                publication = publish(settings)
                seconds.append(time.monotonic() - started)
                cpu_seconds.append(time.process_time() - cpu_started)
            gigabytes = publication.byte_count / 1e9
            median = statistics.median(seconds)
            rows.append({
                "gigabytes": round(gigabytes, 2),
                "seconds": [round(s, 2) for s in seconds],
                "seconds_per_gb": round(median / gigabytes, 2),
                "cpu_seconds_per_gb": round(statistics.median(cpu_seconds) / gigabytes, 2),
            })  # fmt: skip
    record("publish", {"bar_seconds_per_gb": BAR_SECONDS_PER_GB, "sizes": rows})
    return 0 if all(r["seconds_per_gb"] <= BAR_SECONDS_PER_GB for r in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
