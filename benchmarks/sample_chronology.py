"""Hold the sample's events of record against its chronology, row by row, and against a reading.

Not an accuracy figure: we wrote the texts. It shows whether anything planned, possible,
hypothetical or retold was counted as an event. `sample_chronology_readings.csv` holds what a person
made of each event (columns: pair, day, who acts, type, mode, reading, reason); an event that nobody
has read is named. Run: `python benchmarks/sample_chronology.py` after `detente run
seeds/sample_news/documents` in a home of its own; `--trip` adds what the warehouse knew of the
journey to Moscow of May 2015 at the end of each month.
"""

from __future__ import annotations

import csv
import json
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import yaml

import results
from detente.settings import Settings, get_settings
from detente.warehouse.reader import open_snapshot, snapshot_path

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "seeds" / "sample_news"
READINGS = Path(__file__).with_name("sample_chronology_readings.csv")
SLACK = timedelta(days=7)
"""Publication dates stand in for missing event dates, so a match may be some days late."""
TRIP = ("2014-12-31", "2015-01-31", "2015-02-28", "2015-03-31", "2015-04-29", "2015-05-31")

Key = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Event:
    """One scored event between states, as the warehouse has it.

    ``is_cooperative`` is false for every act about an act (they are shown, not weighed).
    """

    event_id: str
    pair_id: str
    source_code: str
    event_type: str
    event_mode: str
    is_cooperative: bool
    is_act_about_act: bool
    day: date
    sentence: str
    urls: tuple[str, ...]

    @property
    def key(self) -> Key:
        return self.pair_id, str(self.day), self.source_code, self.event_type, self.event_mode


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an event stands to the chronology, and what was made of it by reading."""

    event: Event
    kind: str
    row: str
    reading: str
    reason: str


def chronology() -> dict[str, dict[str, str]]:
    """Return the chronology's rows by id."""
    with (SAMPLE / "chronology.csv").open(newline="", encoding="utf-8") as source:
        return {r["chronology_id"]: r for r in csv.DictReader(source)}


def readings() -> dict[Key, tuple[str, str]]:
    """Return (reading, reason) by event."""
    with READINGS.open(newline="", encoding="utf-8") as source:
        return {
            (r["pair_id"], r["day"], r["source_code"], r["event_type"], r["event_mode"]): (
                r["reading"],
                r["reason"],
            )
            for r in csv.DictReader(source)
        }


def _front_matter() -> dict[str, dict[str, Any]]:
    found = {}
    for path in (SAMPLE / "documents").rglob("*.md"):
        meta = yaml.safe_load(path.read_text(encoding="utf-8").split("---\n", 2)[1])
        found[meta["url"]] = meta
    return found


def events_of_record(con: duckdb.DuckDBPyConnection) -> list[Event]:
    """Return every scored event between states in the sample."""
    rows = con.execute(
        """select e.event_id, e.pair_id, e.source_code, e.event_type, coalesce(e.event_mode, ''),
            e.is_cooperative, e.is_act_about_act, e.event_date_start, e.headline_sentence,
            list(distinct d.canonical_url)
        from marts.fct_events as e
        join marts.fct_event_mentions as m
            on e.event_id = m.event_id and e.dataset = m.dataset and m.is_counted
        join marts.dim_documents as d on m.document_id = d.document_id
        where e.dataset = 'sample' and e.is_scored and e.is_state_to_state
        group by all order by e.pair_id, e.event_date_start, e.event_type, e.event_id"""
    ).fetchall()
    return [Event(*row[:-1], tuple(row[-1])) for row in rows]


def check(con: duckdb.DuckDBPyConnection) -> list[Verdict]:
    """Return a verdict for every scored event between states in the sample."""
    rows, documents, read = chronology(), _front_matter(), readings()
    found = []
    for event in events_of_record(con):
        kind, row = _judge(rows, documents, event)
        found.append(Verdict(event, kind, row, *read.get(event.key, ("unread", ""))))
    return found


