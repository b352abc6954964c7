"""DuckLake: Parquet files on shared storage, their catalog in PostgreSQL; the engine is DuckDB.

For several writers and shared storage. Every write is one transaction of the catalog: a killed one
leaves files that no snapshot names, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import duckdb

from detente.engines import EngineError
from detente.engines.tables import (
    LOADED_IN_ORDER,
    SCHEMAS,
    columns_of,
    fact_tables,
    marts,
    number,
    replace_marts,
)
from detente.settings import Settings, dbt_target_dir
from detente.warehouse.backup import ledger_models
from detente.warehouse.literals import literal

ALIAS = "lake"
_EXTENSIONS = ("ducklake", "postgres_scanner")


class DuckLake:
    """The engine behind ``DETENTE_TARGET=ducklake``."""

    def __init__(self, settings: Settings) -> None:
        if not settings.ducklake_catalog:
            raise EngineError(
                "the target ducklake needs DETENTE_DUCKLAKE_CATALOG, for example"
                " 'postgres:host=127.0.0.1 dbname=detente user=detente'"
            )
        self.settings = settings

    def environment(self) -> Mapping[str, str]:
        install(self.settings)
        return {
            "DETENTE_DUCKLAKE_CATALOG": self.settings.ducklake_catalog or "",
            "DETENTE_DUCKLAKE_DATA_PATH": data_path(self.settings),
            "DETENTE_EXTENSION_DIR": str(_extension_dir(self.settings)),
            "DETENTE_TEMP_DIR": str(self.settings.build_path.parent.resolve() / "spill"),
        }

    def holds(self, build_id: str) -> bool:
        with open_lake(self.settings) as con:
            if not columns_of(con, ALIAS, "ops.builds"):
                return False
            found = con.execute(
                f"select 1 from {ALIAS}.ops.builds where build_id = ?", [build_id]
            ).fetchall()
            return bool(found)

    def take_facts(self) -> None:
        with open_lake(self.settings) as con:
            con.execute(f"attach {literal(self.settings.build_path)} as build (read_only)")
            con.execute("begin")
            for schema in SCHEMAS:
                con.execute(f"create schema if not exists {ALIAS}.{schema}")
            for table in fact_tables(self.settings):
                _bring(con, table)
            for name in ledger_models(self.settings):
                _bring_ledger(con, f"marts.{name}")
            con.execute("commit")

    def give_marts(self) -> None:
        found = marts(dbt_target_dir(self.settings))
        con = duckdb.connect(
            str(self.settings.build_path),
            config={"extension_directory": str(_extension_dir(self.settings))},
        )
        try:
            attach(con, self.settings, read_only=True)
            replace_marts(con, [(mart, f'{ALIAS}.marts."{mart.name}"') for mart in found])
        finally:
            con.close()


def _bring(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Bring one table of the lake up to the build file's."""
    here, there = f"build.{table}", f"{ALIAS}.{table}"
    columns = columns_of(con, "build", table)
    if columns_of(con, ALIAS, table) != columns:
        con.execute(f"drop table if exists {there}")
        con.execute(f"create table {there} as select * from {here}")
        return
    if any(name == LOADED_IN_ORDER for name, _ in columns):
        newest = number(con, f"select coalesce(max({LOADED_IN_ORDER}), 0) from {there}")
        incoming = f"select * from {here} where {LOADED_IN_ORDER} > {newest}"
        known = f"select count(*) from {here} where {LOADED_IN_ORDER} <= {newest}"
        is_grown = number(con, known) == number(con, f"select count(*) from {there}")
    else:
        con.execute(
            f"create or replace temp table incoming as"
            f" select * from {here} except all select * from {there}"
        )
        incoming = "select * from incoming"
        counts = [number(con, f"select count(*) from {t}") for t in (there, "incoming", here)]
        is_grown = counts[0] + counts[1] == counts[2]
    if not is_grown:  # rows are gone or were changed in place
        con.execute(f"delete from {there}")
        incoming = f"select * from {here}"
    con.execute(f"insert into {there} {incoming}")


def _bring_ledger(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """What no build makes again goes along when the engine is a new one."""
    if columns_of(con, "build", table) and not columns_of(con, ALIAS, table):
        con.execute(f"create table {ALIAS}.{table} as select * from build.{table}")


@contextmanager
def open_lake(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB in memory with the lake attached as ``lake``.

    Raises:
        EngineError: the extensions are not installed, or the catalog does not answer.
    """
    install(settings)
    con = duckdb.connect(config={"extension_directory": str(_extension_dir(settings))})
    try:
        attach(con, settings)
        yield con
    finally:
        con.close()


def attach(con: duckdb.DuckDBPyConnection, settings: Settings, *, read_only: bool = False) -> None:
    """Attach the lake; the first time makes its catalog.

    Raises:
        EngineError: the catalog does not answer.
    """
    con.execute("set timezone = 'UTC'")
    path = literal(f"ducklake:{settings.ducklake_catalog}")
    options = f"data_path {literal(data_path(settings))}" + (", read_only" if read_only else "")
    try:
        con.execute(f"attach {path} as {ALIAS} ({options})")
    except duckdb.Error as error:
        raise EngineError(f"DuckLake's catalog cannot be opened: {error}") from error


def install(settings: Settings) -> None:
    """Put DuckDB's extensions from their wheels where every connection looks for them.

    Raises:
        EngineError: the extra is not installed, or is of another DuckDB version.
    """
    folder = _extension_dir(settings)
    folder.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(config={"extension_directory": str(folder)})
    try:
        import_extension = import_module("duckdb_extensions").import_extension
        for name in _EXTENSIONS:
            import_extension(name, con=con)
    except (ImportError, duckdb.Error) as error:
        raise EngineError(
            f"DuckLake's extensions for DuckDB {duckdb.__version__} are not installed"
            f" ({error}): pip install 'detente[ducklake]'"
        ) from error
    finally:
        con.close()


def data_path(settings: Settings) -> str:
    """Return where the lake's Parquet files are, as DuckLake wants it: with a slash at its end."""
    where = settings.ducklake_data_path or str((settings.home / "lake").resolve())
    return where.rstrip("/") + "/"


def _extension_dir(settings: Settings) -> Path:
    return settings.build_path.parent.resolve() / "duckdb_extensions"
