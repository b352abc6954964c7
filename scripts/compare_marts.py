"""Compare the marts of two warehouses row by row: the same facts, built by two engines or twice.

    python scripts/compare_marts.py A.duckdb B.duckdb

Rows are matched by each mart's key (its `unique_key` test). Everything but doubles must be equal,
doubles to 1e-9 of their size. What says when it was made is left out. Prints rows compared and the
largest difference; exit code 1 where they differ.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import yaml

from detente.settings import find_project_dir

TOLERANCE = 1e-9
# When it was made, and the parameters' own text
STAMPS = {"built_at", "recorded_at"}
# What this machine did, not what follows from the news: one more row with every attempt to build
OWN_BOOKS = {"fct_ingest_attempts"}

_Relations = dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a mart of two warehouses compares; ``unequal`` counts rows, ``largest`` is relative."""

    mart: str
    rows: int
    only_one_side: int
    unequal: int
    largest: float

    @property
    def is_equal(self) -> bool:
        return not self.only_one_side and not self.unequal and self.largest <= TOLERANCE


def keys() -> dict[str, list[str]]:
    """Return the columns that identify a row, by mart, as its tests say."""
    found = {}
    for path in (find_project_dir() / "dbt_project" / "models" / "marts").rglob("*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models") or ():
            for test in model.get("data_tests") or ():
                if isinstance(test, dict) and "unique_key" in test:
                    found[model["name"]] = test["unique_key"]["arguments"]["columns"]
    return found


@contextmanager
def _both(first: Path, second: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, _Relations]]:
    """Attach two files as a and b; give per mart what to read on each side.

    Views name the database that they were made in, and both files bear one name: each file's views
    are read by a connection of its own.
    """
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        relations: _Relations = {}
        for side, path in (("a", first), ("b", second)):
            with duckdb.connect(str(path), read_only=True) as alone:
                for (name,) in alone.execute(
                    "select view_name from duckdb_views() where schema_name = 'marts'"
                ).fetchall():
                    file = f"{folder}/{side}-{name}.parquet"
                    alone.execute(f"copy (select * from marts.{name}) to '{file}'")
                    relations[side, name] = f"read_parquet('{file}')"
            con.execute(f"attach '{path}' as {side} (read_only)")
            for (name,) in con.execute(
                "select table_name from duckdb_tables()"
                " where database_name = ? and schema_name = 'marts'",
                [side],
            ).fetchall():
                relations[side, name] = f"{side}.marts.{name}"
        yield con, relations


def compare(first: Path, second: Path) -> list[Comparison]:
    """Compare all marts of two files.

    Raises:
        ValueError: they do not hold the same marts with the same columns.
    """
    known = keys()
    with _both(first, second) as (con, relations):
        found = []
        for mart in sorted({name for _, name in relations} - OWN_BOOKS):
            shapes = [_columns(con, relations.get((side, mart))) for side in "ab"]
            if shapes[0] != shapes[1]:
                raise ValueError(f"{mart} is not the same table: {shapes[0]}, {shapes[1]}")
            sides = (relations["a", mart], relations["b", mart])
            key = [column for column in known.get(mart, []) if column not in STAMPS]
            found.append(_compare(con, mart, sides, shapes[0], key))
        return found


def _columns(con: duckdb.DuckDBPyConnection, relation: str | None) -> list[tuple[str, str]]:
    if relation is None:
        return []
    described = con.execute(f"describe select * from {relation}").fetchall()
    return [(name, kind) for name, kind, *_ in described]


def _compare(
    con: duckdb.DuckDBPyConnection,
    mart: str,
    sides: tuple[str, str],
    columns: list[tuple[str, str]],
    key: list[str],
) -> Comparison:
    doubles = [n for n, kind in columns if kind == "DOUBLE" and n not in key]
    others = [n for n, kind in columns if kind != "DOUBLE" and n not in STAMPS and n not in key]
    numbered = "0"
    if not key:  # rows that are alike are told apart by a number
        key, others = [*others, "_copy"], []
        numbered = f"row_number() over (partition by {', '.join(key[:-1])})"
    keyed = " and ".join(f"a.{k} is not distinct from b.{k}" for k in key)
    apart = " or ".join(
        [f"a.{n} is distinct from b.{n}" for n in others]
        + [f"(a.{n} is null) <> (b.{n} is null)" for n in doubles]
    )
    sizes = ", ".join(
        f"case when a.{n} = b.{n} then 0 else"
        f" abs(a.{n} - b.{n}) / greatest(1, abs(a.{n}), abs(b.{n})) end"
        for n in doubles
    )
    rows, alone, unequal, largest = con.execute(
        f"""
        select
            count(*),
            coalesce(count_if(a._here is null or b._here is null), 0),
            coalesce(count_if(a._here and b._here and ({apart or "false"})), 0),
            coalesce(max(greatest(0, {sizes or "0"})) filter (a._here and b._here), 0)
        from (select *, true as _here, {numbered} as _copy from {sides[0]}) as a
        full join (select *, true as _here, {numbered} as _copy from {sides[1]}) as b on {keyed}
        """
    ).fetchall()[0]
    return Comparison(mart, rows, alone, unequal, largest)


def differing(first: Path, second: Path, mart: str, most: int = 5) -> list[tuple[object, ...]]:
    """Return rows that only one of both has, doubles rounded, to see what differs."""
    with _both(first, second) as (con, relations):
        columns = _columns(con, relations["a", mart])
        shown = ", ".join(
            f"round({n}, 8) as {n}" if kind == "DOUBLE" else n
            for n, kind in columns
            if n not in STAMPS
        )
        sides = [f"select {shown} from {relations[side, mart]}" for side in "ab"]
        return [
            (side, *row)
            for side, one, other in (("a", *sides), ("b", *sides[::-1]))
            for row in con.execute(f"{one} except all {other} order by all limit {most}").fetchall()
        ]


def main() -> int:
    """Print a line per mart, and the sum."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    arguments = parser.parse_args()
    found = compare(arguments.first, arguments.second)
    for one in found:
        print(
            f"{'ok  ' if one.is_equal else 'DIFF'} {one.mart:32} {one.rows:>10} rows"
            f"  {one.only_one_side} on one side, {one.unequal} unequal, {one.largest:.1e}"
        )
        if not one.is_equal:
            for row in differing(arguments.first, arguments.second, one.mart):
                print("    ", *row)
    print(
        f"{sum(c.rows for c in found)} rows of {len(found)} marts,"
        f" largest difference {max(c.largest for c in found):.1e}"
    )
    return 0 if all(c.is_equal for c in found) else 1


if __name__ == "__main__":
    sys.exit(main())
