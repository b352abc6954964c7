"""Drafts into the warehouse: one transaction per batch, every row exactly once."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import duckdb
import py3langid
import pyarrow as pa

from detente.ingest import store
from detente.ingest.dates import choose, is_credible, to_json
from detente.ingest.drafts import DateClaim, Draft, Failure, Reading
from detente.ingest.duplicates import assign_stories
from detente.ingest.identity import (
    NORMALISATION_VERSION,
    canonical_url,
    content_sha256,
    document_id,
    revision_id,
)
from detente.model import Attempt
from detente.settings import Settings
from detente.warehouse.writer import insert_new, open_writer

_TIME = pa.timestamp("us")


@dataclass(frozen=True, slots=True)
class Source:
    """Where drafts come from; ``known_basis``: 'claimed' for archives, 'fetched' for live feeds."""

    source_id: str
    dataset: str = "news"
    corpus_label: str | None = None
    publisher: str | None = None
    country_code: str | None = None
    language: str | None = None
    is_state_controlled: bool | None = None
    known_basis: Literal["claimed", "fetched"] = "claimed"


@dataclass(slots=True)
class Loaded:
    """What one batch changed: counts of rows, and of attempts by outcome."""

    documents_new: int = 0
    revisions_new: int = 0
    unchanged: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)


def load_readings(
    readings: Iterable[Reading],
    source: Source,
    settings: Settings,
    run_id: str,
    attempts: Sequence[Attempt] = (),
) -> Loaded:
    """Write a batch of readings and the attempts that led to them, in one transaction.

    Bodies and texts are files and go first: a file without a row is harmless, a row without its
    file is not.
    """
    now = datetime.now(UTC)
    rows: dict[str, list[dict[str, Any]]] = {t: [] for t in _KEYS}
    seen: list[tuple[Draft, str]] = []
    tried: list[dict[str, Any]] = [_attempt_row(a, run_id, source.source_id) for a in attempts]
    for reading in readings:
        if isinstance(reading, Failure):
            tried.append(_failure_row(reading, run_id, source.source_id, now))
            continue
        seen.append((reading, _add_rows(rows, reading, source, settings, run_id, now)))
        if reading.notes:
            bad = Failure(reading.subject, "bad_date", "; ".join(reading.notes), stage="parse")
            if "paywalled" in reading.notes:
                bad = Failure(reading.subject, "paywalled", "the page holds a teaser", "extract")
            tried.append(_failure_row(bad, run_id, source.source_id, now))
    loaded = Loaded()
    with open_writer(settings) as con:
        known = _known(con, [r for _, r in seen])
        loaded.documents_new = _insert(con, "raw.documents", rows)
        loaded.revisions_new = _insert(con, "raw.document_revisions", rows)
        _insert(con, "raw.document_urls", rows)
        _insert(con, "raw.document_bodies", rows)
        if loaded.revisions_new:
            assign_stories(con, settings, [r for _, r in seen if r not in known])
        for draft, revision in seen:
            outcome = "unchanged" if revision in known else "ok"
            known.add(revision)
            loaded.unchanged += outcome == "unchanged"
            if outcome == "ok":
                ok = Failure(draft.subject, "ok", "", stage="load", byte_count=len(draft.raw))
                tried.append(_failure_row(ok, run_id, source.source_id, now))
        unchanged = loaded.unchanged
        if unchanged:
            row = Failure(source.source_id, "unchanged", f"{unchanged} items", stage="load")
            tried.append(
                {**_failure_row(row, run_id, source.source_id, now), "item_count": unchanged}
            )
        if tried:
            insert_new(con, "ops.ingest_attempts", _table(tried), ("attempt_id",))
    loaded.outcomes.update(r["outcome"] for r in tried if r["outcome"] not in ("ok", "unchanged"))
    loaded.outcomes["ok"] += loaded.revisions_new
    loaded.outcomes["unchanged"] += loaded.unchanged
    return loaded


_KEYS = {
    "raw.documents": ("document_id",),
    "raw.document_revisions": ("revision_id",),
    "raw.document_urls": ("document_id", "url"),
    "raw.document_bodies": ("document_id", "raw_sha256"),
}


def _add_rows(
    rows: dict[str, list[dict[str, Any]]],
    draft: Draft,
    source: Source,
    settings: Settings,
    run_id: str,
    now: datetime,
) -> str:
    stated = draft.canonical_url or draft.url
    url = canonical_url(stated) if stated else None
    document = document_id(source.source_id, draft.item_id, url)
    content = content_sha256(draft.title, draft.text)
    revision = revision_id(document, content)
    raw_sha = store.put(settings.raw_dir, draft.raw)
    text_sha = store.put(settings.text_dir, draft.text.encode("utf-8", "surrogatepass"))
    published = choose(draft.date_claims, now)
    updated = choose(draft.date_claims, now, "updated")
    known_at, basis = _known_at(source, published, updated, now)
    rows["raw.documents"].append(
        {
            "document_id": document,
            "dataset": source.dataset,
            "corpus_label": source.corpus_label,
            "source_id": source.source_id,
            "feed_item_id": draft.item_id,
            "canonical_url": url,
            "publisher": draft.publisher or source.publisher,
            "publisher_country_code": draft.publisher_country_code or source.country_code,
            "publisher_is_state_controlled": draft.publisher_is_state_controlled
            if draft.publisher_is_state_controlled is not None
            else source.is_state_controlled,
            "first_seen_at": _naive(now),
        }
    )
    rows["raw.document_revisions"].append(
        {
            "revision_id": revision,
            "document_id": document,
            "dataset": source.dataset,
            "content_sha256": content,
            "text_sha256": text_sha,
            "raw_sha256": raw_sha,
            "title": draft.title,
            "language": draft.language or source.language or detect_language(draft),
            "published_at": _naive(published.at) if published and published.at else None,
            "published_at_basis": published.basis if published else "none",
            "date_claims": to_json(draft.date_claims),
            "fetched_at": _naive(now),
            "known_at": _naive(known_at),
            "known_at_basis": basis,
            "origin_publisher": draft.origin_publisher,
            "char_count": len(draft.text),
            "extractor": draft.extractor,
            "extractor_version": draft.extractor_version,
            "normalisation_version": NORMALISATION_VERSION,
            "run_id": run_id,
        }
    )
    if url:
        rows["raw.document_urls"].append(
            {"document_id": document, "url": url, "seen_at": _naive(now)}
        )
    rows["raw.document_bodies"].append(
        {"document_id": document, "raw_sha256": raw_sha, "seen_at": _naive(now)}
    )
    return revision


def _known_at(
    source: Source, published: DateClaim | None, updated: DateClaim | None, now: datetime
) -> tuple[datetime, str]:
    """When a reader could know: archives are believed, feeds are known when they were fetched."""
    if source.known_basis == "claimed":
        for stated in (updated, published):
            if stated is not None and stated.at is not None and is_credible(stated, now):
                return min(stated.at, now + timedelta(days=1)), "claimed"
    return now, "fetched"


def detect_language(draft: Draft) -> str:
    """Return ISO 639-1 of title and lead; 'und' where there is too little to tell."""
    lead = f"{draft.title}. {draft.text[:1000]}"
    if len(lead.split()) < 4 and lead.isascii():
        return "und"
    return str(py3langid.classify(lead)[0])


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _known(con: duckdb.DuckDBPyConnection, revisions: list[str]) -> set[str]:
    if not revisions:
        return set()
    con.register("_wanted", pa.table({"revision_id": revisions}))
    known = con.execute(
        "select distinct r.revision_id from raw.document_revisions as r"
        " inner join _wanted as w on r.revision_id = w.revision_id"
    ).fetchall()
    con.unregister("_wanted")
    return {r for (r,) in known}


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    table = pa.Table.from_pylist(rows)
    # a column of nothing but None would be of type null
    for position, column in enumerate(table.schema):
        if pa.types.is_null(column.type):
            table = table.set_column(position, column.name, pa.nulls(table.num_rows, pa.string()))
    return table


def _insert(
    con: duckdb.DuckDBPyConnection, name: str, rows: dict[str, list[dict[str, Any]]]
) -> int:
    return insert_new(con, name, _table(rows[name]), _KEYS[name]) if rows[name] else 0


def _failure_row(failure: Failure, run_id: str, source_id: str, now: datetime) -> dict[str, Any]:
    return {
        "attempt_id": uuid.uuid4().hex,
        "run_id": run_id,
        "stage": failure.stage,
        "subject": failure.subject[:2000],
        "source_id": source_id,
        "started_at": _naive(now),
        "duration_seconds": 0.0,
        "outcome": failure.outcome,
        "http_status": None,
        "error_class": failure.error_class,
        "message": failure.message or None,
        "byte_count": failure.byte_count,
        "item_count": None,
    }


def _attempt_row(attempt: Attempt, run_id: str, source_id: str) -> dict[str, Any]:
    return {
        "attempt_id": uuid.uuid4().hex,
        "run_id": run_id,
        "stage": attempt.stage,
        "subject": attempt.subject[:2000],
        "source_id": attempt.source_id or source_id,
        "started_at": _naive(attempt.started_at),
        "duration_seconds": attempt.duration_seconds,
        "outcome": attempt.outcome,
        "http_status": attempt.http_status,
        "error_class": attempt.error_class,
        "message": attempt.message,
        "byte_count": attempt.byte_count,
        "item_count": attempt.item_count,
    }
