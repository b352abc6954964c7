"""The pages behind feed items: queued with the feed's state, fetched with manners, read in full.

An item of a feed that has ``fetch_pages`` becomes a document when its page has been read; where
the page cannot be had, the item's own text stands in, and an outcome row says why. The queue is
committed with the feed, so that a killed run loses no page.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from detente.clock import utc_now
from detente.ingest import store
from detente.ingest.addresses import registrable_domain
from detente.ingest.courtesy import Courtesy
from detente.ingest.dates import claims
from detente.ingest.drafts import Draft, Failure, Reading
from detente.ingest.files import read_bytes
from detente.ingest.http import Answer, Fetcher, run
from detente.ingest.identity import canonical_url, document_id
from detente.ingest.load import Batch, Loaded, Source, load_batches
from detente.model import Attempt
from detente.settings import Settings
from detente.warehouse.writer import insert_new, open_writer

MAX_TRIES = 3
"""So often a page is asked for that fails in passing; then the item's own text stands in."""
RETRY_AFTER = timedelta(hours=1)
BATCH_PAGES = 50
RUN_SECONDS = 480.0
"""A run asks one domain for no longer than that; what is left waits for the next run."""
IN_PASSING = frozenset({"timeout", "connection", "host_down", "rate_limited", "http_5xx"})


@dataclass(frozen=True, slots=True)
class _Waiting:
    document: str
    item_sha256: str
    source_id: str
    url: str
    item: Draft
    tries: int


def enqueue(
    con: duckdb.DuckDBPyConnection, settings: Settings, source: Source, items: Sequence[Draft]
) -> int:
    """Queue the pages of new or changed items; return how many items were known as they are."""
    now = utc_now()
    rows = [
        {
            "document_id": document_id(
                source.source_id, item.item_id, canonical_url(item.url or "")
            ),
            "item_sha256": store.put(settings.raw_dir, item.raw),
            "source_id": source.source_id,
            "dataset": source.dataset,
            "url": item.url,
            "item": item_to_json(item),
            "queued_at": now,
            "next_at": now,
            "tries": 0,
        }
        for item in items
    ]
    key = ("document_id", "item_sha256")
    new = insert_new(con, "ops.page_queue", pa.Table.from_pylist(rows), key)
    return len({(r["document_id"], r["item_sha256"]) for r in rows}) - new


def fetch_pages(
    sources: dict[str, Source],
    settings: Settings,
    run_id: str,
    courtesy: Courtesy,
    make_fetcher: Callable[[Courtesy | None], Fetcher],
    progress: Callable[[int, int], None] | None = None,
) -> Loaded:
    """Fetch every page of these sources that waits and is due; load them in batches."""
    with open_writer(settings) as con:
        con.register("_sources", pa.table({"source_id": sorted(sources)}))
        rows = con.execute(
            "select document_id, item_sha256, source_id, url, item, tries from ops.page_queue"
            " where done_at is null and next_at <= ? and source_id in"
            " (select source_id from _sources) order by queued_at, document_id",
            [utc_now()],
        ).fetchall()
        con.unregister("_sources")
    gap = settings.request_gap_seconds
    quota = int(RUN_SECONDS / gap) if gap else len(rows)
    asked_of: Counter[str] = Counter()
    waiting = []
    for document, sha, source_id, url, item, tries in rows:
        domain = registrable_domain(url)
        asked_of[domain] += 1
        if asked_of[domain] <= quota:
            draft = item_from_json(item, settings, sha)
            waiting.append(_Waiting(document, sha, source_id, url, draft, tries))
    totals = Loaded()

    async def go() -> None:
        async with make_fetcher(courtesy) as fetcher:

            async def ask(one: _Waiting) -> tuple[_Waiting, Answer, datetime]:
                started = datetime.now(UTC)
                return one, await fetcher.get(one.url), started

            batch: list[Batch] = []
            asked = [asyncio.ensure_future(ask(w)) for w in waiting]
            for number, done in enumerate(asyncio.as_completed(asked), start=1):
                one, answer, started = await done
                batch.append(_batch(one, answer, started, sources[one.source_id]))
                if len(batch) >= BATCH_PAGES or number == len(asked):
                    totals.add(await asyncio.to_thread(load_batches, batch, settings, run_id))
                    batch = []
                if progress:
                    progress(number, len(asked))

    if waiting:
        run(go())
    return totals


def _batch(one: _Waiting, answer: Answer, started: datetime, source: Source) -> Batch:
    outcome, reading = read_page(one.item, answer)
    tries = one.tries + 1
    is_given_up = outcome not in ("ok", "paywalled")
    is_done = outcome not in IN_PASSING or tries >= MAX_TRIES
    readings: list[Reading] = []
    if not is_given_up or is_done:
        readings = [one.item if is_given_up or reading is None else reading]
    attempt = Attempt(
        "page", one.url, started, answer.seconds, outcome, source_id=one.source_id,
        http_status=answer.status, message=answer.message, byte_count=len(answer.body) or None,
    )  # fmt: skip

    def keep(con: duckdb.DuckDBPyConnection, _: Loaded) -> None:
        now = utc_now()
        con.execute(
            "update ops.page_queue set tries = ?, outcome = ?, next_at = ?, done_at = ?"
            " where document_id = ? and item_sha256 = ?",
            [tries, outcome if is_done else None, now + RETRY_AFTER * tries,
             now if is_done else None, one.document, one.item_sha256],
        )  # fmt: skip

    return Batch(source, readings, [attempt], one.url, keep)


def read_page(item: Draft, answer: Answer) -> tuple[str, Draft | None]:
    """Return how reading a page ended, and the item with the page's text in place of its own."""
    if answer.outcome != "ok":
        return answer.outcome, None
    page = next(
        iter(read_bytes(answer.body, answer.url, ".html", answer.url, answer.charset)), None
    )
    if page is None or isinstance(page, Failure):
        return page.outcome if page else "empty", None
    if page.extractor == item.extractor:  # text, JSON ...: what came is no page
        return "not_html", None
    full = replace(
        page,
        subject=item.subject,
        title=item.title or page.title,
        item_id=item.item_id,
        url=item.url,
        publisher=None,
        language=item.language or page.language,
        origin_publisher=item.origin_publisher or page.origin_publisher,
        date_claims=(*item.date_claims, *page.date_claims),
    )
    if item.item_id is None:  # identity is the item's URL, whatever the page calls itself
        full = replace(full, canonical_url=item.canonical_url)
    return ("paywalled" if "paywalled" in page.notes else "ok"), full


def item_to_json(item: Draft) -> str:
    """Return the draft without its body, which is kept as a file."""
    values: dict[str, Any] = asdict(item)
    for name in ("raw", "captured_at", "known_at", "known_at_basis", "notes"):
        values.pop(name)
    values["date_claims"] = [[c.basis, c.field, c.value] for c in item.date_claims]
    return json.dumps(values, ensure_ascii=False)


def item_from_json(text: str, settings: Settings, raw_sha256: str) -> Draft:
    """Return the draft that `item_to_json` wrote."""
    values = json.loads(text)
    known = claims(*values.pop("date_claims"))
    try:
        raw = store.get(settings.raw_dir, raw_sha256)
    except (store.BodyMissingError, store.BodyDamagedError):
        raw = text.encode("utf-8", "surrogatepass")
    return Draft(raw=raw, date_claims=known, **values)
