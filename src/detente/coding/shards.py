"""Shards: documents to be coded as files, for workers that have no warehouse.

``plan`` cuts the list of work into shards, ``code_shard`` codes one, anywhere and any number of
times, ``collect`` loads what they left. In between everything is in one folder::

    <shard_dir>/<plan>/todo-00000.parquet     documents with their texts
    <shard_dir>/<plan>/coded-00000/           their rows, a Parquet file per table
    <shard_dir>/<plan>/plan.json              written last: without it there is no plan

Whatever is written bears a name that begins with a dot until it is complete, then it is renamed.
A shard is done when its folder of results holds an outcome for each of its documents; so a killed
worker costs its shard's computing time, and neither a second worker at the same shard nor a second
collection changes anything.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from detente.clock import utc_now
from detente.coding.coder import CodingError, load_coder
from detente.coding.pool import code_apart
from detente.coding.store import (
    KEYS,
    CodingSummary,
    forget_version,
    load_coded,
    load_spool,
    mention_rows,
    spool,
)
from detente.ingest.texts import Revision, read_documents, write_uncoded_revisions
from detente.model import CodedDocument, Document
from detente.settings import Settings
from detente.warehouse.writer import migrate, open_writer

MAX_SHARDS = 1_000
"""Shards per plan: Airflow maps a task 1,024 times at most. What is left is the next plan's."""

_SLICE = 1_000
"""Documents per row group and per write: some 20 MB of rows."""

_OUTCOMES = "ops.coded_revisions"

DOCUMENT_SCHEMA = pa.schema(
    [
        ("shard", pa.int32()),
        ("document_id", pa.string()),
        ("revision_id", pa.string()),
        ("title", pa.string()),
        ("text", pa.string()),
        ("published_at", pa.timestamp("us", tz="UTC")),
        ("publisher", pa.string()),
        ("publisher_country_code", pa.string()),
        ("publisher_is_state_controlled", pa.bool_()),
        ("language", pa.string()),
        ("dataset", pa.string()),
    ]
)
"""A shard's columns: its number, and the fields of `Document`."""


class ShardError(CodingError):
    """A shard is missing, torn, not coded yet, or of another coder; the message says what to do."""


@dataclass(frozen=True, slots=True)
class ShardSummary:
    """What coding one shard did; ``was_done``: nothing, another had done it."""

    shard: str
    document_count: int
    mention_count: int = 0
    was_done: bool = False


