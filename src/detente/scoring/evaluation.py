"""Scores a coder on gold sentences: pair, direction, cooperation/conflict, quad, root, status.

Recall is of gold items of which the coder finds the pair in its direction; the rest is measured
both end to end and given the right pair. Intervals are bootstrapped over items.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from detente.coding.coder import Coder, load_coder
from detente.coding.jsonl import document_from_dict
from detente.coding.lexicon import COOPERATIVE, QUADS
from detente.model import EventMention
from detente.scoring.annotated import AnnotatedText, read_annotated
from detente.scoring.axis_scores import AXES, judge_axes, states_axis
from detente.scoring.gold_scores import differences, score_annotated
from detente.scoring.scorecard import keep_scores
from detente.settings import Settings

MEASURES = ("pair", "conflict", "quad", "root", "status", *AXES)
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Expected:
    """One event that a gold item states. Empty ``root`` or ``status`` is not scored.

    ``event`` is the gold's own row, for the axes of `axis_scores`.
    """

    sources: frozenset[str]
    targets: frozenset[str]
    root: str
    status: str = ""
    is_reciprocal: bool = False
    event: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gold:
    """One gold text; no expected event makes it a distractor."""

    item: dict[str, Any]
    expected: tuple[Expected, ...]


def published_root(mention: EventMention) -> str:
    """Return the root under which published PLOVER/CAMEO tables would hold the mention.

    CAMEO 03 ('express intent to cooperate') is PLOVER's AGREE, so a cooperative act that is only
    announced or possible counts there, a hostile one under THREATEN and a cooperative act that is
    negated under REJECT; a signature (057) is SUPPORT, an official protest ACCUSE.
    """
    kind = mention.event_type
    if mention.polarity == "negated" and kind in COOPERATIVE:
        return "REJECT"
    if mention.realis in ("announced", "possible") and kind in COOPERATIVE:
        return "AGREE"
    if mention.realis in ("announced", "possible") and QUADS[kind] == 4:
        return "THREATEN"
    if (kind, mention.event_mode) == ("AGREE", "sign"):
        return "SUPPORT"
    if (kind, mention.event_mode) == ("PROTEST", "official"):
        return "ACCUSE"
    return kind


def read_gold(path: Path) -> list[Gold]:
    """Read our own gold (``tests/eval/README.md``) or the flat form with source, target, plover_root.

    Raises:
        ValueError: a line is not a gold item; the message names file and line.
    """
    gold = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            gold.append(Gold(item, tuple(_expected(item))))
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"{path.name}:{number}: not a gold item: {error!r}") from error
    return gold


def _expected(item: dict[str, Any]) -> Iterable[Expected]:
    if "plover_root" in item:
        yield Expected(frozenset(item["source"]), frozenset(item["target"]), item["plover_root"])
        return
    for event in item["expected"]:
        yield Expected(
            frozenset([event["source_code"]]),
            frozenset([event["target_code"]]),
            event["event_type"],
            event.get("status", ""),
            bool(event.get("is_reciprocal", False)),
            event,
        )


def _fits(mention: EventMention, expected: Expected) -> bool:
    forward = mention.source_code in expected.sources and mention.target_code in expected.targets
    back = mention.target_code in expected.sources and mention.source_code in expected.targets
    return forward or (back and (mention.is_reciprocal or expected.is_reciprocal))


def _judge(mentions: Sequence[EventMention], expected: Expected, flat: bool) -> dict[str, bool]:
    """Judge the best of the mentions that fit the pair; all False where none does."""
    best = dict.fromkeys(MEASURES, False)
    quad = QUADS[expected.root]
    for mention in mentions:
        if not _fits(mention, expected) or (mention.event_type == "ASSESS") != (
            expected.root == "ASSESS"
        ):
            continue
        root = published_root(mention) if flat else mention.event_type
        found = QUADS[root]
        got = {
            "pair": True,
            "conflict": (found >= 3) == (quad >= 3),
            "quad": found == quad,
            "root": root == expected.root,
            "status": not expected.status or mention.status == expected.status,
            **judge_axes(mention, expected.event),
        }
        best = max(best, got, key=lambda g: [g[m] for m in MEASURES])
    return best


def score(coder: Coder, gold: Sequence[Gold], seed: int = 7) -> dict[str, Any]:
    """Code the gold and return one row of figures.

    Returns:
        items, expected, emitted (mentions), ``<measure>`` (share of expected events, end to end)
        with ``<measure>_lo/_hi`` (90 % bootstrap interval), ``<measure>_given_pair``, and
        ``false_alarm_share`` (distractors that yield an act; None where there are none).
    """
    per_item: list[list[dict[str, bool]]] = []
    emitted = distractors = alarms = 0
    for g in gold:
        mentions = coder.code(document_from_dict(g.item)).mentions
        emitted += len(mentions)
        if not g.expected:
            distractors += 1
            is_relation = g.item.get("kind") == "no_assessment"
            alarms += any((m.event_type == "ASSESS") == is_relation for m in mentions)
        per_item.append([_judge(mentions, e, "plover_root" in g.item) for e in g.expected])
    judged = [j for item in per_item for j in item]
    row: dict[str, Any] = {"items": len(gold), "expected": len(judged), "emitted": emitted}
    found = sum(j["pair"] for j in judged)
    rng = random.Random(seed)
    events = [e for g in gold for e in g.expected]
    scored = [
        m
        for m in MEASURES
        if (m not in AXES or any(states_axis(m, e.event) for e in events))
        and (m != "status" or any(e.status for e in events))
    ]
    for measure in scored:
        right = sum(j[measure] for j in judged)
        row[measure] = round(right / len(judged), 4) if judged else None
        row[f"{measure}_lo"], row[f"{measure}_hi"] = _interval(per_item, measure, rng)
        if measure != "pair":
            row[f"{measure}_given_pair"] = round(right / found, 4) if found else None
    row["false_alarm_share"] = round(alarms / distractors, 4) if distractors else None
    return row


def _interval(
    per_item: Sequence[Sequence[dict[str, bool]]], measure: str, rng: random.Random
) -> tuple[float | None, float | None]:
    counts = [(sum(j[measure] for j in item), len(item)) for item in per_item if item]
    if not counts:
        return None, None
    shares = []
    for _ in range(RESAMPLES):
        sample = rng.choices(counts, k=len(counts))
        shares.append(sum(right for right, _ in sample) / sum(n for _, n in sample))
    shares.sort()
    return round(shares[RESAMPLES // 20], 4), round(shares[-RESAMPLES // 20 - 1], 4)


def report(settings: Settings, paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Return one row per gold file (default: ``tests/eval/gold``): what ``make eval`` prints.

    Raises:
        ValueError: there is no gold, or a line is not a gold item.
    """
    paths = paths or sorted((settings.project_dir / "tests" / "eval" / "gold").glob("*.jsonl"))
    if not paths:
        raise ValueError("no gold: name files (*.jsonl) or put some into tests/eval/gold")
    coder = load_coder(settings)
    rows: list[dict[str, Any]] = [
        {"gold": Path(p).name, "coder_version": coder.version, **score(coder, read_gold(Path(p)))}
        for p in paths
    ]
    columns = dict.fromkeys(name for row in rows for name in row)  # a set scores what it annotates
    return [{name: row.get(name) for name in columns} for row in rows]


