"""Reading: always the published snapshot, by its real path, never the build file."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from detente.settings import Settings


class NothingPublishedError(RuntimeError):
    """There is no published warehouse yet."""


def snapshot_path(settings: Settings) -> Path:
    """Return the real path of the newest published file. Key every cache on it.

    Raises:
        NothingPublishedError: nothing was published yet (says what to run).
    """
    real = Path(os.path.realpath(settings.warehouse_link))
    if not real.is_file():
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
    con = duckdb.connect(str(path), read_only=True)
    con.execute("set timezone = 'UTC'")
    if locked:
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
    return con
