"""Does the detector find changes, does the interval cover, how often is an alarm false?

Pairs with a known level go through the real dbt models, once with a level that stands still and
once with weeks that scatter around it by the model's own tau (2 points). Beside the bars:
coverage of warmth's 90 % interval .87-.95 at .5/1/4/15/60 events a week; false level alarms
<= .08 per pair-year; a fall by 2 points found within a year in .5/.9/1 of pairs at 1/4/15 a week.

    python benchmarks/bench_simulation.py [--scale 1.0] [--seed 1]
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from detente import simulate
from detente.settings import Settings
from detente.transform import run_build
from detente.warehouse.writer import open_writer
from results import record, rounded_rows

WEEKS = 520
CHANGE_WEEK = 300
FALL = -2.0
STEADY = {0.5: 150, 1.0: 150, 4.0: 150, 15.0: 80, 60.0: 30}  # events a week -> pairs
FALLING = {0.5: 100, 1.0: 100, 4.0: 100, 15.0: 60, 60.0: 20}
PRIOR_MEAN, PRIOR_SD = 0.86, 2.0

COVERAGE = """
select
    t.rate,
    count(distinct t.pair_id) as pairs,
    count(*) as weeks,
    avg(case when t.level between w.warmth_lo and w.warmth_hi then 1 else 0 end) as coverage,
    avg(case when w.evidence_level <> 'insufficient' then
        case when t.level between w.warmth_lo and w.warmth_hi then 1 else 0 end end)
        as coverage_of_stated,
    avg((w.warmth_hi - w.warmth_lo) / 2) as half_width,
    avg(w.warmth - t.level) as bias
from truth as t
inner join marts.fct_pair_warmth as w
    on t.pair_id = w.pair_id and w.scale = 'detente' and w.acts = 'all'
where t.kind = 'steady' and w.week_start >= $from_week
group by t.rate
order by t.rate
"""

FALSE_ALARMS = """
select
    t.rate,
    count(distinct t.pair_id) as pairs,
    count(s.shift_id) / (count(distinct t.pair_id) * (520 - 52) / 52.0) as false_alarms_per_pair_year,
    count(s.shift_id) filter (where s.strength = 'strong')
        / (count(distinct t.pair_id) * (520 - 52) / 52.0) as strong_per_pair_year
from truth as t
left join marts.fct_pair_shifts as s on t.pair_id = s.pair_id and s.measure = 'level'
where t.kind = 'steady'
group by t.rate
order by t.rate
"""

DETECTION = """
with found as (
    select
        t.rate, t.pair_id,
        min_by(struct_pack(alarm := s.alarm_week, start := s.estimated_start), s.alarm_week) as first
    from truth as t
    left join marts.fct_pair_shifts as s
        on t.pair_id = s.pair_id and s.measure = 'level' and s.direction = 'cooling'
        and s.alarm_week between $changed and $changed + 364
    where t.kind = 'falling'
    group by t.rate, t.pair_id
)
select
    rate,
    count(*) as pairs,
    count(first.alarm) / count(*) as found_within_a_year,
    median(first.alarm - $changed) / 7.0 as median_delay_weeks,
    median(abs(first.start - $changed)) as median_error_of_start_days
from found
group by rate
order by rate
"""


def generate(
    settings: Settings, scale: float, seed: int, week_spread: float
) -> tuple[pa.Table, int]:
    """Fill the warehouse; return the truth (pair_id, rate, kind, level) and the events' number."""
    rng = np.random.default_rng(seed)
    mix = simulate.load_mix(settings.seeds_dir)
    codes = sorted(
        line.split(",")[0]
        for line in (settings.seeds_dir / "countries.csv").read_text().splitlines()[1:]
    )
    names = ("-".join(p) for p in itertools.combinations([c for c in codes if len(c) == 3], 2))
    truth = []
    for kind, plan in (("steady", STEADY), ("falling", FALLING)):
        for rate, pairs in plan.items():
            for _ in range(max(3, round(pairs * scale))):
                level = float(np.clip(rng.normal(PRIOR_MEAN, PRIOR_SD), -3.0, 2.5))
                if kind == "falling":
                    level = max(level, -1.0)  # so that two points can be lost
                truth.append({"pair_id": next(names), "rate": rate, "kind": kind, "level": level})
    level = np.repeat(np.array([t["level"] for t in truth])[:, None], WEEKS * 7, axis=1)
    falling = np.array([t["kind"] == "falling" for t in truth])
    level[falling, CHANGE_WEEK * 7 :] += FALL
    if week_spread:
        scatter = rng.normal(0.0, week_spread, (len(truth), WEEKS))
        level = np.clip(level + np.repeat(scatter, 7, axis=1), -9.0, 7.0)
    rate = np.repeat(np.array([t["rate"] for t in truth])[:, None], WEEKS * 7, axis=1)
    drawn = simulate.draw(level, rate, mix, rng)
    table = simulate.events_table(
        [str(t["pair_id"]) for t in truth], drawn, mix, simulate.FIRST_WEEK, rng
    )
    with open_writer(settings) as con:
        simulate.insert_events(con, table)
    return pa.Table.from_pylist(truth), table.num_rows


def measure(scale: float, seed: int, week_spread: float) -> dict[str, object]:
    """Simulate, build, compare with the truth."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        truth, events = generate(settings, scale, seed, week_spread)
        started = time.monotonic()
        built = run_build(settings)
        if not built.ok:
            raise SystemExit("\n".join(built.failures))
        with duckdb.connect(str(settings.build_path), read_only=True) as con:
            con.register("truth", truth)
            changed = date.fromordinal(simulate.FIRST_WEEK.toordinal() + CHANGE_WEEK * 7)
            return {
                "pairs": truth.num_rows,
                "events": events,
                "build_seconds": round(time.monotonic() - started, 1),
                "coverage_of_90_percent_interval": rounded_rows(
                    con, COVERAGE, from_week=simulate.FIRST_WEEK + timedelta(weeks=104)
                ),
                "false_alarms": rounded_rows(con, FALSE_ALARMS),
                "detection_of_a_fall_by_2": rounded_rows(con, DETECTION, changed=changed),
            }


def main() -> None:
    """Measure both cases, print and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the planned pairs")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    cases = {"level stands still": 0.0, "weeks scatter by 2 points": 2.0}
    record(
        "simulation",
        {name: measure(arguments.scale, arguments.seed, s) for name, s in cases.items()},
    )


if __name__ == "__main__":
    main()
