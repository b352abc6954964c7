"""The article that the project started from: every relation that it states, none that it does not.

``document.md`` is our paraphrase of it with the same hard parts; its gold was enumerated before the
coder saw it. ``original.json`` holds codes and fields of the article itself, which is not ours to
copy: that test reads it beside the repository and skips where it is missing.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from detente.coding.coder import load_coder
from detente.ingest.drafts import Draft
from detente.ingest.files import read_file
from detente.model import Document, EventMention
from detente.settings import Settings, find_project_dir

HERE = Path(__file__).parent / "seed_article"
ORIGINAL = Path(__file__).parents[3] / "shared/data/seed/000_d1e3b79279d3dec7.txt"
PUBLISHED = datetime(2015, 1, 22, tzinfo=UTC)


def _fits(mention: EventMention, gold: dict[str, Any]) -> bool:
    """Place, pair, direction and type; what else the gold says is compared by `_differences`."""
    codes = mention.source_code, mention.target_code
    left, right = gold["pair"][:3], gold["pair"][4:]
    mutual = gold["pair"][3] == "="
    return (
        mention.evidence.sentence_number == gold["sentence"]
        and (codes == (left, right) or (mutual and codes == (right, left)))
        and mention.is_reciprocal == mutual
        and mention.event_type == gold["type"]
    )


def _differences(mention: EventMention, gold: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    chain = [f"{a.kind} {a.country_code or ''}".strip() for a in mention.attribution[1:]]
    named = [f"{a.kind} {a.name or ''}".strip() for a in mention.attribution[1:]]
    expected_chain = gold.get("chain", [])
    found = {
        "mode": mention.event_mode,
        "status": mention.status,
        "direction": mention.assess_direction,
        "date": [str(mention.event_date_start), str(mention.event_date_end)],
        "about": [mention.refers_to_type, mention.refers_to_mode],
    }
    wrong = {k: (v, gold[k]) for k, v in found.items() if k in gold and v != gold[k]}
    chain_fits = len(chain) == len(expected_chain) and all(
        want in (a, b, a.split()[0])
        for a, b, want in zip(chain, named, expected_chain, strict=True)
    )
    return wrong if chain_fits else {**wrong, "chain": (named, expected_chain)}


def _compare(document: Document, gold: dict[str, Any], tmp_path: Path) -> None:
    coder = load_coder(Settings(home=tmp_path, project_dir=find_project_dir()))
    coded = coder.code(document)
    assert coded.outcome == "coded", coded.message
    missed, wrong, used = [], {}, set()
    for item in gold["mentions"]:
        fitting = [m for m in coded.mentions if _fits(m, item) and m.mention_id not in used]
        if not fitting:
            missed.append(item["id"])
            continue
        best = min(fitting, key=lambda m: len(_differences(m, item)))
        used.add(best.mention_id)
        if differences := _differences(best, item):
            wrong[item["id"]] = differences
    extra = [
        (m.evidence.sentence_number, m.source_code, m.target_code, m.event_type, m.status)
        for m in coded.mentions
        if m.mention_id not in used
        and not any(_fits(m, item) and not _differences(m, item) for item in gold["allowed"])
    ]
    assert extra == [], "the article does not state these"
    assert wrong == {}, "found, but not as the article states it"
    assert missed == gold["known_misses"], "a gain belongs into known_misses too"


def test_given_our_paraphrase_then_it_yields_what_it_states_and_nothing_else(
    tmp_path: Path,
) -> None:
    (draft,) = read_file(HERE / "document.md")
    assert isinstance(draft, Draft)
    document = Document("paraphrase", "r1", draft.title, draft.text, PUBLISHED, "Peninsula Review")
    _compare(document, json.loads((HERE / "gold.json").read_text()), tmp_path)


@pytest.mark.skipif(not ORIGINAL.exists(), reason="the article itself is not part of the project")
def test_given_the_article_itself_then_it_yields_what_it_states_and_nothing_else(
    tmp_path: Path,
) -> None:
    document = Document("original", "r1", "", ORIGINAL.read_text(), PUBLISHED, "The Diplomat")
    _compare(document, json.loads((HERE / "original.json").read_text()), tmp_path)
