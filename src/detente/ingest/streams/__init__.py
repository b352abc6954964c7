"""Streams of messages to documents: a long-running consumer, every message once.

The offset is stored in the transaction that stores the documents, so that a killed consumer goes on
exactly where the warehouse stands. A message that is no document is a dead letter: an outcome row
that names the stored body, in the same transaction.
"""

from __future__ import annotations

import logging
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import pyarrow as pa

from detente.ingest import store
from detente.ingest.drafts import Draft, Failure
from detente.ingest.load import Batch, Loaded, Prepared, Source, load_batches, prepare
from detente.ingest.streams.messages import (
    Letter,
    Pending,
    Place,
    Stream,
    StreamError,
    open_message,
)
from detente.settings import Settings
from detente.warehouse.writer import WarehouseBusyError, open_writer

_log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
"""How long one poll waits for a first message; SIGTERM is noticed after at most so long."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How the consumer works.

    Attributes:
        count: messages per transaction at most.
        seconds: age at which a batch is stored although it is not full.
        build_every: seconds between builds; 0: none.
        until_idle: end after so many seconds without a message; 0: never.
    """

    count: int = 1000
    seconds: float = 5.0
    build_every: float = 0.0
    until_idle: float = 0.0


@dataclass(slots=True)
class StreamSummary:
    """What a consumer did before it ended."""

    messages: int = 0
    documents_new: int = 0
    revisions_new: int = 0
    unchanged: int = 0
    dead_letters: int = 0
    batches: int = 0
    builds: int = 0


def open_stream(address: str, config: dict[str, str] | None = None) -> Stream:
    """Return the stream of an address: `kafka://brokers/topic`, `redis://host/db/key`, a folder.

    Raises:
        StreamError: no such kind of stream, or its extra is not installed.
    """
    scheme = address.split("://", 1)[0] if "://" in address else "folder"
    if scheme == "kafka":
        from detente.ingest.streams.kafka import KafkaStream

        return KafkaStream(address, config or {})
    if scheme in ("redis", "rediss", "valkey"):
        from detente.ingest.streams.redis import RedisStream

        return RedisStream(address)
    if scheme == "folder":
        from detente.ingest.streams.folder import FolderStream

        return FolderStream(address)
    raise StreamError(f"{scheme}:// is no stream that is read: kafka://, redis:// or a folder")


def consume(
    stream: Stream,
    source: Source,
    settings: Settings,
    pace: Pace | None = None,
    *,
    build: Callable[[], None] | None = None,
    run_id: str | None = None,
    progress: Callable[[StreamSummary], None] | None = None,
) -> StreamSummary:
    """Read a stream into the warehouse until SIGTERM or SIGINT, then store what was read and end.

    While a batch is stored, or marts are built, nothing is read: the stream keeps what it has.

    Args:
        stream: where messages come from.
        source: what they are filed under.
        settings: where the warehouse is.
        pace: sizes and times.
        build: codes, builds and publishes; called between batches, at most every
            ``pace.build_every`` seconds and only where something is new.
        run_id: names the run in outcome rows.
        progress: called after every batch.

    Raises:
        StreamError: the stream cannot be read, or another consumer reads the same one.
    """
    pace = pace or Pace()
    work = _Work(stream, source, settings, run_id or uuid.uuid4().hex)
    with _stopping() as is_stopped:
        work.start()
        pending, last_message = Pending(), time.monotonic()
        last_build, is_new = time.monotonic(), False
        while True:
            now = time.monotonic()
            wait = pending.wait(now, pace.seconds, IDLE_SECONDS)
            read = [] if is_stopped() else stream.poll(pending.room(pace.count), wait)
            now = time.monotonic()
            pending = pending.add(read, now)
            last_message = now if read else last_message
            is_over = is_stopped() or bool(
                pace.until_idle and now - last_message >= pace.until_idle
            )
            if pending.messages and (is_over or pending.is_due(now, pace.count, pace.seconds)):
                is_new = work.store(pending, is_stopped) or is_new
                pending = Pending()
                if progress:
                    progress(work.summary)
            is_time = pace.build_every and time.monotonic() - last_build >= pace.build_every
            if build and is_new and (is_over or is_time) and pace.build_every:
                build()
                work.summary.builds += 1
                last_build, is_new = time.monotonic(), False
            if is_over and not pending.messages:
                return work.summary


