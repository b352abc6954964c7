"""The book of builds: whether the marts can be brought up to date by an increment.

An increment makes anew what the rows loaded since the last finished build may change. That equals a
full build only if nothing else changed, so everything else asks for a full one (docs/decisions/0005).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from detente.clock import utc_now
from detente.settings import Settings
from detente.warehouse.fingerprint import definition_fingerprint, inputs_fingerprint

NUMBERED = ("dataset_events", "document_revisions", "document_stories", "event_mentions")


@dataclass(frozen=True, slots=True)
class Build:
    """One row of ``ops.builds``: an attempt to build the marts, finished or not."""

    kind: str
    definition: str
    load_number: int
    row_counts: Mapping[str, int]
    is_finished: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build is going to do, and why it cannot do less (empty for an increment)."""

    build_id: str
    reason: str

    @property
    def is_full(self) -> bool:
        return bool(self.reason)


def why_full(
    history: Sequence[Build], definition: str, old_rows: Mapping[str, int]
) -> str:  # pure: the whole decision, without a warehouse
    """Say why an increment would not do; empty where it does.

    Args:
        history: all attempts, oldest first.
        definition: hash of what the marts are made by (models, vars, seeds, overrides, coders).
        old_rows: per numbered table the rows that the last finished build had seen and that are
            still there.
    """
    finished = [n for n, b in enumerate(history) if b.is_finished]
    if not finished:
        return "no build has finished yet"
    last = history[finished[-1]]
    since = history[finished[-1] + 1 :]
    if definition != last.definition:
        return "models, parameters, seeds, overrides or the coder's version changed"
    if any(b.kind == "full" or b.definition != definition for b in since):
        return "a full build after the last finished one was not finished"
    gone = [t for t, count in last.row_counts.items() if old_rows.get(t, 0) != count]
    if gone:
        return f"rows were removed from raw.{', raw.'.join(gone)}"
    return ""


def last_finished(con: duckdb.DuckDBPyConnection) -> str | None:
    """Return the id of the newest finished build, if there is one."""
    row = con.execute(
        "select build_id from ops.builds where finished_at is not null"
        " order by started_at desc, build_id desc limit 1"
    ).fetchall()
    return row[0][0] if row else None


def begin_build(con: duckdb.DuckDBPyConnection, settings: Settings, *, asked: str = "") -> Plan:
    """Decide what the build does and write down that it began.

    Args:
        con: the build file, in a transaction.
        settings: where everything is.
        asked: why a full build is wanted in any case; empty where it is not.
    """
    history = [
        Build(kind, definition, number, json.loads(counts), finished is not None)
        for kind, definition, number, counts, finished in con.execute(
            "select kind, definition, load_number, row_counts, finished_at from ops.builds"
            " order by started_at, build_id"
        ).fetchall()
    ]
    definition = definition_fingerprint(con, settings)
    seen = max((b.load_number for b in history if b.is_finished), default=0)
    reason = asked or why_full(history, definition, _rows(con, seen))
    newest = max(_newest(con, table) for table in NUMBERED)
    plan = Plan(uuid.uuid4().hex, reason)
    con.execute(
        "insert into ops.builds values (?, ?, ?, ?, ?, ?, ?, null)",
        [
            plan.build_id,
            "full" if plan.is_full else "incremental",
            definition,
            inputs_fingerprint(con, settings, definition),
            max(newest, seen),
            json.dumps(_rows(con)),
            utc_now(),
        ],
    )
    return plan


def finish_build(con: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Write down that the marts now follow from everything the build had seen when it began."""
    con.execute(
        "update ops.builds set finished_at = ? where build_id = ?",
        [utc_now(), plan.build_id],
    )


def built_fingerprint(con: duckdb.DuckDBPyConnection) -> str | None:
    """Return the fingerprint of what the marts in the build file follow from, if all were built."""
    row = con.execute(
        "select fingerprint, finished_at from ops.builds order by started_at desc, build_id limit 1"
    ).fetchall()
    return row[0][0] if row and row[0][1] is not None else None


def _rows(con: duckdb.DuckDBPyConnection, until: int | None = None) -> dict[str, int]:
    """Count rows per numbered table, up to a load number; both counts need no scan of old rows."""
    counts = {}
    for table in NUMBERED:
        count = con.execute(f"select count(*) from raw.{table}").fetchall()[0][0]
        if until is not None:
            count -= con.execute(
                f"select count(*) from raw.{table} where load_number > ?", [until]
            ).fetchall()[0][0]
        counts[table] = int(count)
    return counts


def _newest(con: duckdb.DuckDBPyConnection, table: str) -> int:
    found = con.execute(f"select coalesce(max(load_number), 0) from raw.{table}").fetchall()
    return int(found[0][0])
