"""Precision, recall and F of a coder on the annotated gold, by field, with bootstrap intervals.

Gold and found mentions are aligned one to one, so that a second mention of one act is a false one.
Acts of states, relations described (ASSESS) and mentions with an international organisation are
scored apart. Sealed texts enter totals only.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detente.coding.coder import Coder, code_batch
from detente.coding.jsonl import document_from_dict, mention_to_dict
from detente.coding.lexicon import QUADS
from detente.scoring.alignment import (
    Mention,
    align,
    chain_of,
    dates_of,
    direction_of,
    pair_of,
)
from detente.scoring.annotated import AnnotatedText, GoldMention
from detente.scoring.axis_scores import dates_agree

MEASURES = (
    "pair direction conflict quad root status realis temporality polarity attribution date full"
).split()
"""'pair' is the two states in either order; every other measure asks for the direction too.
'full' is direction, quad and status together: what a reader would call right."""

RESAMPLES = 1000
_SEED = 7
_LEAST = 10
"""Groups with fewer gold and found mentions than this are not printed: an interval would be all."""

_REALIS = {"planned": "announced", "possible": "possible", "hypothetical": "hypothetical"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A gold mention beside the one found for it; either may be missing."""

    text: AnnotatedText
    kind: str
    gold: GoldMention | None
    found: Mention | None
    right: frozenset[str]

    @property
    def mention(self) -> Mention:
        """The first reading of the gold; where there is none, what was found."""
        chosen = self.gold.readings[0] if self.gold else self.found
        assert chosen is not None
        return chosen


def find(coder: Coder, texts: Sequence[AnnotatedText]) -> list[list[Mention]]:
    """Code the texts: mentions of each, with the annotators' field names and no publisher's link."""
    found = []
    coded = code_batch(coder, [document_from_dict(text.item) for text in texts])
    for text, document in zip(texts, coded, strict=True):
        rows = [mention_to_dict(m) for m in document.mentions]
        for row in rows:
            row["attribution"] = row["attribution"][1:]
            row["sentence"] = row["sentence_number"] if "title" in text.item else None
            for end in ("event_date_start", "event_date_end"):
                day = None if row["date_basis"] in ("none", "publication") else row[end]
                row[end] = day and day.isoformat()
        found.append(rows)
    return found


def judge(texts: Sequence[AnnotatedText], found: Sequence[Sequence[Mention]]) -> list[Judged]:
    """Align what was found with the gold; what is optional and was found counts nowhere."""
    judged = []
    for text, mentions in zip(texts, found, strict=True):
        for kind in ("act", "assessment", "igo"):
            gold = [g for g in text.mentions if _kind(g.readings[0]) == kind]
            mine = [m for m in mentions if _kind(m) == kind]
            for one, two in align(gold, mine, _likeness):
                if one is None or not one.is_optional:
                    right = _right(one, two) if one and two else frozenset[str]()
                    judged.append(Judged(text, kind, one, two, right))
    return judged


def _kind(mention: Mention) -> str:
    if any(mention[f"{side}_code"].startswith("IGO-") for side in ("source", "target")):
        return "igo"
    return "assessment" if mention["event_type"] == "ASSESS" else "act"


def _codes(mention: Mention) -> tuple[str, ...]:
    """The pair; organisations are one, since annotators and seeds abbreviate them differently."""
    return tuple(sorted("IGO" if code.startswith("IGO-") else code for code in pair_of(mention)))


def _likeness(gold: GoldMention, found: Mention) -> float | None:
    reading = gold.readings[0]
    if _codes(reading) != _codes(found) or reading.get("sentence") != found.get("sentence"):
        return None
    weights = {"root": 8, "quad": 4, "direction": 4, "status": 2, "date": 0.9, "attribution": 0.6}
    right = _right(gold, found, given_direction=True)
    return sum(w for m, w in weights.items() if m in right) - 0.3 * gold.is_optional


