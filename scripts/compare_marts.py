"""Compare the marts of two warehouses row by row: the same facts, built by two engines or twice.

    python scripts/compare_marts.py A.duckdb B.duckdb

Rows are matched by each mart's key (its `unique_key` test). Everything but doubles must be equal,
doubles to 1e-9 of their size. What says when it was made is left out. Prints rows compared and the
largest difference; exit code 1 where they differ.
"""

from __future__ import annotations

import argparse
import sys
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


def compare(first: Path, second: Path) -> list[Comparison]:
    """Compare all marts of two files.

    Raises:
        ValueError: they do not hold the same marts with the same columns.
    """
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        con.execute(f"attach '{first}' as a (read_only)")
        con.execute(f"attach '{second}' as b (read_only)")
        shapes = [
            con.execute(
                "select table_name, list((column_name, data_type) order by column_index)"
                " from duckdb_columns() where database_name = ? and schema_name = 'marts'"
                " group by all order by all",
                [side],
            ).fetchall()
            for side in ("a", "b")
        ]
        if shapes[0] != shapes[1]:
            raise ValueError(
                f"not the same marts: {set(map(repr, shapes[0])) ^ set(map(repr, shapes[1]))}"
            )
        known = keys()
        return [
            _compare(con, mart, columns, known.get(mart, []))
            for mart, columns in shapes[0]
            if mart not in OWN_BOOKS
        ]


def _compare(
    con: duckdb.DuckDBPyConnection, mart: str, columns: list[tuple[str, str]], key: list[str]
) -> Comparison:
    doubles = [n for n, kind in columns if kind == "DOUBLE" and n not in key]
    others = [n for n, kind in columns if kind != "DOUBLE" and n not in STAMPS and n not in key]
    if not key:  # a single row
        key, others = others[:1], others[1:]
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
            count_if(a._here is null or b._here is null),
            count_if(a._here and b._here and ({apart or "false"})),
            coalesce(max(greatest(0, {sizes or "0"})) filter (a._here and b._here), 0)
        from (select *, true as _here from a.marts.{mart}) as a
        full join (select *, true as _here from b.marts.{mart}) as b on {keyed}
        """
    ).fetchall()[0]
    return Comparison(mart, rows, alone, unequal, largest)


def differing(first: Path, second: Path, mart: str, most: int = 5) -> list[tuple[object, ...]]:
    """Return rows that only one of both has, doubles rounded, to see what differs."""
    with duckdb.connect() as con:
        con.execute(f"attach '{first}' as a (read_only)")
        con.execute(f"attach '{second}' as b (read_only)")
        columns = con.execute(
            "select column_name, data_type from duckdb_columns() where database_name = 'a'"
            " and schema_name = 'marts' and table_name = ? order by column_index",
            [mart],
        ).fetchall()
        shown = ", ".join(
            f"round({n}, 8) as {n}" if kind == "DOUBLE" else n
            for n, kind in columns
            if n not in STAMPS
        )
        sides = [f"select {shown} from {side}.marts.{mart}" for side in "ab"]
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
