"""The two annotations and their settling are whole; the agreement is what is told of it."""

import importlib.util
import json
from pathlib import Path

import pytest

from detente.model import EVENT_TYPES
from detente.scoring.annotated import ANNOTATORS, read_annotated, read_annotations

HERE = Path(__file__).parent
GOLD = HERE / "gold"
STATUSES = set("occurred ongoing planned possible hypothetical negated historical".split())


@pytest.fixture(scope="module")
def agreement():
    spec = importlib.util.spec_from_file_location("agreement", HERE / "agreement.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("form", ["sentences", "documents"])
def test_given_annotations_then_both_hold_every_item_and_known_values(form) -> None:
    texts = {text.text_id for text in read_annotated(GOLD, form)}
    for annotator in ANNOTATORS:
        annotated = read_annotations(GOLD, annotator, form)
        assert set(annotated) == texts
        for mentions in annotated.values():
            assert {m["event_type"] for m in mentions} <= set(EVENT_TYPES)
            assert {m["status"] for m in mentions} <= STATUSES
            assert all(("assess_direction" in m) == (m["event_type"] == "ASSESS") for m in mentions)


@pytest.mark.parametrize("form", ["sentences", "documents"])
def test_given_settlements_then_each_has_a_decision_and_a_reason(form) -> None:
    lines = (GOLD / "annotations" / "settled" / f"{form}.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert {row["decision"] for row in rows} <= {"one", "two", "either"}
    assert all(len(row["reason"]) > 10 for row in rows)


def test_given_a_difference_without_settlement_then_reading_the_gold_is_refused(tmp_path) -> None:
    import shutil

    shutil.copytree(GOLD, tmp_path / "gold")
    settled = tmp_path / "gold" / "annotations" / "settled" / "sentences.jsonl"
    settled.write_text("\n".join(settled.read_text("utf-8").splitlines()[1:]))
    with pytest.raises(ValueError, match="not settled"):
        read_annotated(tmp_path / "gold", "sentences")


def test_given_distractors_then_annotators_find_acts_in_few_of_them() -> None:
    texts = read_annotated(GOLD, "sentences")
    meant = [t for t in texts if t.stratum.startswith("distractor:")]
    assert sum(t.is_distractor for t in meant) >= 0.9 * len(meant)


def test_given_equal_values_then_alpha_is_one_and_given_chance_it_is_near_zero(agreement) -> None:
    assert agreement.alpha([("a", "a"), ("b", "b")] * 20) == 1.0
    crossed = [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")] * 20
    assert abs(agreement.alpha(crossed)) < 0.02
    assert agreement.alpha([("a", "a")]) is None


def test_given_a_mention_of_one_annotator_then_its_pair_is_a_unit_in_dispute(agreement) -> None:
    held = {"source_code": "JPN", "target_code": "CHN", "event_type": "AID", "status": "occurred"}
    units = agreement.units_of([held], [])
    assert units["pair"] == [("True", "False")]
    assert units["type"] == []
