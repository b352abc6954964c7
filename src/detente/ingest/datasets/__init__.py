"""Event data sets (GDELT, ICEWS) into `raw.dataset_events`: by DuckDB's reader, once each.

`import_dataset` finds files, brings each to where DuckDB can read it, and loads them in batches of
one transaction. A file that is known by name and md5 is not read again, a report that is known by
its id is not written again: an import that was broken off is repeated and goes on where it was.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby, islice
from pathlib import Path

from detente.ingest.addresses import is_address
from detente.ingest.datasets.gdelt import GdeltReader
from detente.ingest.datasets.icews import IcewsReader
from detente.ingest.datasets.layout import LayoutError, Reader, StagedFile
from detente.ingest.datasets.load import Loaded, load_batch
from detente.ingest.datasets.locate import (
    LAST_UPDATE,
    MASTER_LIST,
    Found,
    Refused,
    find,
    stage,
    within,
)
from detente.ingest.sources import SourceError
from detente.model import Attempt
from detente.settings import Settings
from detente.warehouse.attempts import write_attempts
from detente.warehouse.writer import open_writer

BATCH_BYTES = 192 * 1024 * 1024
"""Text per transaction: some 480,000 rows of GDELT, for which the process needs under 1 GB."""

BATCH_FILES = 480
"""Files per transaction: five days of GDELT 2.0, so that a backfill that breaks off loses little."""

DATASETS = ("gdelt", "icews")

_FOLDERS = "datasets-"


@dataclass(slots=True)
class ImportSummary:
    """What an import did, in files and rows. ``ok`` is false where not one file could be read."""

    files_read: int = 0
    files_known: int = 0
    files_failed: int = 0
    rows_read: int = 0
    rows_new: int = 0
    rows_bad: int = 0
    duplicates_marked: int = 0
    actors_unmapped: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    ok: bool = True


def import_dataset(
    name: str,
    targets: Sequence[str],
    settings: Settings,
    *,
    first: date | None = None,
    last: date | None = None,
    actor_map: Path | None = None,
    run_id: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ImportSummary:
    """Import an event data set.

    Args:
        name: 'gdelt' or 'icews'.
        targets: files, folders, addresses, GDELT's lists. None for GDELT: its newest update, or,
            with days given, everything of these days.
        settings: where the warehouse is.
        first: take files of this day and later (by the date in their names).
        last: take files of this day and earlier.
        actor_map: ICEWS only: CSV with actor and country, instead of the files' own countries.
        run_id: names the run in outcome rows.
        progress: called with (files done, files to do).

    Raises:
        SourceError: no such data set, or nothing to read it from.
    """
    run_id = run_id or uuid.uuid4().hex
    reader = _reader(name, actor_map)
    if not targets:
        if name != "gdelt":
            raise SourceError(f"{name} has no public address: name a file or a folder")
        targets = [MASTER_LIST if first or last else LAST_UPDATE]
    run = _Run(reader, settings, run_id)
    files: list[Found] = []
    for target in targets:
        for one in find(target, reader.suffixes, settings):
            if isinstance(one, Refused):
                run.refuse(one)
            else:
                files.append(one)
    files = list(within(files, first, last))
    run.take(files, progress)
    run.summary.outcomes = dict(run.outcomes)
    run.summary.ok = not (
        run.summary.files_failed and not run.summary.files_read and not run.summary.files_known
    )
    return run.summary


def _reader(name: str, actor_map: Path | None) -> Reader:
    if name == "gdelt":
        if actor_map is not None:
            raise SourceError("an actor map is for ICEWS: GDELT's actors carry country codes")
        return GdeltReader()
    if name == "icews":
        return IcewsReader(actor_map)
    raise SourceError(f"{name} is not a data set that is read; these are: {', '.join(DATASETS)}")


class _Run:
    """One import under way: what it found, what waits for the next batch, what came of it."""

    def __init__(self, reader: Reader, settings: Settings, run_id: str) -> None:
        self.reader = reader
        self.settings = settings
        self.run_id = run_id
        self.summary = ImportSummary()
        self.outcomes: Counter[str] = Counter()

    def take(self, files: Sequence[Found], progress: Callable[[int, int], None] | None) -> None:
        known = self._known()
        self.settings.spool_dir.mkdir(parents=True, exist_ok=True)
        _remove_stale(self.settings.spool_dir)
        waiting: list[tuple[str, StagedFile]] = []
        with tempfile.TemporaryDirectory(
            prefix=_FOLDERS, dir=self.settings.spool_dir, ignore_cleanup_errors=True
        ) as folder:
            staged = self._staged(files, known, Path(folder))
            for number, file in enumerate(staged, start=1):
                if isinstance(file, Refused):
                    self.refuse(file)
                elif file is None or (file.name, file.md5) in known:
                    self._note_known()
                else:
                    known.add((file.name, file.md5))
                    self._add(waiting, file)
                size = sum(f.byte_count for _, f in waiting)
                if size >= BATCH_BYTES or len(waiting) >= BATCH_FILES or number == len(files):
                    self._load(waiting)
                    for _, loaded in waiting:
                        if loaded.path.is_relative_to(folder):
                            shutil.rmtree(loaded.path.parent, ignore_errors=True)
                    waiting.clear()
                if progress:
                    progress(number, len(files))

    def _staged(
        self, files: Sequence[Found], known: Container[tuple[str, str]], folder: Path
    ) -> Iterator[StagedFile | Refused | None]:
        """Yield what staging made of each file; None where its md5 is known."""

        def bring(found: Found) -> StagedFile | Refused | None:
            if found.md5 and (found.name, found.md5) in known:
                return None  # not even fetched
            own = Path(tempfile.mkdtemp(dir=folder))
            file = stage(found, own, self.settings, known)
            if not isinstance(file, StagedFile):
                shutil.rmtree(own, ignore_errors=True)
            return file

        cores = os.cpu_count() or 1
        stream = iter(files)
        with ThreadPoolExecutor(cores) as pool:
            while group := list(islice(stream, 2 * cores)):
                # a server sees one connection; what is here is hashed and unpacked on all cores
                is_here = not any(is_address(f.place) for f in group)
                yield from (pool.map if is_here else map)(bring, group)

    def refuse(self, refused: Refused) -> None:
        """Write the outcome row of a file that could not be read."""
        self.summary.files_failed += 1
        self.outcomes[refused.outcome] += 1
        attempt = Attempt(
            "import",
            refused.name,
            datetime.now(UTC),
            0.0,
            refused.outcome,
            http_status=refused.http_status,
            message=refused.message[:500] or None,
        )
        with open_writer(self.settings) as con:
            write_attempts(con, [attempt], self.run_id, self.reader.dataset)

    def _note_known(self) -> None:
        self.summary.files_known += 1
        self.outcomes["unchanged"] += 1

    def _add(self, waiting: list[tuple[str, StagedFile]], staged: StagedFile) -> None:
        try:
            waiting.append((self.reader.layout_of(staged.path), staged))
        except LayoutError as error:
            self.refuse(Refused(staged.name, "unsupported", str(error)))

    def _load(self, waiting: list[tuple[str, StagedFile]]) -> None:
        for layout, group in groupby(sorted(waiting, key=lambda w: w[0]), key=lambda w: w[0]):
            files = [f for _, f in group]
            self._count(load_batch(self.reader, layout, files, self.settings, self.run_id))
            self.summary.files_read += len(files)

    def _count(self, loaded: Loaded) -> None:
        self.summary.rows_read += loaded.rows_read
        self.summary.rows_new += loaded.rows_new
        self.summary.rows_bad += loaded.rows_bad
        self.summary.duplicates_marked += loaded.duplicates
        self.summary.actors_unmapped += loaded.unmapped
        self.outcomes.update(a.outcome for a in loaded.attempts)

    def _known(self) -> set[tuple[str, str]]:
        with open_writer(self.settings) as con:
            rows = con.execute(
                "select file_name, md5 from ops.dataset_files where dataset = ?",
                [self.reader.dataset],
            ).fetchall()
        return {(name, md5) for name, md5 in rows}


def _remove_stale(spool: Path) -> None:
    """Remove what killed imports left: folders that nobody has touched for a day."""
    for folder in spool.glob(f"{_FOLDERS}*"):
        if time.time() - folder.stat().st_mtime > 86_400:
            shutil.rmtree(folder, ignore_errors=True)


__all__ = ["DATASETS", "ImportSummary", "import_dataset"]
