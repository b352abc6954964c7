"""One warehouse for all tests of the models: hand-made rows, built once with the real dbt project.

Data sets: `simulated` holds events of record (one row each) with known answers; `base` and its
variants hold mentions of texts, the same acts told otherwise.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from detente.settings import Settings
from detente.transform import compile_models, run_build
from detente.warehouse.writer import open_writer

Row = dict[str, Any]
FIRST = date(2010, 1, 4)  # a Monday
LAST_WEEK = 259
LAST = FIRST + timedelta(weeks=LAST_WEEK)


def week(number: int) -> date:
    """Monday of the week with this number, counted from `FIRST`."""
    return FIRST + timedelta(weeks=number)


# -- rows of the raw layer --------------------------------------------------------------------


@dataclass
class Raw:
    """Rows to be inserted, by table."""

    tables: dict[str, list[Row]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def add(self, table: str, **row: Any) -> None:
        self.tables.setdefault(table, []).append(row)

    def events(
        self, source: str, target: str, day: date, act: str, count: int = 1, **more: Any
    ) -> None:
        """Add rows of an event data set; `act` is TYPE/mode."""
        kind, mode = act.split("/")
        for _ in range(count):
            number = next(self.numbers)
            self.add("raw.dataset_events", **{
                "dataset": "simulated", "report_id": f"r{number}", "source_code": source,
                "target_code": target, "source_role": "government", "target_role": "government",
                "event_type": kind, "event_mode": mode, "event_date": day,
                "origin": "agency", "story_key": f"s{number}",
                "sentence": f"Made act {number}.", "known_at": _noon(day),
                "known_at_basis": "claimed", "loaded_at": _noon(day), **more,
            })  # fmt: skip

    def document(self, dataset: str, key: str, day: date, **more: Any) -> str:
        """Add a document with one revision; return the revision's id."""
        name = f"{dataset}-{key}"
        row = {"publisher": "Daily", "country": "GBR", "state": False, "story": name,
               "origin": None, "countries": ("PRK", "RUS"), **more}  # fmt: skip
        self.add("raw.documents", document_id=f"d-{name}", dataset=dataset, source_id="feed",
                 canonical_url=f"https://x.example/{name}", publisher=row["publisher"],
                 publisher_country_code=row["country"],
                 publisher_is_state_controlled=row["state"], first_seen_at=_noon(day))  # fmt: skip
        self.add("raw.document_revisions", revision_id=name, document_id=f"d-{name}",
                 dataset=dataset, content_sha256=name, text_sha256=name, title=name, language="en",
                 published_at=_noon(day), fetched_at=_noon(day), known_at=_noon(day),
                 known_at_basis="claimed", origin_publisher=row["origin"], char_count=100,
                 extractor="made", extractor_version="1", normalisation_version=1, run_id="made")  # fmt: skip
        self.add("raw.document_stories", revision_id=name, story_id=row["story"],
                 duplicate_level="none", method_version=1, assigned_at=_noon(day))  # fmt: skip
        for code in row["countries"]:
            self.add("raw.document_countries", revision_id=name, country_code=code,
                     mention_count=1, coder_version="1")  # fmt: skip
        self.add("ops.coded_revisions", revision_id=name, coder_name="rules", coder_version="1",
                 outcome="coded", mention_count=1, sentence_count=5, duration_seconds=0.1,
                 coded_at=datetime(2020, 1, 1))  # fmt: skip
        return name

    def mention(self, revision: str, dataset: str, act: str, day: date | None, **more: Any) -> None:
        """Add a mention of PRK acting upon RUS, unless said otherwise."""
        kind, mode = act.split("/")
        number = next(self.numbers)
        self.add("raw.event_mentions", **{
            "mention_id": f"m{number}", "revision_id": revision, "document_id": f"d-{revision}",
            "dataset": dataset, "source_code": "PRK", "target_code": "RUS",
            "source_role": "government", "target_role": "government", "is_reciprocal": False,
            "party_count": 2, "event_type": kind, "event_mode": mode, "realis": "actual",
            "temporality": "past", "polarity": "affirmed", "status": "occurred",
            "attribution": "[]", "attribution_kind": "outlet", "speaker_relation": "outlet",
            "event_date_start": day, "event_date_end": day,
            "date_precision": "day" if day else "unknown",
            "date_basis": "explicit" if day else "none", "sentence_number": 1,
            "sentence": f"Made mention {number}.", "sentence_start": 0, "sentence_end": 10,
            "trigger_text": "x", "trigger_start": 0, "trigger_end": 1, "source_text": "x",
            "source_start": 0, "source_end": 1, "target_text": "x", "target_start": 0,
            "target_end": 1, "is_main_clause": True, "rule_id": "made", "confidence": 0.7,
            "coder_name": "rules", "coder_version": "1", "coded_at": datetime(2020, 1, 1), **more,
        })  # fmt: skip

    def load(self, settings: Settings) -> None:
        with open_writer(settings) as con:
            for table, rows in self.tables.items():
                names = dict.fromkeys(itertools.chain.from_iterable(rows))
                columns = {n: [row.get(n) for row in rows] for n in names}
                con.register("_rows", pa.table(columns))
                con.execute(f"insert into {table} by name select * from _rows")
                con.unregister("_rows")


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12)


