"""Outcome rows: how every stage ended on every subject (`ops.ingest_attempts`)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa

from detente.clock import naive_utc
from detente.model import Attempt

_SCHEMA = pa.schema(
    [(n, pa.string()) for n in ("attempt_id", "run_id", "stage", "subject", "source_id")]
    + [("started_at", pa.timestamp("us")), ("duration_seconds", pa.float64())]
    + [("outcome", pa.string()), ("http_status", pa.int32()), ("error_class", pa.string())]
    + [("message", pa.string()), ("byte_count", pa.int64()), ("item_count", pa.int32())]
    + [("target", pa.string()), ("dataset", pa.string())]
)


def storable(text: str | None) -> str | None:
    """Return a text that is UTF-8 throughout: file names, and what quotes them, may not be."""
    return text and text.encode("utf-8", "backslashreplace").decode()


def attempt_row(attempt: Attempt, run_id: str, source_id: str | None = None) -> dict[str, Any]:
    """Return an attempt as its row, under an id of its own; `source_id` where it has none."""
    return {
        "attempt_id": uuid.uuid4().hex,
        "run_id": run_id,
        "stage": attempt.stage,
        "subject": storable(attempt.subject[:2000]),
        "source_id": attempt.source_id or source_id,
        "started_at": naive_utc(attempt.started_at),
        "duration_seconds": attempt.duration_seconds,
        "outcome": attempt.outcome,
        "http_status": attempt.http_status,
        "error_class": attempt.error_class,
        "message": storable(attempt.message),
        "byte_count": attempt.byte_count,
        "item_count": attempt.item_count,
    }


def write_attempts(
    con: duckdb.DuckDBPyConnection,
    attempts: Sequence[Attempt],
    run_id: str,
    source_id: str | None = None,
) -> None:
    """Write outcome rows in the open transaction."""
    write_rows(con, [attempt_row(a, run_id, source_id) for a in attempts])


def write_rows(con: duckdb.DuckDBPyConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows of `attempt_row`; no look for their ids, which were made for them."""
    if rows:
        con.register("_tried", pa.Table.from_pylist(list(rows), _SCHEMA))
        con.execute("insert into ops.ingest_attempts by name select * from _tried")
        con.unregister("_tried")
