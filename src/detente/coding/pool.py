"""Coding many documents: processes that parse *and* code and return only the results.

Work travels in small batches. A worker that dies or hangs loses the one document it was at: its
batch is tried again one by one in a fresh pool, and the document that kills a worker by itself
becomes an 'error' row.
"""

from __future__ import annotations

import multiprocessing as mp
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice

from detente.coding.coder import code_batch, load_coder
from detente.model import CodedDocument, Document
from detente.settings import Settings

BATCH_DOCUMENTS = 32
"""Documents per message: large enough to fill the parser's batches, small enough to retry."""

DOCUMENT_SECONDS = 60.0
"""A document that takes longer is given up."""

_SERIAL_BELOW = 24
"""So few documents are coded in this process: starting workers takes seconds."""


def code_documents(
    documents: Iterable[Document], settings: Settings, workers: int = 0
) -> Iterator[CodedDocument]:
    """Code documents, in order.

    Args:
        documents: any number; they are taken a few batches ahead only.
        settings: seeds and overlay of the coder.
        workers: processes; 0 = one per core, 1 = this process.
    """
    workers = workers or os.cpu_count() or 1
    source = iter(documents)
    first = list(islice(source, _SERIAL_BELOW))
    if workers == 1 or len(first) < _SERIAL_BELOW:
        coder = load_coder(settings)
        documents = chain(first, source)
        while batch := list(islice(documents, BATCH_DOCUMENTS)):
            yield from code_batch(coder, batch)
        return
    yield from _parallel(chain(first, source), settings, workers)


_worker_settings: Settings | None = None


def _start_worker(settings: Settings) -> None:
    global _worker_settings
    _worker_settings = settings
    load_coder(settings)


def _code_batch(batch: list[Document]) -> list[CodedDocument]:
    assert _worker_settings is not None
    coder = load_coder(_worker_settings)
    return code_batch(coder, batch)


def _new_pool(settings: Settings, workers: int) -> ProcessPoolExecutor:
    # forkserver/spawn, never fork: the parent may hold threads and database locks
    return ProcessPoolExecutor(
        workers,
        mp_context=mp.get_context("spawn"),
        initializer=_start_worker,
        initargs=(settings,),
    )


def _parallel(
    documents: Iterator[Document], settings: Settings, workers: int
) -> Iterator[CodedDocument]:
    pool = _new_pool(settings, workers)
    waiting: list[tuple[list[Document], Future[list[CodedDocument]]]] = []
    try:
        while True:
            while len(waiting) < workers * 3 and (
                batch := list(islice(documents, BATCH_DOCUMENTS))
            ):
                waiting.append((batch, pool.submit(_code_batch, batch)))
            if not waiting:
                return
            batch, future = waiting.pop(0)
            try:
                yield from future.result(DOCUMENT_SECONDS * len(batch))
            except (BrokenProcessPool, FutureTimeoutError):
                _kill(pool)
                yield from _one_by_one(batch, settings)
                pool = _new_pool(settings, workers)
                waiting = [(b, pool.submit(_code_batch, b)) for b, _ in waiting]
    finally:
        _kill(pool)


def _one_by_one(batch: list[Document], settings: Settings) -> Iterator[CodedDocument]:
    """Find the document that killed a worker: each alone, a new process after each death."""
    pool = _new_pool(settings, 1)
    for document in batch:
        try:
            yield from pool.submit(_code_batch, [document]).result(DOCUMENT_SECONDS)
        except (BrokenProcessPool, FutureTimeoutError) as error:
            _kill(pool)
            pool = _new_pool(settings, 1)
            took = isinstance(error, FutureTimeoutError)
            reason = f"took longer than {DOCUMENT_SECONDS:.0f} s" if took else "killed its process"
            yield CodedDocument(
                document.document_id,
                document.revision_id,
                "error",
                message=f"the document {reason}",
            )
    _kill(pool)


def _kill(pool: ProcessPoolExecutor) -> None:
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.kill()
