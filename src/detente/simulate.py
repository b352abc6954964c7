"""Simulated pairs with known change points: what detectors and intervals are judged on.

Events of a pair come in stories. Stories fall like rain (Poisson); a story has one or more acts
(geometric) that share a random effect, so that a week's acts are alike; an act is drawn from a
base mix of types that is tilted until its mean weight is the wanted level. That gives the
overdispersion that real event data show, and a level that is known exactly.

Source of the model: exponential tilting of a base measure, with a normal random effect per story.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from detente.clock import utc_now
from detente.settings import Settings
from detente.warehouse.writer import open_writer

DATASET = "simulated"
FIRST_WEEK = date(2010, 1, 4)
WEEKS = 522

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Type, mode and how often in a hundred acts before tilting; the mix of a large event data set
# without its bare statements.
BASE_MIX: tuple[tuple[str, str, float], ...] = (
    ("CONSULT", "meet", 22), ("CONSULT", "visit", 10), ("CONSULT", "call", 6),
    ("AGREE", "agree", 8), ("AGREE", "sign", 3), ("SUPPORT", "back", 6), ("SUPPORT", "praise", 4),
    ("COOPERATE", "economic", 4), ("COOPERATE", "military", 1.5), ("AID", "humanitarian", 1.5),
    ("YIELD", "release", 1), ("REQUEST", "appeal", 6), ("REQUEST", "demand", 4),
    ("ACCUSE", "criticise", 6), ("ACCUSE", "condemn", 4), ("REJECT", "refuse", 4),
    ("THREATEN", "warn", 3), ("PROTEST", "official", 1.5), ("SANCTION", "economic", 1),
    ("MOBILIZE", "exercise", 1), ("COERCE", "detain", 1.5), ("ASSAULT", "armed_attack", 1),
)  # fmt: skip
STORY_SPREAD = 0.6  # standard deviation of the story's random effect, tilt units
MEAN_STORY_SIZE = 2.0  # acts per story
_TILT_SCALE = 5.0  # points of weight per unit of tilt
_GRID = np.linspace(-4.0, 4.0, 801)
_ROLES = ("government", "foreign_minister", "minister", "head_of_government", "state_leader")
_ROLE_SHARES = (0.7, 0.12, 0.1, 0.05, 0.03)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a pair's history: from `start` on, acts of mean weight `level`, so often."""

    pair_id: str
    start: date
    level: float
    events_per_week: float


@dataclass(frozen=True, slots=True)
class Mix:
    """The acts, their weights and, per tilt of `_GRID`, the distribution over them."""

    types: tuple[str, ...]
    modes: tuple[str, ...]
    weights: Floats  # [acts]
    cumulative: Floats  # [grid, acts]
    story_mean: Floats  # [grid]: mean weight of an act of a story with this mean tilt


def load_mix(seeds_dir: Path) -> Mix:
    """Read the weights of the acts from the seeds and tilt the base mix over a grid."""
    with (seeds_dir / "event_types.csv").open(newline="", encoding="utf-8") as source:
        weight = {
            (r["event_type"], r["event_mode"]): float(r["weight"])
            for r in csv.DictReader(source)
            if r["weight"]
        }
    weights = np.array([weight[t, m] for t, m, _ in BASE_MIX])
    base = np.array([share for _, _, share in BASE_MIX])
    tilted = base * np.exp(_GRID[:, None] * weights / _TILT_SCALE)
    tilted /= tilted.sum(axis=1, keepdims=True)
    means = tilted @ weights
    nodes, node_weights = np.polynomial.hermite_e.hermegauss(21)
    node_weights /= node_weights.sum()
    around = np.clip(_GRID[:, None] + STORY_SPREAD * nodes, -4, 4)
    story_mean = (np.interp(around, _GRID, means) * node_weights).sum(axis=1)
    return Mix(
        tuple(t for t, _, _ in BASE_MIX),
        tuple(m for _, m, _ in BASE_MIX),
        weights,
        tilted.cumsum(axis=1),
        story_mean,
    )


def load_scenario(seeds_dir: Path) -> tuple[Segment, ...]:
    """Read the known histories (`seeds/simulated_pairs.csv`)."""
    with (seeds_dir / "simulated_pairs.csv").open(newline="", encoding="utf-8") as source:
        return tuple(
            Segment(
                row["pair_id"],
                date.fromisoformat(row["from_date"]),
                float(row["level"]),
                float(row["events_per_week"]),
            )
            for row in csv.DictReader(source)
        )


def known_changes(segments: Sequence[Segment]) -> list[dict[str, object]]:
    """Return the changes of level by at least half a point: pair, date, levels around it."""
    return [
        {
            "pair_id": after.pair_id,
            "changed_on": after.start,
            "level_before": before.level,
            "level_after": after.level,
        }
        for before, after in itertools.pairwise(segments)
        if before.pair_id == after.pair_id and abs(after.level - before.level) >= 0.5
    ]


def daily_course(
    segments: Sequence[Segment], first_week: date, weeks: int
) -> tuple[list[str], Floats, Floats]:
    """Return the pairs, and per pair and day the level and the events per week ([pairs, days])."""
    pairs = list(dict.fromkeys(s.pair_id for s in segments))
    level = np.zeros((len(pairs), weeks * 7))
    rate = np.zeros_like(level)
    for segment in segments:
        day = max(0, (segment.start - first_week).days)
        level[pairs.index(segment.pair_id), day:] = segment.level
        rate[pairs.index(segment.pair_id), day:] = segment.events_per_week
    return pairs, level, rate


