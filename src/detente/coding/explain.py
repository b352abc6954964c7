"""Why a sentence was coded as it was, or why not: actors, parse, frames, axes."""

from __future__ import annotations

from datetime import UTC, date, datetime

from detente.coding.coder import Coder
from detente.coding.jsonl import mention_to_dict
from detente.coding.syntax import parse
from detente.model import Document


def explain_sentence(text: str, coder: Coder, published_at: date | None = None) -> str:
    """Return a readable account of one sentence (or a few).

    Args:
        text: a sentence.
        coder: from `load_coder`.
        published_at: the day against which 'on Tuesday' counts; None leaves it open.
    """
    at = datetime(published_at.year, published_at.month, published_at.day, tzinfo=UTC) if (
        published_at
    ) else None  # fmt: skip
    document = Document("explained", "explained", "", text, at)
    coded = coder.code(document)
    lines = [f"coder     {coder.name} {coder.version}", f"outcome   {coded.outcome}"]
    if coded.message:
        lines.append(f"message   {coded.message}")
    named = ", ".join(f"{code} x{n}" for code, n in sorted(coded.countries.items())) or "none"
    lines.append(f"countries {named}")
    for tree in parse([text]):
        lines.append("parse     (word, tag, relation, head)")
        for i, word in enumerate(tree.words):
            head = tree.words[tree.heads[i]] if tree.heads[i] != i else "-"
            lines.append(f"  {word:<20} {tree.tags[i]:<5} {tree.deps[i]:<10} {head}")
    for mention in coded.mentions:
        row = mention_to_dict(mention)
        arrow = "<->" if mention.is_reciprocal else "->"
        act = mention.event_type + (f"/{mention.event_mode}" if mention.event_mode else "")
        lines += [
            "",
            f"{mention.source_code} ({mention.source_role}) {arrow} {mention.target_code}"
            f" ({mention.target_role})  {act}  {mention.status}",
            f"  frame       {mention.rule_id}",
            f"  words       '{row['source_text']}' | '{row['trigger_text']}' | '{row['target_text']}'",
            f"  axes        {mention.realis}, {mention.temporality}, {mention.polarity}",
            f"  date        {mention.event_date_start} .. {mention.event_date_end}"
            f" ({mention.date_precision}, {mention.date_basis})",
            f"  who says    {' <- '.join(a.name or a.kind for a in mention.attribution)}"
            f" ({mention.speaker_relation})",
            f"  confidence  {mention.confidence:.2f}",
        ]
        if mention.refers_to_type:
            lines.append(f"  refers to   {mention.refers_to_type}/{mention.refers_to_mode or ''}")
    for sentence in coded.uncoded:
        lines += ["", f"not coded: {sentence.reason} (predicate {sentence.candidate_predicate})"]
    return "\n".join(lines)