def _right(gold: GoldMention, found: Mention, given_direction: bool = False) -> frozenset[str]:
    """The measures that are right by any of the readings."""
    right = {"pair"}
    directed = any(_direction_fits(reading, found) for reading in gold.readings)
    if directed:
        right.add("direction")
    if not directed and not given_direction:
        return frozenset(right)
    tests: dict[str, Callable[[Mention], bool]] = {
        "conflict": lambda g: (_quad(g) >= 3) == (_quad(found) >= 3),
        "quad": lambda g: _quad(g) == _quad(found),
        "root": lambda g: (
            g["event_type"] == found["event_type"]
            and g.get("assess_direction") == found.get("assess_direction")
        ),
        "status": lambda g: g["status"] == found["status"],
        "realis": lambda g: _realis(g) == _realis(found),
        "temporality": lambda g: _temporality(g) == _temporality(found),
        "polarity": lambda g: (g["status"] == "negated") == (found["status"] == "negated"),
        "attribution": lambda g: _chain_fits(g, found),
        "date": lambda g: dates_agree(dates_of(g), dates_of(found)),
    }
    right |= {m for m, holds in tests.items() if any(holds(g) for g in gold.readings)}
    if directed and {"quad", "status"} <= right:
        right.add("full")
    return frozenset(right)


def _quad(mention: Mention) -> int:
    return QUADS[mention["event_type"]]


def _realis(mention: Mention) -> str:
    """Of a negated act the words do not tell it: it stands apart."""
    status = mention["status"]
    return "negated" if status == "negated" else _REALIS.get(status, "actual")


def _temporality(mention: Mention) -> str:
    status = mention["status"]
    return status if status in ("ongoing", "historical", "planned") else "past or open"


def _direction_fits(gold: Mention, found: Mention) -> bool:
    """Whoever holds the act for mutual holds both directions."""
    ways = {direction_of(gold), direction_of(found)}
    return len(ways) == 1 or "mutual" in ways


def _chain_fits(gold: Mention, found: Mention) -> bool:
    """As many links, each of its kind; where both name a country, the same."""
    want, got = chain_of(gold), chain_of(found)
    return len(want) == len(got) and all(
        kind == got_kind and (country == got_country or None in (country, got_country))
        for (kind, country), (got_kind, got_country) in zip(want, got, strict=True)
    )


def figures(judged: Iterable[Judged]) -> dict[str, Any]:
    """Return texts, gold, found, and for each measure its figures with 90 % intervals.

    Returns:
        ``measures[m]`` holds ``precision``, ``recall``, ``f`` with ``_lo/_hi`` (bootstrap over
        texts) and ``given_direction``, the share of pairs found in their direction that are right
        in ``m`` as well. A share of nothing is None.
    """
    tallies: dict[str, Counter[str]] = defaultdict(Counter)
    for j in judged:
        tally = tallies[j.text.text_id]
        tally["gold"] += j.gold is not None
        tally["found"] += j.found is not None
        tally.update(j.right)
    columns = ["gold", "found", *MEASURES]
    counts = np.array([[t[c] for c in columns] for t in tallies.values()], dtype=float)
    counts = counts.reshape(-1, len(columns))
    n = len(counts)
    rng = np.random.default_rng(_SEED)
    draws = rng.multinomial(n, np.full(n, 1 / n), size=RESAMPLES) @ counts if n else counts
    total = counts.sum(axis=0)
    gold, found, directed = total[0], total[1], total[columns.index("direction")]
    measures = {}
    for measure in MEASURES:
        k = columns.index(measure)
        row = {"given_direction": _share(total[k], directed)}
        for name, of, drawn in (
            ("precision", found, draws[:, 1]),
            ("recall", gold, draws[:, 0]),
            ("f", (gold + found) / 2, (draws[:, 0] + draws[:, 1]) / 2),
        ):
            row[name] = _share(total[k], of)
            row[f"{name}_lo"], row[f"{name}_hi"] = _interval(draws[:, k], drawn)
        measures[measure] = row
    return {"texts": n, "gold": int(gold), "found": int(found), "measures": measures}


