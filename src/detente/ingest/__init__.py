"""From sources to documents, exactly once.

`ingest` takes folders, files and feed addresses; `ingest_feeds` takes every enabled feed. Reading
and fetching happen outside the writers' lock; each batch is one transaction that holds documents,
revisions, attempts and the feed's state together.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from detente.ingest import http, policy
from detente.ingest.drafts import Reading
from detente.ingest.feedparse import FeedError, parse_feed
from detente.ingest.files import draft_of_entry, read_bytes
from detente.ingest.folders import corpus_of, ingest_path
from detente.ingest.load import Loaded, Source, load_readings
from detente.ingest.sources import Feed, SourceError, read_feeds
from detente.model import Attempt
from detente.settings import Settings
from detente.warehouse.writer import open_writer

DEFAULT_DATASET = "news"

IngestError = SourceError
"""What ingestion raises when a call itself is wrong."""


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """What a run of ingestion did. ``ok`` is false where a target could not be read at all."""

    documents_new: int = 0
    revisions_new: int = 0
    unchanged: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    ok: bool = True


def ingest(
    targets: Sequence[str],
    settings: Settings,
    *,
    source_id: str | None = None,
    dataset: str | None = None,
    corpus_label: str | None = None,
    run_id: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> IngestSummary:
    """Ingest folders, files and addresses; everything that can be read is, the rest is a row.

    Args:
        targets: paths or http(s) addresses.
        settings: where the warehouse is.
        source_id: the source to file them under (default: the folder's or host's name).
        dataset: the data set they belong to (default: what the folder's corpus.yml says, else
            'news').
        corpus_label: 'illustrative' or 'simulated' for texts that are no real news (default: what
            the text or its folder's corpus.yml says).
        run_id: names the run in outcome rows.
        progress: called with (files done, files to do).
    """
    run_id = run_id or uuid.uuid4().hex
    totals, ok = Loaded(), True
    for target in targets:
        if target.startswith(("http://", "https://")):
            feed = Feed(source_id or target, target, is_enabled=True)
            loaded, reached = _ingest_feed(
                feed, settings, run_id, dataset or DEFAULT_DATASET, force=True
            )
            ok = ok and reached
        else:
            path = Path(target)
            corpus = corpus_of(path)
            source = Source(
                source_id or path.stem,
                dataset or corpus.dataset or DEFAULT_DATASET,
                corpus_label or corpus.label,
            )
            loaded, reached = ingest_path(path, source, settings, run_id, progress)
            ok = ok and reached
        totals.add(loaded)
    return _summary(totals, ok)


def ingest_feeds(
    settings: Settings,
    *,
    run_id: str | None = None,
    dataset: str = DEFAULT_DATASET,
    progress: Callable[[int, int], None] | None = None,
) -> IngestSummary:
    """Ask every enabled feed whose time has come. A feed that fails is a row, not a failure."""
    run_id = run_id or uuid.uuid4().hex
    feeds = [f for f in read_feeds(settings) if f.is_enabled]
    totals = Loaded()
    for number, feed in enumerate(feeds, start=1):
        loaded, _ = _ingest_feed(feed, settings, run_id, dataset)
        totals.add(loaded)
        if progress:
            progress(number, len(feeds))
    return _summary(totals, True)


def _summary(totals: Loaded, ok: bool) -> IngestSummary:
    return IngestSummary(
        totals.documents_new,
        totals.revisions_new,
        totals.unchanged,
        dict(Counter(totals.outcomes)),
        ok,
    )


def _state_of(feed: Feed, settings: Settings) -> policy.FeedState:
    with open_writer(settings) as con:
        row = con.execute(
            "select state from ops.feed_state where source_id = ?", [feed.feed_id]
        ).fetchall()
    state = policy.FeedState.from_dict(json.loads(row[0][0])) if row else policy.FeedState(feed.url)
    return state


def _keep_state(con: duckdb.DuckDBPyConnection, feed: Feed, state: policy.FeedState) -> None:
    con.execute("delete from ops.feed_state where source_id = ?", [feed.feed_id])
    con.execute(
        "insert into ops.feed_state by name"
        " select ? as source_id, ? as url, ? as state, ? as updated_at",
        [feed.feed_id, state.url, json.dumps(state.to_dict()), _now_naive()],
    )


def _now_naive() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _ingest_feed(
    feed: Feed, settings: Settings, run_id: str, dataset: str, *, force: bool = False
) -> tuple[Loaded, bool]:
    """Ask one feed; return what changed, and whether it answered."""
    now = datetime.now(UTC)
    state = _state_of(feed, settings)
    if not force and not policy.is_due(state, now):
        return Loaded(outcomes=Counter({"not_due": 1})), True
    answer = http.get(
        state.url,
        user_agent=settings.user_agent,
        allow_private=settings.allow_private_addresses,
        headers=policy.request_headers(state),
    )
    outcome, message, readings = answer.outcome, answer.message, list[Reading]()
    ttl = answer.max_age_minutes
    if outcome == "ok":
        try:
            parsed = parse_feed(answer.body)
            readings = [draft_of_entry(e, state.url, parsed.language) for e in parsed.entries]
            ttl = max(ttl or 0, parsed.ttl_minutes or 0) or None
        except FeedError as error:
            if error.outcome == "not_a_feed" and force:  # a page that somebody named by hand
                readings = list(read_bytes(answer.body, state.url, ".html", answer.url))
            else:
                outcome, message = error.outcome, str(error)
    attempt = Attempt(
        "fetch",
        state.url,
        now,
        answer.seconds,
        outcome,
        source_id=feed.feed_id,
        http_status=answer.status,
        message=message,
        byte_count=len(answer.body) or None,
        item_count=len(readings) or None,
    )
    source = Source(
        feed.feed_id,
        dataset,
        None,
        feed.publisher or None,
        feed.country_code or None,
        feed.language if feed.kind != "own" else None,
        feed.is_state_controlled,
        "fetched",
    )

    def keep(con: duckdb.DuckDBPyConnection, loaded: Loaded) -> None:
        if outcome in ("ok", "not_modified"):
            after = policy.after_success(
                state,
                now,
                etag=answer.etag,
                last_modified=answer.last_modified,
                known_share=loaded.unchanged / len(readings) if readings else None,
                wished_minutes=ttl,
                moved_to=answer.moved_to,
            )
        else:
            after = policy.after_failure(state, now, outcome, answer.retry_after)
        _keep_state(con, feed, after)

    loaded = load_readings(
        readings, source, settings, run_id, [attempt], target=feed.url, also=keep
    )
    return loaded, outcome in ("ok", "not_modified")
