"""From sources to documents, exactly once.

`ingest` takes folders, files, archives and feed addresses; `ingest_feeds` takes every enabled
feed. Reading and fetching happen outside the writers' lock; each batch is one transaction that
holds documents, revisions, attempts and the feeds' states together.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from detente.ingest import feeds
from detente.ingest.addresses import is_address
from detente.ingest.folders import corpus_of, ingest_path
from detente.ingest.load import Loaded, Source
from detente.ingest.sources import Feed, SourceError, read_feeds
from detente.settings import Settings

DEFAULT_DATASET = "news"

IngestError = SourceError
"""What ingestion raises when a call itself is wrong."""


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """What a run of ingestion did. ``ok`` is false where a target could not be read at all."""

    documents_new: int = 0
    revisions_new: int = 0
    unchanged: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    ok: bool = True


def ingest(
    targets: Sequence[str],
    settings: Settings,
    *,
    source_id: str | None = None,
    dataset: str | None = None,
    corpus_label: str | None = None,
    run_id: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> IngestSummary:
    """Ingest folders, files and addresses; everything that can be read is, the rest is a row.

    Args:
        targets: paths or http(s) addresses.
        settings: where the warehouse is.
        source_id: the source to file them under (default: the folder's or host's name).
        dataset: the data set they belong to (default: what the folder's corpus.yml says, else
            'news').
        corpus_label: 'illustrative' or 'simulated' for texts that are no real news (default: what
            the text or its folder's corpus.yml says).
        run_id: names the run in outcome rows.
        progress: called with (files done, files to do).
    """
    run_id = run_id or uuid.uuid4().hex
    totals, ok = Loaded(), True
    for target in targets:
        if is_address(target):
            listed = (f for f in read_feeds(settings) if f.url == target and not source_id)
            feed = next(listed, Feed(source_id or target, target, is_enabled=True))
            loaded, reached = feeds.ingest_feeds(
                [feed], settings, run_id, dataset or DEFAULT_DATASET, force=True
            )
            ok = ok and reached
        else:
            path = Path(target)
            corpus = corpus_of(path)
            source = Source(
                source_id or path.stem,
                dataset or corpus.dataset or DEFAULT_DATASET,
                corpus_label or corpus.label,
            )
            loaded, reached = ingest_path(path, source, settings, run_id, progress)
            ok = ok and reached
        totals.add(loaded)
    return _summary(totals, ok)


def ingest_feeds(
    settings: Settings,
    *,
    run_id: str | None = None,
    dataset: str = DEFAULT_DATASET,
    progress: Callable[[int, int], None] | None = None,
) -> IngestSummary:
    """Ask every enabled feed whose time has come. A feed that fails is a row, not a failure."""
    enabled = [f for f in read_feeds(settings) if f.is_enabled]
    totals, _ = feeds.ingest_feeds(
        enabled, settings, run_id or uuid.uuid4().hex, dataset, progress=progress
    )
    return _summary(totals, True)


def _summary(totals: Loaded, ok: bool) -> IngestSummary:
    return IngestSummary(
        totals.documents_new,
        totals.revisions_new,
        totals.unchanged,
        dict(totals.outcomes),
        ok,
    )
