"""From HTML to text: fragments (feed items) by a plain walk, pages by trafilatura."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import htmldate
import lxml.html
import trafilatura
from lxml import etree

from detente.ingest.addresses import is_address
from detente.ingest.dates import claims
from detente.ingest.drafts import DateClaim

FRAGMENT_EXTRACTOR = "detente.fragment"
FRAGMENT_VERSION = "1"
PAGE_EXTRACTOR = "trafilatura"
PAGE_VERSION = f"{version('trafilatura')}+2"
"""trafilatura's version and the version of how we call it."""

for _name in ("trafilatura", "htmldate", "courlan"):
    # They log every page they cannot read; with us that is an outcome row.
    logging.getLogger(_name).setLevel(logging.CRITICAL)

_BLOCK = frozenset(
    "address article aside blockquote br caption dd details div dl dt fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td"
    " tfoot th thead title tr ul".split()
)
_SILENT = frozenset(
    "script style noscript template iframe object svg math head button select".split()
)
_SPACE = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r" ?\n[ \n]*")
_MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>|&(?:#\d+|#x[\da-fA-F]+|\w+);")

_CHALLENGE = re.compile(
    r"just a moment\.\.\.|cf-browser-verification|cf[-_]chl|challenge-platform|attention required!"
    r"|_incapsula_resource|pardon our interruption|captcha-delivery|px-captcha|ddos protection by"
    r"|checking your browser|enable javascript and cookies|are you a robot|verify you are (?:a )?human"
    r"|access denied</title>|unusual traffic",
    re.IGNORECASE,
)
_PAYWALL = re.compile(
    r"subscribe to (?:continue|read|keep reading)|to continue reading|for subscribers only"
    r"|subscriber[- ]only|already a subscriber|create a free account to read|register to (?:read|continue)"
    r"|log ?in to (?:read|continue)|paywall",
    re.IGNORECASE,
)
_SHORT_CHARS = 700
"""Below it a text is short enough to be what a challenge or a paywall lets through."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says. ``outcome`` is 'ok', 'empty', 'blocked', 'paywalled' or 'not_html'."""

    outcome: str
    title: str = ""
    text: str = ""
    canonical_url: str | None = None
    language: str | None = None
    author: str | None = None
    site_name: str | None = None
    claims: tuple[DateClaim, ...] = ()


def tidy(text: str) -> str:
    """Collapse white space inside lines and empty lines between them; keep line breaks."""
    return _BREAKS.sub("\n", _SPACE.sub(" ", text)).strip()


def fragment_to_text(html: str) -> str:
    """Return the text of an HTML fragment: one line per block, entities resolved.

    Scripts, styles and the like are left out. A text without markup comes back as it is, tidied.
    """
    if not _MARKUP.search(html):
        return tidy(html)
    try:
        root = lxml.html.fragment_fromstring(_without_controls(html), create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return tidy(re.sub(r"<[^>]*>", " ", html))
    return tidy("".join(_walk(root)))


def _walk(root: Any) -> Iterator[str]:
    # An explicit stack: hostile markup nests deeper than Python recurses.
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        node, is_end = stack.pop()
        tag = node.tag if isinstance(node.tag, str) else None
        is_block = tag in _BLOCK
        if is_end:
            if is_block:
                yield "\n"
        elif tag is not None and tag not in _SILENT:
            if is_block:
                yield "\n"
            if node.text:
                yield node.text.replace("\n", " ") if tag != "pre" else node.text
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(node))
            continue
        if node is not root and node.tail:
            yield node.tail.replace("\n", " ")


def _without_controls(text: str) -> str:
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)


def is_challenge(html: str) -> bool:
    """Say whether a page stands before the text and wants to know that we are human."""
    return _CHALLENGE.search(html[:200_000]) is not None


