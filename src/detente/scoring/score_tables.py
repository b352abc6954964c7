"""Scores as tables no wider than a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_NAMES = {
    "pair": "pair",
    "direction": "direction",
    "conflict": "coop. or conflict",
    "quad": "quad class",
    "root": "type",
    "status": "status",
    "realis": "- realis",
    "temporality": "- temporality",
    "polarity": "- polarity",
    "attribution": "attribution",
    "date": "date",
    "full": "quad and status",
}
_KINDS = {"act": "acts", "assessment": "relations described", "igo": "with organisations"}


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Rows that share their columns, with what stands above and below them."""

    title: str
    rows: list[dict[str, Any]]
    caption: str | None = None


def tables(scores: dict[str, Any], full: bool = False) -> Iterator[ScoreTable]:
    """Lay out what `detente.scoring.evaluation.report_and_keep` returns; ``full`` adds groups."""
    annotated = scores["annotated"]
    for form, found in annotated.items():
        parts = found["parts"]["act"]
        yield ScoreTable(
            f"Acts between states: {found['texts']} {form}, machine-written, two machine readings",
            [
                {
                    "right in": name,
                    **{
                        of: _cell(parts["all"]["measures"][measure], of)
                        for of in ("precision", "recall", "f")
                    },
                    "given": _short(parts["all"]["measures"][measure]["given_direction"]),
                    "f open": _cell(parts["open"]["measures"][measure], "f"),
                    "f sealed": _cell(parts["sealed"]["measures"][measure], "f"),
                }
                for measure, name in _NAMES.items()
            ],
            f"{parts['all']['gold']} in the gold, {parts['all']['found']} found, one to one; "
            "all but 'pair' ask for the direction; given: of those found in it; 90 % intervals",
        )
    if annotated:
        yield ScoreTable("What else the texts hold", list(_others(annotated)))
        yield ScoreTable("Texts without an act between states", list(_distractors(annotated)))
    if full:
        for form, found in annotated.items():
            for by in dict.fromkeys(row["by"] for row in found["groups"]):
                yield ScoreTable(
                    f"{form.capitalize()} by {by}",
                    [_group(row) for row in found["groups"] if row["by"] == by],
                    "an interval without width: all right, or none, too few for resampling to tell",
                )
            yield ScoreTable(
                f"{form.capitalize()}: status of acts found in their direction",
                found["status_confusion"],
            )
    yield ScoreTable(
        "Construction tests, share of expected events (one construction a sentence; repaired on)",
        [
            {
                "set": row["gold"].removesuffix(".jsonl"),
                "texts": row["items"],
                "events": row["expected"],
                **{
                    m: _short(row.get(m))
                    for m in ("pair", "root", "status", "attribution", "date", "assess")
                },
                "false": _short(row["false_alarm_share"]),
            }
            for row in scores["constructions"]
        ],
        "false: share of texts without an act of which one comes",
    )


def _others(annotated: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for form, found in annotated.items():
        for kind in ("assessment", "igo"):
            part = found["parts"][kind]["all"]
            pair, whole = part["measures"]["pair"], part["measures"]["full"]
            yield {
                "what": f"{form}: {_KINDS[kind]}",
                "gold": part["gold"],
                "found": part["found"],
                "pair: precision": _cell(pair, "precision"),
                "recall": _cell(pair, "recall"),
                "quad and status: f": _cell(whole, "f"),
            }


def _distractors(annotated: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for form, found in annotated.items():
        for part, counts in found["distractors"].items():
            yield {
                "texts": f"{form}, {part}",
                "n": counts["texts"],
                "with a false act": counts["with_an_act"],
                "share": counts["with_an_act"] / counts["texts"] if counts["texts"] else None,
            }


def _group(row: dict[str, Any]) -> dict[str, Any]:
    measures = row["measures"]
    return {
        row["by"]: row["value"],
        "gold": row["gold"],
        "found": row["found"],
        "precision": _cell(measures["direction"], "precision"),
        "recall": _cell(measures["direction"], "recall"),
        "f": _cell(measures["direction"], "f"),
        "f quad, status": _cell(measures["full"], "f"),
    }


def _cell(figures: dict[str, Any], of: str) -> str:
    """'.88 .84-.91': a share with its interval; empty where there is none."""
    if figures[of] is None:
        return ""
    return f"{_short(figures[of])} {_short(figures[f'{of}_lo'])}-{_short(figures[f'{of}_hi'])}"


def _short(share: float | None) -> str:
    """Three characters: '.88', '1.0'."""
    if share is None:
        return ""
    return "1.0" if share >= 0.995 else f"{share:.2f}".removeprefix("0")
