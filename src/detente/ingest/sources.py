"""The feeds: shipped ones (`seeds/feeds.csv`) overlaid by the user's (`config/feeds.csv`)."""

from __future__ import annotations

import csv
import re
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

import listparser

from detente.ingest import http
from detente.ingest.feedparse import FeedError, parse_feed
from detente.settings import Settings


class SourceError(ValueError):
    """A feed that is not known, or a list that cannot be read."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed. ``kind``: agency, daily, ministry, state_media, think_tank, igo, own."""

    feed_id: str
    url: str
    publisher: str = ""
    country_code: str = ""
    language: str = "en"
    kind: str = "own"
    is_state_controlled: bool = False
    is_enabled: bool = False
    checked_at: str = ""


def _read(path: Path) -> list[Feed]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    names = {f.name for f in fields(Feed)}
    found = []
    for row in rows:
        values: dict[str, Any] = {k: v for k, v in row.items() if k in names and v is not None}
        for flag in ("is_state_controlled", "is_enabled"):
            values[flag] = str(values.get(flag, "")).lower() in ("true", "1", "yes")
        found.append(Feed(**values))
    return found


def read_feeds(settings: Settings) -> list[Feed]:
    """Return every feed: the user's row replaces the shipped one of the same id."""
    feeds = {f.feed_id: f for f in _read(settings.seeds_dir / "feeds.csv")}
    feeds |= {f.feed_id: f for f in _read(settings.config_dir / "feeds.csv")}
    return list(feeds.values())


def _write_own(settings: Settings, changed: list[Feed]) -> None:
    path = settings.config_dir / "feeds.csv"
    own = {f.feed_id: f for f in _read(path)} | {f.feed_id: f for f in changed}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("w", newline="", encoding="utf-8") as sink:
        writer = csv.DictWriter(sink, [f.name for f in fields(Feed)], lineterminator="\n")
        writer.writeheader()
        for feed in own.values():
            row = asdict(feed)
            row |= {k: str(row[k]).lower() for k in ("is_state_controlled", "is_enabled")}
            writer.writerow(row)
    unfinished.replace(path)


def list_sources(settings: Settings) -> list[dict[str, Any]]:
    """Return the feeds as rows; 'not checked' until `check_sources` has seen one."""
    rows = [asdict(f) for f in read_feeds(settings)]
    return [{**r, "checked_at": r["checked_at"] or "not checked"} for r in rows]


def _choose(settings: Settings, ids: list[str]) -> list[Feed]:
    feeds = {f.feed_id: f for f in read_feeds(settings)}
    unknown = [i for i in ids if i not in feeds]
    if unknown:
        raise SourceError(f"no such feed: {', '.join(unknown)} (`detente sources list`)")
    return [feeds[i] for i in ids]


def set_enabled(settings: Settings, ids: list[str], enabled: bool) -> None:
    """Enable or disable feeds in the user's overlay.

    Raises:
        SourceError: an id is not known.
    """
    _write_own(settings, [replace(f, is_enabled=enabled) for f in _choose(settings, ids)])


def add_source(
    settings: Settings,
    url: str,
    *,
    feed_id: str | None = None,
    publisher: str | None = None,
    country_code: str | None = None,
    language: str = "en",
    is_state_controlled: bool = False,
) -> list[dict[str, Any]]:
    """Add one feed (enabled), or every feed of an OPML file (disabled); return their rows.

    Raises:
        SourceError: the OPML file cannot be read or lists nothing.
    """
    path = Path(url)
    if path.suffix.lower() in (".opml", ".xml") and path.exists():
        parsed = listparser.parse(path.read_bytes())
        added = [Feed(_slug(f.url), f.url, f.title or "") for f in parsed.feeds if f.url]
        if not added:
            raise SourceError(f"{path} lists no feed")
    else:
        if urlsplit(url).scheme not in ("http", "https"):
            raise SourceError(f"{url} is neither an http address nor an OPML file")
        added = [
            Feed(
                feed_id or _slug(url), url, publisher or urlsplit(url).hostname or "",
                (country_code or "").upper(), language, "own", is_state_controlled, True,
            )
        ]  # fmt: skip
    _write_own(settings, added)
    return [asdict(f) for f in added]


def _slug(url: str) -> str:
    parts = urlsplit(url)
    text = f"{parts.hostname or ''}{parts.path}".removeprefix("www.")
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "feed"


def check_sources(settings: Settings, ids: list[str]) -> list[dict[str, Any]]:
    """Fetch feeds once, ingest nothing, remember in the overlay when each was seen to work."""
    from datetime import UTC, datetime

    feeds = _choose(settings, ids) if ids else [f for f in read_feeds(settings) if f.is_enabled]
    rows = []
    for feed in feeds:
        answer = http.get(
            feed.url,
            user_agent=settings.user_agent,
            allow_private=settings.allow_private_addresses,
        )
        outcome, items = answer.outcome, 0
        if outcome == "ok":
            try:
                items = len(parse_feed(answer.body).entries)
            except FeedError as error:
                outcome = error.outcome
        if outcome == "ok":
            stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            _write_own(settings, [replace(feed, checked_at=stamp)])
        rows.append(
            {
                "feed_id": feed.feed_id,
                "outcome": outcome,
                "items": items,
                "http_status": answer.status,
                "seconds": round(answer.seconds, 2),
                "message": answer.message or "",
            }
        )
    return rows


def to_opml(settings: Settings) -> str:
    """Return all feeds as an OPML 2.0 document."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">']
    lines += ["<head><title>Détente feeds</title></head>", "<body>"]
    for feed in read_feeds(settings):
        title = quoteattr(feed.publisher or feed.feed_id)
        lines.append(f'<outline type="rss" text={title} xmlUrl={quoteattr(feed.url)}/>')
    return "\n".join([*lines, "</body>", "</opml>", ""])