def shard_sizes(count: int, size: int, most: int = MAX_SHARDS) -> list[int]:
    """Cut ``count`` documents evenly into as few shards as hold at most ``size`` each.

    What does not fit into ``most`` shards is left out.
    """
    count = min(count, size * most)
    shards = -(-count // size)
    return [count // shards + (n < count % shards) for n in range(shards)]


@lru_cache(maxsize=1)
def table_schemas() -> dict[str, pa.Schema]:
    """Return table -> Arrow schema of the four tables that coding writes, as the warehouse has it.

    Workers have no warehouse: an empty one in memory tells. Columns that have a default are left to
    the warehouse (a row's ``load_number``).
    """
    with duckdb.connect() as con:
        migrate(con)
        found = {}
        for table in KEYS:
            schema, name = table.split(".")
            columns = con.execute(
                "select string_agg(column_name, ', ' order by column_index) from duckdb_columns()"
                " where schema_name = ? and table_name = ? and column_default is null",
                [schema, name],
            ).fetchall()[0][0]
            empty = con.execute(f"select {columns} from {table} limit 0")
            found[table] = empty.to_arrow_table().schema
        return found


# -- planning -------------------------------------------------------------------------------


def plan(settings: Settings, *, limit: int | None = None, recode: bool = False) -> list[Path]:
    """Write what the coder has not seen as shards; return their paths.

    A plan that was not collected yet is gone on with instead, whatever the limit: the paths are
    those of its shards, done ones among them. Texts that are damaged become outcome rows in the
    spool, as they do where coding is local.

    Args:
        settings: where warehouse and shards are, and how large a shard is.
        limit: at most so many documents (default: what `MAX_SHARDS` hold).
        recode: drop what this very coder has coded, and what is planned, and plan everything.

    Raises:
        CodingError: the coder is a language model, or cannot start.
    """
    if settings.coder == "llm":
        raise CodingError(
            "a language model is asked by one process, which counts what it costs: `detente code`"
        )
    coder = load_coder(settings)
    with _planning(settings) as root:
        _sweep(root)
        for folder in _plans(root):
            about = json.loads((folder / "plan.json").read_text())
            if not recode and (about["coder_name"], about["coder_version"]) == _identity(coder):
                return _shards(folder)
            _retire(folder)  # of another coder, or to be done again
        if recode:
            forget_version(settings)
        unfinished = root / f".planning-{uuid.uuid4().hex}"
        unfinished.mkdir()
        work = unfinished / "work.parquet"
        most = settings.shard_documents * MAX_SHARDS
        with open_writer(settings) as con:
            write_uncoded_revisions(con, work, coder.name, coder.version, min(limit or most, most))
        _write_shards(unfinished, work, settings, *_identity(coder))
        work.unlink()
        if not _shards(unfinished):
            shutil.rmtree(unfinished)
            return []
        about = {"coder_name": coder.name, "coder_version": coder.version}
        (unfinished / "plan.json").write_text(json.dumps(about))
        folder = root / f"{utc_now():%Y%m%dT%H%M%S}-{unfinished.name[-8:]}"
        unfinished.rename(folder)
        return _shards(folder)


def _write_shards(
    folder: Path, work: Path, settings: Settings, coder_name: str, coder_version: str
) -> None:
    schema = DOCUMENT_SCHEMA.with_metadata(
        {"coder_name": coder_name, "coder_version": coder_version}
    )
    with pq.ParquetFile(work) as listed:
        sizes = shard_sizes(listed.metadata.num_rows, settings.shard_documents)
        rows = (Revision(**row) for part in listed.iter_batches(_SLICE) for row in part.to_pylist())
        for number, size in enumerate(sizes):
            path = folder / f"todo-{number:05d}.parquet"
            written = 0
            with pq.ParquetWriter(path, schema, compression="zstd") as sink:
                for part in _batched(islice(rows, size)):
                    documents, damaged = read_documents(part, settings)
                    if damaged:
                        spool(settings, [], damaged, coder_name, coder_version)
                    if documents:
                        found = [{"shard": number, **_document_row(d)} for d in documents]
                        sink.write_table(pa.Table.from_pylist(found, schema=schema))
                        written += len(found)
            if not written:  # no text of them is kept any more
                path.unlink()


def _document_row(document: Document) -> dict[str, Any]:
    return {name: getattr(document, name) for name in DOCUMENT_SCHEMA.names if name != "shard"}


def document_of(row: Mapping[str, Any]) -> Document:
    """Make a document of a shard's row."""
    return Document(**{name: value for name, value in row.items() if name != "shard"})


def _identity(coder: Any) -> tuple[str, str]:
    return coder.name, coder.version


def _batched(items: Iterable[Any], size: int = _SLICE) -> Iterator[list[Any]]:
    source = iter(items)
    while part := list(islice(source, size)):
        yield part


@contextmanager
def _planning(settings: Settings) -> Iterator[Path]:
    """Let one process at a time plan or collect; the kernel lets go when it dies."""
    root = settings.shards_path
    root.mkdir(parents=True, exist_ok=True)
    fd = os.open(root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield root
    finally:
        os.close(fd)


def _plans(root: Path) -> list[Path]:
    return sorted(p.parent for p in root.glob("[!.]*/plan.json"))


def _shards(folder: Path) -> list[Path]:
    return sorted(folder.glob("todo-*.parquet"))


def _retire(folder: Path) -> None:
    gone = folder.with_name(f".gone-{folder.name}")
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _sweep(root: Path) -> None:
    """Remove what a killed planner or collector left."""
    for folder in root.glob(".*/"):
        shutil.rmtree(folder, ignore_errors=True)


# -- coding ---------------------------------------------------------------------------------


def coded_folder(shard: Path) -> Path:
    """Return where the results of a shard are once it is done."""
    return shard.with_name(shard.stem.replace("todo-", "coded-"))


def open_shard(shard: Path) -> pq.ParquetFile:
    """Open a shard.

    Raises:
        ShardError: it is not there, or it is torn.
    """
    try:
        return pq.ParquetFile(shard)
    except FileNotFoundError as error:
        raise ShardError(
            f"{shard} is not there: was it collected, or is the shared storage not mounted?"
        ) from error
    except (pa.ArrowInvalid, OSError) as error:
        raise ShardError(
            f"{shard} cannot be read ({error}); delete the folder {shard.parent} and plan anew:"
            " nothing is lost, its documents count as not coded"
        ) from error


def is_done(shard: Path) -> bool:
    """Say whether results lie there that hold an outcome for each of the shard's documents."""
    folder = coded_folder(shard)
    if not folder.exists():
        return False
    try:
        rows = {t: pq.read_metadata(folder / f"{t}.parquet").num_rows for t in KEYS}
    except (pa.ArrowInvalid, OSError):
        return False
    return bool(rows[_OUTCOMES] == count_documents(shard))


def count_documents(shard: Path) -> int:
    """Return how many documents a shard holds."""
    with open_shard(shard) as documents:
        return int(documents.metadata.num_rows)


def require_same_coder(shard: Path, settings: Settings) -> None:
    """Raise `ShardError` where the coder here is not the one that the shard was planned for."""
    with open_shard(shard) as documents:
        about = documents.schema_arrow.metadata
    planned = about[b"coder_name"].decode(), about[b"coder_version"].decode()
    here = _identity(load_coder(settings))
    if here != planned:
        raise ShardError(
            f"{shard} was planned for the coder {' '.join(planned)}, here is {' '.join(here)}:"
            " give every worker the same release, seeds and config/actors.csv"
        )


def code_shard(shard: Path, settings: Settings) -> ShardSummary:
    """Code the documents of a shard, unless that is done; leave the results beside it.

    The documents are coded in a process apart, by the same function as locally: one that kills its
    process or hangs becomes an 'error' row.

    Raises:
        ShardError: the shard is missing or torn, or the coder here is another.
        CodingError: the coder cannot start.
    """
    with open_shard(shard) as source:
        count = source.metadata.num_rows
        if is_done(shard):
            return ShardSummary(shard.name, count, was_done=True)
        require_same_coder(shard, settings)
        name, version = _identity(load_coder(settings))
        datasets: dict[str, str] = {}

        def documents() -> Iterator[Document]:
            for part in source.iter_batches(_SLICE):
                for row in part.to_pylist():
                    document = document_of(row)
                    datasets[document.revision_id] = document.dataset
                    yield document

        mentions = 0
        with write_coded(shard) as sink:
            coded: list[CodedDocument]
            for coded in _batched(code_apart(documents(), settings)):
                for table, rows in mention_rows(datasets, coded, name, version, utc_now()).items():
                    sink[table].write_table(
                        pa.Table.from_pylist(rows, schema=table_schemas()[table])
                    )
                mentions += sum(len(c.mentions) for c in coded)
    return ShardSummary(shard.name, count, mentions)


@contextmanager
def write_coded(shard: Path) -> Iterator[dict[str, pq.ParquetWriter]]:
    """Open a writer for each table of a shard's results; at the end they appear, all or none.

    Where another was first, its results stay and these are dropped.
    """
    unfinished = shard.parent / f".{shard.stem}-{uuid.uuid4().hex}"
    unfinished.mkdir()
    sink = {
        table: pq.ParquetWriter(unfinished / f"{table}.parquet", schema, compression="zstd")
        for table, schema in table_schemas().items()
    }
    try:
        yield sink
        for writer in sink.values():
            writer.close()
        folder = coded_folder(shard)
        if folder.exists() and not is_done(shard):
            folder.rename(unfinished.with_name(f"{unfinished.name}-torn"))
        try:
            unfinished.rename(folder)
        except OSError:
            if not is_done(shard):
                raise
    finally:
        for writer in sink.values():
            writer.close()
        shutil.rmtree(unfinished, ignore_errors=True)


# -- collecting -----------------------------------------------------------------------------


def collect(settings: Settings) -> CodingSummary:
    """Load the results of every plan, one transaction per shard, and remove its files.

    Repeating it changes nothing. Where a shard is not done, nothing of its plan is removed.

    Raises:
        ShardError: a shard is not coded, or its results are torn.
    """
    load_spool(settings)
    outcomes: Counter[str] = Counter()
    documents = mentions = 0
    version = ""
    with _planning(settings) as root:
        for folder in _plans(root):
            shards = _shards(folder)
            waiting = [s.name for s in shards if not is_done(s)]
            if waiting:
                raise ShardError(
                    f"{len(waiting)} of {len(shards)} shards in {folder} are not coded"
                    f" ({', '.join(waiting[:3])}...): code them, or run this again from the start;"
                    " what is coded is not coded again"
                )
            for shard in shards:
                results = coded_folder(shard)
                with open_writer(settings) as con:
                    load_coded(con, results)
                ended = pq.read_table(
                    results / f"{_OUTCOMES}.parquet",
                    columns=["outcome", "mention_count", "coder_version"],
                )
                outcomes.update(ended.column("outcome").to_pylist())
                documents += ended.num_rows
                mentions += sum(ended.column("mention_count").to_pylist())
                version = ended.column("coder_version")[0].as_py()
            _retire(folder)
    return CodingSummary(documents, mentions, dict(outcomes), version)
