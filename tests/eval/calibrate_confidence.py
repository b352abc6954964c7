"""Fit and check the coder's confidence: coefficients, cross-validated errors, reliability plot.

    python tests/eval/calibrate_confidence.py [--write]

Examples are mentions that the coder makes, right or wrong: on the annotated sentences and documents
(`gold_scores.judge`), and on running text where a mention was judged by reading
(`tests/eval/judgements`; the texts are development data, and what is not at hand is left out).
Not used: construction tests (the coder was repaired on them), sets that are for evaluation only,
and the sealed third, which is the test. Right is what `detente.coding.confidence` says it is.

A ridge logistic regression (scikit-learn), its strength chosen by grouped cross-validation (a text
is on one side only). The annotated texts cross types and statuses by quota and are harder than
news; one more column, hardly shrunk, tells them from running text. It is left out of what is
shipped, which therefore speaks of running text. Printed, for the rule of thumb before, for the share
of right ones as a constant, and for the regression: Brier score, and expected calibration error
(ECE, 10 bins of equal count) beside that which a perfect confidence would have by chance.
`--write` puts the coefficients into `src/detente/coding/confidence.py`, the figures into
`benchmarks/results/confidence.json` and the plot into `docs/img`.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from detente.coding import confidence
from detente.coding.actors import STATE_ROLES, load_actor_index
from detente.coding.confidence import FEATURES, Grounds, features
from detente.coding.jsonl import document_from_dict, mention_to_dict
from detente.coding.lexicon import QUADS, load_lexicon
from detente.coding.rules import RULES_VERSION, RuleCoder
from detente.scoring.annotated import read_annotated
from detente.scoring.gold_scores import find, judge
from detente.settings import Settings

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
from judgements import DATA, read_kept, read_source  # noqa: E402
from results import machine  # noqa: E402

GOLD = Path(__file__).parent / "gold"
EVALUATION_ONLY = ("cameo_manual", "bench_plv")
STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
CONSTRUCTED = ("open sentences", "open documents", "sealed")
_HARDLY_SHRUNK = 10.0
BINS = 10
SPLITS = GroupKFold(n_splits=10, shuffle=True, random_state=7)


@dataclass(frozen=True)
class Example:
    """One mention of the coder: what it was read from, and whether it is right."""

    grounds: Grounds
    is_right: bool
    group: str
    part: str


class Recorder:
    """Stands in for the confidence: remembers the grounds, answers with their number."""

    def __init__(self) -> None:
        self.grounds: list[Grounds] = []

    def __call__(self, grounds: Grounds) -> float:
        self.grounds.append(grounds)
        return float(len(self.grounds) - 1)


def rule_of_thumb(grounds: Grounds) -> float:
    """What the coder said before version 0.5.8: .9, less for what makes a reading less sure."""
    if grounds.event_type == "ASSESS":
        return 0.75
    value = 0.9 - 0.1 * grounds.tree.is_noun(grounds.trigger)
    for actor in (grounds.source, grounds.target):
        value -= 0.1 * (actor.via in ("pronoun", "generic")) + 0.1 * (actor.role not in STATE_ROLES)
    value -= 0.05 * (not grounds.axes.is_main_clause)
    value -= 0.1 * (len(grounds.tree) > 45) + 0.1 * (grounds.party_count > 3)
    return max(0.2, value)


def recording_coder(recorder: Recorder) -> RuleCoder:
    """Return the coder with a recorder in place of its confidence."""
    settings = Settings(home=Path("/nonexistent"))
    index = load_actor_index(settings.seeds_dir, Path("/nonexistent"))
    return RuleCoder(index, load_lexicon(settings.seeds_dir / "frames"), recorder)


def annotated_examples(coder: RuleCoder, recorder: Recorder) -> Iterator[Example]:
    for form in ("sentences", "documents"):
        texts = read_annotated(GOLD, form)
        for j in judge(texts, find(coder, texts)):
            if j.found:
                wanted = "root" if j.kind == "assessment" else "full"
                part = "sealed" if j.text.is_sealed else f"open {form}"
                grounds = recorder.grounds[int(j.found["confidence"])]
                yield Example(grounds, wanted in j.right, j.text.text_id, part)


def judged_examples(coder: RuleCoder, recorder: Recorder) -> Iterator[Example]:
    """Mentions judged by reading that the coder still makes, with the same quad and status."""
    judged: dict[str, list[dict[str, Any]]] = {}
    for _, row in read_kept():
        if not any(name in row["file"] for name in EVALUATION_ONLY):
            judged.setdefault(row["file"], []).append(row)
    for file, rows in judged.items():
        path = DATA / file
        if not path.exists():
            print(f"{file} is not at hand: {len(rows)} judgements left out", file=sys.stderr)
            continue
        verdicts = {_place(r["document_id"], r, r["row"]): r["fully_right"] for r in rows}
        wanted = {r["document_id"] for r in rows}
        items = [item for item in read_source(file) if item["id"] in wanted]
        part = path.name.split(".")[0].split("_20")[0]
        for item in items:
            for mention in coder.code(document_from_dict(item)).mentions:
                row = mention_to_dict(mention)
                right = verdicts.get(_place(item["id"], row, row))
                if right is not None:
                    grounds = recorder.grounds[int(mention.confidence)]
                    yield Example(grounds, right, item["id"], part)


def _place(document: str, at: dict[str, Any], row: dict[str, Any]) -> tuple[Any, ...]:
    codes = (row["source_code"], row["target_code"])
    pair = tuple(sorted(codes)) if row["is_reciprocal"] else codes
    quad = QUADS[row["event_type"]]
    return (document, at["sentence_start"], at["trigger_start"], pair, quad, row["status"])


def matrix(examples: list[Example]) -> np.ndarray:
    """Return the features of each example, and last whether its text was constructed."""
    rows = [features(e.grounds) for e in examples]
    constructed = [_HARDLY_SHRUNK * (e.part in CONSTRUCTED) for e in examples]
    return np.array(
        [[*(r[f] for f in FEATURES), c] for r, c in zip(rows, constructed, strict=True)]
    )


def regression(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, fit_intercept=True, max_iter=2000)


def cross_validated(x: np.ndarray, y: np.ndarray, groups: list[str], strength: float) -> np.ndarray:
    model = regression(strength)
    split = {"cv": SPLITS, "groups": groups, "method": "predict_proba"}
    return np.asarray(cross_val_predict(model, x, y, **split))[:, 1]


def brier(p: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean((p - y) ** 2))


def binned(p: np.ndarray, y: np.ndarray) -> list[tuple[float, float, int]]:
    """Return (mean said, share right, count) of bins of about equal count, equal values together.

    Bins of equal count: Nguyen and O'Connor 2015.
    """
    edges = np.unique(np.quantile(p, np.linspace(0, 1, BINS + 1)[1:-1], method="higher"))
    bins = np.searchsorted(edges, p, side="left")
    return [
        (p[at].mean(), y[at].mean(), int(at.sum())) for k in set(bins) if (at := bins == k).any()
    ]


def ece(p: np.ndarray, y: np.ndarray) -> float:
    return float(sum(n * abs(said - right) for said, right, n in binned(p, y)) / len(y))


def ece_if_perfect(p: np.ndarray) -> float:
    """Return the mean ECE if every confidence were true: what chance alone makes of so few."""
    rng = np.random.default_rng(7)
    return float(np.mean([ece(p, (rng.random(len(p)) < p).astype(float)) for _ in range(200)]))


def figures(name: str, p: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    return {
        "confidence": name,
        "mentions": len(y),
        "right": round(float(y.mean()), 3),
        "said": round(float(p.mean()), 3),
        "brier": round(brier(p, y), 4),
        "ece": round(ece(p, y), 4),
        "ece_if_perfect": round(ece_if_perfect(p), 4),
    }


def panel(name: str, p: np.ndarray, y: np.ndarray) -> alt.LayerChart:
    """Draw said against right for bins, with Wilson's 90 % intervals (Wilson 1927)."""
    z2, rows = 1.645**2, []
    for said, right, n in binned(p, y):
        centre = (right + z2 / (2 * n)) / (1 + z2 / n)
        half = np.sqrt(z2) / (1 + z2 / n) * np.sqrt(right * (1 - right) / n + z2 / (4 * n * n))
        rows.append({"said": said, "right": right, "lo": centre - half, "hi": centre + half})
    scale = alt.Scale(domain=[0.2, 1.0])
    x = alt.X("said:Q", scale=scale, title="confidence said")
    y_axis = alt.Y("right:Q", scale=scale, title="share right")
    ends = alt.Chart(pd.DataFrame({"said": [0.2, 1.0], "right": [0.2, 1.0]}))
    bins = alt.Chart(pd.DataFrame(rows))
    return alt.layer(
        ends.mark_line(color="#999", strokeDash=[4, 4]).encode(x=x, y=y_axis),
        bins.mark_rule(color="#1f4e79").encode(x=x, y=alt.Y("lo:Q", scale=scale), y2="hi:Q"),
        bins.mark_point(filled=True, size=60, color="#1f4e79").encode(x=x, y=y_axis),
    ).properties(width=300, height=300, title=name)