def draw(
    level: Floats, rate: Floats, mix: Mix, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints, Ints]:
    """Draw acts.

    Args:
        level: [pairs, days], expected weight of an act.
        rate: [pairs, days], expected acts per week.
        mix: the acts.
        rng: where chance comes from.

    Returns:
        Per act: row of its pair, day, story number, index into the mix. Sorted by pair and day.
    """
    stories = rng.poisson(rate / 7 / MEAN_STORY_SIZE)
    story_pair, story_day = np.nonzero(stories)
    often = stories[story_pair, story_day]
    story_pair, story_day = np.repeat(story_pair, often), np.repeat(story_day, often)
    size = rng.geometric(1 / MEAN_STORY_SIZE, len(story_pair))
    tilt = np.interp(level[story_pair, story_day], mix.story_mean, _GRID)
    tilt = tilt + STORY_SPREAD * rng.standard_normal(len(tilt))
    row = np.clip(np.rint((tilt + 4) * 100), 0, 800).astype(np.int64)
    story = np.repeat(np.arange(len(size)), size)
    chance = rng.random(len(story))
    act = np.empty(len(story), dtype=np.int64)
    for start in range(0, len(story), 500_000):  # the comparison below is [acts, mix] wide
        part = slice(start, start + 500_000)
        act[part] = (mix.cumulative[row[story[part]]] < chance[part, None]).sum(axis=1)
    act = np.minimum(act, len(mix.types) - 1)
    return story_pair[story], story_day[story], story, act


def events_table(
    pairs: Sequence[str],
    drawn: tuple[Ints, Ints, Ints, Ints],
    mix: Mix,
    first_week: date,
    rng: np.random.Generator,
) -> pa.Table:
    """Return the acts as rows of `raw.dataset_events` (one row per event of record)."""
    pair, day, story, act = drawn
    count = len(pair)
    ends = np.array([p.split("-") for p in pairs])
    flip = rng.random(count) < 0.5
    source = np.where(flip, ends[pair, 1], ends[pair, 0])
    target = np.where(flip, ends[pair, 0], ends[pair, 1])
    types = np.array(mix.types)[act]
    modes = np.array(mix.modes)[act]
    when = np.datetime64(first_week, "D") + day.astype("timedelta64[D]")
    told = np.strings.add(np.strings.add(types, "/"), modes)
    sentence = np.array([f"Simulated act: {k}, {s} to {t}." for k, s, t in zip(
        told, source, target, strict=True)])  # fmt: skip
    roles = np.array(_ROLES)
    return pa.table(
        {
            "dataset": pa.array([DATASET] * count),
            "report_id": [f"sim-{i:08d}" for i in range(count)],
            "source_code": source,
            "target_code": target,
            "source_role": roles[rng.choice(len(roles), count, p=_ROLE_SHARES)],
            "target_role": roles[rng.choice(len(roles), count, p=_ROLE_SHARES)],
            "event_type": types,
            "event_mode": modes,
            "event_date": when.astype("datetime64[D]"),
            "origin": np.array([f"simulated agency {i}" for i in range(1, 13)])[story % 12],
            "story_key": [f"story-{i}" for i in story],
            "sentence": sentence,
            "is_root": pa.array([True] * count),
            "known_at": (when + np.timedelta64(1, "D")).astype("datetime64[us]"),
            "known_at_basis": pa.array(["claimed"] * count),
            "loaded_at": pa.array([utc_now()] * count),
            "file_name": pa.array(["simulated"] * count),
        }
    )


def insert_events(con: duckdb.DuckDBPyConnection, events: pa.Table) -> None:
    """Insert rows of `raw.dataset_events`, columns by name."""
    con.register("_events", events)
    con.execute("insert into raw.dataset_events by name select * from _events")
    con.unregister("_events")


def load_simulated(settings: Settings, seed: int = 1) -> int:
    """Put the scenario of the seeds into the warehouse; return its number of events.

    Repeating the call changes nothing: what is there already stays.
    """
    there = "select count(*) from raw.dataset_events where dataset = ?"
    with open_writer(settings) as con:
        if count := int(con.execute(there, [DATASET]).fetchall()[0][0]):
            return count
    mix = load_mix(settings.seeds_dir)
    rng = np.random.default_rng(seed)
    pairs, level, rate = daily_course(load_scenario(settings.seeds_dir), FIRST_WEEK, WEEKS)
    # one crisis week of forty hostile acts, which must not alarm by itself
    crisis = (date(2011, 6, 6) - FIRST_WEEK).days
    row = pairs.index("CHN-PRK")
    level[row, crisis : crisis + 7], rate[row, crisis : crisis + 7] = -6.0, 40.0
    table = events_table(pairs, draw(level, rate, mix, rng), mix, FIRST_WEEK, rng)
    with open_writer(settings) as con:
        if not con.execute(there, [DATASET]).fetchall()[0][0]:
            insert_events(con, table)
    return int(table.num_rows)
