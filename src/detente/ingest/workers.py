"""Reading many files on all cores: workers read, extract, identify and keep the files.

What comes back is small (rows, no bodies), so that the process that writes is not the bottleneck.
A worker that dies or hangs over a file costs that one file, which ends as outcome 'error'.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain, islice
from pathlib import Path

from detente.ingest.archive import Packed, unpack
from detente.ingest.drafts import Failure, Reading
from detente.ingest.files import read_file
from detente.ingest.load import Prepared, Source, prepare
from detente.parallel import Pool
from detente.settings import Settings

_SERIAL_BELOW = 100
"""So few files are read in this process: starting workers takes two seconds."""

Job = Packed | Path | Failure


@dataclass(frozen=True, slots=True)
class Filing:
    """How a target's readings are filed: ``prefix`` is cut from names that are paths."""

    source: Source
    settings: Settings
    run_id: str
    prefix: str


def read_all(jobs: Iterable[Job], filing: Filing, workers: int = 0) -> Iterator[Prepared | Failure]:
    """Yield what the jobs hold, in order.

    Args:
        jobs: files, packed files and failures; taken a few chunks ahead only.
        filing: how readings are filed.
        workers: processes; 0 = one per core, 1 = this process.
    """
    workers = workers or os.cpu_count() or 1
    stream = iter(jobs)
    first = list(islice(stream, _SERIAL_BELOW))
    if workers == 1 or len(first) < _SERIAL_BELOW:
        for job in chain(first, stream):
            yield from read_job(job, filing)
        return
    pool = Pool(partial(_read_chunk, filing), _lost)
    yield from chain.from_iterable(pool.map(chain(first, stream), workers))


def read_job(job: Job, filing: Filing) -> Iterator[Prepared | Failure]:
    """Yield what one job holds, ready for the warehouse. Never raises."""
    now = datetime.now(UTC)
    for reading in _readings(job):
        if isinstance(reading, Failure):
            yield reading
            continue
        if reading.item_id == reading.subject:  # folders move: the path below the target names it
            reading = replace(reading, item_id=reading.subject.removeprefix(filing.prefix))
        yield prepare(reading, filing.source, filing.settings, filing.run_id, now)


def _readings(job: Job) -> Iterable[Reading]:
    if isinstance(job, Failure):
        return [job]
    return unpack(job) if isinstance(job, Packed) else read_file(job)


def _subject(job: Job) -> str:
    return str(job) if isinstance(job, Path) else job.subject


def _read_chunk(filing: Filing, jobs: list[Job]) -> list[list[Prepared | Failure]]:
    return [list(read_job(job, filing)) for job in jobs]


def _lost(job: Job, why: str) -> list[Prepared | Failure]:
    return [Failure(_subject(job), "error", f"reading it {why}", stage="extract")]
