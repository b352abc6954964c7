"""Which revisions are one story: same URL, same words, nearly the same words. Nothing is deleted.

A story is named by the first revision that was assigned to it and keeps that name as documents
arrive. Near-duplicates are found with MinHash over 3-word shingles within three days
(rensa: recall 1.00 on copies with 5 % of words edited, .92 on truncated ones, no false pair).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa
from rensa import RMinHash

from detente.ingest import store
from detente.ingest.texts import read_text
from detente.settings import Settings
from detente.warehouse.writer import insert_new

METHOD_VERSION = 1
"""Raise it with any change of method or threshold."""

_PERMUTATIONS = 128
_SEED = 42
_BANDS = 32
_THRESHOLD = 0.5
"""Estimated Jaccard similarity of shingle sets above which two texts are one story."""
_WINDOW = timedelta(days=3)
_WORD = re.compile(r"\w+")


def _signature(text: str) -> tuple[int, ...] | None:
    words = _WORD.findall(text.lower())
    if len(words) < 12:
        return None  # a line or two: too little to tell a copy from a coincidence
    hasher = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    hasher.update([" ".join(words[i : i + 3]) for i in range(len(words) - 2)])
    return tuple(hasher.digest())


def _bands(signature: tuple[int, ...]) -> list[tuple[int, tuple[int, ...]]]:
    width = _PERMUTATIONS // _BANDS
    return [(b, signature[b * width : (b + 1) * width]) for b in range(_BANDS)]


def assign_stories(
    con: duckdb.DuckDBPyConnection, settings: Settings, revisions: list[str]
) -> None:
    """Give every new revision its story, comparing with what is there and with one another.

    Levels, the first that holds: 'url' (another source's document under the same canonical URL
    within three days: yearly messages of one source reuse a URL), 'text' (same normalised words),
    'near', else 'none'. A new revision of a known document stays in that
    document's story.
    """
    if not revisions:
        return
    con.register("_new", pa.table({"revision_id": list(dict.fromkeys(revisions))}))
    rows = con.execute(
        """
        with new_days as (
            select
                min(coalesce(r.published_at, r.fetched_at)) as first_at,
                max(coalesce(r.published_at, r.fetched_at)) as last_at
            from raw.document_revisions as r
            inner join _new as n on r.revision_id = n.revision_id
        )
        select
            r.revision_id, r.document_id, d.canonical_url, r.content_sha256, r.text_sha256,
            coalesce(r.published_at, r.fetched_at) as seen_at, s.story_id, d.source_id
        from raw.document_revisions as r
        inner join raw.documents as d on r.document_id = d.document_id
        left join raw.document_stories as s
            on r.revision_id = s.revision_id and s.method_version = ?
        cross join new_days
        where
            s.story_id is null
            or coalesce(r.published_at, r.fetched_at)
            between new_days.first_at - interval 3 day and new_days.last_at + interval 3 day
        order by seen_at, r.revision_id
        """,
        [METHOD_VERSION],
    ).fetchall()
    con.unregister("_new")
    by_document: dict[str, str] = {}
    by_url: dict[str, list[tuple[str, datetime, str]]] = {}
    by_text: dict[str, str] = {}
    by_band: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    entries: list[tuple[tuple[int, ...], datetime, str]] = []
    made: list[dict[str, object]] = []
    now = datetime.now(UTC).replace(tzinfo=None)
    # known ones first, so that a late arrival joins a story instead of renaming it
    for revision, document, url, content, text_sha, at, known, source in sorted(
        rows, key=lambda r: r[6] is None
    ):
        try:
            signature = _signature(read_text(text_sha, settings))
        except (store.BodyMissingError, store.BodyDamagedError):
            signature = None
        story, level = known, ""
        if story is None:
            if document in by_document:
                story, level = by_document[document], "none"
            elif url and (shared := _same_url(source, at, by_url.get(url, []))):
                story, level = shared, "url"
            elif content in by_text:
                story, level = by_text[content], "text"
            elif signature and (near := _nearest(signature, at, by_band, entries)):
                story, level = near, "near"
            else:
                story, level = revision, "none"
            made.append(
                {
                    "revision_id": revision,
                    "story_id": story,
                    "duplicate_level": level,
                    "method_version": METHOD_VERSION,
                    "assigned_at": now,
                }
            )
        by_document.setdefault(document, story)
        if url:
            by_url.setdefault(url, []).append((source, at, story))
        by_text.setdefault(content, story)
        if signature:
            entries.append((signature, at, story))
            for band in _bands(signature):
                by_band.setdefault(band, []).append(len(entries) - 1)
    if made:
        insert_new(
            con,
            "raw.document_stories",
            pa.Table.from_pylist(made),
            ("revision_id", "method_version"),
        )


def _same_url(source: str, at: datetime, seen: list[tuple[str, datetime, str]]) -> str | None:
    return next((st for s, when, st in seen if s != source and abs(when - at) <= _WINDOW), None)


def _nearest(
    signature: tuple[int, ...],
    at: datetime,
    by_band: dict[tuple[int, tuple[int, ...]], list[int]],
    entries: list[tuple[tuple[int, ...], datetime, str]],
) -> str | None:
    candidates = {i for band in _bands(signature) for i in by_band.get(band, ())}
    best, best_share = None, _THRESHOLD
    for i in sorted(candidates):
        other, other_at, story = entries[i]
        if abs(other_at - at) > _WINDOW:
            continue
        share = sum(a == b for a, b in zip(signature, other, strict=True)) / _PERMUTATIONS
        if share >= best_share:
            best, best_share = story, share
    return best
