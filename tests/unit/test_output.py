"""Rows leave as a table, JSON or CSV without losing or changing a value."""

import csv
import io
import json
from datetime import date, datetime

import duckdb

from detente.output import Result, emit, to_csv, to_json

RESULT = Result(
    ("day", "at", "text", "share", "none", "ok"),
    ((date(2015, 1, 19), datetime(2015, 1, 19, 8, 30), '[red]"a", b[/red]', 0.25, None, True),),
)


def test_given_json_then_types_survive():
    assert json.loads(to_json(RESULT)) == [
        {
            "day": "2015-01-19",
            "at": "2015-01-19 08:30:00",
            "text": '[red]"a", b[/red]',
            "share": 0.25,
            "none": None,
            "ok": True,
        }
    ]


def test_given_csv_then_it_reads_back():
    (row,) = csv.DictReader(io.StringIO(to_csv(RESULT)))
    assert row["text"] == '[red]"a", b[/red]' and row["none"] == "" and row["share"] == "0.25"


def test_given_markup_in_a_strangers_text_then_the_table_shows_it_as_text(capsys):
    emit(RESULT, "table", title="t")
    assert "[red]" in capsys.readouterr().out


def test_given_no_rows_then_the_table_says_so_and_json_stays_json(capsys):
    empty = Result(("a",), ())
    emit(empty, "table", title="shifts", empty="not enough data")
    assert capsys.readouterr().out == "shifts: not enough data\n"
    emit(empty, "json")
    assert json.loads(capsys.readouterr().out) == []


def test_given_a_limit_then_no_more_rows_are_taken():
    with duckdb.connect() as con:
        assert len(Result.of(con, "select range from range(100)", limit=7).rows) == 7
