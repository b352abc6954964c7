"""Feeds to documents: plan, fetch side by side, parse, decide, commit.

Fetching is asynchronous and mannered (`http`, `courtesy`); what to ask and what to remember is
decided purely (`policy`). Documents, attempts, the feed's state and what is remembered of hosts
commit in one transaction: a process killed at any point asks again and loses nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import duckdb
import pyarrow as pa

from detente.clock import utc_now
from detente.ingest import pages, policy
from detente.ingest.bounded import EncodingError, gunzip
from detente.ingest.courtesy import Courtesy, HostState
from detente.ingest.drafts import Draft, Reading
from detente.ingest.extract import is_challenge
from detente.ingest.feedparse import FeedError, ParsedFeed, parse_feed
from detente.ingest.files import draft_of_entry, read_bytes
from detente.ingest.http import MAX_BYTES, Answer, Fetcher, run
from detente.ingest.load import Batch, Loaded, Source, load_batches
from detente.ingest.sources import Feed, choose_feeds, write_own
from detente.model import Attempt
from detente.settings import Settings
from detente.warehouse.writer import open_writer

BATCH_READINGS = 2_000
BATCH_SECONDS = 5.0
"""A transaction is made of so many readings, or of what came within so long."""

log = logging.getLogger(__name__)

MakeFetcher = Callable[[Courtesy | None], Fetcher]


@dataclass(frozen=True, slots=True)
class _Fetched:
    feed: Feed
    state: policy.FeedState
    answer: Answer
    asked_at: datetime


def source_of(feed: Feed, dataset: str) -> Source:
    """Return what a feed's documents are filed under."""
    return Source(
        feed.feed_id,
        dataset,
        None,
        feed.publisher or None,
        feed.country_code or None,
        feed.language if feed.kind != "own" else None,
        feed.is_state_controlled,
        "fetched",
    )


def ingest_feeds(
    feeds: Sequence[Feed],
    settings: Settings,
    run_id: str,
    dataset: str,
    *,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
    make_fetcher: MakeFetcher | None = None,
) -> tuple[Loaded, bool]:
    """Ask the feeds whose time has come; return what changed, and whether each answered.

    Args:
        feeds: which.
        settings: warehouse, user agent, pauses.
        run_id: names the run in outcome rows.
        dataset: of the documents.
        force: ask whether it is time or not, and take a page for what it is where a feed was
            expected (an address that a person named).
        progress: called with (feeds done, feeds to do).
        make_fetcher: from manners to a fetcher (tests, other resolvers).
    """
    with open_writer(settings) as con:
        stored = _read_states(con)
        hosts = _read_hosts(con)
    now = datetime.now(UTC)
    totals = Loaded()
    due: list[tuple[Feed, policy.FeedState, policy.FetchPlan]] = []
    for feed in feeds:
        state = policy.state_for(feed.url, stored.get(feed.feed_id))
        fetch = policy.plan(state, now, force=force)
        if fetch.is_due:
            due.append((feed, state, fetch))
        else:
            totals.outcomes["not_due"] += 1
    courtesy = Courtesy(settings.user_agent, settings.request_gap_seconds, hosts)
    make = make_fetcher or default_fetcher(settings)
    line = _Line(settings, run_id, dataset, courtesy, totals, force, progress, len(due))
    run(line.go(due, make))
    with_pages = [f for f in feeds if f.fetch_pages]
    if with_pages:
        found = pages.fetch_pages(
            {f.feed_id: source_of(f, dataset) for f in with_pages},
            settings, run_id, courtesy, make, progress,
        )  # fmt: skip
        totals.add(found)
    return totals, line.all_answered


def default_fetcher(settings: Settings) -> MakeFetcher:
    """Return how fetchers are made from the settings."""
    return lambda courtesy: Fetcher(
        settings.user_agent,
        courtesy,
        allow_private=settings.allow_private_addresses,
        max_concurrent=settings.max_concurrent_requests,
    )


