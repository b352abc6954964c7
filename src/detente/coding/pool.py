"""Coding many documents: processes that parse *and* code and return only the results."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice

from detente.coding.coder import code_batch, load_coder
from detente.model import CodedDocument, Document
from detente.parallel import Pool
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
    """Code documents, in order. One that kills its worker or hangs becomes an 'error' row.

    Args:
        documents: any number; they are taken a few batches ahead only.
        settings: seeds and overlay of the coder.
        workers: processes; 0 = one per core, 1 = this process.
    """
    workers = workers or os.cpu_count() or 1
    source = iter(documents)
    first = list(islice(source, _SERIAL_BELOW))
    documents = chain(first, source)
    # a language model is waited for, not computed, and one process must count what it costs
    if workers == 1 or len(first) < _SERIAL_BELOW or settings.coder == "llm":
        coder = load_coder(settings)
        while batch := list(islice(documents, BATCH_DOCUMENTS)):
            yield from code_batch(coder, batch)
        return
    yield from code_apart(documents, settings, workers)


def code_apart(
    documents: Iterable[Document], settings: Settings, workers: int = 1
) -> Iterator[CodedDocument]:
    """Code documents, in order, in processes other than this one, however few they are.

    A document that kills its process or hangs becomes an 'error' row.
    """
    start = partial(_start_worker, settings)
    pool = Pool(_code_batch, _lost, BATCH_DOCUMENTS, DOCUMENT_SECONDS, start)
    yield from pool.map(documents, workers)


_worker_settings: Settings | None = None


def _start_worker(settings: Settings) -> None:
    global _worker_settings
    _worker_settings = settings
    load_coder(settings)
    # what lives as long as the process need not be looked through for garbage: 4 % of the time
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def _code_batch(batch: list[Document]) -> list[CodedDocument]:
    assert _worker_settings is not None
    coder = load_coder(_worker_settings)
    return code_batch(coder, batch)


def _lost(document: Document, why: str) -> CodedDocument:
    return CodedDocument(
        document.document_id, document.revision_id, "error", message=f"the document {why}"
    )
