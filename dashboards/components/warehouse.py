"""The published snapshot as the pages read it: by real path, read-only, locked, cached.

One connection per file, one cursor per query; every cache is bounded and keyed on the real path,
so a new publication is seen at the next run of a page and nobody waits for a writer.
"""

from __future__ import annotations

import fcntl
import json
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import streamlit as st

from detente.reading import named_query
from detente.settings import Settings
from detente.warehouse.reader import (
    NothingPublishedError,
    held_marts,
    missing_marts,
    open_snapshot,
    snapshot_path,
)

QUERIES = Path(__file__).resolve().parent.parent / "queries"
STALE_HOURS = 24.0


class NoVintageError(LookupError):
    """No kept version is as old as the one asked for."""


class MissingMartError(LookupError):
    """The snapshot holds no such mart: an older build, or one that is not finished."""


def settings() -> Settings:
    """Return the settings of this run; the environment may change between tests."""
    return Settings()


def vintages(config: Settings) -> list[tuple[str, datetime, Path]]:
    """Return the kept versions, oldest first: name, time of publication (UTC), file."""
    found = []
    for file in config.published_dir.glob("*/warehouse.duckdb"):
        stamp = file.parent.name.split("-")[0]
        try:
            at = datetime.strptime(stamp, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
        except ValueError:
            continue
        found.append((file.parent.name, at, file))
    return sorted(found, key=lambda v: v[1])


def locate(config: Settings, as_of: str | None) -> Path:
    """Return the real path of the snapshot to read.

    Args:
        config: the settings.
        as_of: None for the newest; else a version's name, or an ISO date or time: the newest
            version that was published by then (a date means its end).

    Raises:
        NothingPublishedError: there is nothing yet.
        NoVintageError: no kept version is that old; the message lists what is kept.
    """
    newest = snapshot_path(config)
    if not as_of:
        return newest
    kept = vintages(config)
    for name, _, file in kept:
        if name == as_of:
            return Path(os.path.realpath(file))
    limit = _moment(as_of)
    if limit is not None:
        before = [file for _, at, file in kept if at <= limit]
        if before:
            return Path(os.path.realpath(before[-1]))
    have = ", ".join(f"{at:%Y-%m-%d %H:%M}" for _, at, _ in kept) or "none"
    raise NoVintageError(f"No kept version is as old as {as_of!r}. Kept (UTC): {have}.")


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if len(text) == 10:
        at = at.replace(hour=23, minute=59, second=59, microsecond=999999)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


@st.cache_resource(max_entries=4, show_spinner=False, on_release=lambda con: con.close())
def _connection(path: str) -> duckdb.DuckDBPyConnection:
    return open_snapshot(Path(path), locked=True)


def cursor(path: str) -> duckdb.DuckDBPyConnection:
    """Return a cursor of one's own on the snapshot."""
    return _connection(path).cursor()


@st.cache_data(max_entries=64, show_spinner=False)
def _text(name: str) -> str:
    own = QUERIES / f"{name}.sql"
    return own.read_text(encoding="utf-8") if own.exists() else named_query(name)


@st.cache_data(max_entries=8, show_spinner=False)
def _held(path: str) -> frozenset[str]:
    with cursor(path) as con:
        return held_marts(con)


@st.cache_data(max_entries=512, show_spinner=False)
def _frame(path: str, name: str, parameters: tuple[tuple[str, Any], ...]) -> pd.DataFrame:
    with cursor(path) as con:
        sql = _text(name)
        if lacking := missing_marts(_held(path), sql):
            raise MissingMartError(", ".join(lacking))
        return con.execute(sql, dict(parameters)).df()


def frame(path: str, name: str, **parameters: Any) -> pd.DataFrame:
    """Answer a query file with its parameters. Lists are given as tuples.

    Files that only pages need are in `dashboards/queries`; those that the package needs as well
    are the package's, and there is one of each name.

    Raises:
        MissingMartError: the snapshot lacks a mart that the query reads.
    """
    frozen = tuple(
        sorted((k, list(v) if isinstance(v, tuple) else v) for k, v in parameters.items())
    )
    return _frame(path, name, frozen)


def rows(path: str, name: str, **parameters: Any) -> list[dict[str, Any]]:
    """Answer a query as dicts with plain Python values; NULL and NaN are None."""
    return plain(frame(path, name, **parameters))


def plain(data: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows with None for whatever is missing."""
    cleaned = data.astype(object).where(data.notna(), None)
    return [
        {k: v.to_pydatetime() if isinstance(v, pd.Timestamp) else v for k, v in row.items()}
        for row in cleaned.to_dict("records")
    ]


def constants(path: str) -> dict[str, Any]:
    """Return the metrics' constants that the snapshot was built with."""
    found = rows(path, "publication")
    return dict(json.loads(found[0]["parameters"] or "{}")) if found else {}


def published_at(path: str) -> datetime | None:
    """Return when the snapshot was published (UTC), from its own row."""
    with cursor(path) as con:
        found = con.execute("select max(published_at) from ops.publications").fetchall()
    return found[0][0].replace(tzinfo=UTC) if found and found[0][0] else None


def is_building(config: Settings) -> bool:
    """Tell whether a writer is at work now. It never disturbs readers."""
    try:
        fd = os.open(config.lock_path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def as_day(value: Any) -> date | None:
    """Return a day from whatever a frame holds."""
    if value is None or value is pd.NaT:
        return None
    return value.date() if isinstance(value, datetime) else value


__all__ = [
    "MissingMartError", "NoVintageError", "NothingPublishedError", "as_day", "constants", "cursor",
    "frame",
    "is_building", "locate", "plain", "published_at", "rows", "settings", "vintages",
]  # fmt: skip
