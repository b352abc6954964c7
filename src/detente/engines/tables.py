"""Which tables travel: the facts that models read, and the marts as dbt described them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from detente.settings import Settings
from detente.warehouse.literals import literal

SCHEMAS = ("raw", "ops", "staging", "intermediate", "marts")

LOADED_IN_ORDER = "load_number"
"""The column that tells new rows from old ones, where a table has it."""


@dataclass(frozen=True, slots=True)
class Mart:
    """A model of schema ``marts``: name, description, and per column name, type, description."""

    name: str
    description: str
    columns: Sequence[tuple[str, str, str]]


def fact_tables(settings: Settings) -> list[str]:
    """Return the schema-qualified tables that the models declare as their sources."""
    path = settings.dbt_dir / "models" / "staging" / "_sources.yml"
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]
    return [f"{one['schema']}.{table['name']}" for one in declared for table in one["tables"]]


def marts(target_dir: Path) -> list[Mart]:
    """Return the marts of the last run of dbt, from its manifest."""
    manifest = json.loads((target_dir / "manifest.json").read_text(encoding="utf-8"))
    return [
        Mart(
            node["name"],
            node["description"],
            [
                (c["name"], c["data_type"], c.get("description") or "")
                for c in node["columns"].values()
            ],
        )
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    ]


def replace_marts(
    con: duckdb.DuckDBPyConnection, found: Iterator[tuple[Mart, str]] | Sequence[tuple[Mart, str]]
) -> None:
    """Replace the marts of the build file, in one transaction.

    Layers below the marts that an earlier build left there are removed: they would be published
    beside marts that do not follow from them.

    Args:
        con: the build file, open for writing.
        found: each mart and the relation or table function that its rows are read from.
    """
    con.execute("set preserve_insertion_order = false")
    con.execute("begin")
    try:
        con.execute("create schema if not exists marts")
        for schema in ("marts", "intermediate", "staging"):
            for kind, name in _objects(con, schema):
                con.execute(f'drop {kind} "{schema}"."{name}"')
        for mart, relation in found:
            columns = ", ".join(f'cast("{n}" as {kind}) as "{n}"' for n, kind, _ in mart.columns)
            con.execute(f'create table marts."{mart.name}" as select {columns} from {relation}')
            con.execute(f'comment on table marts."{mart.name}" is {literal(mart.description)}')
            for name, _, description in mart.columns:
                con.execute(
                    f'comment on column marts."{mart.name}"."{name}" is {literal(description)}'
                )
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")


def number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    """Answer a query for one number."""
    return int(con.execute(query).fetchall()[0][0])


def columns_of(con: duckdb.DuckDBPyConnection, database: str, table: str) -> list[tuple[str, str]]:
    """Return name and type of a table's columns, in order; none where there is no such table."""
    schema, name = table.split(".")
    return con.execute(
        "select column_name, data_type from duckdb_columns() where database_name = ?"
        " and schema_name = ? and table_name = ? order by column_index",
        [database, schema, name],
    ).fetchall()


def _objects(con: duckdb.DuckDBPyConnection, schema: str) -> list[tuple[str, Any]]:
    """Views first: they may read the tables."""
    return con.execute(
        "select 'view', view_name from duckdb_views()"
        " where schema_name = $1 and database_name = current_database() and not internal"
        " union all select 'table', table_name from duckdb_tables()"
        " where schema_name = $1 and database_name = current_database()"
        " order by 1 desc",
        [schema],
    ).fetchall()
