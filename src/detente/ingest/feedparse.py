"""Feeds of every kind to plain entries: RSS, Atom, RDF, JSON Feed, news sitemaps."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from typing import Any

import fastfeedparser
import feedparser
from lxml import etree

_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_ROOT = re.compile(rb"<(?![?!])(?:\w+:)?(\w+)")
_TTL = re.compile(rb"<ttl>\s*(\d{1,6})\s*</ttl>", re.IGNORECASE)
_PERIOD = re.compile(rb"<sy:updatePeriod>\s*(\w+)\s*<", re.IGNORECASE)
_FREQUENCY = re.compile(rb"<sy:updateFrequency>\s*(\d{1,4})\s*<", re.IGNORECASE)
_MINUTES = {"hourly": 60, "daily": 1440, "weekly": 10080, "monthly": 43200, "yearly": 525600}
_CHARACTER = re.compile(rb"&#(?:x([0-9a-f]{1,8})|(\d{1,9}));?", re.IGNORECASE)
_SOURCE = re.compile(rb"<source[\s>]", re.IGNORECASE)
_SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
_NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"


class FeedError(ValueError):
    """The bytes are no feed. ``outcome``: 'not_a_feed', 'unsafe_xml', 'empty' or 'no_items'."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed, as it was delivered. ``html`` may be plain text as well."""

    item_id: str | None
    url: str | None
    title: str
    html: str
    published: str | None = None
    updated: str | None = None
    author: str | None = None
    source_title: str | None = None
    language: str | None = None

    def raw(self) -> bytes:
        """Return the item's own body: what it says, without when and where.

        A feed that moves its dates or links does not make a new body of every item.
        """
        return json.dumps({"title": self.title, "html": self.html}, ensure_ascii=False).encode(
            "utf-8", "surrogatepass"
        )


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed's entries and what it says of itself. ``ttl_minutes``: how long to leave it alone."""

    entries: tuple[Entry, ...]
    title: str | None = None
    language: str | None = None
    ttl_minutes: int | None = None
    parser: str = "fastfeedparser"


def looks_like_feed(data: bytes) -> bool:
    """Say whether the bytes begin like a feed or a news sitemap."""
    head = data[:3000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] == b"{":
        return b"jsonfeed.org/version" in head
    found = _ROOT.search(re.sub(rb"<!--.*?-->", b"", head, flags=re.DOTALL))
    return found is not None and found[1].lower() in (
        b"rss",
        b"feed",
        b"rdf",
        b"urlset",
        b"channel",
    )


def parse_feed(data: bytes) -> ParsedFeed:
    """Return the entries of a feed, tolerating malformed ones.

    fastfeedparser reads well-formed feeds (40 times as fast); feedparser what it refuses.

    Raises:
        FeedError: no feed, an unsafe one, or one without items.
    """
    if not data.strip():
        raise FeedError("empty", "the body is empty")
    if _ENTITY.search(data):
        raise FeedError("unsafe_xml", "the document declares entities")
    if b"<urlset" in data[:3000]:
        return _sitemap(data)
    data = _CHARACTER.sub(_character, data)
    feed = _fast(data)
    if feed is None:
        feed = _tolerant(data)
    if not feed.entries:
        raise FeedError("no_items", "a feed without items")
    return feed


def _character(found: re.Match[bytes]) -> bytes:
    """Return a character reference as it is; U+FFFD for one that names no character."""
    number = int(found[1], 16) if found[1] else int(found[2])
    is_none = 0xD800 <= number <= 0xDFFF or number > 0x10FFFF
    return b"&#xFFFD;" if is_none else found[0]


def _fast(data: bytes) -> ParsedFeed | None:
    if _SOURCE.search(data):
        return None  # it drops the <source> element, which says whose story an item is
    try:
        parsed = fastfeedparser.parse(data)
    except Exception:  # whatever it refuses, the tolerant parser may read
        return None
    if not parsed.entries:
        return None
    entries = tuple(_entry(e) for e in parsed.entries)
    if not any(e.title or e.html or e.url for e in entries):
        return None
    return ParsedFeed(
        entries, _text(parsed.feed.get("title")), _text(parsed.feed.get("language")), _ttl(data)
    )


def _tolerant(data: bytes) -> ParsedFeed:
    # BytesIO: given bytes or a string, feedparser tries them as a URL and as a file name first.
    parsed = feedparser.parse(io.BytesIO(data), sanitize_html=False, resolve_relative_uris=True)
    if not parsed.get("version") and not parsed.entries:
        raise FeedError("not_a_feed", f"not a feed: {str(parsed.get('bozo_exception', ''))[:200]}")
    entries = tuple(_entry(e) for e in parsed.entries)
    return ParsedFeed(
        entries, _text(parsed.feed.get("title")), _text(parsed.feed.get("language")), _ttl(data),
        parser="feedparser",
    )  # fmt: skip


def _entry(raw: Any) -> Entry:
    content = raw.get("content")
    body = ""
    if isinstance(content, list):
        body = max((_text(c.get("value")) or "" for c in content), key=len, default="")
    summary = _text(raw.get("description")) or _text(raw.get("summary")) or ""
    source = raw.get("source")
    return Entry(
        item_id=_text(raw.get("id")) or None,
        url=_text(raw.get("link")) or None,
        title=_text(raw.get("title")) or "",
        html=body if body.strip() else summary,
        published=_text(raw.get("published")),
        updated=_text(raw.get("updated")),
        author=_text(raw.get("author")),
        source_title=_text(source.get("title")) if isinstance(source, dict) else None,
    )


def _sitemap(data: bytes) -> ParsedFeed:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(data, parser)
    entries = []
    for node in root.iter(f"{_SITEMAP}url") if root is not None else ():
        url = node.findtext(f"{_SITEMAP}loc")
        news = node.find(f"{_NEWS}news")
        if url is None:
            continue
        inside = news if news is not None else node
        entries.append(
            Entry(
                item_id=None,
                url=url.strip(),
                title=(inside.findtext(f"{_NEWS}title") or "").strip(),
                html="",
                published=inside.findtext(f"{_NEWS}publication_date"),
                updated=node.findtext(f"{_SITEMAP}lastmod"),
                source_title=None,
                language=inside.findtext(f"{_NEWS}publication/{_NEWS}language"),
            )
        )
    if not entries:
        raise FeedError("no_items", "a sitemap without pages")
    return ParsedFeed(tuple(entries), parser="sitemap")


def _ttl(data: bytes) -> int | None:
    head = data[:5000]
    minutes = []
    if found := _TTL.search(head):
        minutes.append(int(found[1]))
    if found := _PERIOD.search(head):
        period = _MINUTES.get(found[1].decode("ascii", "replace").lower())
        frequency = _FREQUENCY.search(head)
        if period:
            minutes.append(period // max(1, int(frequency[1])) if frequency else period)
    return max(minutes, default=None) if minutes else None


def _text(value: Any) -> str | None:
    return value.strip() if isinstance(value, str) else None
