"""How often does an alarm rise where nothing has changed, with the acts that real pairs have?

Placebo pairs: the scored events of record of real pairs (ICEWS October-December 2018, evaluation
only) are drawn again over ten years by the stationary bootstrap (Politis and Romano 1994: runs of
consecutive weeks, of geometric length with mean 3, from a random week on, circular). Whole weeks
are drawn, so that types of acts, days of the week, and bursts within weeks and over runs of them
stay as they are; their order is chance, so that every alarm is false. A run of weeks is drawn per
pair: watched comparisons set two pairs beside each other that know nothing of one another.

Beside the bar: <= .08 false alarms per pair-year, by measure and volume.

    python benchmarks/bench_placebo.py [--pairs 40] [--seed 1] [--home HOME]

`--home` names a home that holds the import already. Exit code 1 where a rate is above the bar.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from detente.ingest.datasets import import_dataset
from detente.settings import Settings
from detente.simulate import insert_events
from detente.transform import run_build
from detente.warehouse.writer import open_writer
from results import record, rounded_rows

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "events"
RAW = DATA / "icews_raw_2018-10_2018-12.parquet"
WEEKS = 520
MEAN_RUN = 3.0
FIRST_WEEK = date(2010, 1, 4)
FIRST_REAL, LAST_REAL = date(2018, 10, 1), date(2018, 12, 24)  # Mondays of whole weeks
BAR = 0.08
RATES = ((0.5, 1.5), (1.5, 5.0), (5.0, 15.0), (15.0, 1000.0))  # events a week, from and to

REAL = """
select
    e.pair_id, (e.week_start - $first) // 7 as week, e.event_date_start - e.week_start as weekday,
    e.source_code, e.target_code, e.event_type, e.event_mode
from marts.fct_events as e
where
    e.dataset = 'icews' and e.is_scored and e.week_start between $first and $last
    and e.pair_id in (select unnest($pairs))
order by all
"""
PAIRS = """
select pair_id, count(*) / $weeks as rate
from marts.fct_events
where dataset = 'icews' and is_scored and week_start between $first and $last
group by pair_id having rate >= 0.5
"""
WATCHED = """
select partner_pair_id from marts.dim_hubs union select other_pair_id from marts.dim_hubs
"""
FALSE_ALARMS = """
with alarms as (
    select pair_id, measure, strength, status from marts.fct_pair_shifts where measure <> 'share'
),
measures as (select unnest(['level', 'volume']) as measure)
select
    m.measure, b.lo as events_a_week_from, b.hi as events_a_week_to,
    count(distinct p.pair_id) as pairs,
    count(a.measure) / (count(distinct p.pair_id) * $years) as false_alarms_per_pair_year,
    count(a.measure) filter (where a.strength = 'strong')
        / (count(distinct p.pair_id) * $years) as strong_per_pair_year
from pairs as p
inner join bands as b on p.rate >= b.lo and p.rate < b.hi
cross join measures as m
left join alarms as a on p.pair_id = a.pair_id and m.measure = a.measure
group by all
order by all
"""
FALSE_SHARES = """
with compared as (
    select count(distinct hub_code || partner_code || other_code) as n
    from marts.fct_hub_shares where acts = 'all'
)
select
    'share' as measure, any_value(c.n) as comparisons,
    count(s.shift_id) / (any_value(c.n) * $years) as false_alarms_per_comparison_year