class _Work:
    """The consumer's dealings with the warehouse."""

    def __init__(self, stream: Stream, source: Source, settings: Settings, run_id: str) -> None:
        self.stream = stream
        self.source = source
        self.settings = settings
        self.run_id = run_id
        self.summary = StreamSummary()
        self.stored: dict[Place, str] = {}

    def start(self) -> None:
        with open_writer(self.settings) as con:
            self.stored = read_offsets(con, self.stream.name)
        missing = self.stream.start(dict(self.stored))
        if missing:
            load_batches([Batch(self.source, missing)], self.settings, self.run_id)

    def store(self, pending: Pending, is_stopped: Callable[[], bool]) -> bool:
        """Store a batch and its offsets; say whether it held anything new."""
        now = datetime.now(UTC)
        ready: list[Prepared | Failure] = []
        dead = 0
        for message in pending.messages:
            letter = open_message(message)
            dead += letter.is_dead
            ready += self._ready(letter, now)
        offsets = pending.offsets()
        before = {place: self.stored.get(place) for place in offsets}

        def also(con: duckdb.DuckDBPyConnection, _: Loaded) -> None:
            write_offsets(con, before, offsets)

        batch = Batch(self.source, ready, target=self.stream.name, also=also)
        loaded = self._patiently(batch, is_stopped)
        self.stored.update(offsets)
        self.summary.messages += len(pending.messages)
        self.summary.documents_new += loaded.documents_new
        self.summary.revisions_new += loaded.revisions_new
        self.summary.unchanged += loaded.unchanged
        self.summary.dead_letters += dead
        self.summary.batches += 1
        _log.info(
            "run %s: %d messages, %d new, %d dead letters",
            self.run_id, len(pending.messages), loaded.revisions_new, dead,
        )  # fmt: skip
        return loaded.revisions_new > 0

    def _ready(self, letter: Letter, now: datetime) -> Iterator[Prepared | Failure]:
        """Yield what is to be stored of a message; what nobody foresaw must not stop the stream."""
        for reading in letter.readings:
            if isinstance(reading, Draft):
                try:
                    ready = prepare(reading, self.source, self.settings, self.run_id, now)
                    if isinstance(ready, Prepared):
                        yield ready
                        continue
                    reading = ready
                except (ValueError, TypeError, ArithmeticError, LookupError) as error:
                    reading = Failure(
                        reading.subject, "error", str(error)[:300], error_class=type(error).__name__
                    )
            kept = store.put(self.settings.raw_dir, letter.message.raw)
            yield Failure(
                reading.subject,
                reading.outcome,
                f"{reading.message}; kept as {kept}",
                reading.stage,
                reading.error_class,
                reading.byte_count,
            )

    def _patiently(self, batch: Batch, is_stopped: Callable[[], bool]) -> Loaded:
        """Wait as long as another writer needs (a build may take minutes): nothing is lost by it."""
        while True:
            try:
                return load_batches([batch], self.settings, self.run_id)
            except WarehouseBusyError as error:
                if is_stopped():
                    raise
                _log.warning("run %s: waiting: %s", self.run_id, error)


def read_offsets(con: duckdb.DuckDBPyConnection, name: str) -> dict[Place, str]:
    """Return the stored offsets of a stream, and of the files of a watched folder."""
    rows = con.execute(
        "select stream, partition, next_offset from ops.stream_offsets"
        " where stream = ? or starts_with(stream, ? || '/')",
        [name, name],
    ).fetchall()
    return {Place(stream, partition): offset for stream, partition, offset in rows}


def write_offsets(
    con: duckdb.DuckDBPyConnection, before: dict[Place, str | None], after: dict[Place, str]
) -> None:
    """Move offsets, in the caller's transaction, if they still stand where they are thought to.

    Raises:
        StreamError: somebody else has moved them since: another consumer reads this stream.
    """
    places = list(after)
    con.register(
        "_offsets",
        pa.table(
            {
                "stream": [p.stream for p in places],
                "partition": pa.array([p.partition for p in places], pa.int32()),
                "old": pa.array([before[p] for p in places], pa.string()),
                "next_offset": [after[p] for p in places],
            }
        ),
    )
    moved = con.execute(
        """
        select i.stream, i.partition from _offsets as i
        left join ops.stream_offsets as o on i.stream = o.stream and i.partition = o.partition
        where o.next_offset is distinct from i.old
        """
    ).fetchall()
    if moved:
        con.unregister("_offsets")
        raise StreamError(
            f"another consumer has read {moved[0][0]} (partition {moved[0][1]}) meanwhile:"
            " one consumer per stream; stop one of them"
        )
    con.execute(
        """
        delete from ops.stream_offsets as o using _offsets as i
        where o.stream = i.stream and o.partition = i.partition
        """
    )
    con.execute(
        """
        insert into ops.stream_offsets by name
        select stream, partition, next_offset, cast(now() as timestamp) as updated_at
        from _offsets
        """
    )
    con.unregister("_offsets")


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """Turn SIGTERM and SIGINT into a question that the loop asks."""
    asked: list[int] = []
    kinds = (signal.SIGTERM, signal.SIGINT)
    try:
        before = {k: signal.signal(k, lambda number, _: asked.append(number)) for k in kinds}
    except ValueError:  # not the main thread: whoever runs us stops us otherwise
        yield lambda: False
        return
    try:
        yield lambda: bool(asked)
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