def extract_page(html: str, url: str | None = None) -> Page:
    """Return the main text of a page with what it says of itself. Never raises."""
    html = _without_controls(html)
    # its own parser: without it, comments hide sentences from it (F1 .950 instead of .954)
    tree = trafilatura.load_html(html) if html.strip() else None
    if tree is None:
        return Page("not_html" if html.strip() else "empty")
    about = _metadata(tree, url)
    try:
        found = trafilatura.bare_extraction(
            tree, url=url, include_comments=False, with_metadata=False, as_dict=False
        )
        text = tidy(getattr(found, "text", None) or "")
    except Exception:  # a parser must not end a batch: what cannot be read is empty
        text = ""
    outcome = "ok" if text else "empty"
    if len(text) < _SHORT_CHARS:
        if is_challenge(html):
            outcome, text = "blocked", ""
        elif about.pop("is_closed") or _PAYWALL.search(text[-300:]):
            outcome = "paywalled"
    about.pop("is_closed", None)
    return Page(outcome, text=text, **about)


def _metadata(tree: Any, url: str | None) -> dict[str, Any]:
    meta: dict[str, str] = {}
    for node in tree.iter("meta"):
        name = (node.get("property") or node.get("name") or node.get("itemprop") or "").lower()
        if name and node.get("content"):
            meta.setdefault(name, node.get("content").strip())
    linked = _linked_data(tree)
    stated: list[tuple[str, str, object]] = []
    for field, key in (("published", "datePublished"), ("updated", "dateModified")):
        stated.append(("ld+json", field, next((d[key] for d in linked if d.get(key)), None)))
    for field, names in (
        ("published", ("article:published_time", "datepublished", "date", "dc.date.issued",
                       "pubdate", "publish-date", "parsely-pub-date")),
        ("updated", ("article:modified_time", "datemodified", "lastmod")),
    ):  # fmt: skip
        stated.append(("meta", field, next((meta[n] for n in names if n in meta), None)))
    known = claims(*stated)
    if not any(c.field == "published" and c.at for c in known):
        known += _htmldate_claim(tree, url)
    title_node = tree.find(".//title")
    headline = next((d["headline"] for d in linked if isinstance(d.get("headline"), str)), None)
    title = (
        meta.get("og:title") or headline or (title_node.text_content() if title_node is not None
                                             else "")
    )  # fmt: skip
    link = next(
        (n.get("href") for n in tree.iter("link") if (n.get("rel") or "").lower() == "canonical"),
        None,
    )
    author = meta.get("author")
    return {
        "title": tidy(title).replace("\n", " "),
        "canonical_url": _absolute(link, url) or _absolute(meta.get("og:url"), url),
        "language": _language(tree.get("lang") or meta.get("og:locale") or ""),
        "author": author,
        "site_name": meta.get("og:site_name"),
        "claims": known,
        "is_closed": any(d.get("isAccessibleForFree") in (False, "False", "false") for d in linked),
    }


def _linked_data(tree: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for node in tree.iter("script"):
        if (node.get("type") or "").lower() != "application/ld+json":
            continue
        try:
            queue = [json.loads(node.text or "", strict=False)]
        except (ValueError, RecursionError):
            continue
        for _ in range(200):
            if not queue:
                break
            value = queue.pop(0)
            if isinstance(value, list):
                queue.extend(value)
            elif isinstance(value, dict):
                queue.extend(v for k, v in value.items() if k in ("@graph", "mainEntity"))
                found.append(value)
    return [d for d in found if d.get("datePublished") or d.get("headline")] or found


def _htmldate_claim(tree: Any, url: str | None) -> tuple[DateClaim, ...]:
    try:
        found = htmldate.find_date(
            lxml.html.tostring(tree, encoding="unicode"), original_date=True, url=url,
            extensive_search=False,
        )  # fmt: skip
    except Exception:  # third-party heuristics on hostile markup; no date is an answer
        return ()
    return claims(("htmldate", "published", found))


def _absolute(link: str | None, url: str | None) -> str | None:
    if not link:
        return None
    link = link.strip()
    return link if is_address(link) else None


def _language(value: str) -> str | None:
    code = re.split(r"[-_]", value.strip().lower())[0]
    return code if re.fullmatch(r"[a-z]{2}", code) else None
