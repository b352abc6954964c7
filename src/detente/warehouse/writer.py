"""The only place that opens the build file read-write.

A DuckDB file admits one writing process. Writers therefore queue on a *separate* lock file
(``flock``): opening and closing the database file itself in a process that already has it open
would drop DuckDB's own lock.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import duckdb
import pyarrow as pa

from detente.clock import utc_now
from detente.settings import Settings


class WarehouseBusyError(RuntimeError):
    """Another writer held the lock for longer than ``lock_timeout_seconds``."""


class WarehouseVersionError(RuntimeError):
    """The file was written by a newer release."""


@contextmanager
def writer_lock(settings: Settings) -> Iterator[None]:
    """Hold the writers' lock. The kernel lets go of it when the process dies, however it dies.

    Raises:
        WarehouseBusyError: the lock was not to be had within ``settings.lock_timeout_seconds``.
    """
    settings.lock_path.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(settings.lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        deadline = time.monotonic() + settings.lock_timeout_seconds
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    holder = os.pread(fd, 64, 0).decode(errors="replace").strip("\0\n ") or "?"
                    raise WarehouseBusyError(
                        f"another writer (pid {holder}) has held {settings.lock_path} for "
                        f"{settings.lock_timeout_seconds:.0f} s; wait for it or stop it and repeat"
                    ) from None
                time.sleep(0.05)
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(fd)


@contextmanager
def open_writer(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the build file under the lock, inside one transaction.

    Everything that happens in the block is committed together or not at all.
    """
    with writer_lock(settings), transaction(settings) as con:
        yield con


@contextmanager
def transaction(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the build file inside one transaction; the caller holds the lock (`writer_lock`)."""
    with _connect(settings.build_path) as con:
        con.execute("begin")
        try:
            yield con
        except BaseException:
            con.execute("rollback")
            raise
        con.execute("commit")


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    path.parent.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(str(path))
    try:
        con.execute("set timezone = 'UTC'")
        migrate(con)
    except BaseException:
        con.close()
        raise
    return con


def _migrations() -> dict[int, str]:
    folder = resources.files("detente.warehouse") / "migrations"
    files = [f for f in folder.iterdir() if f.name.endswith(".sql")]
    found = {int(f.name.removesuffix(".sql")): f.read_text(encoding="utf-8") for f in files}
    assert len(found) == len(files), "two migrations bear one number"
    return found


def migrate(con: duckdb.DuckDBPyConnection) -> int:
    """Bring the file to the newest schema; return its version. Forward only.

    Raises:
        WarehouseVersionError: the file is newer than this release.
    """
    migrations = _migrations()
    newest = max(migrations)
    con.execute("create schema if not exists ops")
    con.execute(
        "create table if not exists ops.schema_version"
        " (version integer not null, applied_at timestamp not null)"
    )
    current = con.execute("select coalesce(max(version), 0) from ops.schema_version").fetchall()[0][
        0
    ]
    if current > newest:
        raise WarehouseVersionError(
            f"the warehouse has schema version {current}, this release knows {newest}: "
            "upgrade detente, or point DETENTE_HOME elsewhere"
        )
    for version in range(current + 1, newest + 1):
        con.execute("begin")
        try:
            con.execute(migrations[version])
            con.execute(
                "insert into ops.schema_version values (?, ?)",
                [version, utc_now()],
            )
        except BaseException:
            con.execute("rollback")
            raise
        con.execute("commit")
    return newest


def insert_new(
    con: duckdb.DuckDBPyConnection, table: str, rows: pa.Table, key: tuple[str, ...]
) -> int:
    """Insert the rows whose key is not in the table yet; return how many that were.

    Repeating the call changes nothing. Rows that repeat a key within ``rows`` count once (the
    first). Rows travel as Arrow: ``executemany`` is 27-90 times slower.

    Args:
        con: an open writer.
        table: schema-qualified name.
        rows: columns by name; columns the table has and ``rows`` lacks become NULL.
        key: the columns that identify a row.
    """
    if rows.num_rows == 0:
        return 0
    con.register("_incoming", rows)
    try:
        keys = ", ".join(key)
        match = " and ".join(f"t.{k} is not distinct from i.{k}" for k in key)
        before = con.execute(f"select count(*) from {table}").fetchall()[0][0]
        con.execute(
            f"""insert into {table} by name
            select * exclude (_copy, _ordinal) from (
                select *, row_number() over (partition by {keys} order by _ordinal) as _copy
                from (select *, row_number() over () as _ordinal from _incoming)
            ) as i
            where _copy = 1 and not exists (select 1 from {table} as t where {match})"""
        )
        return int(con.execute(f"select count(*) from {table}").fetchall()[0][0] - before)
    finally:
        con.unregister("_incoming")
