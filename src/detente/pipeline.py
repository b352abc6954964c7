"""The stages, one function each, as the DAGs and the command line call them.

Arguments and results are small and plain (they travel through Airflow's XCom); bulk data stay in
files and in the warehouse. Every stage can be repeated without effect.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from detente.coding import shards, store
from detente.ingest import IngestSummary, again, ingest, ingest_feeds
from detente.ingest import retry as retries
from detente.ingest.datasets import import_dataset
from detente.ingest.load import Loaded, Source
from detente.ingest.streams import Pace, StreamSummary, consume, open_stream
from detente.model import Attempt
from detente.overrides import sync_overrides
from detente.settings import Settings, get_settings
from detente.transform import run_build
from detente.warehouse.attempts import write_attempts
from detente.warehouse.builds import built_fingerprint
from detente.warehouse.fingerprint import inputs_fingerprint, published_fingerprint
from detente.warehouse.publish import publish as publish_copy
from detente.warehouse.writer import open_writer

Progress = Callable[[int, int], None]


class StageError(RuntimeError):
    """A stage could not do its work; the message says what to do."""


def new_run_id() -> str:
    """Return an id that sorts by time and is unique."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"


def ingest_targets(
    targets: Sequence[str],
    *,
    dataset: str | None = None,
    corpus_label: str | None = None,
    source_id: str | None = None,
    run_id: str | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Ingest the targets, or every enabled feed where there are none.

    Returns:
        The fields of `IngestSummary` as a plain dict.

    Raises:
        StageError: not one target could be read.
    """
    settings = settings or get_settings()
    run_id = run_id or new_run_id()
    summary: IngestSummary
    if targets:
        summary = ingest(
            targets,
            settings,
            source_id=source_id,
            dataset=dataset,
            corpus_label=corpus_label,
            run_id=run_id,
            progress=progress,
        )
    else:
        summary = ingest_feeds(settings, run_id=run_id, progress=progress)
    return asdict(summary)


def re_extract(
    *, settings: Settings | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Extract stored bodies anew that an older extractor read; no request is made."""
    return _plain(again.re_extract(settings or get_settings(), new_run_id(), progress))


def retry(
    stage: str,
    outcome: str,
    *,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Try again what ended in an outcome at a stage of ingestion or at 'code'.

    Raises:
        StageError: the stage has no subjects to try again.
    """
    settings = settings or get_settings()
    if stage in retries.STAGES:
        return _plain(retries.retry(settings, stage, outcome, new_run_id(), progress))
    if stage == "code":
        with open_writer(settings) as con:
            con.execute("delete from ops.coded_revisions where outcome = ?", [outcome])
        return code(settings=settings, progress=progress)
    raise StageError(
        f"--stage is one of {', '.join(retries.STAGES)}, code; a build is repeated by `detente build`"
    )


def _plain(loaded: Loaded) -> dict[str, Any]:
    # asdict makes a counter of the counter's pairs
    return {**asdict(loaded), "outcomes": dict(loaded.outcomes)}


def import_events(
    dataset: str,
    targets: Sequence[str],
    *,
    first: date | None = None,
    last: date | None = None,
    actor_map: Path | None = None,
    run_id: str | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Import an event data set; returns `ImportSummary` as a dict."""
    summary = import_dataset(
        dataset,
        targets,
        settings or get_settings(),
        first=first,
        last=last,
        actor_map=actor_map,
        run_id=run_id or new_run_id(),
        progress=progress,
    )
    return asdict(summary)


def stream_messages(
    address: str,
    *,
    source_id: str | None = None,
    dataset: str = "news",
    pace: Pace | None = None,
    config: dict[str, str] | None = None,
    settings: Settings | None = None,
    progress: Callable[[StreamSummary], None] | None = None,
) -> dict[str, Any]:
    """Read a stream until SIGTERM; returns `StreamSummary` as a dict.

    With ``pace.build_every`` it codes, builds and publishes between batches, in this process.

    Raises:
        StreamError: the stream cannot be read.
    """
    settings = settings or get_settings()

    def build_and_publish() -> None:
        code(settings=settings)
        build(settings=settings)
        publish(settings=settings)

    stream = open_stream(address, config)
    try:
        summary = consume(
            stream,
            Source(source_id or stream.name.split("/")[-1], dataset, known_basis="fetched"),
            settings,
            pace,
            build=build_and_publish,
            run_id=new_run_id(),
            progress=progress,
        )
    finally:
        stream.close()
    return asdict(summary)


def code_to_spool(
    *,
    settings: Settings | None = None,
    limit: int | None = None,
    coder: str | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Code what is new; leave the results in the spool. Returns `CodingSummary` as a dict."""
    settings = with_coder(settings or get_settings(), coder)
    return asdict(store.code_to_spool(settings, limit=limit, progress=progress))


def load_spool(*, settings: Settings | None = None) -> int:
    """Load what coding left in the spool; return the number of batches."""
    return store.load_spool(settings or get_settings())


def code(
    *,
    settings: Settings | None = None,
    limit: int | None = None,
    recode: bool = False,
    coder: str | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Code what is new (or everything again) and load it.

    Args:
        settings: the process's own unless given.
        limit: at most so many documents.
        recode: drop what this very version has coded and code it again.
        coder: 'rules' or 'llm', where it is not the one of the settings.
        progress: called with (documents done, documents to do).
    """
    settings = with_coder(settings or get_settings(), coder)
    return asdict(store.code_new(settings, limit=limit, recode=recode, progress=progress))


def plan_shards(*, settings: Settings | None = None, limit: int | None = None) -> list[str]:
    """Write what is to be coded as shards, or go on with a plan; return the shards' paths."""
    return [str(path) for path in shards.plan(settings or get_settings(), limit=limit)]


def code_shard(path: str, *, settings: Settings | None = None) -> dict[str, Any]:
    """Code one shard, unless that is done; return `ShardSummary` as a dict."""
    return asdict(shards.code_shard(Path(path), settings or get_settings()))


def collect_shards(*, settings: Settings | None = None) -> dict[str, Any]:
    """Load what the shards' workers left; return `CodingSummary` as a dict."""
    return asdict(shards.collect(settings or get_settings()))


def code_on_spark(
    *,
    settings: Settings | None = None,
    limit: int | None = None,
    recode: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Code what is new (or everything again) on Spark and load it.

    Args:
        settings: the process's own unless given.
        limit: at most so many documents.
        recode: drop what this very version has coded and code it again.
        progress: called with (shards done, shards to do).

    Raises:
        CodingError: there is no Spark, or it gave up.
    """
    from detente.coding import spark

    settings = settings or get_settings()
    spark.code_shards(shards.plan(settings, limit=limit, recode=recode), settings, progress)
    return collect_shards(settings=settings)


def with_coder(settings: Settings, coder: str | None) -> Settings:
    """Return the settings with this coder; as they are for None."""
    return settings.model_copy(update={"coder": coder}) if coder else settings


def is_up_to_date(settings: Settings | None = None) -> bool:
    """Say whether what is published follows from what is in the warehouse now."""
    settings = settings or get_settings()
    if not settings.warehouse_link.exists():
        return False
    with open_writer(settings) as con:
        sync_overrides(con, settings)
        return published_fingerprint(con) == inputs_fingerprint(con, settings)


def build(*, settings: Settings | None = None, full_refresh: bool = False) -> dict[str, Any]:
    """Derive and test the marts with dbt in the private build file, where anything changed.

    Returns:
        ``models``, ``tests``, ``seconds``, and ``kind``: 'nothing new', 'incremental', or 'full'
        with its reason.

    Raises:
        StageError: a model or test failed; nothing is published.
    """
    settings = settings or get_settings()
    with open_writer(settings) as con:
        sync_overrides(con, settings)
        if not full_refresh and built_fingerprint(con) == inputs_fingerprint(con, settings):
            return {"models": 0, "tests": 0, "seconds": 0.0, "kind": "nothing new"}
    with attempt(settings, "build", "marts"):
        result = run_build(settings, full_refresh=full_refresh)
        if not result.ok:
            raise StageError(
                "the build failed and nothing was published; readers keep the last version.\n"
                + "\n".join(result.failures)
            )
    return {
        "models": result.model_count,
        "tests": result.test_count,
        "seconds": result.seconds,
        "kind": f"full: {result.why_full}" if result.why_full else "incremental",
    }


def publish(*, settings: Settings | None = None) -> str:
    """Publish the build file; return the version's name."""
    settings = settings or get_settings()
    with attempt(settings, "publish", "warehouse"):
        return publish_copy(settings).version


@contextmanager
def attempt(settings: Settings, stage: str, subject: str) -> Iterator[None]:
    """Record how a stage ended in `ops.ingest_attempts`, whatever happens to it."""
    started = datetime.now(UTC)
    outcome, error_class, message = "ok", None, None
    try:
        yield
    except Exception as error:
        outcome, error_class, message = "error", type(error).__name__, str(error)[:2000]
        raise
    finally:
        ended = Attempt(
            stage,
            subject,
            started,
            (datetime.now(UTC) - started).total_seconds(),
            outcome,
            error_class=error_class,
            message=message,
        )
        with open_writer(settings) as con:
            write_attempts(con, [ended], new_run_id())
