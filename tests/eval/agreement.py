"""How far the two annotators agree: Krippendorff's alpha by field, and the match of mentions.

    python tests/eval/agreement.py [--json]

Alpha is nominal (Krippendorff, Content Analysis, 2013, ch. 12), by the library `krippendorff`.
Units: for 'relation' a sentence (does it hold any mention?); for 'pair' every two codes that either
annotator uses in a sentence (is there a mention of the two?); for the other fields a mention that
both hold, aligned one to one by pair, then type, direction, status. Intervals of 90 % by resampling
items. Both annotators are machine readers of one kind, working apart: they may share blind spots,
which no figure here can show.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np

from detente.coding.jsonl import document_from_dict
from detente.coding.lexicon import QUADS
from detente.coding.sentences import split_sentences
from detente.output import Result, emit
from detente.scoring.alignment import align, chain_of, dates_of, direction_of, likeness, pair_of
from detente.scoring.annotated import ANNOTATORS, NOT_APART, read_annotated, read_annotations

GOLD = Path(__file__).parent / "gold"
RESAMPLES = 500
FIELDS = {
    "direction": direction_of,
    "type": lambda m: m["event_type"],
    "quad class": lambda m: str(QUADS[m["event_type"]]),
    "status": lambda m: m["status"],
    "attribution: kinds": lambda m: " < ".join(kind for kind, _ in chain_of(m)) or "publisher",
    "attribution: whole": lambda m: str(chain_of(m)),
    "date": lambda m: str(dates_of(m)),
}
Unit = tuple[str, str]


def units_of(one: list[dict[str, Any]], two: list[dict[str, Any]]) -> dict[str, list[Unit]]:
    """Return for each field the two annotators' values, unit by unit, of one item."""
    units: dict[str, list[Unit]] = {name: [] for name in ("pair", *FIELDS)}
    for sentence in {m.get("sentence") for m in one + two}:
        mine = [[m for m in ms if m.get("sentence") == sentence] for ms in (one, two)]
        codes = sorted({code for ms in mine for m in ms for code in pair_of(m)})
        held = [{pair_of(m) for m in ms} for ms in mine]
        for pair in combinations(codes, 2):
            units["pair"].append((str(pair in held[0]), str(pair in held[1])))
    for first, second in align(one, two, likeness):
        if first and second:
            for name, value in FIELDS.items():
                units[name].append((value(first), value(second)))
    return units


def sentences_of(gold: Path) -> dict[str, int]:
    """Return how many sentences each document has."""
    documents = {t.text_id: document_from_dict(t.item) for t in read_annotated(gold, "documents")}
    return {k: len(split_sentences(d.body, len(d.title))) for k, d in documents.items()}


def alpha(units: list[Unit]) -> float | None:
    """Krippendorff's nominal alpha of two annotators; None where they use one value only."""
    values = {v: k for k, v in enumerate(sorted({v for unit in units for v in unit}))}
    if len(values) < 2:
        return None
    table = np.array([[values[a] for a, _ in units], [values[b] for _, b in units]], dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(krippendorff.alpha(table, level_of_measurement="nominal"))


def agreement(form: str, gold: Path = GOLD) -> list[dict[str, Any]]:
    """Return one row per field: units, share of equal values, alpha with its interval."""
    one, two = (read_annotations(gold, annotator, form) for annotator in ANNOTATORS)
    items = sorted(set(one) - NOT_APART[form])
    lengths = sentences_of(gold) if form == "documents" else {}
    per_item = []
    for item in items:
        units = units_of(one[item], two[item])
        numbers = range(lengths[item]) if lengths else (None,)
        units["relation"] = [
            tuple(str(any(m.get("sentence") == n for m in ms)) for ms in (one[item], two[item]))
            for n in numbers
        ]  # type: ignore[misc]
        counts = Counter(both=len(units["type"]), mentions=len(one[item]) + len(two[item]))
        per_item.append((units, counts))
    draws = np.random.default_rng(7).integers(len(items), size=(RESAMPLES, len(items)))
    rows = [_match_rate([c for _, c in per_item], draws)]
    for name in ("relation", "pair", *FIELDS):
        whole = [u for units, _ in per_item for u in units[name]]
        drawn = [
            a
            for draw in draws
            if (a := alpha([u for k in draw for u in per_item[k][0][name]])) is not None
        ]
        low, high = np.quantile(drawn, (0.05, 0.95))
        rows.append(
            {
                "field": name,
                "units": len(whole),
                "equal": round(sum(a == b for a, b in whole) / len(whole), 3),
                "alpha": round(alpha(whole) or 0.0, 3),
                "alpha_lo": round(float(low), 3),
                "alpha_hi": round(float(high), 3),
            }
        )
    return rows


def _match_rate(counts: list[Counter[str]], draws: np.ndarray) -> dict[str, Any]:
    """The share of mentions that the other annotator holds too: F of one against the other."""
    table = np.array([[2 * c["both"], c["mentions"]] for c in counts])
    sums = table[draws].sum(axis=1)
    both, mentions = table.sum(axis=0)
    low, high = np.quantile(sums[:, 0] / sums[:, 1], (0.05, 0.95))
    return {
        "field": "mentions held by both",
        "units": int(mentions),
        "equal": round(float(both / mentions), 3),
        "alpha": None,
        "alpha_lo": round(float(low), 3),
        "alpha_hi": round(float(high), 3),
    }


def settlements(gold: Path = GOLD) -> dict[str, Counter[str]]:
    """Return how the third reading decided, by form."""
    decided = {}
    for form in NOT_APART:
        lines = (gold / "annotations" / "settled" / f"{form}.jsonl").read_text("utf-8").splitlines()
        decided[form] = Counter(json.loads(line)["decision"] for line in lines)
    return decided


def main() -> None:
    report = {form: agreement(form) for form in NOT_APART}
    decided = settlements()
    if "--json" in sys.argv:
        print(json.dumps({"agreement": report, "settled": decided}, indent=1))
        return
    for form, rows in report.items():
        told = ", ".join(f"{n} {decision}" for decision, n in sorted(decided[form].items()))
        emit(
            Result.of_dicts(rows),
            title=f"Agreement of two machine annotators, {form}",
            caption=f"90 % intervals (of the share in the first row). Differences settled: {told}",
        )


if __name__ == "__main__":
    main()
