"""Hold the sample's events of record against its chronology, row by row.

Not an accuracy figure: we wrote the texts. It shows whether anything planned, possible,
hypothetical or retold was counted as an event. Run: `python benchmarks/sample_chronology.py`.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import yaml

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "seeds" / "sample_news"
SLACK = timedelta(days=7)
"""Publication dates stand in for missing event dates, so a match may be some days late."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One event of record and how it stands to the chronology."""

    event_id: str
    kind: str
    detail: str


def _rows() -> dict[str, dict[str, str]]:
    with (SAMPLE / "chronology.csv").open(newline="", encoding="utf-8") as source:
        return {r["chronology_id"]: r for r in csv.DictReader(source)}


def _front_matter() -> dict[str, dict]:
    found = {}
    for path in (SAMPLE / "documents").rglob("*.md"):
        meta = yaml.safe_load(path.read_text(encoding="utf-8").split("---\n", 2)[1])
        found[meta["url"]] = meta
    return found


def check(con: duckdb.DuckDBPyConnection) -> list[Verdict]:
    """Return a verdict for every scored event between states in the sample."""
    rows, documents = _rows(), _front_matter()
    events = con.execute(
        """select e.event_id, e.pair_id, e.event_type, e.event_mode, e.is_cooperative,
            e.is_act_about_act, e.event_date_start, e.headline_sentence,
            list(distinct d.canonical_url)
        from marts.fct_events as e
        join marts.fct_event_mentions as m
            on e.event_id = m.event_id and e.dataset = m.dataset and m.is_counted
        join marts.dim_documents as d on m.document_id = d.document_id
        where e.dataset = 'sample' and e.is_scored and e.is_state_to_state
        group by all order by e.event_date_start, e.event_id"""
    ).fetchall()
    return [_judge(rows, documents, *event) for event in events]


def _judge(
    rows, documents, event_id, pair, kind, mode, cooperative, about, day, text, urls
) -> Verdict:
    act = f'{day} {pair} {kind}/{mode or ""} "{text}"'
    metas = [documents[u] for u in urls if u in documents]
    own = [rows[r] for m in metas for r in m["chronology"]]
    retold = [rows[r] for m in metas for r in m["retells"]]
    same = [r for r in own if r["pair_id"] == pair]
    if not same:
        if any(_near(r, day) and r["pair_id"] == pair for r in retold):
            return Verdict(event_id, "retold", act)
        return Verdict(event_id, "another pair" if own else "no act in the text", act)
    occurred = [r for r in same if r["status"] == "occurred"]
    if not occurred and not about:
        return Verdict(event_id, "not occurred: " + same[0]["status"], act)
    fitting = [r for r in occurred if _near(r, day)] or ([] if not about else same)
    if not fitting:
        if any(_near(r, day) for r in retold if r["pair_id"] == pair):
            return Verdict(event_id, "retold", act)
        return Verdict(event_id, "another date", f"{act} (row: {same[0]['event_date_start']})")
    wanted = {r["direction"] == "cooperative" for r in fitting}
    if cooperative is not None and cooperative not in wanted:
        return Verdict(event_id, "other direction", f"{act} (row: {fitting[0]['summary']})")
    return Verdict(event_id, "fits", act)


def _near(row: dict[str, str], day: date) -> bool:
    start, end = (date.fromisoformat(row[f"event_date_{x}"]) for x in ("start", "end"))
    return start - SLACK <= day <= end + SLACK


def covered(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Return (rows that occurred and have an event of record in time, rows that occurred)."""
    rows = [r for r in _rows().values() if r["status"] == "occurred"]
    events: dict[str, list[date]] = {}
    for pair, day in con.execute(
        "select pair_id, event_date_start from marts.fct_events where dataset = 'sample'"
    ).fetchall():
        events.setdefault(pair, []).append(day)
    found = sum(any(_near(r, d) for d in events.get(r["pair_id"], [])) for r in rows)
    return found, len(rows)


def main() -> None:
    """Print counts by kind, every miss, and how many rows are covered."""
    from detente.settings import get_settings
    from detente.warehouse.reader import open_snapshot, snapshot_path

    with open_snapshot(snapshot_path(get_settings())) as con:
        verdicts, (found, total) = check(con), covered(con)
    for kind, count in Counter(v.kind for v in verdicts).most_common():
        print(f"{count:5}  {kind}")
    print(f"{found} of {total} rows that occurred have an event of record of their pair in time")
    for verdict in verdicts:
        if verdict.kind != "fits":
            print(f"\n{verdict.kind}\n  {verdict.detail}")


if __name__ == "__main__":
    main()
