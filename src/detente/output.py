"""Rows on a terminal, as JSON or as CSV: one form for every command."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.table import Table

Format = Literal["table", "json", "csv"]


@dataclass(frozen=True, slots=True)
class Result:
    """A table of rows: column names and values as the database gave them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    @classmethod
    def of(
        cls,
        con: duckdb.DuckDBPyConnection,
        sql: str,
        parameters: Any = None,
        limit: int | None = None,
    ) -> Result:
        """Run a query and take its rows (at most ``limit``)."""
        con.execute(sql, parameters if parameters is not None else [])
        columns = tuple(d[0] for d in con.description or ())
        rows = con.fetchall() if limit is None else con.fetchmany(limit)
        return cls(columns, tuple(rows))

    @classmethod
    def of_dicts(cls, items: Sequence[dict[str, Any]]) -> Result:
        """Take dicts that share their keys."""
        columns = tuple(items[0]) if items else ()
        return cls(columns, tuple(tuple(i[c] for c in columns) for i in items))

    def dicts(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return value if isinstance(value, (int, str, bool)) or value is None else str(value)


def _cell(value: Any) -> str:
    value = _plain(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}"
    return str(value)


def to_json(result: Result) -> str:
    """Return a JSON array with one object per row."""
    return json.dumps(
        [{k: _plain(v) for k, v in d.items()} for d in result.dicts()], ensure_ascii=False, indent=1
    )


def to_csv(result: Result) -> str:
    """Return CSV with a header; NULL is an empty field."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(result.columns)
    writer.writerows(["" if v is None else _plain(v) for v in row] for row in result.rows)
    return buffer.getvalue()


def emit(
    result: Result,
    form: Format = "table",
    *,
    title: str | None = None,
    caption: str | None = None,
    empty: str = "no rows",
) -> None:
    """Print the result on standard output. Title, caption and 'no rows' belong to tables only."""
    if form == "json":
        print(to_json(result))
        return
    if form == "csv":
        print(to_csv(result), end="")
        return
    console = Console(highlight=False)
    if not result.rows:
        console.print(f"{title}: {empty}" if title else empty, markup=False)
        return
    table = Table(title=title, caption=caption, title_justify="left", caption_justify="left")
    for position, column in enumerate(result.columns):
        numeric = any(
            isinstance(r[position], (int, float)) and not isinstance(r[position], bool)
            for r in result.rows
        )
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in result.rows:
        # Texts come from strangers: markup in them is text.
        table.add_row(*(escape(_cell(v)) for v in row))
    console.print(table)
