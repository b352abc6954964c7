"""Coding what is new in the warehouse: the list of work, the spool, the load.

The writers' lock is held for the list and for the load only. In between the results wait in
``spool/*.parquet``; a crash there costs the batch's computing time and nothing else, because the
list of work is what ``ops.coded_revisions`` does not hold yet.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from detente.clock import utc_now
from detente.coding.coder import Coder, load_coder
from detente.coding.jsonl import mention_to_dict
from detente.coding.pool import code_documents
from detente.ingest.store import path_of
from detente.ingest.texts import read_documents, uncoded_revisions
from detente.model import Attempt, CodedDocument, Document
from detente.settings import Settings
from detente.warehouse.attempts import write_attempts
from detente.warehouse.writer import insert_new, open_writer, transaction, writer_lock

BATCH_DOCUMENTS = 5_000
"""Documents per spool file and transaction: some 100 MB of results at most."""

KEYS: dict[str, tuple[str, ...]] = {
    "raw.event_mentions": ("mention_id", "coder_version"),
    "raw.document_countries": ("revision_id", "country_code", "coder_version"),
    "raw.uncoded_sentences": ("revision_id", "sentence_number", "coder_version"),
    "ops.coded_revisions": ("revision_id", "coder_name", "coder_version"),
}
"""The four tables that coding writes, and what identifies a row of each."""


@dataclass(frozen=True, slots=True)
class CodingSummary:
    """What one run of coding did. Counts of documents, mentions, and documents by outcome."""

    document_count: int = 0
    mention_count: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    coder_version: str = ""


def code_to_spool(
    settings: Settings,
    *,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> CodingSummary:
    """Code every revision that the current coder has not seen; leave the results in the spool.

    A new coder version has seen nothing, so this recodes; the old version's mentions stay.

    Args:
        settings: where the warehouse is, how many processes.
        limit: at most so many documents (default: all).
        progress: called with (documents done, documents to do).
    """
    coder = load_coder(settings)
    if settings.coder == "llm":
        limit = min(limit or settings.llm_max_documents, settings.llm_max_documents)
    with open_writer(settings) as con:
        work = uncoded_revisions(con, coder.name, coder.version, limit)
    outcomes: Counter[str] = Counter()
    mention_count = 0
    done = 0
    for start in range(0, len(work), BATCH_DOCUMENTS):
        part = work[start : start + BATCH_DOCUMENTS]
        batch, coded = read_documents(part, settings)
        done += len(part) - len(batch)
        for result in code_documents(batch, settings, settings.workers):
            coded.append(result)
            done += 1
            if progress:
                progress(done, len(work))
        outcomes.update(c.outcome for c in coded)
        waiting = [c for c in coded if c.outcome == "limited"]
        if waiting:
            _tell_limit(settings, coder, waiting)
            coded = [c for c in coded if c.outcome != "limited"]
        spool(settings, batch, coded, coder.name, coder.version)
        mention_count += sum(len(c.mentions) for c in coded)
    return CodingSummary(len(work), mention_count, dict(outcomes), coder.version)


def _tell_limit(settings: Settings, coder: Coder, waiting: list[CodedDocument]) -> None:
    """Write the outcome row of a run that stopped at a limit; its documents wait for the next."""
    ended = Attempt(
        "code", f"{coder.name} {coder.version}", datetime.now(UTC), 0.0, "limited",
        message=f"{waiting[0].message}; {len(waiting)} documents wait for the next run",
        item_count=len(waiting),
    )  # fmt: skip
    with open_writer(settings) as con:
        write_attempts(con, [ended], uuid.uuid4().hex)


def load_spool(settings: Settings) -> int:
    """Load every finished batch in the spool, one transaction each; return how many there were.

    Loading a batch twice changes nothing, so a crash between commit and removal is harmless.
    """
    batches = sorted(p for p in settings.spool_dir.glob("coded-*") if p.is_dir())
    for folder in batches:
        # the lock holds until the folder is gone: two loaders must not take one batch
        with writer_lock(settings):
            with transaction(settings) as con:
                load_coded(con, folder)
            shutil.rmtree(folder, ignore_errors=True)  # another loader was first
    return len(batches)


def load_coded(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Insert the rows of a folder of results that are new; what was taken down meanwhile stays out.

    Args:
        con: an open writer.
        folder: holds ``<table>.parquet`` for each of the four tables that has rows.
    """
    for table, key in KEYS.items():
        path = folder / f"{table}.parquet"
        if path.exists():
            rows = pq.read_table(path)
            con.register("_coded", rows.select(["revision_id"]))
            gone = con.execute(
                "select distinct revision_id from _coded"
                " where revision_id not in (select revision_id from raw.document_revisions)"
            ).to_arrow_table()
            con.unregister("_coded")
            if gone.num_rows:
                rows = rows.filter(~pc.field("revision_id").isin(gone.column(0)))
            insert_new(con, table, rows, key)


