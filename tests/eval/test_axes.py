"""Status, attribution, dates and assessments on our own construction tests (machine-written).

The bars are the project's own: status 90 %, attribution 85 %, date 80 %, given the right pair; and
end to end a little below what was reached.
"""

from pathlib import Path

import pytest

from detente.scoring.evaluation import report
from detente.settings import Settings, find_project_dir

GOLD = Path(__file__).parent / "gold"


@pytest.mark.parametrize(
    ("name", "items", "axis", "given_pair", "end_to_end"),
    [
        ("status", 120, "status", 0.90, 0.90),
        ("probe_modality", 20, "status", 0.90, 0.88),
        ("attribution", 80, "attribution", 0.85, 0.85),
        ("dates", 100, "date", 0.80, 0.85),
        ("relations", 60, "assess", 0.85, 0.85),
    ],
)
def test_given_constructions_then_the_axis_is_read_right(
    name: str, items: int, axis: str, given_pair: float, end_to_end: float, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, project_dir=find_project_dir())
    (row,) = report(settings, [GOLD / f"{name}.jsonl"])
    assert row["items"] >= items
    assert row[f"{axis}_given_pair"] >= given_pair
    assert row[axis] >= end_to_end


def test_given_words_of_relations_that_describe_none_then_nothing_is_assessed(
    tmp_path: Path,
) -> None:
    settings = Settings(home=tmp_path, project_dir=find_project_dir())
    (row,) = report(settings, [GOLD / "relations.jsonl"])
    assert row["false_alarm_share"] == 0.0
