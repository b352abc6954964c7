"""Reading: always the published snapshot, by its real path, never the build file."""

from __future__ import annotations

import os
import re
from pathlib import Path

import duckdb

from detente.settings import Settings
from detente.warehouse.blocks import has_headers


class NothingPublishedError(RuntimeError):
    """There is no published warehouse yet."""


LOCKED_MEMORY = "4GiB"
"""What all questions of one process may hold together; a greedy one fails, the machine does not."""


def snapshot_path(settings: Settings) -> Path:
    """Return the real path of the newest published file. Key every cache on it.

    Where that file no longer begins as a DuckDB file does, readers get the newest kept version that
    does; `detente doctor` tells.

    Raises:
        NothingPublishedError: nothing was published yet (says what to run).
    """
    real = Path(os.path.realpath(settings.warehouse_link))
    if not has_headers(real):
        for path in sorted(settings.published_dir.glob(f"*/{real.name}"), reverse=True):
            if has_headers(path):
                return path
        raise NothingPublishedError(
            f"nothing is published at {settings.warehouse_link} yet: run `detente run`"
            " (or `detente demo` to see it on the sample)"
        )
    return real


def open_snapshot(path: Path, *, locked: bool = False) -> duckdb.DuckDBPyConnection:
    """Open a published file read-only.

    Args:
        path: from :func:`snapshot_path`.
        locked: for SQL that somebody else typed: no files, no network, no settings to change.
    """
    if locked:
        # Given at once: all connections of a process to one file must agree in their settings.
        return duckdb.connect(
            str(path),
            read_only=True,
            config={
                "enable_external_access": "false",
                "lock_configuration": "true",
                "memory_limit": LOCKED_MEMORY,
            },
        )
    con = duckdb.connect(str(path), read_only=True)
    con.execute("set timezone = 'UTC'")
    return con


def held_marts(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Return the names of the marts that the snapshot holds."""
    found = con.execute(
        "select table_name from information_schema.tables where table_schema = 'marts'"
    ).fetchall()
    return frozenset(name for (name,) in found)


def missing_marts(held: frozenset[str], sql: str) -> list[str]:
    """Return the marts a query names that are not held (an older build made the snapshot).

    DuckDB itself would complain of the query's parameters first.
    """
    return sorted(set(re.findall(r"\bmarts\.(\w+)", sql)) - held)