def report_and_keep(settings: Settings, paths: Sequence[Path]) -> dict[str, Any]:
    """Return all scores; those of all gold sets are kept for the dashboard.

    Returns:
        ``constructions`` (rows of `report`) and, where no files are named and the annotated texts
        are at hand, ``annotated``: for sentences and documents what `score_annotated` returns.
    """
    scores: dict[str, Any] = {"constructions": report(settings, paths), "annotated": {}}
    if not paths:
        coder = load_coder(settings)
        for form, texts in read_all_annotated(settings).items():
            scores["annotated"][form] = score_annotated(coder, texts)
        keep_scores(settings, scores["constructions"], scores["annotated"])
    return scores


def read_all_annotated(settings: Settings) -> dict[str, list[AnnotatedText]]:
    """Return the annotated sentences and documents; nothing where the project is not at hand."""
    gold = settings.project_dir / "tests" / "eval" / "gold"
    if not (gold / "annotations").exists():
        return {}
    return {form: read_annotated(gold, form) for form in ("sentences", "documents")}


def open_differences(settings: Settings) -> list[dict[str, Any]]:
    """Return what the coder reads otherwise than the gold, in texts that are not sealed.

    Raises:
        ValueError: the annotated texts are not at hand.
    """
    texts = read_all_annotated(settings)
    if not texts:
        raise ValueError("no annotated texts: they are in the project's repository (tests/eval)")
    coder = load_coder(settings)
    return [row for some in texts.values() for row in differences(coder, some)]
