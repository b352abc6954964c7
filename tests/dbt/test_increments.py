"""An increment equals a full build: random histories in random order of arrival, then late events.

The numbers are drawn once per seed; what is compared is the same file built by increments and then
built anew from nothing. Doubles agree to 1e-12 of their size, everything else exactly.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from detente.settings import Settings
from detente.transform import run_build
from detente.warehouse.writer import open_writer

FIRST = date(2015, 1, 5)
PAIRS = [("PRK", "RUS"), ("CHN", "PRK"), ("KOR", "USA"), ("FRA", "GBR"), ("IND", "PAK")]
ACTS = [("CONSULT", "visit"), ("CONSULT", "host"), ("CONSULT", "meet"), ("COOPERATE", "economic"),
        ("AID", "economic"), ("ACCUSE", "condemn"), ("THREATEN", "warn"), ("SANCTION", "economic"),
        ("STATEMENT", ""), ("SUPPORT", "praise")]  # fmt: skip
# what an increment must not get wrong, and what says when it was made
IGNORED = {"dim_publication", "fct_pair_shifts", "fct_ingest_attempts"}
STAMPS = {"changed_load", "recorded_at"}

Rows = dict[str, list[dict[str, Any]]]


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12)


def data_set_rows(rng: np.random.Generator, count: int, weeks: int) -> list[dict[str, Any]]:
    """Rows of two data sets: one whose reports merge into episodes, one of events of record.

    One pair turns from bad to good, so that there are shifts to find; the last is rare, so that it
    crosses the spine's minimum late; the third week in ten has no rows.
    """
    rows = []
    for number in range(count):
        dataset = "gdelt" if rng.random() < 0.6 else "simulated"
        pair = PAIRS[int(min(4, rng.geometric(0.45) - 1))]
        week = int(rng.integers(0, weeks))
        week -= week % 10 == 2
        if pair == ("PRK", "RUS") and dataset == "simulated":
            kinds = ACTS[3:5] if week > weeks / 2 else ACTS[5:8]
            act = kinds[int(rng.integers(len(kinds)))]
        else:
            act = ACTS[int(rng.integers(len(ACTS)))]
        day = FIRST + timedelta(weeks=week, days=int(rng.integers(7)))
        source, target = pair if rng.random() < 0.5 else pair[::-1]
        rows.append({
            "dataset": dataset, "report_id": f"r{int(rng.integers(1e12))}-{number}",
            "source_code": source if rng.random() > 0.01 else None, "target_code": target,
            "source_role": ["leader", "government", "civilian", None][int(rng.integers(4))],
            "target_role": "government",
            "source_name": "Kim" if rng.random() < 0.2 else None, "target_name": None,
            "event_type": act[0], "event_mode": act[1],
            "cameo_code": None, "event_date": day, "origin": f"o{int(rng.integers(4))}",
            "story_key": f"s{int(rng.integers(1e4))}", "sentence": f"Act {number}.",
            "known_at": _noon(day + timedelta(days=int(rng.integers(-3, 9)))),
            "known_at_basis": "fetched", "loaded_at": _noon(day),
        })  # fmt: skip
    return rows


def news_rows(rng: np.random.Generator, documents: int, weeks: int) -> list[Rows]:
    """One batch of rows per revision of a document, with stories that are assigned anew."""
    loads: list[Rows] = []
    for number in range(documents):
        day = FIRST + timedelta(days=int(rng.integers(0, weeks * 7)))
        for revision in range(1 if rng.random() < 0.7 else 2):
            document, name = f"d{number}", f"d{number}-{revision}"
            load: Rows = {"raw.documents": [], "raw.event_mentions": []}
            if revision == 0:
                load["raw.documents"].append({
                    "document_id": document, "dataset": "news", "source_id": "feed",
                    "canonical_url": f"https://x.example/{number}",
                    "publisher": f"Daily {number % 5}", "publisher_country_code": "RUS",
                    "publisher_is_state_controlled": number % 5 == 0, "first_seen_at": _noon(day),
                })  # fmt: skip
            load["raw.document_revisions"] = [{
                "revision_id": name, "document_id": document, "dataset": "news",
                "content_sha256": name, "text_sha256": name, "title": name, "language": "en",
                "published_at": _noon(day + timedelta(days=revision)),
                "fetched_at": _noon(day + timedelta(days=revision)),
                "known_at": _noon(day + timedelta(days=revision)), "known_at_basis": "fetched",
                "char_count": 10, "extractor": "made", "extractor_version": "1",
                "normalisation_version": 1, "run_id": "made",
            }]  # fmt: skip
            load["raw.document_stories"] = [
                {"revision_id": name, "story_id": f"s{int(rng.integers(documents))}",
                 "duplicate_level": "none", "method_version": version,
                 "assigned_at": _noon(day)}
                for version in range(1, 2 + int(rng.random() < 0.2))
            ]  # fmt: skip
            load["ops.coded_revisions"] = [{
                "revision_id": name, "coder_name": "rules", "coder_version": "1",
                "outcome": "coded", "mention_count": 1, "sentence_count": 1,
                "duration_seconds": 0.0, "coded_at": datetime(2020, 1, 1),
            }]  # fmt: skip
            for sentence in range(int(rng.integers(1, 4))):
                load["raw.event_mentions"].append(_mention(rng, name, document, sentence, day))
            loads.append(load)
    return loads


def _mention(
    rng: np.random.Generator, revision: str, document: str, sentence: int, published: date
) -> dict[str, Any]:
    source, target = PAIRS[int(rng.integers(2))][:: 1 if rng.random() < 0.5 else -1]
    act = ACTS[int(rng.integers(len(ACTS) - 2))] if rng.random() < 0.9 else ("REJECT", "deny")
    precision = ["day", "day", "day", "week", "month", "year", "unknown"][int(rng.integers(7))]
    start = published - timedelta(days=int(rng.integers(0, 25)))
    length = {"day": 0, "week": 6, "month": 29, "year": 364, "unknown": 0}[precision]
    status = ["occurred", "occurred", "occurred", "ongoing", "planned", "historical", "negated"]
    return {
        "mention_id": f"m-{revision}-{sentence}", "revision_id": revision, "document_id": document,
        "dataset": "news", "source_code": source, "target_code": target,
        "source_role": ["leader", "government"][int(rng.integers(2))],
        "target_role": "government", "source_name": "Kim" if rng.random() < 0.3 else None,
        "is_reciprocal": False, "party_count": 2 + int(rng.random() < 0.1) * 3,
        "event_type": act[0], "event_mode": act[1], "realis": "actual", "temporality": "past",
        "polarity": "affirmed", "status": status[int(rng.integers(len(status)))],
        "refers_to_type": "CONSULT" if act[1] == "deny" else None,
        "attribution": "[]",
        "attribution_kind": ["outlet", "official", "anonymous"][int(rng.integers(3))],
        "attribution_country_code": "RUS", "speaker_relation": "party",
        "event_date_start": None if precision == "unknown" else start,
        "event_date_end": None if precision == "unknown" else start + timedelta(days=length),
        "date_precision": precision, "date_basis": "none" if precision == "unknown" else "explicit",
        "place": ["Moscow", None][int(rng.integers(2))], "sentence_number": sentence,
        "sentence": f"Mention {sentence}.", "sentence_start": 0, "sentence_end": 1,
        "trigger_text": "x", "trigger_start": 0, "trigger_end": 1, "source_text": "x",
        "source_start": 0, "source_end": 1, "target_text": "x", "target_start": 0,
        "target_end": 1, "is_main_clause": True, "rule_id": "made",
        "confidence": round(float(rng.uniform(0.2, 0.9)), 2), "coder_name": "rules",
        "coder_version": "1", "coded_at": datetime(2020, 1, 1),
    }  # fmt: skip


def load(settings: Settings, batch: list[Rows]) -> None:
    with open_writer(settings) as con:
        for table in sorted({t for rows in batch for t, r in rows.items() if r}):
            rows = [row for one in batch for row in one.get(table, ())]
            con.register("_rows", pa.Table.from_pylist(rows))
            con.execute(f"insert into {table} by name select * from _rows")
            con.unregister("_rows")


def marts(settings: Settings) -> dict[str, tuple[list[tuple[Any, ...]], np.ndarray]]:
    """Every derived table: its rows without doubles, in order, and its doubles beside them."""
    tables = {}
    with duckdb.connect(str(settings.build_path), read_only=True) as con:
        for schema, table in con.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema in ('intermediate', 'marts')"
            " and not starts_with(table_name, 'int_touched') and table_name <> 'int_mentions_due'"
        ).fetchall():
            if table in IGNORED:
                continue
            columns = con.execute(
                "select column_name, data_type from information_schema.columns"
                " where table_schema = ? and table_name = ? order by ordinal_position",
                [schema, table],
            ).fetchall()
            doubles = [c for c, kind in columns if kind == "DOUBLE"]
            others = [c for c, kind in columns if kind != "DOUBLE" and c not in STAMPS]
            order = ", ".join([*others, *(f"round({d}, 6)" for d in doubles)])
            source = f"from {schema}.{table} order by {order}"
            exact = con.execute(f"select {', '.join(others)} {source}").fetchall()
            numbers = con.execute(f"select {', '.join(doubles) or '0.0'} {source}").fetchall()
            tables[f"{schema}.{table}"] = (exact, np.array(numbers, dtype=float))
    return tables


def assert_increments_equal_full(settings: Settings) -> None:
    stepwise = marts(settings)
    result = run_build(settings, full_refresh=True)
    assert result.ok, result.failures
    wrong = {}
    for name, (exact, numbers) in marts(settings).items():
        others, doubles = stepwise[name]
        if others != exact:
            wrong[name] = next(
                (pair for pair in zip(others, exact, strict=False) if pair[0] != pair[1]), "length"
            )
        elif not np.allclose(doubles, numbers, rtol=1e-12, atol=1e-12, equal_nan=True):
            wrong[name] = float(np.nanmax(np.abs(doubles - numbers)))
    assert not wrong


def standing_alarms(settings: Settings) -> tuple[set[str], set[str]]:
    """Ids of level alarms as the marts have them now, and as the ledger says that they stand."""
    with duckdb.connect(str(settings.build_path), read_only=True) as con:
        now = con.execute("select shift_id from intermediate.int_shift_alarms").fetchall()
        ledger = con.execute(
            "select shift_id from marts.fct_pair_shifts where measure = 'level' group by shift_id"
            " having max_by(status, recorded_at) <> 'withdrawn'"
        ).fetchall()
    return {s for (s,) in now}, {s for (s,) in ledger}


def run_history(settings: Settings, seed: int, rows: int, documents: int, weeks: int, steps: int
                ) -> None:  # fmt: skip
    rng = np.random.default_rng(seed)
    loads: list[Rows] = [
        {"raw.dataset_events": [row]} for row in data_set_rows(rng, rows, weeks)
    ] + news_rows(rng, documents, weeks)
    rng.shuffle(loads)  # type: ignore[arg-type]
    # the first step is most of it; every later one reaches back over the whole history
    cuts = [0, *sorted(rng.integers(len(loads) // 2, len(loads), steps - 1).tolist()), len(loads)]
    for number in range(steps):
        load(settings, loads[cuts[number] : cuts[number + 1]])
        result = run_build(settings)
        assert result.ok, result.failures
        assert (result.why_full == "") == (number > 0)
    now, ledger = standing_alarms(settings)
    assert now == ledger
    assert_increments_equal_full(settings)


def test_given_any_order_of_arrival_then_increments_equal_a_full_build(tmp_path):
    settings = Settings(home=tmp_path / "home")
    run_history(settings, seed=5, rows=1500, documents=60, weeks=170, steps=3)
    now, _ = standing_alarms(settings)
    assert now  # else shifts were compared with nothing
    # a row of a week that nobody had, before all others and after all others
    rng = np.random.default_rng(6)
    early, late = data_set_rows(rng, 2, 3)
    early |= {"event_date": FIRST - timedelta(weeks=30), "report_id": "early"}
    late |= {"event_date": FIRST + timedelta(weeks=190), "known_at": _noon(date(2019, 1, 1)),
             "report_id": "late"}  # fmt: skip
    load(settings, [{"raw.dataset_events": [early, late]}])
    assert run_build(settings).why_full == ""
    assert_increments_equal_full(settings)


@pytest.mark.bars
@pytest.mark.parametrize("seed", range(5))
def test_given_longer_histories_then_increments_equal_a_full_build(tmp_path, seed):
    run_history(
        Settings(home=tmp_path / "home"), seed, rows=20_000, documents=800, weeks=520, steps=8
    )
