"""Mentions as plain dicts, and coding JSON lines without a warehouse."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from detente.coding.coder import Coder, load_coder
from detente.model import CodedDocument, Document, EventMention
from detente.settings import Settings

_PLAIN = (
    "mention_id source_code target_code source_role target_role source_name target_name "
    "is_reciprocal party_count event_type event_mode cameo_code realis temporality polarity status "
    "refers_to_type refers_to_mode refers_to_date_start refers_to_date_end assess_direction "
    "event_date_start event_date_end date_precision date_basis place rule_id confidence "
    "speaker_relation"
).split()


def mention_to_dict(mention: EventMention) -> dict[str, Any]:
    """Return a mention with the field names of ``raw.event_mentions``; dates stay dates."""
    row: dict[str, Any] = {name: getattr(mention, name) for name in _PLAIN}
    last = mention.attribution[-1]
    row["attribution"] = [asdict(link) for link in mention.attribution]
    row["attribution_kind"] = last.kind
    row["attribution_name"] = last.name
    row["attribution_country_code"] = last.country_code
    evidence = mention.evidence
    row["sentence_number"] = evidence.sentence_number
    row["sentence"] = evidence.sentence.text
    row["sentence_start"] = evidence.sentence.start
    row["sentence_end"] = evidence.sentence.end
    for name in ("trigger", "source", "target"):
        span = getattr(evidence, name)
        row[f"{name}_text"] = span.text
        row[f"{name}_start"] = span.start
        row[f"{name}_end"] = span.end
    row["is_main_clause"] = evidence.is_main_clause
    return row


def document_from_dict(item: dict[str, Any]) -> Document:
    """Read one input line: ``text`` is needed; id, url, title, published, source are optional.

    Raises:
        ValueError: there is no text, or the date cannot be read.
    """
    text = item.get("text")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("the line has no text")
    published = item.get("published") or item.get("date")
    at = None
    if published:
        at = datetime.fromisoformat(str(published).replace("Z", "+00:00"))
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
    identity = str(item.get("id") or hashlib.sha256(text.encode()).hexdigest()[:16])
    return Document(
        document_id=identity,
        revision_id=identity,
        title=str(item.get("title") or ""),
        text=text,
        published_at=at,
        publisher=item.get("source"),
        publisher_country_code=item.get("publisher_country"),
        publisher_is_state_controlled=item.get("state_controlled"),
        language=str(item.get("language") or "en"),
    )


def _json_safe(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def coded_to_dict(coded: CodedDocument) -> dict[str, Any]:
    """Return the output line of one document."""
    mentions = [{k: _json_safe(v) for k, v in mention_to_dict(m).items()} for m in coded.mentions]
    line: dict[str, Any] = {
        "id": coded.document_id,
        "outcome": coded.outcome,
        "mentions": mentions,
        "countries": coded.countries,
    }
    if coded.outcome not in CodedDocument.READ:
        line["error"] = coded.message or coded.outcome
    return line


def code_lines(
    lines: Iterable[str], settings: Settings, coder: Coder | None = None
) -> Iterator[dict[str, Any]]:
    """Code JSON lines one by one; a bad line yields an object with ``error``, never a stop."""
    coder = coder or load_coder(settings)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        item: Any = None
        try:
            item = json.loads(line)
            document = document_from_dict(item)
        except (ValueError, AttributeError) as error:
            identity = item.get("id") if isinstance(item, dict) else None
            yield {
                "id": identity or f"line-{number}",
                "mentions": [],
                "error": f"line {number}: {error}",
            }
            continue
        yield {**coded_to_dict(coder.code(document)), "id": item.get("id") or document.document_id}
