"""Failed subjects once more: feeds, pages, files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from detente.ingest import feeds
from detente.ingest.addresses import is_address
from detente.ingest.folders import corpus_of, ingest_path
from detente.ingest.load import Loaded, Source
from detente.ingest.sources import Feed, read_feeds
from detente.settings import Settings
from detente.warehouse.writer import open_writer

STAGES = ("fetch", "page", "parse", "extract", "load")
"""Stages of ingestion whose subjects can be tried again."""

Progress = Callable[[int, int], None]


def retry(
    settings: Settings, stage: str, outcome: str, run_id: str, progress: Progress | None = None
) -> Loaded:
    """Try again every subject whose last attempt at a stage ended in an outcome.

    Feeds are asked now, whether it is time or not; pages go back into the queue; files are read
    again under the source and data set that they were filed under.

    Args:
        settings: where the warehouse is.
        stage: one of `STAGES`.
        outcome: one of `drafts.OUTCOMES`.
        run_id: names the run in outcome rows.
        progress: called with (done, to do).
    """
    with open_writer(settings) as con:
        if stage == "page":
            con.execute(
                "update ops.page_queue set tries = 0, outcome = null, done_at = null,"
                " next_at = queued_at where outcome = ?",
                [outcome],
            )
        rows = con.execute(
            """
            select subject, source_id, target, coalesce(dataset, 'news') from ops.ingest_attempts
            where stage = ?
            qualify row_number() over (
                partition by subject, source_id order by started_at desc, attempt_id
            ) = 1 and outcome = ?
            """,
            [stage, outcome],
        ).fetchall()
    totals = Loaded()
    addresses: dict[tuple[str, str], str] = {}
    files: dict[tuple[str, str, str], set[Path]] = defaultdict(set)
    for subject, source_id, target, dataset in rows:
        where = target or subject
        if is_address(where):
            addresses[source_id, dataset] = where
        elif (path := _file_of(subject)) is not None:
            files[where, source_id, dataset].add(path)
        else:
            totals.outcomes["not_found"] += 1
    _ask(settings, addresses, stage, run_id, totals, progress)
    for (target, source_id, dataset), paths in sorted(files.items()):
        source = Source(source_id, dataset, corpus_of(Path(target)).label)
        loaded, _ = ingest_path(
            Path(target), source, settings, run_id, progress, only=sorted(paths)
        )
        totals.add(loaded)
    return totals


def _ask(
    settings: Settings,
    addresses: dict[tuple[str, str], str],
    stage: str,
    run_id: str,
    totals: Loaded,
    progress: Progress | None,
) -> None:
    listed = {f.feed_id: f for f in read_feeds(settings)}
    by_dataset: dict[str, list[Feed]] = defaultdict(list)
    for (source_id, dataset), url in addresses.items():
        if source_id in listed or stage != "page":
            by_dataset[dataset].append(listed.get(source_id) or Feed(source_id, url))
    for dataset, chosen in by_dataset.items():
        loaded, _ = feeds.ingest_feeds(
            chosen, settings, run_id, dataset, force=stage != "page", progress=progress
        )
        totals.add(loaded)


def _file_of(subject: str) -> Path | None:
    """Return the file that a subject like ``folder/file.jsonl:12`` or ``a.warc.gz#3`` is in."""
    for mark in ("", ":", "#", "!"):
        path = Path(subject.rpartition(mark)[0] if mark else subject)
        if path.is_file():
            return path
    return None
