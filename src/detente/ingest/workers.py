"""Reading many files on all cores: workers read, extract, identify and keep the files.

What comes back is small (rows, no bodies), so that the process that writes is not the bottleneck.
A worker that dies or hangs over a file costs that one file, which ends as outcome 'error'.
"""

from __future__ import annotations

import logging
import multiprocessing as mp
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path

from detente.ingest.archive import Packed, unpack
from detente.ingest.drafts import Failure, Reading
from detente.ingest.files import read_file
from detente.ingest.load import Prepared, Source, prepare
from detente.settings import Settings

log = logging.getLogger(__name__)

CHUNK = 32
CHUNK_SECONDS = 300.0
ITEM_SECONDS = 60.0
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
    yield from _parallel(chain(first, stream), filing, workers)


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


def _read_chunk(jobs: list[Job], filing: Filing) -> list[Prepared | Failure]:
    return [item for job in jobs for item in read_job(job, filing)]


def _new_pool(workers: int) -> ProcessPoolExecutor:
    # spawn, never fork: the parent may hold threads and database locks
    return ProcessPoolExecutor(workers, mp_context=mp.get_context("spawn"))


def _kill(pool: ProcessPoolExecutor) -> None:
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.kill()


def _parallel(jobs: Iterator[Job], filing: Filing, workers: int) -> Iterator[Prepared | Failure]:
    pool = _new_pool(workers)
    try:
        pool.submit(_subject, Path("x")).result(ITEM_SECONDS)
    except (BrokenProcessPool, FutureTimeoutError):  # a script without `if __name__ == "__main__"`
        _kill(pool)
        log.warning("workers cannot start here; reading in one process")
        for job in jobs:
            yield from read_job(job, filing)
        return
    waiting: deque[tuple[list[Job], Future[list[Prepared | Failure]]]] = deque()
    try:
        while True:
            while len(waiting) < workers * 3 and (some := list(islice(jobs, CHUNK))):
                waiting.append((some, pool.submit(_read_chunk, some, filing)))
            if not waiting:
                return
            some, future = waiting.popleft()
            try:
                yield from future.result(CHUNK_SECONDS)
            except (BrokenProcessPool, FutureTimeoutError):
                _kill(pool)
                yield from _one_by_one(some, filing)
                pool = _new_pool(workers)
                waiting = deque((c, pool.submit(_read_chunk, c, filing)) for c, _ in waiting)
    finally:
        _kill(pool)


def _one_by_one(jobs: list[Job], filing: Filing) -> Iterator[Prepared | Failure]:
    pool = _new_pool(1)
    for job in jobs:
        try:
            yield from pool.submit(_read_chunk, [job], filing).result(ITEM_SECONDS)
        except (BrokenProcessPool, FutureTimeoutError) as error:
            _kill(pool)
            pool = _new_pool(1)
            took = isinstance(error, FutureTimeoutError)
            why = f"took longer than {ITEM_SECONDS:.0f} s" if took else "killed its process"
            yield Failure(_subject(job), "error", f"reading it {why}", stage="extract")
    _kill(pool)