def main() -> None:
    recorder = Recorder()
    coder = recording_coder(recorder)
    examples = [*annotated_examples(coder, recorder), *judged_examples(coder, recorder)]
    learnt = [e for e in examples if e.part != "sealed"]
    sealed = [e for e in examples if e.part == "sealed"]
    x, y = matrix(learnt), np.array([e.is_right for e in learnt], dtype=float)
    groups = [e.group for e in learnt]
    strength = min(STRENGTHS, key=lambda c: brier(cross_validated(x, y, groups, c), y))
    said = cross_validated(x, y, groups, strength)
    model = regression(strength).fit(x, y)
    before = np.array([rule_of_thumb(e.grounds) for e in learnt])
    table = [
        figures("rule of thumb", before, y),
        figures("constant", np.full(len(y), y.mean()), y),
        figures("regression, cross-validated", said, y),
    ]
    running = np.array([e.part not in CONSTRUCTED for e in learnt])
    news = [
        figures("rule of thumb", before[running], y[running]),
        figures("regression, cross-validated", said[running], y[running]),
    ]
    test, truth = matrix(sealed), np.array([e.is_right for e in sealed], dtype=float)
    thumb = np.array([rule_of_thumb(e.grounds) for e in sealed])
    shipped = np.column_stack([test[:, :-1], np.zeros(len(test))])
    held = [
        figures("rule of thumb", thumb, truth),
        figures("constant", np.full(len(truth), y[~running].mean()), truth),
        figures("regression", model.predict_proba(test)[:, 1], truth),
        figures(
            "regression as shipped, for running text", model.predict_proba(shipped)[:, 1], truth
        ),
    ]
    weights = dict(zip(FEATURES, np.round(model.coef_[0][:-1], 3).tolist(), strict=True))
    weights["constant"] = round(float(model.intercept_[0]), 3)
    parts = {
        part: {
            "mentions": n,
            "right": round(sum(e.is_right for e in learnt if e.part == part) / n, 3),
        }
        for part, n in Counter(e.part for e in learnt).items()
    }
    result = {
        "rules_version": RULES_VERSION, "learnt_from": parts, "strength": strength,
        "learnt": table, "running_text": news, "sealed": held, "coefficients": weights,
    }  # fmt: skip
    print(json.dumps(result, indent=1))
    if "--write" in sys.argv:
        module = Path(confidence.__file__)
        told = "".join(f'    "{name}": {weight},\n' for name, weight in weights.items())
        source = re.sub(
            r"(COEFFICIENTS: dict\[str, float\] = )\{.*?\}",
            lambda m: f"{m[1]}{{\n{told}}}",
            module.read_text(encoding="utf-8"),
            flags=re.S,
        )
        module.write_text(source, encoding="utf-8")
        kept = ROOT / "benchmarks" / "results" / "confidence.json"
        result = {"machine": machine(), **result}
        kept.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        before_and_after = alt.hconcat(
            panel("before: rule of thumb", before, y),
            panel("after: regression, cross-validated", said, y),
        )
        before_and_after.configure(background="white").save(
            ROOT / "docs" / "img" / "confidence.svg"
        )


if __name__ == "__main__":
    main()
