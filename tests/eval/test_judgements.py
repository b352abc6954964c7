"""Judged mentions are well-formed and hold no text."""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "benchmarks" / "judgements.py"
KEPT = ROOT / "tests" / "eval" / "judgements"
FILES = sorted(KEPT.glob("*_r[0-9]*.jsonl"))

spec = importlib.util.spec_from_file_location("judgements", SCRIPT)
assert spec is not None and spec.loader is not None
judgements = importlib.util.module_from_spec(spec)
spec.loader.exec_module(judgements)


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


MENTIONS = [p for p in FILES if not p.name.startswith("recall_")]


@pytest.mark.parametrize("path", MENTIONS, ids=lambda p: p.stem)
def test_given_a_judged_mention_then_it_has_ids_verdicts_and_no_text(path: Path) -> None:
    rows = lines(path)
    assert rows
    assert len({(r["document_id"], r["trigger_start"], *_pair(r)) for r in rows}) == len(rows)
    for row in rows:
        assert set(row["verdicts"]) == set(judgements.AXES)
        verdicts = row["verdicts"]
        if not verdicts["pair"]:
            assert not any(verdicts[axis] for axis in judgements.AXES)
        assert row["fully_right"] == all(verdicts[axis] for axis in judgements.DECISIVE)
        assert len(row["sentence_sha256"]) == 64
        assert not {"sentence", "text", "title"} & (set(row) | set(row["row"]))
        assert row["fully_right"] or (row["kind"] and row["reason"])


def _pair(row: dict) -> tuple[str, ...]:
    codes = (row["row"]["source_code"], row["row"]["target_code"])
    return tuple(sorted(codes)) if row["row"]["is_reciprocal"] else codes


def test_given_the_kept_files_then_every_set_has_a_score() -> None:
    scores = judgements.score()
    assert set(scores) >= {p.stem for p in MENTIONS}
    for figures in scores.values():
        exact = figures["fully_right"]
        assert 0 <= exact["lo"] <= exact["share"] <= exact["hi"] <= 1


def test_given_no_right_one_then_the_interval_still_has_a_width() -> None:
    assert judgements.share([False] * 10)["hi"] > 0.2
    assert judgements.share([]) == {"right": 0, "of": 0}


def test_given_a_worksheet_not_judged_to_the_end_then_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("{}\n{}\n")
    (tmp_path / "verdicts.tsv").write_text("number\twrong\tkind\treason\n1\t\t\t\n")
    with pytest.raises(SystemExit, match=r"not judged: \[2\]"):
        judgements.keep(tmp_path)


def test_given_documents_read_in_full_then_their_relations_are_well_formed() -> None:
    documents = [d for p in FILES if p.name.startswith("recall_") for d in lines(p)]
    assert len({d["document_id"] for d in documents}) == len(documents) >= 20
    for relation in (r for d in documents for r in d["relations"]):
        assert len(relation["source_code"]) == len(relation["target_code"]) == 3
        assert set(relation["event_types"]) <= set(judgements.QUADS)
        assert isinstance(relation["is_required"], bool)
