"""How often do share and volume alarms rise without a change, and how soon after one?

Synthetic weekly counts go through the compiled models themselves, from the counts on. Acts come in
stories of geometric size with mean 2, so that weeks are overdispersed (index 3) as real ones are.
Beside the bar of level alarms: <= .08 false alarms per pair-year.

    python benchmarks/bench_shifts.py [--scale 1.0] [--seed 1]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from detente.settings import Settings
from detente.transform import compile_models
from results import record, rounded_rows

WEEKS = 520
CHANGE_WEEK = 300
RATES = {0.5: 200, 1.0: 200, 4.0: 200, 15.0: 150, 60.0: 100}  # events a week -> series
SHARE, SHARE_AFTER = 0.3, 0.6
FACTOR = 2.0  # volume after the change over before
MODELS = (
    "intermediate.int_hub_dispersion",
    "intermediate.int_pair_counts",
    "intermediate.int_count_series",
    "intermediate.int_count_cusum",
    "intermediate.int_count_splits",
    "intermediate.int_count_alarms",
)

FALSE_ALARMS = """
select
    t.measure,
    t.rate,
    count(distinct t.name) as series,
    count(a.shift_id) / (count(distinct t.name) * (520 - 52) / 52.0) as false_alarms_per_year,
    count(a.shift_id) filter (where a.strength = 'strong')
        / (count(distinct t.name) * (520 - 52) / 52.0) as strong_per_year
from truth as t
left join intermediate.int_count_alarms as a on t.name = a.pair_id and t.measure = a.measure
where t.kind = 'steady'
group by t.measure, t.rate
order by all
"""

DETECTION = """
with found as (
    select
        t.measure, t.rate, t.name,
        min(a.alarm_week) as alarm_week,
        min_by(a.estimated_start, a.alarm_week) as estimated_start,
        min_by(a.delta, a.alarm_week) as delta,
        min_by(a.delta_se, a.alarm_week) as delta_se
    from truth as t
    left join intermediate.int_count_alarms as a
        on t.name = a.pair_id and t.measure = a.measure and a.delta > 0
        and a.alarm_week between $changed and $changed::date + 364
    where t.kind = 'changing'
    group by all
)
select
    measure,
    rate,
    count(*) as series,
    count(alarm_week) / count(*) as found_within_a_year,
    median(date_diff('week', $changed, alarm_week)) as median_weeks_to_alarm,
    median(abs(date_diff('week', $changed, estimated_start))) as median_error_of_start_weeks,
    avg(case when abs(delta - case measure when 'share' then $delta_share else $delta_volume end)
        <= 1.645 * delta_se then 1.0 else 0 end) filter (where alarm_week is not null)
        as coverage_of_size
from found
group by measure, rate
order by all
"""


def counts(rate: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw weekly counts with these means ([series, weeks]), in stories of mean size 2."""
    stories = rng.poisson(rate / 2)
    extra = np.where(stories > 0, rng.negative_binomial(np.maximum(stories, 1), 0.5), 0)
    return stories + extra


def generate(con: duckdb.DuckDBPyConnection, scale: float, rng: np.random.Generator) -> pa.Table:
    """Make the tables that the first models read; return what is true of each series."""
    truth, cooperative, other = [], [], []
    for kind in ("steady", "changing"):
        for rate, planned in RATES.items():
            for number in range(max(3, round(planned * scale))):
                truth.append({"name": f"{kind}-{rate}-{number}", "kind": kind, "rate": rate})
                share = np.full(WEEKS, SHARE)
                if kind == "changing":
                    share[CHANGE_WEEK:] = SHARE_AFTER
                cooperative.append(counts(rate * share, rng))
                other.append(counts(rate * (1 - share), rng))
    size = len(truth)
    names = np.repeat([t["name"] for t in truth], WEEKS)
    week = np.tile(np.arange(WEEKS), size)
    monday = np.datetime64("2010-01-04") + week * 7
    k, k_other = np.concatenate(cooperative), np.concatenate(other)
    con.register("_hub_weeks", pa.table({
        "dataset": ["synthetic"] * len(names), "hub_code": names, "partner_code": names,
        "other_code": names, "partner_pair_id": names, "other_pair_id": names,
        "week_start": monday, "t": week, "acts": ["all"] * len(names),
        "k": k.astype(float), "k_other": k_other.astype(float), "n": (k + k_other).astype(float),
    }))  # fmt: skip
    rates = np.repeat(np.array([t["rate"] for t in truth])[:, None], WEEKS, axis=1)
    changing = np.array([t["kind"] == "changing" for t in truth])
    rates[changing, CHANGE_WEEK:] *= FACTOR
    volume = counts(rates, rng).ravel()
    con.register("_pair_weeks", pa.table({
        "dataset": ["synthetic"] * len(names), "pair_id": names, "week_start": monday,
        "week_index": week + 1600, "event_count": volume, "cooperation_count": volume,
        "conflict_count": np.zeros_like(volume),
    }))  # fmt: skip
    con.execute("create schema intermediate; create schema marts")
    con.execute("create table intermediate.int_hub_weeks as select * from _hub_weeks")
    con.execute("create table marts.fct_pair_weeks as select * from _pair_weeks")
    con.execute(
        "create table intermediate.int_pair_spans as select dataset, pair_id,"
        " min(week_start) as first_week, true as has_spine from _pair_weeks group by all"
    )
    return pa.Table.from_pylist([{**t, "measure": m} for t in truth for m in ("share", "volume")])


def main() -> None:
    """Measure, print and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the planned series")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compiled = compile_models(Settings(home=Path(folder)))
        path = Path(folder) / "synthetic" / "warehouse.duckdb"  # models name the database so
        path.parent.mkdir()
        with duckdb.connect(str(path)) as con:
            truth = generate(con, arguments.scale, np.random.default_rng(arguments.seed))
            started = time.monotonic()
            for model in MODELS:
                sql = (compiled / "intermediate" / f"{model.split('.')[1]}.sql").read_text()
                con.execute(f"create table {model} as {sql}")
            seconds = time.monotonic() - started
            con.register("truth", truth)
            changed = np.datetime64("2010-01-04") + CHANGE_WEEK * 7
            record("shifts", {
                "series": truth.num_rows, "weeks": WEEKS, "models_seconds": round(seconds, 1),
                "false_alarms": rounded_rows(con, FALSE_ALARMS),
                "detection": rounded_rows(
                    con, DETECTION, changed=changed.item(),
                    delta_share=SHARE_AFTER - SHARE, delta_volume=float(np.log(FACTOR)),
                ),
            })  # fmt: skip


if __name__ == "__main__":
    main()
