"""Texts that name countries and hold no act between states stay (nearly) silent.

The items are our own, machine-written; that they hold no act is their writer's statement.
"""

import json
from pathlib import Path

from detente.coding.coder import load_coder
from detente.coding.jsonl import document_from_dict
from detente.settings import Settings

GOLD = Path(__file__).parent / "gold" / "distractors.jsonl"


def test_given_distractors_then_at_most_four_in_a_hundred_yield_an_event(tmp_path):
    coder = load_coder(Settings(home=tmp_path))
    items = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]
    wrong = [
        item["text"]
        for item in items
        if any(m.event_type != "ASSESS" for m in coder.code(document_from_dict(item)).mentions)
    ]
    assert len(items) >= 100
    assert len(wrong) <= 0.04 * len(items), wrong