def _judge(
    rows: dict[str, dict[str, str]], documents: dict[str, dict[str, Any]], event: Event
) -> tuple[str, str]:
    metas = [documents[u] for u in event.urls if u in documents]
    own = [rows[r] for m in metas for r in m["chronology"]]
    told_again = [rows[r] for m in metas for r in m["retells"] if rows[r] not in own]
    same = [r for r in own if r["pair_id"] == event.pair_id]
    if not same:
        again = [r for r in told_again if r["pair_id"] == event.pair_id]
        if again or not own:
            return "only retold in the text", _ids(again)
        return "row of another pair", _ids(own)
    if event.is_act_about_act:
        # an invitation, acceptance, cancellation is weighed on no side, whatever its row says
        return "fits", _ids(same)
    occurred = [r for r in same if r["status"] == "occurred"]
    if not occurred:
        return "row " + same[0]["status"], _ids(same)
    fitting = [r for r in occurred if _near(r, event.day)]
    if not fitting:
        return "another date", _ids(same)
    if event.is_cooperative in {r["direction"] == "cooperative" for r in fitting}:
        return "fits", _ids(fitting)
    if event.event_type == "REQUEST" and any(r["event_type"] == "REQUEST" for r in fitting):
        # 'urged to refrain': hostile in the chronology, verbal cooperation (+0.5) in the type table
        return "appeal", _ids(fitting)
    return "other direction", _ids(fitting)


def _ids(rows: list[dict[str, str]]) -> str:
    return " ".join(dict.fromkeys(r["chronology_id"] for r in rows))


def _near(row: dict[str, str], day: date) -> bool:
    start, end = (date.fromisoformat(row[f"event_date_{x}"]) for x in ("start", "end"))
    return start - SLACK <= day <= end + SLACK


def covered(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Return (rows that occurred and have an event of record in time, rows that occurred)."""
    rows = [r for r in chronology().values() if r["status"] == "occurred"]
    events: dict[str, list[date]] = {}
    for pair, day in con.execute(
        "select pair_id, event_date_start from marts.fct_events where dataset = 'sample'"
    ).fetchall():
        events.setdefault(pair, []).append(day)
    found = sum(any(_near(r, d) for d in events.get(r["pair_id"], [])) for r in rows)
    return found, len(rows)


def trip(settings: Settings) -> list[dict[str, object]]:
    """What a build at the end of each month says of the journey to Moscow of May 2015."""
    from detente import transform

    lives = []
    for cut in TRIP:
        with tempfile.TemporaryDirectory() as folder:
            home = settings.model_copy(update={"home": Path(folder)})
            home.build_path.parent.mkdir(parents=True)
            shutil.copy(settings.build_path, home.build_path)
            arguments = ["build", "--full-refresh", "--select", "+fct_watch_items",
                         "--exclude", "resource_type:test",
                         "--vars", json.dumps({"as_of": f"{cut} 23:59:59"})]  # fmt: skip
            if not transform._invoke(home, arguments).success:
                raise RuntimeError(f"no build as of {cut}")
            with duckdb.connect(str(home.build_path), read_only=True) as con:
                for life in results.rounded_rows(
                    con,
                    """select source_code as guest, target_code as host, principal_name, stage,
                        outcome, announced_as, guest_confirmed, host_confirmed,
                        window_start, window_end, cancelled_at, occurred_at, p_occurs
                    from marts.fct_watch_items
                    where dataset = 'sample' and pair_id = 'PRK-RUS'
                        and reported_at between '2014-12-01' and '2015-05-31'
                    order by reported_at""",
                ):
                    lives.append({"as_of": cut, **life})
    return lives


def main() -> None:
    """Print counts by kind and reading, every event that is not right, and write the result."""
    settings = get_settings()
    with open_snapshot(snapshot_path(settings)) as con:
        verdicts, (found, total) = check(con), covered(con)
        version = con.execute("select max(coder_version) from marts.fct_event_mentions").fetchone()
    gone = len(set(readings()) - {v.event.key for v in verdicts})
    listed = [
        {
            "reading": v.reading,
            "reason": v.reason,
            "chronology": f"{v.kind}: {v.row}".rstrip(": "),
            "event": " ".join(v.event.key),
            "sentence": v.event.sentence,
        }
        for v in verdicts
        if v.reading not in ("right", "extra")
    ]
    figures: dict[str, Any] = {
        "coder_version": version[0] if version else None,
        "events": len(verdicts),
        "by_chronology": dict(Counter(v.kind for v in verdicts).most_common()),
        "by_reading": dict(Counter(v.reading for v in verdicts).most_common()),
        "read_earlier_and_gone": gone,
        "rows_that_occurred": total,
        "rows_with_an_event_of_their_pair_in_time": found,
        "not_right": sorted(listed, key=lambda x: (x["reading"], x["event"])),
    }
    if "--trip" in sys.argv:
        figures["moscow_trip"] = trip(settings)
    results.record("sample_chronology", figures)


if __name__ == "__main__":
    main()
