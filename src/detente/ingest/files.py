"""Folders and files to readings: Markdown, text, HTML, JSON, JSON lines, feeds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from detente.ingest.dates import claims
from detente.ingest.decode import UndecodableError, decode
from detente.ingest.drafts import DateClaim, Draft, Failure, Reading
from detente.ingest.extract import (
    FRAGMENT_EXTRACTOR,
    FRAGMENT_VERSION,
    PAGE_EXTRACTOR,
    PAGE_VERSION,
    extract_page,
    fragment_to_text,
)
from detente.ingest.feedparse import Entry, FeedError, looks_like_feed, parse_feed
from detente.ingest.origin import find_origin

SUFFIXES = {
    ".md", ".markdown", ".txt", ".text", ".html", ".htm", ".json", ".jsonl", ".ndjson", ".xml",
    ".rss", ".atom", ".rdf",
}  # fmt: skip
"""What a folder is searched for. Anything else is left alone."""

MAX_BYTES = 200 * 1024 * 1024
"""One file larger than this is an outcome, not a document; JSON lines are read line by line."""


ARCHIVES = {".gz", ".warc", ".arc", ".tar", ".tgz", ".bz2", ".xz", ".txz", ".zip"}
"""Files that hold files: read by `archive.read_any`."""


def list_files(folder: Path) -> tuple[list[Path], list[Failure]]:
    """Return the readable files below a folder in a stable order, and what refused to be listed."""
    found: list[Path] = []
    failures: list[Failure] = []
    stack = [folder]
    while stack:
        current = stack.pop()
        try:
            entries = sorted(current.iterdir())
        except OSError as error:
            failures.append(
                Failure(str(current), "unreadable", str(error), error_class=type(error).__name__)
            )
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                stack.append(entry)
            elif entry.suffix.lower() in SUFFIXES | ARCHIVES:
                found.append(entry)
    return sorted(found), failures


def read_file(path: Path) -> Iterator[Reading]:
    """Yield what one file holds: drafts, or named failures. Never raises."""
    subject = str(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES and path.suffix.lower() not in (".jsonl", ".ndjson"):
            yield Failure(subject, "too_large", f"{size} bytes", byte_count=size)
            return
        if path.suffix.lower() in (".jsonl", ".ndjson"):
            is_empty = True
            with path.open("rb") as source:
                for number, line in enumerate(source, start=1):
                    if line.strip():
                        is_empty = False
                        yield from read_json_line(line, f"{subject}:{number}")
            if is_empty:
                yield Failure(subject, "empty", "the file is empty", byte_count=size)
            return
        data = path.read_bytes()
    except FileNotFoundError as error:
        yield Failure(subject, "not_found", str(error), error_class="FileNotFoundError")
        return
    except OSError as error:
        yield Failure(subject, "unreadable", str(error), error_class=type(error).__name__)
        return
    yield from read_bytes(data, subject, path.suffix.lower())


def read_bytes(
    data: bytes, subject: str, suffix: str, url: str | None = None, charset: str | None = None
) -> Iterator[Reading]:
    """Yield what the bytes of one file or response hold, by its suffix or its looks.

    Args:
        data: the bytes.
        subject: names them in outcome rows.
        suffix: lower case, with its dot.
        url: where they were fetched.
        charset: what the transport says of their encoding.
    """
    if not data.strip():
        yield Failure(subject, "empty", "the file is empty", byte_count=len(data))
        return
    if suffix in (".xml", ".rss", ".atom", ".rdf") or looks_like_feed(data):
        yield from read_feed(data, subject)
        return
    try:
        text = decode(data, stated=charset)
    except UndecodableError as error:
        outcome = "not_text" if error.is_binary else "undecodable"
        yield Failure(subject, outcome, str(error), byte_count=len(data))
        return
    if suffix == ".json":
        yield from read_json_line(data, subject)
    elif suffix in (".html", ".htm") or text.lstrip()[:15].lower().startswith(
        ("<!doctype", "<html")
    ):
        yield _from_page(data, text, subject, url)
    elif suffix in (".md", ".markdown") and text.startswith("---"):
        yield _from_front_matter(data, text, subject)
    else:
        title, _, rest = text.strip().partition("\n")
        has_title = bool(rest.strip()) and len(title) <= 200
        yield _draft(
            subject,
            data,
            title.strip() if has_title else "",
            (rest if has_title else text).strip(),
            {},
        )


def read_feed(data: bytes, subject: str) -> Iterator[Reading]:
    """Yield the items of a feed."""
    try:
        feed = parse_feed(data)
    except FeedError as error:
        yield Failure(subject, error.outcome, str(error), byte_count=len(data))
        return
    for entry in feed.entries:
        yield draft_of_entry(entry, subject, feed.language)


def draft_of_entry(entry: Entry, subject: str, language: str | None = None) -> Reading:
    """Return the draft of one feed item, or why it is none."""
    text = fragment_to_text(entry.html)
    title = fragment_to_text(entry.title).replace("\n", " ")
    where = entry.url or entry.item_id or subject
    if not text and not title:
        return Failure(where, "empty", "an item without title and text")
    if not (entry.item_id or entry.url):
        return Failure(where, "bad_message", "an item without id and link")
    said = claims(
        ("feed", "published", entry.published or entry.updated), ("feed", "updated", entry.updated)
    )
    return Draft(
        subject=where,
        title=title,
        text=text,
        raw=entry.raw(),
        extractor=FRAGMENT_EXTRACTOR,
        extractor_version=FRAGMENT_VERSION,
        item_id=entry.item_id,
        url=entry.url,
        language=entry.language or (language or "")[:2].lower() or None,
        origin_publisher=find_origin(text, stated=entry.source_title, author=entry.author),
        date_claims=said,
        notes=_unreadable(said),
    )


def _unreadable(said: Iterable[DateClaim]) -> tuple[str, ...]:
    return tuple(f"unreadable date {c.value!r}" for c in said if c.at is None)


def read_json_line(line: bytes, subject: str) -> Iterator[Reading]:
    """Yield the document of one JSON object (or of each in an array)."""
    try:
        value = json.loads(decode(line))
    except (ValueError, RecursionError) as error:
        yield Failure(subject, "bad_json", str(error)[:300], byte_count=len(line))
        return
    if value == []:
        yield Failure(subject, "empty", "an empty list", byte_count=len(line))
    if isinstance(value, list):
        for number, item in enumerate(value, start=1):
            yield draft_of_json(item, f"{subject}#{number}")
    else:
        yield draft_of_json(value, subject, line)


def draft_of_json(item: Any, subject: str, line: bytes | None = None) -> Reading:
    """Return the draft of one JSON value, or why it is none; ``line`` is how it was delivered."""
    if not isinstance(item, dict):
        return Failure(subject, "bad_json", "not an object")
    text = item.get("text")
    if not isinstance(text, str) or not text.strip():
        return Failure(subject, "empty", "the object has no text")
    raw = line or json.dumps(item, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return _draft(subject, raw, str(item.get("title") or ""), text, item, basis="json")


class _PlainLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML whose dates stay text: 2015-13-45 is a claim to be rejected, not an error."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _from_front_matter(data: bytes, text: str, subject: str) -> Reading:
    parts = text.split("---", 2)
    try:
        head = yaml.load(parts[1], _PlainLoader) if len(parts) == 3 else None
    except (yaml.YAMLError, ValueError) as error:
        return Failure(subject, "bad_front_matter", " ".join(str(error).split())[:300])
    if not isinstance(head, dict):
        return Failure(subject, "bad_front_matter", "no mapping between the --- lines")
    body = parts[2].strip()
    if not body:
        return Failure(subject, "empty", "nothing below the front matter")
    return _draft(subject, data, str(head.get("title") or ""), body, head, basis="front_matter")


def _from_page(data: bytes, html: str, subject: str, url: str | None) -> Reading:
    page = extract_page(html, url)
    if page.outcome in ("empty", "blocked", "not_html"):
        return Failure(subject, page.outcome, "no main text", stage="extract", byte_count=len(data))
    return Draft(
        subject=subject,
        title=page.title,
        text=page.text,
        raw=data,
        extractor=PAGE_EXTRACTOR,
        extractor_version=PAGE_VERSION,
        # a page that says nothing of itself is what its file's name is
        item_id=None if page.canonical_url or url else subject,
        url=page.canonical_url or url,
        canonical_url=page.canonical_url,
        publisher=page.site_name,
        language=page.language,
        origin_publisher=find_origin(page.text, author=page.author),
        date_claims=page.claims,
        notes=("paywalled",) if page.outcome == "paywalled" else (),
    )


def _draft(
    subject: str, raw: bytes, title: str, text: str, about: dict[Any, Any], basis: str = "json"
) -> Draft:
    def said(*names: str) -> str | None:
        for name in names:
            value = about.get(name)
            if value not in (None, ""):
                return str(value)
        return None

    dates = claims(
        (basis, "published", about.get("published") or about.get("date")),
        (basis, "updated", about.get("updated")),
    )
    controlled = about.get("state_controlled")
    item_id = said("id")
    url = said("url", "link")
    return Draft(
        subject=subject,
        title=" ".join(title.split()),
        text=text.strip(),
        raw=raw,
        extractor=FRAGMENT_EXTRACTOR,
        extractor_version=FRAGMENT_VERSION,
        # a file that says nothing of itself is what its name is
        item_id=item_id or (None if url else subject),
        url=url,
        publisher=said("publisher", "source"),
        publisher_country_code=said("publisher_country"),
        publisher_is_state_controlled=controlled if isinstance(controlled, bool) else None,
        language=said("language"),
        origin_publisher=find_origin(text, stated=said("origin")),
        date_claims=dates,
        corpus_label=said("corpus_label"),
        notes=_unreadable(dates),
    )
