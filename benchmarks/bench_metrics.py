"""How fast relations are measured: full builds against bare SQL, increments against the history.

Bars: a full build of 5M events x 1,000 pairs x 520 weeks takes at most twice the bare SQL of
relations_reference.sql; one of GDELT-shaped reports at most four times a bare deduplicate-and-
aggregate of the same rows, within 16 GiB; an increment of 10,000 reports on the large history at
most 1.3 times one on the small, and 5 % of the large full build; pair and tilt reads <= 50 ms.

    python benchmarks/bench_metrics.py all                 # both, into results/metrics.json
    python benchmarks/bench_metrics.py events [--rows 5000000]
    python benchmarks/bench_metrics.py reports [--rows 100000000] [--small 10000000]

Prints machine, sizes, seconds per model, ratios, disk and peak memory; exit code 1 where a bar is
missed. Every build runs in a process of its own, as a DAG's task does.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing as mp
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import duckdb

from detente.settings import Settings
from detente.transform import BuildResult, run_build
from detente.warehouse.writer import open_writer
from results import record

WEEKS = 520
FIRST_DAY = "date '2015-01-05'"
INCREMENT = 10_000
CHUNK = 20_000_000
MEMORY_GIB = 16
# CAMEO codes about as often as data sets of events have them
CODES = (
    "010 012 020 023 030 036 036 040 040 040 042 042 043 043 046 046 051 051 057 060 061 062 070 "
    "080 084 090 100 110 111 111 112 112 120 130 138 141 150 160 163 172 173 173 180 190 190 190 "
    "193 193 195 200"
).split()

# Rows follow from their number alone: hash() in the place of random(), so that runs repeat.
GENERATE = """
insert into raw.dataset_events by name
with numbered as (
    select
        i,
        hash(i, 1) / 18446744073709551616.0 as u_pair,
        hash(i, 2) % 1000 as m_late,
        hash(i, 3) % {codes} as m_code,
        hash(i, 4) % 2 as m_direction,
        hash(i, 5) % 100 as m_role,
        hash(i, 6) / 18446744073709551616.0 as u_origin,
        i // 3 as story
    from range({first}, {last}) as r(i)
)
select
    '{dataset}' as dataset,
    cast(n.i as varchar) as report_id,
    case m_direction when 0 then p.a else p.b end as source_code,
    case m_direction when 0 then p.b else p.a end as target_code,
    case when m_role < 10 then 'leader' when m_role < 60 then 'government'
        when m_role < 70 then 'military' when m_role < 85 then 'civilian' end as source_role,
    case when hash(i, 7) % 100 < 15 then 'civilian' else 'government' end as target_role,
    c.code as cameo_code,
    -- most reports are of the day before; some are late, by up to a year
    {first_day} + cast(365 + least(n.i * {days} // {total}, {days} - 1) - case
        when m_late < 970 then 0 when m_late < 985 then 7 when m_late < 995 then 30 else 365
    end as integer) as event_date,
    'host' || cast(floor(5000 * power(u_origin, 3)) as integer) || '.example' as origin,
    'a' || story as story_key,
    'https://host.example/' || story as url,
    true as is_root,
    {first_day} + cast(365 + least(n.i * {days} // {total}, {days} - 1) as integer)
        + interval 12 hour as known_at,
    'fetched' as known_at_basis,
    {first_day} + interval 4000 day as loaded_at
from numbered as n
inner join bench_pairs as p on p.rank = cast(floor({pairs} * power(u_pair, {skew})) as bigint)
inner join bench_codes as c on c.number = m_code
"""

# What anybody would write to have the same rows once and counted: acts of a day once, pairs by week.
BARE = """
create or replace table deduplicated as
select
    least(source_code, target_code) || '-' || greatest(source_code, target_code) as pair_id,
    source_code, target_code, cameo_code, event_date,
    count(*) as report_count, count(distinct story_key) as story_count,
    count(distinct origin) as origin_count, min(known_at) as known_at
from warehouse.raw.dataset_events
where source_code <> target_code
group by all;
create or replace table aggregated as
select
    d.pair_id, date_trunc('week', d.event_date) as week_start, count(*) as event_count,
    sum(report_count) as report_count, sum(story_count) as story_count,
    sum(origin_count) as origin_count, avg(t.weight) as mean_weight,
    count(*) filter (where t.quad_class <= 2) as cooperation_count
from deduplicated as d inner join types as t using (cameo_code)
group by all;
"""
TYPES = """
create or replace table types as
select c.cameo_code, e.weight, e.quad_class
from read_csv('{seeds}/cameo_types.csv', types = {{'cameo_code': 'varchar'}}) as c
inner join read_csv('{seeds}/event_types.csv', types = {{'cameo_code': 'varchar'}}) as e
    on c.event_type = e.event_type and coalesce(c.event_mode, '') = coalesce(e.event_mode, '')
"""
ACTS = """
create or replace table acts as
select
    least(source_code, target_code) || '-' || greatest(source_code, target_code) as pair_id,
    date_trunc('week', event_date)::date as week_start, t.weight as value
from warehouse.raw.dataset_events as e inner join types as t using (cameo_code)
where coalesce(source_role, '') <> 'civilian' and target_role <> 'civilian'
"""


def generate(
    settings: Settings, first: int, last: int, total: int, *, pairs: int, skew: float, dataset: str
) -> None:
    """Load rows first..last of a history of ``total`` rows over ten years, in order of time."""
    for start in range(first, last, CHUNK):
        with open_writer(settings) as con:
            con.execute("set threads = 2")
            con.execute(
                "create temp table bench_codes as select row_number() over () - 1 as number,"
                " code from (select unnest(?) as code)",
                [CODES],
            )
            # the watched powers first: they are among the busiest pairs in the news, too
            con.execute(
                """
                create temp table bench_pairs as
                with codes as (
                    select country_code as c, country_code in ('CHN', 'PRK', 'RUS') as is_watched
                    from read_csv(?)
                    where length(country_code) = 3
                    order by is_watched desc, country_code
                    limit 200
                )
                select
                    row_number() over (
                        order by a.is_watched and b.is_watched desc, hash(a.c, b.c)
                    ) - 1 as rank,
                    least(a.c, b.c) as a,
                    greatest(a.c, b.c) as b
                from codes as a
                inner join codes as b on a.c < b.c
                """,
                [str(settings.seeds_dir / "countries.csv")],
            )
            con.execute(
                GENERATE.format(
                    codes=len(CODES), first=start, last=min(last, start + CHUNK),
                    first_day=FIRST_DAY, pairs=pairs, skew=skew, days=WEEKS * 7 - 365,
                    total=total, dataset=dataset,
                )
            )  # fmt: skip


def alone(do: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
    """Run a function in a process of its own; return its answer, seconds and peak memory."""
    # not mp.Pool, which waits for ever where the process is killed
    with ProcessPoolExecutor(1, mp_context=mp.get_context("spawn")) as pool:
        return dict(pool.submit(_timed, do, arguments).result())


def _timed(do: Callable[..., Any], arguments: tuple[Any, ...]) -> dict[str, Any]:
    started = time.monotonic()
    answer = do(*arguments)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": round(time.monotonic() - started, 2),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "peak_gib": round(used.ru_maxrss / 2**20, 2),
        **(answer or {}),
    }


def checked(result: BuildResult, full: bool) -> BuildResult:
    """Return the result of a build that succeeded and was of the kind wanted; else give up."""
    if not result.ok:
        raise SystemExit("\n".join(result.failures[:20]))
    if bool(result.why_full) != full:
        raise SystemExit(f"not the build that was to be measured: {result.why_full}")
    return result


def build(settings: Settings, full: bool) -> dict[str, Any]:
    """Build the marts; seconds per model of the ten that took longest."""
    result = checked(run_build(settings, full_refresh=full), full)
    return {"slowest": slowest(result.node_seconds, 10)}


def slowest(seconds: Mapping[str, float], most: int | None = None) -> dict[str, float]:
    """Seconds per model, slowest first; all tests together are one entry."""
    longest = sorted(seconds.items(), key=lambda item: -item[1])[:most]
    return {name: round(took, 2) for name, took in longest}


def bare(settings: Settings, folder: Path, statements: str) -> dict[str, Any]:
    """Run plain SQL on the raw rows, into a file of its own beside the warehouse."""
    with duckdb.connect(str(folder / "bare.duckdb")) as con:
        con.execute("set threads = 2")
        con.execute("set enable_progress_bar = false")
        con.execute("set preserve_insertion_order = false")
        con.execute(f"set memory_limit = '{MEMORY_GIB}GiB'")
        con.execute(f"attach '{settings.build_path}' as warehouse (read_only)")
        con.execute(TYPES.format(seeds=settings.seeds_dir))
        con.execute(statements)
    (folder / "bare.duckdb").unlink()
    return {}


def reads(settings: Settings) -> dict[str, float]:
    """Milliseconds (median of 9, first left out) of what is asked of marts most often."""
    questions = {
        "pair": "select * from pair_weeks('PRK', 'CHN')",
        "tilt": "select * from marts.fct_hub_shares where hub_code = 'PRK' and partner_code = 'RUS'"
        " and other_code = 'CHN' and acts = 'all' order by week_start",
        "tilt_adhoc": "select * from tilt('PRK', ['CHN', 'RUS'])",
    }
    took = {}
    with duckdb.connect(str(settings.build_path), read_only=True) as con:
        con.execute("set threads = 2")
        for name, question in questions.items():
            times = []
            for _ in range(10):
                started = time.monotonic()
                rows = con.execute(question).fetchall()
                times.append((time.monotonic() - started) * 1000)
            if not rows:
                raise SystemExit(f"{name}: no rows")
            took[name] = round(statistics.median(times[1:]), 1)
    return took


def megabytes(settings: Settings) -> int:
    """Size of the build file."""
    return round(settings.build_path.stat().st_size / 1e6)


def measure_events(folder: Path, rows: int) -> tuple[dict[str, Any], list[str]]:
    """Full build of events of record against the bare SQL of the same metrics."""
    settings = Settings(home=folder / "home")
    made = alone(_generate_events, settings, rows)
    raw_megabytes = megabytes(settings)
    reference = Path(__file__).with_name("relations_reference.sql").read_text(encoding="utf-8")
    against = alone(bare, settings, folder, ACTS + ";" + reference)
    full = alone(build, settings, True)
    ratio = round(full["seconds"] / against["seconds"], 2)
    figures = {
        "rows": rows, "pairs": 1000, "weeks": WEEKS, "generated": made["seconds"],
        "raw_megabytes": raw_megabytes, "megabytes": megabytes(settings),
        "bare": against, "full": full, "ratio": ratio, "reads_ms": reads(settings),
    }  # fmt: skip
    return figures, [f"full build {ratio} times the bare SQL (bar 2)"] if ratio > 2 else []


def _generate_events(settings: Settings, rows: int) -> None:
    generate(settings, 0, rows, rows, pairs=1000, skew=1.0, dataset="simulated")


def _generate_reports(settings: Settings, first: int, last: int) -> None:
    # a tenth of the reports are of a dozen of the pairs, half of a fortieth
    generate(settings, first, last, last, pairs=19_000, skew=5.0, dataset="gdelt")


def measure_reports(folder: Path, rows: int, small: int) -> tuple[dict[str, Any], list[str]]:
    """Full builds and increments on a small and a large history of reports."""
    figures: dict[str, Any] = {}
    for count in dict.fromkeys((small, rows)):
        settings = Settings(home=folder / f"home-{count}")
        made = alone(_generate_reports, settings, 0, count)
        raw_megabytes = megabytes(settings)
        against = alone(bare, settings, folder, BARE)
        full = alone(build, settings, True)
        increments = []
        for number in range(2):
            first = count + number * INCREMENT
            alone(_generate_reports, settings, first, first + INCREMENT)
            increments.append(alone(build, settings, False))
        figures[str(count)] = {
            "generated": made["seconds"], "raw_megabytes": raw_megabytes,
            "megabytes": megabytes(settings), "bare": against, "full": full,
            "ratio": round(full["seconds"] / against["seconds"], 2), "increments": increments,
            "increment_share": round(increments[-1]["seconds"] / full["seconds"], 3),
            "reads_ms": reads(settings),
        }  # fmt: skip
        print(count, json.dumps(figures[str(count)]), flush=True)
        shutil.rmtree(settings.home)
    large = figures[str(rows)]
    growth = round(
        large["increments"][-1]["seconds"] / figures[str(small)]["increments"][-1]["seconds"], 2
    )
    figures["increment_growth"] = growth
    missed = []
    if large["ratio"] > 4:
        missed.append(f"full build {large['ratio']} times the bare SQL (bar 4)")
    if large["full"]["peak_gib"] > MEMORY_GIB:
        missed.append(f"peak memory {large['full']['peak_gib']} GiB (bar {MEMORY_GIB})")
    if growth > 1.3:
        missed.append(f"increment {growth} times that on the small history (bar 1.3)")
    if large["increment_share"] > 0.05:
        missed.append(f"increment {large['increment_share']} of a full build (bar 0.05)")
    slow = [name for name, took in large["reads_ms"].items() if took > 50]
    if slow:
        missed.append(f"reads above 50 ms: {', '.join(slow)}")
    return figures, missed


def main() -> int:
    """Measure what is asked for; exit code 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("all", "events", "reports"))
    parser.add_argument("--rows", type=int)
    parser.add_argument("--small", type=int, default=10_000_000)
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it")
    arguments = parser.parse_args()
    folder = arguments.keep or Path(tempfile.mkdtemp(prefix="detente-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Any] = {}
    missed: list[str] = []
    try:
        if arguments.what in ("all", "events"):
            figures["events"], more = measure_events(folder, arguments.rows or 5_000_000)
            missed += more
        if arguments.what in ("all", "reports"):
            figures["reports"], more = measure_reports(
                folder, arguments.rows or 100_000_000, arguments.small
            )
            missed += more
    finally:
        if arguments.keep is None:
            shutil.rmtree(folder)
    name = "metrics" if arguments.what == "all" else f"metrics_{arguments.what}"
    record(name, {**figures, "missed": missed})
    print("\n".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
