"""The coder's figures may rise, not fall (development set; skipped where it is not at hand)."""

import json
from pathlib import Path

import pytest

from detente.coding.coder import load_coder
from detente.scoring.annotated import read_annotated
from detente.scoring.evaluation import report
from detente.scoring.gold_scores import score_annotated
from detente.settings import Settings, find_project_dir

ROOT = Path(__file__).parents[2]
DEV = ROOT.parent / "shared" / "data" / "dev"
GOLD = ROOT / "tests" / "eval" / "gold"
BASELINE = json.loads((Path(__file__).parent / "baseline.json").read_text())


@pytest.mark.parametrize("name", [n for n in BASELINE if n.endswith(".jsonl")])
def test_given_gold_then_no_figure_falls_below_its_baseline(name: str, tmp_path: Path) -> None:
    path = GOLD / name if (GOLD / name).exists() else DEV / name
    if not path.exists():
        pytest.skip(f"no {name}: development data are not part of the project")
    (row,) = report(Settings(home=tmp_path, project_dir=find_project_dir()), [path])
    fallen = {
        measure: (row[measure], pinned)
        for measure, pinned in BASELINE[name].items()
        if row[measure] < pinned - BASELINE["tolerance"]
    }
    assert not fallen


@pytest.mark.parametrize("form", ["sentences", "documents"])
def test_given_annotated_texts_then_no_figure_falls_below_its_baseline(
    form: str, tmp_path: Path
) -> None:
    coder = load_coder(Settings(home=tmp_path, project_dir=find_project_dir()))
    scores = score_annotated(coder, read_annotated(GOLD, form))
    pinned, tolerance = BASELINE["annotated"][form], BASELINE["tolerance"]
    fallen = {
        f"{kind} {measure} {figure}": (got, least)
        for kind, measures in pinned["figures"].items()
        for measure, shares in measures.items()
        for figure, least in shares.items()
        if (got := scores["parts"][kind]["all"]["measures"][measure][figure]) < least - tolerance
    }
    assert not fallen
    false = sum(part["with_an_act"] for part in scores["distractors"].values())
    assert false <= pinned["distractors_with_an_act"]
