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

from detente.settings import Settings


class SourceError(ValueError):
    """A feed that is not known, or a list that cannot be read."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed.

    ``kind``: agency, broadcaster, daily, weekly, magazine, ministry, state_media, think_tank, igo,
    own. ``fetch_pages``: documents are the pages behind the items, not the items' own texts.
    """

    feed_id: str
    url: str
    publisher: str = ""
    country_code: str = ""
    language: str = "en"
    kind: str = "own"
    is_state_controlled: bool = False
    is_enabled: bool = False
    fetch_pages: bool = False
    checked_at: str = ""


_FLAGS = ("is_state_controlled", "is_enabled", "fetch_pages")


def _read(path: Path) -> list[Feed]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    names = {f.name for f in fields(Feed)}
    found = []
    for row in rows:
        values: dict[str, Any] = {k: v for k, v in row.items() if k in names and v is not None}
        for flag in _FLAGS:
            values[flag] = str(values.get(flag, "")).lower() in ("true", "1", "yes")
        found.append(Feed(**values))
    return found


def read_feeds(settings: Settings) -> list[Feed]:
    """Return every feed: the user's row replaces the shipped one of the same id."""
    feeds = {f.feed_id: f for f in _read(settings.seeds_dir / "feeds.csv")}
    feeds |= {f.feed_id: f for f in _read(settings.config_dir / "feeds.csv")}
    return list(feeds.values())


def write_own(settings: Settings, changed: list[Feed]) -> None:
    """Write feeds into the user's overlay, whole or not at all; the seeds are never touched."""
    path = settings.config_dir / "feeds.csv"
    own = {f.feed_id: f for f in _read(path)} | {f.feed_id: f for f in changed}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("w", newline="", encoding="utf-8") as sink:
        writer = csv.DictWriter(sink, [f.name for f in fields(Feed)], lineterminator="\n")
        writer.writeheader()
        for feed in own.values():
            row = asdict(feed)
            row |= {k: str(row[k]).lower() for k in _FLAGS}
            writer.writerow(row)
    unfinished.replace(path)


def list_sources(settings: Settings) -> list[dict[str, Any]]:
    """Return the feeds as rows; 'not checked' until `check_sources` has seen one."""
    rows = [asdict(f) for f in read_feeds(settings)]
    return [{**r, "checked_at": r["checked_at"] or "not checked"} for r in rows]


def choose_feeds(settings: Settings, ids: list[str]) -> list[Feed]:
    """Return the feeds of these ids, or every enabled one where there are none.

    Raises:
        SourceError: an id is not known.
    """
    feeds = {f.feed_id: f for f in read_feeds(settings)}
    if not ids:
        return [f for f in feeds.values() if f.is_enabled]
    unknown = [i for i in ids if i not in feeds]
    if unknown:
        raise SourceError(f"no such feed: {', '.join(unknown)} (`detente sources list`)")
    return [feeds[i] for i in ids]


def set_enabled(
    settings: Settings, ids: list[str], enabled: bool, fetch_pages: bool | None = None
) -> None:
    """Enable or disable feeds in the user's overlay; say whether the items' pages are fetched.

    Raises:
        SourceError: an id is not known.
    """
    if not ids:
        raise SourceError("name at least one feed (`detente sources list`)")
    changed = [replace(f, is_enabled=enabled) for f in choose_feeds(settings, ids)]
    if fetch_pages is not None:
        changed = [replace(f, fetch_pages=fetch_pages) for f in changed]
    write_own(settings, changed)


def add_source(
    settings: Settings,
    url: str,
    *,
    feed_id: str | None = None,
    publisher: str | None = None,
    country_code: str | None = None,
    language: str = "en",
    is_state_controlled: bool = False,
    fetch_pages: bool = False,
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
                (country_code or "").upper(), language, "own", is_state_controlled, True, fetch_pages,
            )
        ]  # fmt: skip
    write_own(settings, added)
    return [asdict(f) for f in added]


def _slug(url: str) -> str:
    parts = urlsplit(url)
    text = f"{parts.hostname or ''}{parts.path}".removeprefix("www.")
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "feed"


def to_opml(settings: Settings) -> str:
    """Return all feeds as an OPML 2.0 document."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">']
    lines += ["<head><title>Détente feeds</title></head>", "<body>"]
    for feed in read_feeds(settings):
        title = quoteattr(feed.publisher or feed.feed_id)
        lines.append(f'<outline type="rss" text={title} xmlUrl={quoteattr(feed.url)}/>')
    return "\n".join([*lines, "</body>", "</opml>", ""])
