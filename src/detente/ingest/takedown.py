"""What must not be kept: takedowns (`forget`) and full texts past their time (`upkeep`)."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from detente.clock import utc_now
from detente.ingest.duplicates import assign_stories
from detente.ingest.identity import canonical_url
from detente.ingest.load import drop_files
from detente.ingest.sources import SourceError, read_feeds, set_enabled
from detente.model import Attempt
from detente.settings import Settings
from detente.warehouse.attempts import write_attempts
from detente.warehouse.writer import open_writer

_OF_DOCUMENTS = ("raw.documents", "raw.document_urls", "raw.document_bodies", "ops.page_queue")
_OF_REVISIONS = (
    "raw.document_stories", "raw.document_countries", "raw.event_mentions",
    "raw.uncoded_sentences", "ops.coded_revisions", "ops.revision_signatures",
    "raw.document_revisions",
)  # fmt: skip
_ORPHAN_SECONDS = 86_400.0
"""A file without a row is younger than that while a batch is under way."""


def forget(
    settings: Settings, subject: str, *, reason: str | None = None, run_id: str | None = None
) -> dict[str, Any]:
    """Take down a document or a source: text, raw body and whatever was derived from it go.

    One outcome row stays, and the document or source is not taken in again. Bodies that another
    document shares stay with it. Stories that lose a member are formed anew. Published copies
    change with the next build; older ones go with their retention (DETENTE_KEEP_VERSIONS).

    Args:
        settings: where the warehouse is.
        subject: a document id, the canonical URL of a document, or a source id.
        reason: kept with the outcome row.
        run_id: names the run in outcome rows.

    Returns:
        What kind of thing it was, and how many documents, revisions and files went.

    Raises:
        SourceError: nothing bears that name.
    """
    now = utc_now()
    run_id = run_id or uuid.uuid4().hex
    with open_writer(settings) as con:
        kind, documents = _find(con, subject)
        con.register("_gone", pa.table({"document_id": pa.array(documents, pa.string())}))
        revisions = con.execute(
            "select revision_id, raw_sha256, text_sha256 from raw.document_revisions"
            " where document_id in (select document_id from _gone)"
        ).fetchall()
        bodies = con.execute(
            "select raw_sha256 from raw.document_bodies"
            " where document_id in (select document_id from _gone)"
            " union all select item_sha256 from ops.page_queue"
            " where document_id in (select document_id from _gone)"
        ).fetchall()
        con.register(
            "_lost", pa.table({"revision_id": pa.array([r[0] for r in revisions], pa.string())})
        )
        # what shared a story with them forms its stories anew
        con.execute(
            "delete from raw.document_stories where story_id in (select story_id"
            " from raw.document_stories where revision_id in (select revision_id from _lost))"
        )
        for table in _OF_REVISIONS:
            con.execute(f"delete from {table} where revision_id in (select revision_id from _lost)")
        for table in _OF_DOCUMENTS:
            con.execute(f"delete from {table} where document_id in (select document_id from _gone)")
        con.unregister("_gone")
        con.unregister("_lost")
        assign_stories(con, settings)
        forgotten = (
            [("source", subject)] if kind == "source" else [("document", d) for d in documents]
        )
        for what, name in forgotten:
            con.execute(
                "insert into ops.forgotten by name select ? as kind, ? as subject_id,"
                " ? as reason, ? as forgotten_at",
                [what, name, reason, now],
            )
            _note(con, run_id, "forget", name, "forgotten", reason, len(documents))
        con.execute("delete from ops.feed_state where source_id = ?", [subject])
        files = drop_files(
            con, settings, [r[1] for r in revisions] + [b for (b,) in bodies],
            [r[2] for r in revisions],
        )  # fmt: skip
    if kind == "source" and any(f.feed_id == subject for f in read_feeds(settings)):
        set_enabled(settings, [subject], False)
    return {
        "forgotten": kind, "documents": len(documents), "revisions": len(revisions), "files": files,
    }  # fmt: skip


def _find(con: duckdb.DuckDBPyConnection, subject: str) -> tuple[str, list[str]]:
    for kind, where, value in (
        ("document", "document_id = ?", subject),
        ("document", "canonical_url = ?", canonical_url(subject)),
        ("source", "source_id = ?", subject),
    ):
        found = con.execute(f"select document_id from raw.documents where {where}", [value])
        if documents := [d for (d,) in found.fetchall()]:
            return kind, documents
    known = con.execute(
        "select 1 from ops.feed_state where source_id = ? limit 1", [subject]
    ).fetchall()
    if known:
        return "source", []
    raise SourceError(f"no document and no source is called {subject!r}")


def _note(
    con: duckdb.DuckDBPyConnection, run_id: str, stage: str, subject: str, outcome: str,
    message: str | None, count: int,
) -> None:  # fmt: skip
    note = Attempt(
        stage, subject, datetime.now(UTC), 0.0, outcome, message=message, item_count=count
    )
    write_attempts(con, [note], run_id)


def upkeep(settings: Settings, *, run_id: str | None = None) -> dict[str, int]:
    """Drop full texts past ``keep_text_days``, and files that no row names.

    A text goes with its raw body once it has been coded and was fetched longer ago than the
    setting says; mentions with their sentences stay. It cannot be coded or extracted again.

    Returns:
        Revisions whose text went, and files that went.
    """
    now = utc_now()
    run_id = run_id or uuid.uuid4().hex
    expired: list[Any] = []
    files = 0
    with open_writer(settings) as con:
        if settings.keep_text_days:
            expired = con.execute(
                """
                select r.revision_id, r.raw_sha256, r.text_sha256
                from raw.document_revisions as r
                where r.fetched_at < $before
                    and exists (
                        select 1 from ops.coded_revisions as c where c.revision_id = r.revision_id
                    )
                    and not exists (
                        select 1 from raw.document_revisions as o
                        where o.fetched_at >= $before
                            and (o.text_sha256 = r.text_sha256 or o.raw_sha256 = r.raw_sha256)
                    )
                """,
                {"before": now - timedelta(days=settings.keep_text_days)},
            ).fetchall()
            gone = [r for r in expired if _unlink(settings.text_dir, r[2])]
            files = len(gone) + sum(_unlink(settings.raw_dir, r[1]) for r in expired if r[1])
            if gone:
                message = f"older than {settings.keep_text_days} days"
                _note(con, run_id, "upkeep", "texts", "expired", message, len(gone))
            expired = gone
        orphans = [
            [p.name.removesuffix(".gz") for p in _old_files(folder)]
            for folder in (settings.raw_dir, settings.text_dir)
        ]
        files += drop_files(con, settings, *orphans)
    return {"expired_texts": len(expired), "files": files}


def _unlink(folder: Path, digest: str) -> bool:
    path = folder / digest[:2] / f"{digest}.gz"
    if not path.exists():
        return False
    path.unlink()
    return True


def _old_files(folder: Path) -> Iterator[Path]:
    oldest = time.time() - _ORPHAN_SECONDS
    for path in folder.glob("??/*.gz"):
        if path.stat().st_mtime < oldest:
            yield path
