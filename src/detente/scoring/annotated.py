"""Texts with two independent annotations and a settling reading, as one gold.

Reads ``tests/eval/gold/texts`` (what a coder reads) and ``tests/eval/gold/annotations`` (what is in
it). What both annotators hold is gold; every difference has a settled row with its reason. Where
the text bears both readings, either is right; where one reading is that nothing is said, the
mention is left out of the count, found or not.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detente.scoring.alignment import (
    Mention,
    align,
    chain_of,
    dates_of,
    direction_of,
    likeness,
    pair_of,
)

ANNOTATORS = ("annotator_one", "annotator_two")
NOT_APART = {
    "sentences": frozenset({"s003"}),
    "documents": frozenset({"01", "02", "03", "04"}),
}
"""Items on which the two readings are not apart: an example of the rules, and four rows of the
index of documents that annotator_one had seen. They are gold, but left out of agreement."""


@dataclass(frozen=True, slots=True)
class GoldMention:
    """One mention that the text holds: ``readings`` are all right; ``is_optional`` if none is too."""

    readings: tuple[Mention, ...]
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class AnnotatedText:
    """One sentence or document with its gold.

    ``stratum`` is what its writer meant to exercise (a document's kind), ``bloc`` where its
    (invented) publisher stands.
    """

    text_id: str
    item: dict[str, Any]
    stratum: str
    bloc: str
    is_sealed: bool
    mentions: tuple[GoldMention, ...]

    @property
    def is_distractor(self) -> bool:
        """Meant to hold no act between states, and read so by both annotators."""
        return self.stratum.split(":")[0] in ("distractor", "domestic") and not self.mentions


def signature(mention: Mention) -> tuple[Any, ...]:
    """Return what two annotations of one mention must share to be the same."""
    return (
        mention.get("sentence"),
        pair_of(mention),
        direction_of(mention),
        mention["event_type"],
        mention["status"],
        mention.get("assess_direction"),
        dates_of(mention),
        chain_of(mention),
    )


def read_annotations(gold: Path, annotator: str, form: str) -> dict[str, list[Mention]]:
    """Return one annotator's mentions by item; ``form`` is 'sentences' or 'documents'."""
    rows = _json_lines(gold / "annotations" / annotator / f"{form}.jsonl")
    return {row["item_id"]: row["mentions"] for row in rows}


def read_annotated(gold: Path, form: str) -> list[AnnotatedText]:
    """Return the sentences or the documents of ``tests/eval/gold`` with their gold.

    Raises:
        ValueError: an annotation lacks an item, or a difference is not settled, or a settled row
            belongs to no difference.
    """
    one, two = (read_annotations(gold, annotator, form) for annotator in ANNOTATORS)
    settled = {
        (row["item_id"], _signature(row["one"]), _signature(row["two"])): row
        for row in _json_lines(gold / "annotations" / "settled" / f"{form}.jsonl")
    }
    with (gold / "texts" / "publishers.csv").open(encoding="utf-8", newline="") as lines:
        blocs = {row["publisher"]: row["bloc"] for row in csv.DictReader(lines)}
    texts = []
    for text_id, item, stratum, is_sealed in _texts(gold / "texts", form):
        if text_id not in one or text_id not in two:
            raise ValueError(f"{text_id}: not annotated twice")
        mentions = []
        for first, second in align(one[text_id], two[text_id], likeness):
            if first and second and signature(first) == signature(second):
                mentions.append(GoldMention((first,)))
                continue
            row = settled.pop((text_id, _signature(first), _signature(second)), None)
            if row is None:
                raise ValueError(f"{text_id}: a difference is not settled: {first} / {second}")
            mentions += _settle(row["decision"], first, second)
        texts.append(
            AnnotatedText(text_id, item, stratum, blocs[item["source"]], is_sealed, tuple(mentions))
        )
    if settled:
        raise ValueError(f"settled, but no difference: {sorted(key[0] for key in settled)}")
    return texts


def _settle(decision: str, one: Mention | None, two: Mention | None) -> list[GoldMention]:
    chosen = {"one": (one,), "two": (two,), "either": (one, two)}.get(decision)
    if chosen is None:
        raise ValueError(f"decision {decision!r} is not one, two or either")
    readings = tuple(reading for reading in chosen if reading)
    return [GoldMention(readings, is_optional=None in chosen)] if readings else []


def _signature(mention: Mention | None) -> tuple[Any, ...] | None:
    return None if mention is None else signature(mention)


def _texts(folder: Path, form: str) -> Iterator[tuple[str, dict[str, Any], str, bool]]:
    """Yield id, what the coder reads, stratum and whether the text is sealed."""
    with (folder / f"{form}.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            sealed = row["sealed"] == "true"
            if form == "sentences":
                item = {"text": row["text"], "published": row["published"]}
                item |= {"id": row["item_id"], "source": row["publisher"]}
                yield row["item_id"], item, row["stratum"], sealed
                continue
            _, head, body = (
                (folder / "documents" / f"{row['doc_id']}.md")
                .read_text(encoding="utf-8")
                .split("---\n", 2)
            )
            fields = dict(line.split(": ", 1) for line in head.splitlines())
            item = {name: value.strip('"') for name, value in fields.items()}
            item |= {"id": row["doc_id"], "text": body.strip(), "source": item["publisher"]}
            yield row["doc_id"], item, row["kind"], sealed


def _json_lines(path: Path) -> Sequence[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
