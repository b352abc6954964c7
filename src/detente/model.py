"""The frozen values that cross rooms. Times are timezone-aware UTC; codes are ISO alpha-3."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Literal

Realis = Literal["actual", "announced", "possible", "hypothetical"]
Temporality = Literal["past", "ongoing", "future", "historical"]
Polarity = Literal["affirmed", "negated"]
Status = Literal[
    "occurred", "ongoing", "planned", "possible", "hypothetical", "negated", "historical"
]
DatePrecision = Literal["day", "week", "month", "quarter", "year", "unknown"]

EVENT_TYPES = (
    "AGREE CONSULT SUPPORT COOPERATE AID YIELD REQUEST ACCUSE REJECT THREATEN PROTEST SANCTION "
    "MOBILIZE COERCE ASSAULT ASSESS"
).split()
"""PLOVER's event types as we use them, plus ASSESS (a relation described, not acted)."""


def derive_status(realis: str, temporality: str, polarity: str) -> Status:
    """Fold the three axes into the one word that people read.

    Retold background wins over everything, a negated act over its realis, and only an actual act
    is 'occurred' or 'ongoing'.
    """
    if temporality == "historical":
        return "historical"
    if polarity == "negated":
        return "negated"
    if realis == "hypothetical":
        return "hypothetical"
    if realis == "possible":
        return "possible"
    if realis == "announced" or temporality == "future":
        return "planned"
    return "ongoing" if temporality == "ongoing" else "occurred"


def mention_identity(
    revision_id: str,
    sentence_start: int,
    trigger_start: int,
    codes: tuple[str, str],
    event_type: str,
) -> str:
    """Return the id of a mention: where it stands, between whom, of what type; no coder version.

    Offsets are characters of ``Document.body``; the order of the two codes does not matter.
    """
    pair = "-".join(sorted(codes))
    text = f"{revision_id}|{sentence_start}|{trigger_start}|{pair}|{event_type}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Document:
    """One revision of one document, ready to be coded.

    ``body`` below is what offsets refer to: title, a blank line, text (or the text alone where
    there is no title).
    """

    document_id: str
    revision_id: str
    title: str
    text: str
    published_at: datetime | None = None
    publisher: str | None = None
    publisher_country_code: str | None = None
    publisher_is_state_controlled: bool | None = None
    language: str = "en"
    dataset: str = "news"

    @property
    def body(self) -> str:
        return f"{self.title}\n\n{self.text}" if self.title else self.text


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of ``Document.body``: character offsets, end exclusive."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class AttributionLink:
    """One link of who says so.

    ``kind``: outlet | official | state_media | anonymous | witness | expert.
    """

    kind: str
    name: str | None = None
    country_code: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a mention stands in its document."""

    sentence_number: int
    sentence: Span
    trigger: Span
    source: Span
    target: Span
    is_main_clause: bool


@dataclass(frozen=True, slots=True)
class EventMention:
    """One act between two countries as one sentence states it (`raw.event_mentions`)."""

    mention_id: str
    source_code: str
    target_code: str
    source_role: str
    target_role: str
    event_type: str
    realis: Realis
    temporality: Temporality
    polarity: Polarity
    evidence: Evidence
    rule_id: str
    confidence: float
    attribution: tuple[AttributionLink, ...]
    speaker_relation: Literal["party", "third_party", "outlet"]
    date_basis: str
    date_precision: DatePrecision = "unknown"
    event_date_start: date | None = None
    event_date_end: date | None = None
    event_mode: str | None = None
    cameo_code: str | None = None
    source_name: str | None = None
    target_name: str | None = None
    is_reciprocal: bool = False
    party_count: int = 2
    refers_to_type: str | None = None
    refers_to_mode: str | None = None
    refers_to_date_start: date | None = None
    refers_to_date_end: date | None = None
    assess_direction: str | None = None
    place: str | None = None

    @property
    def status(self) -> Status:
        return derive_status(self.realis, self.temporality, self.polarity)


@dataclass(frozen=True, slots=True)
class UncodedSentence:
    """A sentence with two or more countries and no event: it drives the growth of the lexicon."""

    sentence_number: int
    sentence: str
    country_codes: tuple[str, ...]
    candidate_predicate: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class CodedDocument:
    """Everything a coder says of one document. Errors are values, never exceptions.

    Of a language model: 'refused' (it declined), 'invalid' (its answers never fitted the schema),
    'unavailable' (no answer after retries), 'limited' (not asked, the run's limit was reached; such
    a document is not done and waits for the next run).

    'text_gone': the text is no longer kept; what another version read in it stays.
    """

    READ: ClassVar[frozenset[str]] = frozenset({"coded", "no_event", "one_country", "not_english"})
    """Outcomes that are no error: the document was read, or is none for this coder."""

    document_id: str
    revision_id: str
    outcome: Literal[
        "coded", "no_event", "one_country", "not_english", "error",
        "refused", "invalid", "unavailable", "limited", "text_gone",
    ]  # fmt: skip
    mentions: tuple[EventMention, ...] = ()
    uncoded: tuple[UncodedSentence, ...] = ()
    countries: dict[str, int] = field(default_factory=dict)
    sentence_count: int = 0
    duration_seconds: float = 0.0
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """The outcome of one stage on one subject (`ops.ingest_attempts`)."""

    stage: str
    subject: str
    started_at: datetime
    duration_seconds: float
    outcome: str
    source_id: str | None = None
    http_status: int | None = None
    error_class: str | None = None
    message: str | None = None
    byte_count: int | None = None
    item_count: int | None = None