# -- what happened ----------------------------------------------------------------------------


def known_answers(raw: Raw) -> None:
    """Pairs of the data set `simulated` whose metrics are known by hand or from the design."""
    raw.events("AFG", "ALB", LAST, "ASSAULT/invade")  # a single event of weight -10
    for number in range(52):  # 4 a week at +2 for a year, then one crisis week, then silence
        raw.events("AGO", "ARG", week(number), "SUPPORT/praise", 4)
        raw.events("AUT", "AZE", week(number), "SUPPORT/praise", 4)
        raw.events("ARM", "AUS", week(number), "SUPPORT/praise", 40)
    raw.events("AGO", "ARG", week(52), "THREATEN/military", 40)
    # shares: all acts in one week, 19 weeks before the last (they weigh .6 then)
    at = week(LAST_WEEK - 19)
    for hub, partner, other, k, k_other in (
        ("PRK", "RUS", "CHN", 3, 12),
        ("UKR", "USA", "RUS", 28, 32),
        ("TUR", "RUS", "USA", 280, 320),
    ):
        raw.events(hub, partner, at, "SUPPORT/praise", k)
        raw.events(hub, other, at, "SUPPORT/praise", k_other)
    # a share that turns from 1 of 6 to 5 of 6, and a volume that goes from 2-4 to 8-10 a week
    for number in range(LAST_WEEK + 1):
        turned = number >= 150
        raw.events("CAN", "USA", week(number), "SUPPORT/praise", 5 if turned else 1)
        raw.events("CAN", "CHN", week(number), "SUPPORT/praise", 1 if turned else 5)
        raw.events("BEL", "BOL", week(number), "SUPPORT/praise", 2 + number % 3 + 6 * turned)


def base_story(raw: Raw, dataset: str, variant: str) -> None:
    """Tell the same history: visits, deals, threats of PRK and RUS, and what never counts."""
    acts = (
        ("CONSULT/visit", 0), ("AGREE/agree", 2), ("AID/economic", 3), ("THREATEN/warn", 5),
        ("CONSULT/meet", 8), ("COOPERATE/military", 11), ("SUPPORT/praise", 13),
        ("ACCUSE/condemn", 15), ("CONSULT/visit", 20), ("AGREE/sign", 24), ("AID/military", 27),
        ("SUPPORT/back", 30),
    )  # fmt: skip
    told = [(number, act, week(weeks) + timedelta(days=2)) for number, (act, weeks) in
            enumerate(acts)]  # fmt: skip
    if variant == "shuffled":
        told.reverse()
    for number, act, day in told:
        reports = {"reprints": 100 if number == 1 else 1, "covered": 6}.get(variant, 1)
        for report in range(reports):
            same = variant == "reprints"
            revision = raw.document(
                dataset, f"{number}-{report}", day + timedelta(days=1),
                story=f"{dataset}-story-{number}",
                publisher=f"Daily {report}", origin="Agency" if same else f"Agency {report}",
            )  # fmt: skip
            raw.mention(revision, dataset, act, day)
    # what never happened: planned, possible, denied, a fortnight after the last act
    for number, status in enumerate(("planned", "possible", "hypothetical", "negated")):
        day = week(33)
        revision = raw.document(dataset, f"never-{status}", day)
        raw.mention(revision, dataset, "CONSULT/visit", day + timedelta(days=number),
                    status=status, realis="announced",
                    polarity="negated" if status == "negated" else "affirmed")  # fmt: skip
    # weeks 34 and 35: nothing is ingested; week 36: a document without an event
    raw.document(dataset, "quiet", week(36))


def announcements(raw: Raw) -> None:
    """Announced visits and what became of them (data set `watch`)."""
    state = {"publisher": "KCNA", "country": "PRK", "state": True}

    def announce(key: str, target: str, told: date, day: date, **more: Any) -> None:
        revision = raw.document("watch", key, told, countries=("PRK", target), **state)
        raw.mention(revision, "watch", "CONSULT/visit", day, target_code=target,
                    status="planned", realis="announced", temporality="future",
                    source_role="state_leader", source_name="Kim", **more)  # fmt: skip

    def happens(key: str, target: str, day: date, role: str, name: str) -> None:
        revision = raw.document("watch", key, day + timedelta(days=1), countries=("PRK", target))
        raw.mention(revision, "watch", "CONSULT/visit", day, target_code=target,
                    source_role=role, source_name=name)  # fmt: skip

    official = {"attribution_kind": "official"}
    announce("a", "RUS", week(0), week(6), attribution_country_code="PRK", **official)
    announce("b", "RUS", week(1), week(6), attribution_country_code="RUS", **official)
    happens("c", "RUS", week(6), "state_leader", "Kim")
    announce("d", "CHN", week(20), week(24), attribution_country_code="PRK", **official)
    happens("e", "CHN", week(24), "foreign_minister", "Ri")  # somebody else went
    announce("f", "VNM", week(40), week(44), attribution_country_code="PRK", **official)  # never


