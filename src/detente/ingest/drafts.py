"""What a source yields: drafts of documents and named failures, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

DATE_BASES = ("front_matter", "json", "feed", "ld+json", "meta", "htmldate")
"""Origins of date claims in the order in which they are believed."""


@dataclass(frozen=True, slots=True)
class DateClaim:
    """One statement of when a text was published or updated.

    ``value`` is what stood there; ``at`` its reading in UTC, None where it could not be read.
    """

    basis: str
    field: str
    value: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Draft:
    """One document as one source states it: parsed, not yet identified or written.

    ``raw`` is the body as it was delivered (for a feed item: its title and HTML), from which the
    text can be extracted again at any time. ``subject`` names it in outcome rows.
    """

    subject: str
    title: str
    text: str
    raw: bytes
    extractor: str
    extractor_version: str
    item_id: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    publisher: str | None = None
    publisher_country_code: str | None = None
    publisher_is_state_controlled: bool | None = None
    language: str | None = None
    origin_publisher: str | None = None
    date_claims: tuple[DateClaim, ...] = ()
    captured_at: datetime | None = None
    """When an archive fetched it; None: now."""
    known_at: datetime | None = None
    known_at_basis: str | None = None
    """Since when it is known, where that was settled before (a body that is extracted again)."""
    source_id: str | None = None
    dataset: str | None = None
    """Where it is filed, if not where its file is (our own archives)."""
    corpus_label: str | None = None
    """'illustrative' or 'simulated' where the text says so of itself."""
    notes: tuple[str, ...] = ()
    """Findings that are worth an outcome row of their own although the document stands."""

    @property
    def is_text(self) -> bool:
        """False where half a surrogate pair (an escape in JSON) stands in what is to be stored."""
        said = (self.title, self.text, self.url, self.canonical_url, self.publisher,
                self.publisher_country_code, self.language, self.origin_publisher,
                self.corpus_label, *(c.value for c in self.date_claims))  # fmt: skip
        try:
            "".join(s for s in said if s).encode()
        except UnicodeEncodeError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that did not become a document, and why. ``outcome`` is one of `OUTCOMES`."""

    subject: str
    outcome: str
    message: str
    stage: str = "parse"
    error_class: str | None = None
    byte_count: int | None = None


Reading = Draft | Failure


def no_text(draft: Draft) -> Failure:
    """Return the outcome of a draft that is no text."""
    return Failure(draft.subject, "undecodable", "half a surrogate pair: no text at all")


OUTCOMES: dict[str, str] = {
    "ok": "done",
    "unchanged": "nothing new: the same words as before",
    "not_modified": "the server says that nothing has changed (304)",
    "not_due": "not fetched: its time has not come",
    "empty": "no text at all",
    "not_text": "binary where text was expected",
    "undecodable": "the character encoding is unknown or wrong",
    "unreadable": "the file system refused (permission, vanished file)",
    "not_found": "there is no such file or page",
    "bad_json": "not JSON, or not an object where one was expected",
    "bad_front_matter": "the YAML between the --- lines cannot be read",
    "bad_date": "a date that cannot be read or true (before 1900, in the future); the document stands without it",
    "bad_archive": "a damaged archive; records before the damage are kept",
    "stream_gap": "messages that the stream had dropped before they were read",
    "bad_message": "a stream message without the fields of a document",
    "not_a_feed": "neither RSS, Atom, RDF, JSON Feed nor a news sitemap",
    "no_items": "a feed without items",
    "unsafe_xml": "declares entities; refused, since they can expand without end",
    "unsupported": "a kind of file that is not read",
    "not_html": "a page that is something else (PDF, image ...)",
    "blocked": "a challenge page stands before the text",
    "paywalled": "the page holds a teaser and asks for a subscription",
    "too_large": "larger than the limit, compressed or not",
    "timeout": "not done within its time",
    "connection": "no connection (DNS, refused, reset, TLS)",
    "host_down": "not tried: the host failed a moment ago",
    "redirect_loop": "redirected too often or in a circle",
    "forbidden_address": "a private, loopback or non-http address; refused",
    "robots": "robots.txt says no",
    "rate_limited": "429, or 503 with Retry-After: asked to wait",
    "http_4xx": "the server refuses",
    "http_5xx": "the server fails",
    "bad_encoding": "the compressed body is damaged or of an unknown coding",
    "forgotten": "taken down by `detente forget`; not taken in again",
    "expired": "full texts older than DETENTE_KEEP_TEXT_DAYS were dropped by `detente upkeep`",
    "bad_row": "a data set's line that cannot be read",
    "unmapped": "a data set's actors or codes that no seed maps; the rows are kept without them",
    "bad_checksum": "the file's md5 is not the published one",
    "limited": "the language model was asked no further in this run; the documents wait for the next",
    "error": "an error nobody foresaw; the message has it",
}
"""Every outcome an attempt may have, with what it means (`docs/reference/outcomes.md`)."""
