"""Documents again from their raw bodies: with newer extractors, or from an archive of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import duckdb

from detente.ingest import store
from detente.ingest.dates import claims
from detente.ingest.drafts import DateClaim, Draft, Failure, Reading
from detente.ingest.extract import (
    FRAGMENT_EXTRACTOR,
    FRAGMENT_VERSION,
    PAGE_EXTRACTOR,
    PAGE_VERSION,
    fragment_to_text,
)
from detente.ingest.files import read_bytes
from detente.ingest.identity import content_sha256, revision_id
from detente.ingest.load import Loaded, Source, load_readings
from detente.settings import Settings
from detente.warehouse.writer import open_writer

CURRENT = {FRAGMENT_EXTRACTOR: FRAGMENT_VERSION, PAGE_EXTRACTOR: PAGE_VERSION}
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is stored of a document's revision apart from its body. Times are UTC."""

    document_id: str
    revision_id: str
    source_id: str
    dataset: str
    corpus_label: str | None
    item_id: str | None
    canonical_url: str | None
    publisher: str | None
    publisher_country_code: str | None
    publisher_is_state_controlled: bool | None
    language: str | None
    origin_publisher: str | None
    date_claims: tuple[tuple[str, str, str], ...]
    fetched_at: datetime
    known_at: datetime
    known_at_basis: str
    extractor: str
    extractor_version: str

    def to_dict(self) -> dict[str, Any]:
        values = asdict(self)
        return values | {k: values[k].isoformat() for k in ("fetched_at", "known_at")}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Remembered:
        times = {k: datetime.fromisoformat(values[k]) for k in ("fetched_at", "known_at")}
        claims = tuple((b, f, v) for b, f, v in values["date_claims"])
        return cls(**{**values, **times, "date_claims": claims})

    def source(self) -> Source:
        """Return what the document is filed under."""
        return Source(self.source_id, self.dataset, self.corpus_label)


def remembered_rows(
    con: duckdb.DuckDBPyConnection, *, source_id: str | None = None, dataset: str | None = None
) -> list[tuple[str, Remembered]]:
    """Return (raw_sha256, what is stored) of every revision with a body, oldest first."""
    rows = con.execute(
        """
        select
            r.raw_sha256, d.document_id, r.revision_id, d.source_id, d.dataset, d.corpus_label,
            d.feed_item_id, d.canonical_url, d.publisher, d.publisher_country_code,
            d.publisher_is_state_controlled, r.language, r.origin_publisher,
            coalesce(r.date_claims, '[]'), r.fetched_at, r.known_at, r.known_at_basis,
            r.extractor, r.extractor_version
        from raw.document_revisions as r
        inner join raw.documents as d on r.document_id = d.document_id
        where r.raw_sha256 is not null
            and ($source is null or d.source_id = $source)
            and ($dataset is null or d.dataset = $dataset)
        order by r.known_at, r.fetched_at, r.revision_id
        """,
        {"source": source_id, "dataset": dataset},
    ).fetchall()
    found = []
    for row in rows:
        values = list(row[1:])
        values[12] = tuple((c["basis"], c["field"], c["value"]) for c in json.loads(values[12]))
        values[13], values[14] = (values[i].replace(tzinfo=UTC) for i in (13, 14))
        found.append((row[0], Remembered(*values)))
    return found


def restore(raw: bytes, known: Remembered) -> Reading:
    """Extract a body anew and give it back its identity, dates and the time it became known."""
    reading = _extract(raw, known)
    if isinstance(reading, Failure):
        return reading
    kept = claims(*known.date_claims)
    return replace(
        reading,
        subject=known.canonical_url or known.item_id or known.document_id,
        item_id=known.item_id,
        url=known.canonical_url,
        canonical_url=known.canonical_url,
        publisher=known.publisher,
        publisher_country_code=known.publisher_country_code,
        publisher_is_state_controlled=known.publisher_is_state_controlled,
        language=known.language,
        origin_publisher=known.origin_publisher,
        date_claims=_merged(kept, reading.date_claims),
        source_id=known.source_id,
        dataset=known.dataset,
        corpus_label=known.corpus_label,
        captured_at=known.fetched_at,
        known_at=known.known_at,
        known_at_basis=known.known_at_basis,
    )


def _merged(kept: tuple[DateClaim, ...], new: tuple[DateClaim, ...]) -> tuple[DateClaim, ...]:
    said = {(c.basis, c.field) for c in kept}
    return (*kept, *(c for c in new if (c.basis, c.field) not in said))


def _extract(raw: bytes, known: Remembered) -> Reading:
    subject = known.canonical_url or known.document_id
    if known.extractor == PAGE_EXTRACTOR:
        return next(read_bytes(raw, subject, ".html", known.canonical_url))
    item = _feed_item(raw)
    if item is not None:
        return Draft(
            subject,
            fragment_to_text(item["title"]).replace("\n", " "),
            fragment_to_text(item["html"]),
            raw,
            FRAGMENT_EXTRACTOR,
            FRAGMENT_VERSION,
        )
    suffix = ".md" if raw.startswith(b"---") else ".json" if raw[:1] in b"{[" else ".txt"
    return next(read_bytes(raw, subject, suffix))


def _feed_item(raw: bytes) -> dict[str, str] | None:
    if raw[:1] != b"{":
        return None
    try:
        value = json.loads(raw.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and set(value) == {"title", "html"} else None


def re_extract(
    settings: Settings, run_id: str, progress: Callable[[int, int], None] | None = None
) -> Loaded:
    """Extract every stored body anew that an older extractor read; no request is made.

    Other words make a new revision that became known when the old one did; the same words only
    note the newer extractor. Bodies that are no longer kept are left as they are.
    """
    with open_writer(settings) as con:
        stored = remembered_rows(con)
    done_before = {(known.document_id, raw) for raw, known in stored if _is_current(known)}
    rows = [r for r in stored if (r[1].document_id, r[0]) not in done_before]
    totals = Loaded()
    stream = iter(rows)
    done = 0
    while some := list(islice(stream, _BATCH)):
        by_source: dict[Source, list[Reading]] = {}
        same: list[str] = []
        for raw_sha256, known in some:
            try:
                reading = restore(store.get(settings.raw_dir, raw_sha256), known)
            except store.BodyMissingError:
                continue
            except store.BodyDamagedError as error:
                reading = Failure(known.document_id, "bad_archive", str(error), "extract")
            if isinstance(reading, Draft):
                reading = replace(reading, captured_at=None)  # extracted now, known since then
                content = content_sha256(reading.title, reading.text)
                if revision_id(known.document_id, content) == known.revision_id:
                    same.append(known.revision_id)
            by_source.setdefault(known.source(), []).append(reading)
        for source, readings in by_source.items():
            totals.add(load_readings(readings, source, settings, run_id, target="re-extract"))
        with open_writer(settings) as con:
            for name, version in CURRENT.items():
                con.execute(
                    "update raw.document_revisions set extractor_version = ?"
                    " where extractor = ? and revision_id in (select unnest(?))",
                    [version, name, same],
                )
        done += len(some)
        if progress:
            progress(done, len(rows))
    return totals


def _is_current(known: Remembered) -> bool:
    return CURRENT.get(known.extractor) == known.extractor_version