from compared as c
left join marts.fct_pair_shifts as s on s.measure = 'share'
"""


def real_home(settings: Settings) -> None:
    """Import and build the real events, unless they are there."""
    if settings.build_path.exists():
        return
    import_dataset("icews", [str(RAW)], settings, actor_map=DATA / "actor_country.csv")
    built = run_build(settings)
    if not built.ok:
        raise SystemExit("\n".join(built.failures))


def choose(con: duckdb.DuckDBPyConnection, most: int, rng: np.random.Generator) -> dict[str, float]:
    """Choose up to `most` pairs of each band of volume at random, and all watched ones."""
    weeks = (LAST_REAL - FIRST_REAL).days // 7 + 1
    real = {"first": FIRST_REAL, "last": LAST_REAL, "weeks": weeks}
    rates = dict(con.execute(PAIRS, real).fetchall())
    watched = {pair for (pair,) in con.execute(WATCHED).fetchall()} & set(rates)
    chosen = set(watched)
    for lo, hi in RATES:
        band = sorted(p for p, rate in rates.items() if lo <= rate < hi)
        chosen |= set(rng.permutation(band)[:most].tolist())
    return {pair: rates[pair] for pair in sorted(chosen)}


def resample(
    con: duckdb.DuckDBPyConnection, pairs: list[str], rng: np.random.Generator
) -> pa.Table:
    """Draw the weeks of each pair again; return rows of raw.dataset_events."""
    real = con.execute(
        REAL, {"first": FIRST_REAL, "last": LAST_REAL, "pairs": pairs}
    ).to_arrow_table()
    of_pair = np.array(real["pair_id"].to_pylist())
    of_week = real["week"].to_numpy()
    available = (LAST_REAL - FIRST_REAL).days // 7 + 1
    picked, placed = [], []
    for pair in pairs:
        rows = np.flatnonzero(of_pair == pair)
        by_week = [rows[of_week[rows] == week] for week in range(available)]
        week = 0
        for number in range(WEEKS):
            if number == 0 or rng.random() < 1 / MEAN_RUN:
                week = int(rng.integers(available))
            picked.append(by_week[week])
            placed.append(np.full(len(by_week[week]), number))
            week = (week + 1) % available
    chosen, number = np.concatenate(picked), np.concatenate(placed)
    rows = real.take(chosen)
    days = [
        FIRST_WEEK + timedelta(weeks=int(week), days=int(day))
        for week, day in zip(number, rows["weekday"].to_pylist(), strict=True)
    ]
    count = len(days)
    dates = pa.array(days, pa.date32())
    return pa.table({
        "dataset": ["simulated"] * count, "report_id": [f"p{n}" for n in range(count)],
        "source_code": rows["source_code"], "target_code": rows["target_code"],
        "source_role": ["government"] * count, "target_role": ["government"] * count,
        "event_type": rows["event_type"], "event_mode": rows["event_mode"],
        "event_date": dates, "origin": ["placebo"] * count,
        "story_key": [f"p{n}" for n in range(count)],
        "known_at": dates.cast(pa.timestamp("us")), "known_at_basis": ["claimed"] * count,
        "loaded_at": dates.cast(pa.timestamp("us")),
    })  # fmt: skip


def measure(folder: Path, real: Settings, most: int, seed: int) -> dict[str, object]:
    """Resample, build, count alarms."""
    rng = np.random.default_rng(seed)
    with duckdb.connect(str(real.build_path), read_only=True) as con:
        rates = choose(con, most, rng)
        events = resample(con, list(rates), rng)
    placebo = Settings(home=folder / "placebo")
    with open_writer(placebo) as con:
        insert_events(con, events)
    started = time.monotonic()
    built = run_build(placebo)
    if not built.ok:
        raise SystemExit("\n".join(built.failures))
    seconds = round(time.monotonic() - started, 1)
    years = (WEEKS - 52) / 52  # an alarm needs a year of history
    with duckdb.connect(str(placebo.build_path), read_only=True) as con:
        con.register("pairs", pa.table({"pair_id": list(rates), "rate": list(rates.values())}))
        con.register("bands", pa.table({
            "lo": [lo for lo, _ in RATES], "hi": [hi for _, hi in RATES],
        }))  # fmt: skip
        return {
            "pairs": len(rates), "events": events.num_rows, "weeks": WEEKS,
            "build_seconds": seconds,
            "false_alarms": rounded_rows(con, FALSE_ALARMS, years=years),
            "false_share_alarms": rounded_rows(con, FALSE_SHARES, years=years),
        }  # fmt: skip


def main() -> int:
    """Measure, print, record; exit code 1 where a rate is above the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=40, help="pairs of each band of volume")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, help="a home with the import")
    arguments = parser.parse_args()
    if not RAW.exists():
        print(f"not measured: {RAW} is missing")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        real = Settings(home=arguments.home or Path(folder) / "real")
        real_home(real)
        figures = measure(Path(folder), real, arguments.pairs, arguments.seed)
    record("placebo", figures)
    rates = [
        value
        for table in ("false_alarms", "false_share_alarms")
        for row in figures[table]  # type: ignore[attr-defined]
        for name, value in row.items()
        if name.startswith("false_alarms_per")
    ]
    return int(max(rates) > BAR)


if __name__ == "__main__":
    sys.exit(main())