def _share(right: float, of: float) -> float | None:
    return round(float(right / of), 4) if of else None


def _interval(
    right: np.ndarray[Any, Any], of: np.ndarray[Any, Any]
) -> tuple[float | None, float | None]:
    shares = right[of > 0] / of[of > 0]
    if not len(shares):
        return None, None
    low, high = np.quantile(shares, (0.05, 0.95))
    return round(float(low), 4), round(float(high), 4)


_GROUPS: dict[str, Callable[[Judged], str]] = {
    "bloc": lambda j: j.text.bloc,
    "period": lambda j: f"{j.text.item['published'][:3]}0s",
    "stratum": lambda j: j.text.stratum.split(":")[0],
    "status": lambda j: j.mention["status"],
    "type": lambda j: j.mention["event_type"],
    "pair": lambda j: "-".join(pair_of(j.mention)),
}


def score_annotated(coder: Coder, texts: Sequence[AnnotatedText]) -> dict[str, Any]:
    """Return all figures of one gold set: parts, groups, distractors, confusion of status.

    Groups by status and type go by the gold where there is one, by the coder's word where there is
    none. Distractors are scored by whether an act between states comes of them.
    """
    found = find(coder, texts)
    judged = judge(texts, found)
    parts = {
        kind: {
            "all": figures(j for j in judged if j.kind == kind),
            "open": figures(j for j in judged if j.kind == kind and not j.text.is_sealed),
            "sealed": figures(j for j in judged if j.kind == kind and j.text.is_sealed),
        }
        for kind in ("act", "assessment", "igo")
    }
    acts = [j for j in judged if j.kind == "act"]
    groups = []
    for name, key in _GROUPS.items():
        members: dict[str, list[Judged]] = defaultdict(list)
        for j in acts:
            members[key(j)].append(j)
        rows = [{"by": name, "value": value, **figures(js)} for value, js in members.items()]
        rows = [row for row in rows if row["gold"] + row["found"] >= _LEAST]
        groups += sorted(rows, key=lambda row: (-row["gold"], row["value"]))
    false = [
        (text.is_sealed, any(_kind(m) == "act" for m in mentions))
        for text, mentions in zip(texts, found, strict=True)
        if text.is_distractor
    ]
    confusion = Counter(
        (j.gold.readings[0]["status"], j.found["status"])
        for j in acts
        if j.gold and j.found and "direction" in j.right
    )
    return {
        "texts": len(texts),
        "parts": parts,
        "groups": groups,
        "distractors": {
            part: {
                "texts": sum(chosen(sealed) for sealed, _ in false),
                "with_an_act": sum(alarm for sealed, alarm in false if chosen(sealed)),
            }
            for part, chosen in (("open", lambda s: not s), ("sealed", bool))
        },
        "status_confusion": [
            {"gold": gold, "found": mine, "mentions": n}
            for (gold, mine), n in sorted(confusion.items())
        ],
    }


def differences(coder: Coder, texts: Sequence[AnnotatedText]) -> list[dict[str, Any]]:
    """Return, of open texts only, what the coder missed, made up or read otherwise than the gold."""
    open_texts = [text for text in texts if not text.is_sealed]
    rows = []
    for j in judge(open_texts, find(coder, open_texts)):
        wrong = [m for m in MEASURES if m not in j.right]
        if wrong:
            rows.append(
                {
                    "text_id": j.text.text_id,
                    "kind": j.kind,
                    "wrong": "missed" if not j.found else "made up" if not j.gold else wrong,
                    "gold": j.gold.readings if j.gold else None,
                    "found": j.found,
                    "text": j.text.item["text"],
                }
            )
    return rows