class _Line:
    """One run: feeds are fetched side by side while batches of what came are loaded."""

    def __init__(
        self, settings: Settings, run_id: str, dataset: str, courtesy: Courtesy, totals: Loaded,
        force: bool, progress: Callable[[int, int], None] | None, total: int,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._run_id = run_id
        self._dataset = dataset
        self._courtesy = courtesy
        self._totals = totals
        self._force = force
        self._progress = progress
        self._total = total
        self._done = 0
        self._states: dict[str, policy.FeedState] = {}
        self.all_answered = True

    async def go(
        self, due: list[tuple[Feed, policy.FeedState, policy.FetchPlan]], make: MakeFetcher
    ) -> None:
        """Fetch and load. What has come when a failure strikes is loaded first."""
        queue: asyncio.Queue[_Fetched | None] = asyncio.Queue(maxsize=64)
        async with make(self._courtesy) as fetcher, asyncio.TaskGroup() as group:
            loader = group.create_task(self._load(queue))

            async def ask(feed: Feed, state: policy.FeedState, fetch: policy.FetchPlan) -> None:
                asked_at = datetime.now(UTC)
                answer = await fetcher.get(fetch.url, dict(fetch.headers))
                await queue.put(_Fetched(feed, state, answer, asked_at))

            async with asyncio.TaskGroup() as asking:
                for one in due:
                    asking.create_task(ask(*one))
            await queue.put(None)
            await loader

    async def _load(self, queue: asyncio.Queue[_Fetched | None]) -> None:
        waiting: list[Batch] = []
        count, since = 0, time.monotonic()
        is_open = True
        while is_open:
            left = max(0.0, since + BATCH_SECONDS - time.monotonic()) if waiting else None
            try:
                fetched = await asyncio.wait_for(queue.get(), left)
            except TimeoutError:
                fetched = None
            else:
                is_open = fetched is not None
            if fetched is not None:
                since = since if waiting else time.monotonic()
                waiting.append(self._batch(fetched))
                count += len(waiting[-1].readings)
                self._done += 1
                if self._progress:
                    self._progress(self._done, self._total)
                if count < BATCH_READINGS and time.monotonic() - since < BATCH_SECONDS:
                    continue
            if waiting:
                waiting.append(Batch(Source("feeds"), also=self._keep))
                loaded = await asyncio.to_thread(
                    load_batches, waiting, self._settings, self._run_id
                )
                self._totals.add(loaded)
            waiting, count = [], 0

    def _keep(self, con: duckdb.DuckDBPyConnection, _: Loaded) -> None:
        states, self._states = self._states, {}
        _keep_states(con, "ops.feed_state", "source_id", {
            source: {"url": s.url, "state": json.dumps(s.to_dict())} for source, s in states.items()
        })  # fmt: skip
        keep_hosts(con, self._courtesy)

    def _batch(self, fetched: _Fetched) -> Batch:
        feed, answer = fetched.feed, fetched.answer
        outcome, message, parsed, readings = read_answer(feed, answer, is_page_fine=self._force)
        self.all_answered &= outcome in ("ok", "not_modified")
        if answer.redirects:
            message = f"{message + '; ' if message else ''}redirected to {answer.redirects[-1]}"
        attempt = Attempt(
            "fetch",
            fetched.state.url,
            fetched.asked_at,
            answer.seconds,
            outcome,
            source_id=feed.feed_id,
            http_status=answer.status,
            message=message,
            byte_count=len(answer.body) or None,
            item_count=len(readings) or None,
        )
        log.info(
            "run=%s stage=fetch source=%s outcome=%s status=%s items=%d bytes=%d seconds=%.2f",
            self._run_id, feed.feed_id, outcome, answer.status, len(readings), len(answer.body),
            answer.seconds,
        )  # fmt: skip
        ttl = parsed.ttl_minutes if parsed else None
        reply = policy.Reply(
            outcome,
            answer.etag,
            answer.last_modified,
            len(readings),
            wished_minutes=max(answer.max_age_minutes or 0, ttl or 0) or None,
            retry_after=answer.retry_after,
            moved_to=answer.moved_to,
        )
        source = source_of(feed, self._dataset)
        queued = [r for r in readings if feed.fetch_pages and isinstance(r, Draft) and r.url]
        direct = [r for r in readings if not any(r is q for q in queued)] if queued else readings

        def keep(con: duckdb.DuckDBPyConnection, loaded: Loaded) -> None:
            known = loaded.unchanged
            if queued:
                known += pages.enqueue(con, self._settings, source, queued)
            after = policy.decide(
                fetched.state,
                replace(reply, known_count=known),
                datetime.now(UTC),
                random.random(),
            )
            self._states[feed.feed_id] = after

        return Batch(source, direct, [attempt], feed.url, keep)


def read_answer(
    feed: Feed, answer: Answer, *, is_page_fine: bool = False
) -> tuple[str, str | None, ParsedFeed | None, list[Reading]]:
    """Parse what came: outcome, message, the feed, its items."""
    if answer.outcome != "ok":
        return answer.outcome, answer.message, None, []
    body = answer.body
    try:
        if body[:2] == b"\x1f\x8b":  # a file that is itself compressed, as sitemaps are
            unpacked = gunzip(body, MAX_BYTES)
            if unpacked is None:
                return "too_large", f"more than {MAX_BYTES} bytes unpacked", None, []
            body = unpacked
        parsed = parse_feed(body)
    except EncodingError as error:
        return "bad_encoding", str(error), None, []
    except FeedError as error:
        if error.outcome == "not_a_feed":
            if is_challenge(body[:200_000].decode("utf-8", "replace")):
                return "blocked", "a challenge page instead of a feed", None, []
            if is_page_fine:
                page = list(read_bytes(body, answer.url, ".html", answer.url, answer.charset))
                return "ok", None, None, page
        return error.outcome, str(error), None, []
    items = [draft_of_entry(e, answer.url, parsed.language) for e in parsed.entries]
    return "ok", None, parsed, items


def _read_states(con: duckdb.DuckDBPyConnection) -> dict[str, policy.FeedState]:
    rows = con.execute("select source_id, state from ops.feed_state").fetchall()
    return {source: policy.FeedState.from_dict(json.loads(state)) for source, state in rows}


def _read_hosts(con: duckdb.DuckDBPyConnection) -> dict[str, HostState]:
    rows = con.execute("select host, state from ops.host_state").fetchall()
    return {host: HostState.from_dict(json.loads(state)) for host, state in rows}


def keep_hosts(con: duckdb.DuckDBPyConnection, courtesy: Courtesy) -> None:
    """Store what was learnt of hosts since the last call."""
    hosts = courtesy.take_changes()
    _keep_states(
        con, "ops.host_state", "host",
        {host: {"state": json.dumps(state.to_dict())} for host, state in hosts.items()},
    )  # fmt: skip


def _keep_states(
    con: duckdb.DuckDBPyConnection, table: str, key: str, rows: dict[str, dict[str, str]]
) -> None:
    if not rows:
        return
    now = utc_now()
    con.register(
        "_states",
        pa.Table.from_pylist([{key: k, **row, "updated_at": now} for k, row in rows.items()]),
    )
    con.execute(f"delete from {table} where {key} in (select {key} from _states)")
    con.execute(f"insert into {table} by name select * from _states")
    con.unregister("_states")


def check_feeds(settings: Settings, ids: Sequence[str]) -> list[dict[str, object]]:
    """Fetch feeds once, ingest nothing, remember in the overlay when each was seen to work.

    Raises:
        SourceError: an id is not known.
    """
    chosen = choose_feeds(settings, list(ids))
    courtesy = Courtesy(settings.user_agent, settings.request_gap_seconds)

    async def go() -> list[Answer]:
        async with default_fetcher(settings)(courtesy) as fetcher:
            return await asyncio.gather(*(fetcher.get(f.url) for f in chosen))

    rows: list[dict[str, object]] = []
    seen: list[Feed] = []
    for feed, answer in zip(chosen, run(go()), strict=True):
        outcome, message, _, readings = read_answer(feed, answer)
        if outcome == "ok":
            stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            seen.append(replace(feed, checked_at=stamp))
        rows.append(
            {
                "feed_id": feed.feed_id,
                "outcome": outcome,
                "items": len(readings),
                "http_status": answer.status,
                "seconds": round(answer.seconds, 2),
                "message": message or (f"moved to {answer.moved_to}" if answer.moved_to else ""),
            }
        )
    if seen:
        write_own(settings, seen)
    return rows