def forget_version(settings: Settings) -> None:
    """Drop what the very coder of these settings has coded, where the text to code again is kept.

    Other versions' mentions stay, and so do those of texts that are gone.
    """
    coder = load_coder(settings)
    with open_writer(settings) as con:
        coded = con.execute(
            "select c.revision_id, r.text_sha256 from ops.coded_revisions as c"
            " inner join raw.document_revisions as r on c.revision_id = r.revision_id"
            " where c.coder_version = ?",
            [coder.version],
        ).fetchall()
        kept = [r for r, text in coded if path_of(settings.text_dir, text).exists()]
        con.register("_kept", pa.table({"revision_id": pa.array(kept, pa.string())}))
        for table in KEYS:
            con.execute(
                f"delete from {table} where coder_version = ?"
                " and revision_id in (select revision_id from _kept)",
                [coder.version],
            )
        con.unregister("_kept")


def code_new(
    settings: Settings,
    *,
    limit: int | None = None,
    recode: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> CodingSummary:
    """Code what is new and load it (:func:`code_to_spool`, then :func:`load_spool`).

    Args:
        settings: where the warehouse is.
        limit: at most so many documents.
        recode: drop what this very version has coded and code it again, where the text is still
            kept; other versions' mentions stay.
        progress: called with (documents done, documents to do).
    """
    if recode:
        forget_version(settings)
    summary = code_to_spool(settings, limit=limit, progress=progress)
    load_spool(settings)
    return summary


def mention_rows(
    datasets: Mapping[str, str],
    coded: Iterable[CodedDocument],
    name: str,
    version: str,
    at: datetime,
) -> dict[str, list[dict[str, Any]]]:
    """Turn coded documents into rows of the four tables that coding writes.

    Args:
        datasets: revision id -> data set, of every document that was coded.
        coded: what the coder said of them.
        name: the coder's.
        version: the coder's.
        at: when, UTC without a zone.
    """
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in KEYS}
    stamp = {"coder_version": version}
    for result in coded:
        common = {"revision_id": result.revision_id}
        for mention in result.mentions:
            row = mention_to_dict(mention)
            row.update(
                common,
                document_id=result.document_id,
                dataset=datasets[result.revision_id],
                attribution=json.dumps(row["attribution"], ensure_ascii=False),
                coder_name=name,
                coded_at=at,
                **stamp,
            )
            rows["raw.event_mentions"].append(row)
        rows["raw.document_countries"] += [
            {**common, "country_code": code, "mention_count": n, **stamp}
            for code, n in sorted(result.countries.items())
        ]
        rows["raw.uncoded_sentences"] += [
            {
                **common,
                "sentence_number": u.sentence_number,
                "sentence": u.sentence,
                "country_codes": ",".join(u.country_codes),
                "candidate_predicate": u.candidate_predicate,
                "reason": u.reason,
                **stamp,
            }
            for u in result.uncoded
        ]
        rows["ops.coded_revisions"].append(
            {
                **common,
                "coder_name": name,
                "outcome": result.outcome,
                "mention_count": len(result.mentions),
                "sentence_count": result.sentence_count,
                "duration_seconds": result.duration_seconds,
                "message": result.message,
                "coded_at": at,
                **stamp,
            }
        )
    return rows


def spool(
    settings: Settings,
    batch: list[Document],
    coded: list[CodedDocument],
    name: str,
    version: str,
) -> None:
    """Leave results in the spool, complete or not at all."""
    at = utc_now()
    datasets = {d.revision_id: d.dataset for d in batch}
    identity = uuid.uuid4().hex
    unfinished = settings.spool_dir / f".unfinished-{identity}"
    unfinished.mkdir(parents=True)
    for table, rows in mention_rows(datasets, coded, name, version, at).items():
        if rows:
            pq.write_table(pa.Table.from_pylist(rows), unfinished / f"{table}.parquet")
    unfinished.rename(settings.spool_dir / f"coded-{identity}")
