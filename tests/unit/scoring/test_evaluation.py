"""The scorer itself: what it counts, on sentences whose answer is known."""

import json
from pathlib import Path

import pytest

from detente.coding.coder import load_coder
from detente.scoring.evaluation import read_gold, score
from detente.settings import Settings, find_project_dir


def _score(tmp_path: Path, *items: dict) -> dict:
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(json.dumps(i) for i in items))
    coder = load_coder(Settings(home=tmp_path, project_dir=find_project_dir()))
    return score(coder, read_gold(path))


def _item(text: str, *expected: tuple[str, str, str, str]) -> dict:
    keys = ("source_code", "target_code", "event_type", "status")
    return {
        "id": text,
        "text": text,
        "expected": [dict(zip(keys, e, strict=True)) for e in expected],
    }


def test_given_right_answers_then_everything_is_one(tmp_path: Path) -> None:
    row = _score(tmp_path, _item("Japan condemned China.", ("JPN", "CHN", "ACCUSE", "occurred")))
    assert (row["pair"], row["quad"], row["root"], row["status"]) == (1, 1, 1, 1)


def test_given_the_other_direction_then_the_pair_is_missed(tmp_path: Path) -> None:
    row = _score(tmp_path, _item("Japan condemned China.", ("CHN", "JPN", "ACCUSE", "occurred")))
    assert row["pair"] == 0 and row["root_given_pair"] is None


def test_given_a_mutual_act_then_either_direction_counts(tmp_path: Path) -> None:
    row = _score(
        tmp_path,
        _item("Japan held talks with China.", ("CHN", "JPN", "CONSULT", "occurred")),
    )
    assert row["pair"] == 1


def test_given_a_wrong_type_then_only_the_pair_is_right(tmp_path: Path) -> None:
    row = _score(tmp_path, _item("Japan condemned China.", ("JPN", "CHN", "AID", "occurred")))
    assert (row["pair"], row["conflict"], row["root"]) == (1, 0, 0)


def test_given_a_distractor_that_is_coded_then_it_is_a_false_alarm(tmp_path: Path) -> None:
    row = _score(tmp_path, _item("Japan condemned China."), _item("Rain fell in Japan and China."))
    assert row["false_alarm_share"] == 0.5


def test_given_a_broken_line_then_the_message_names_it(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text('{"id": "a", "text": "x", "expected": []}\n{"id": "b"}\n')
    with pytest.raises(ValueError, match=r"gold\.jsonl:2"):
        read_gold(path)
