"""Spark: a cluster behind a thrift server; facts go there as Parquet, marts come back as Parquet.

This machine, the driver and all workers see one folder under one path (``DETENTE_SPARK_DATA_PATH``).
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

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

USER = "detente"
_TYPES = {"VARCHAR": "string", "INTEGER": "int"}  # the others bear one name in both


class Spark:
    """The engine behind ``DETENTE_TARGET=spark``."""

    def __init__(self, settings: Settings) -> None:
        host, _, port = settings.spark_address.rpartition(":")
        if not host or not port.isdigit():
            raise EngineError(f"DETENTE_SPARK_ADDRESS is no host:port: {settings.spark_address!r}")
        self.settings = settings
        self.host, self.port = host, int(port)
        self.folder = (settings.spark_data_path or settings.home / "spark").resolve()

    def environment(self) -> Mapping[str, str]:
        return {"DETENTE_SPARK_HOST": self.host, "DETENTE_SPARK_PORT": str(self.port)}

    def holds(self, build_id: str) -> bool:
        with self._cursor() as cursor:
            cursor.execute("create schema if not exists ops")
            if not _has(cursor, "ops", "builds"):
                return False
            cursor.execute(f"select 1 from ops.builds where build_id = '{build_id}'")
            return bool(cursor.fetchall())

    def take_facts(self) -> None:
        con = duckdb.connect(str(self.settings.build_path), read_only=True)
        try:
            con.execute("set timezone = 'UTC'")
            with self._cursor() as cursor:
                for schema in SCHEMAS:
                    cursor.execute(f"create schema if not exists {schema}")
                for table in fact_tables(self.settings):
                    folder = self.folder / "facts" / table
                    columns = columns_of(con, "warehouse", table)
                    _write_new(con, table, columns, folder)
                    typed = ", ".join(f"`{n}` {_TYPES.get(kind, kind)}" for n, kind in columns)
                    # an external table: dropping it leaves the files, creating it lists them anew
                    cursor.execute(f"drop table if exists {table}")
                    cursor.execute(
                        f"create table {table} ({typed}) using parquet location 'file:{folder}'"
                    )
                for name in ledger_models(self.settings):
                    self._take_ledger(con, cursor, name)
        finally:
            con.close()

    def _take_ledger(self, con: duckdb.DuckDBPyConnection, cursor: Any, name: str) -> None:
        """Take along what no build makes again, where the cluster is a new one."""
        columns = columns_of(con, "warehouse", f"marts.{name}")
        if columns and not _has(cursor, "marts", name):
            file = self.folder / "ledger" / f"{name}.parquet"
            _write(con, f"select {_for_spark(columns)} from marts.{name}", file)
            cursor.execute(f"create table marts.{name} as select * from parquet.`file:{file}`")

    def give_marts(self) -> None:
        found = marts(dbt_target_dir(self.settings))
        folder = self.folder / "marts"
        with self._cursor() as cursor:
            for mart in found:
                cursor.execute(
                    f"insert overwrite directory 'file:{folder / mart.name}' using parquet"
                    f" select * from marts.{mart.name}"
                )
        con = duckdb.connect(str(self.settings.build_path))
        try:
            con.execute("set timezone = 'UTC'")
            replace_marts(con, [(m, f"read_parquet('{folder / m.name}/*.parquet')") for m in found])
        finally:
            con.close()

    @contextmanager
    def _cursor(self, patience: float = 60.0) -> Iterator[Any]:
        """Open a session on the thrift server, which may still be starting."""
        try:
            hive = import_module("pyhive.hive")
        except ImportError as error:
            raise EngineError(
                f"Spark's client is not installed ({error}): pip install 'detente[spark]'"
            ) from error
        deadline = time.monotonic() + patience
        while True:
            try:
                session = hive.connect(host=self.host, port=self.port, username=USER)
                break
            except Exception as error:  # thrift's own classes, none of them documented
                if time.monotonic() > deadline:
                    raise EngineError(
                        f"no thrift server of Spark answers at {self.host}:{self.port}: {error}"
                    ) from error
                time.sleep(1)
        try:
            cursor = session.cursor()
            cursor.execute("set spark.sql.parquet.outputTimestampType=TIMESTAMP_MICROS")
            cursor.execute("set spark.sql.session.timeZone=UTC")
            yield cursor
        except hive.Error as error:
            raise EngineError(f"Spark at {self.host}:{self.port}: {str(error)[:2000]}") from error
        finally:
            session.close()


def _has(cursor: Any, schema: str, table: str) -> bool:
    cursor.execute(f"show tables in {schema} like '{table}'")
    return bool(cursor.fetchall())


def _write_new(
    con: duckdb.DuckDBPyConnection, table: str, columns: list[tuple[str, str]], folder: Path
) -> None:
    """Bring a table's folder up to the build file's table.

    A file is named after what it holds, so that a repeated call finds it there. A table that bears
    the order of loading gets a file per span of loads; another one is written whole if it changed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(".*"):  # of a killed writer; Spark does not see such names
        left.unlink()
    select = f"select {_for_spark(columns)} from {table}"
    if any(name == LOADED_IN_ORDER for name, _ in columns):
        newest, known = _spans(folder), 0
        if newest:
            known = number(con, f"select count(*) from {table} where {LOADED_IN_ORDER} <= {newest}")
            held = number(con, f"select count(*) from read_parquet('{folder}/*.parquet')")
        if not newest or known != held:  # rows are gone, were changed in place, or are there twice
            newest = 0
            _empty(folder)
        last = number(con, f"select coalesce(max({LOADED_IN_ORDER}), 0) from {table}")
        if last > newest or not any(folder.glob("*.parquet")):
            name = f"{newest + 1:012}-{last:012}.parquet"
            _write(con, f"{select} where {LOADED_IN_ORDER} > {newest}", folder / name)
        return
    names = ", ".join(f'"{n}"' for n, _ in columns)
    shape = "-".join(f"{n}:{kind}" for n, kind in columns)
    count, content = con.execute(
        f"select count(*), xor(coalesce(bit_xor(hash({names})), 0), hash(?)) from {table}", [shape]
    ).fetchall()[0]
    file = folder / f"{count}-{content:016x}.parquet"
    if [p.name for p in folder.glob("*.parquet")] != [file.name]:
        _empty(folder)
        _write(con, select, file)


def _spans(folder: Path) -> int:
    """Return the last load that the files hold; 0 where they do not follow one another."""
    newest = 0
    for path in sorted(folder.glob("*.parquet")):
        first, _, last = path.stem.partition("-")
        if int(first) != newest + 1:
            return 0
        newest = max(newest, int(last))
    return newest


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _write(con: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    """Write a Parquet file that is there whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}")
    con.execute(f"copy ({query}) to {literal(temporary)} (format parquet, compression zstd)")
    temporary.replace(file)


def _for_spark(columns: list[tuple[str, str]]) -> str:
    """A timestamp without a zone is another type for Spark: times are UTC, and say so."""
    return ", ".join(
        f'"{n}"::timestamptz as "{n}"' if kind == "TIMESTAMP" else f'"{n}"' for n, kind in columns
    )