def journeys(raw: Raw) -> None:
    """An invited leader who sends another, and a rumour that officials' visits do not settle."""

    def told(key: str, target: str, day: date, act: str, **more: Any) -> None:
        revision = raw.document("journey", key, day, countries=("PRK", target))
        raw.mention(
            revision, "journey", act, more.pop("on", None), **{"target_code": target, **more}
        )

    parade = week(20)
    visit = {"refers_to_type": "CONSULT", "refers_to_mode": "visit",
             "refers_to_date_start": parade, "refers_to_date_end": parade}  # fmt: skip
    leader = {"source_role": "state_leader", "source_name": "Kim"}
    told("invited", "RUS", week(0), "CONSULT/invite", on=week(0), source_code="RUS",
         target_code="PRK", target_role="state_leader", attribution_kind="official",
         attribution_country_code="RUS", **visit)  # fmt: skip
    told("cancelled", "RUS", week(18), "REJECT/cancel", on=week(18), **leader, **visit)
    told("sent", "RUS", parade, "CONSULT/visit", on=parade, source_name="Choe",
         source_role="nominal_head_of_state")  # fmt: skip
    told("rumour", "CHN", week(0), "CONSULT/visit", status="possible", realis="possible",
         temporality="future", **leader)  # fmt: skip
    told("official", "CHN", week(4), "CONSULT/visit", on=week(4), source_name="Ri")
    told("host", "CHN", week(6), "CONSULT/visit", on=week(6), source_code="CHN",
         target_code="PRK", source_role="state_leader", source_name="Xi")  # fmt: skip


# -- built once ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Built:
    """The built warehouse; `ask` runs SQL on it."""

    settings: Settings

    def ask(self, sql: str, *parameters: Any) -> list[Row]:
        with duckdb.connect(str(self.settings.build_path), read_only=True) as con:
            answer = con.execute(sql, list(parameters) or None)
            names = [d[0] for d in answer.description or ()]
            return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def one(self, sql: str, *parameters: Any) -> Row:
        (row,) = self.ask(sql, *parameters)
        return row


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Built:
    settings = Settings(home=tmp_path_factory.mktemp("models"))
    raw = Raw()
    known_answers(raw)
    for variant in ("base", "reprints", "covered", "shuffled"):
        base_story(raw, variant, variant)
    announcements(raw)
    journeys(raw)
    raw.load(settings)
    result = run_build(settings)
    assert result.ok, "\n".join(result.failures)
    return Built(settings)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory) -> Path:
    return compile_models(Settings(home=tmp_path_factory.mktemp("compiled")))


@pytest.fixture
def derive(built, compiled, tmp_path) -> Callable[..., list[Row]]:
    """Run one compiled model over hand-made rows of what it reads; columns left out are NULL."""

    def run(model: str, order: str = "all", **inputs: Sequence[Row]) -> list[Row]:
        (path,) = compiled.rglob(f"{model}.sql")
        with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:  # as models name it
            con.execute(f"attach '{built.settings.build_path}' as donor (read_only)")
            for table, columns, rows in _everything(con, inputs):
                con.execute(f"create schema if not exists {table.split('.')[0]}")
                con.execute(f"create or replace table {table} ({columns})")
                for row in rows:
                    marks = ", ".join("?" * len(row))
                    con.execute(
                        f"insert into {table} ({', '.join(row)}) values ({marks})",
                        list(row.values()),
                    )
            answer = con.execute(f"select * from ({path.read_text()}) order by {order}")
            names = [d[0] for d in answer.description or ()]
            return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    return run


def _everything(
    con: duckdb.DuckDBPyConnection, inputs: dict[str, Sequence[Row]]
) -> Iterable[tuple[str, str, Sequence[Row]]]:
    """Give every table of the warehouse: name, columns with types, its rows (none unless named)."""
    found = con.execute("""
        select schema_name || '.' || table_name, table_name,
            string_agg(column_name || ' ' || data_type, ', ' order by column_index)
        from duckdb_columns()
        where database_name = 'donor' and schema_name in ('staging', 'intermediate', 'marts')
        group by all
    """).fetchall()
    unknown = set(inputs) - {name for _, name, _ in found}
    assert not unknown, f"no such model: {unknown}"
    for table, name, columns in found:
        yield table, columns, inputs.get(name, ())


@pytest.fixture
def hand_made() -> tuple[Raw, Callable[[int], date]]:
    """Rows to be added to a built warehouse, numbered after those in it; and the weeks' Mondays."""
    return Raw(numbers=itertools.count(1_000_000)), week
