"""Folders, files and archives to documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import yaml

from detente.ingest.archive import open_archive
from detente.ingest.drafts import Failure
from detente.ingest.files import list_files
from detente.ingest.load import Loaded, Source, load_readings
from detente.ingest.workers import Filing, Job, read_all
from detente.settings import Settings

BATCH_FILES = 2_000
"""Readings per transaction: some 10 MB of rows."""

CORPUS_FILE = "corpus.yml"
"""Beside or above texts that are no real news: says their ``dataset`` and ``label``."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a folder says of the texts in it."""

    dataset: str | None = None
    label: str | None = None


def corpus_of(path: Path) -> Corpus:
    """Return what the nearest `CORPUS_FILE` at or above a path says; nothing where there is none.

    So texts that are no real news carry their label whoever ingests them, however.
    """
    path = path.resolve()
    for folder in (path, *path.parents)[:6]:
        try:
            said = yaml.safe_load((folder / CORPUS_FILE).read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError):
            continue
        if isinstance(said, dict):
            return Corpus(said.get("dataset"), said.get("label"))
    return Corpus()


def ingest_path(
    path: Path,
    source: Source,
    settings: Settings,
    run_id: str,
    progress: Callable[[int, int], None] | None = None,
    *,
    only: Sequence[Path] | None = None,
) -> tuple[Loaded, bool]:
    """Read a folder, file or archive into the warehouse.

    Args:
        path: the target; files that say nothing of themselves are named by their path below it.
        source: what they are filed under.
        settings: where the warehouse is.
        run_id: names the run in outcome rows.
        progress: called with (files done, files to do).
        only: of the target, only these files.

    Returns:
        What changed, and whether anything could be read.
    """
    failures: list[Failure] = []
    if only is not None:
        files = list(only)
    elif path.is_dir():
        files, failures = list_files(path)
    else:
        files = [path]
    base = path if path.is_dir() else path.parent

    def jobs() -> Iterator[Job]:
        yield from failures
        for number, file in enumerate(files, start=1):
            yield from open_archive(file)
            if progress:
                progress(number, len(files))

    totals, count, bad = Loaded(), 0, 0
    stream = read_all(jobs(), Filing(source, settings, run_id, f"{base}/"), settings.workers)
    while batch := list(islice(stream, BATCH_FILES)):
        count += len(batch)
        bad += sum(isinstance(r, Failure) for r in batch)
        totals.add(load_readings(batch, source, settings, run_id, target=str(path)))
    return totals, not (count and bad == count)
