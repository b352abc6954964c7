"""What `detente eval` prints fits a terminal of 100 columns, and says so much of each set."""

import io

from rich.console import Console
from rich.table import Table

from detente.coding.coder import load_coder
from detente.scoring.annotated import AnnotatedText, GoldMention
from detente.scoring.gold_scores import score_annotated
from detente.scoring.score_tables import tables
from detente.settings import Settings, find_project_dir


def _scores(tmp_path) -> dict:
    held = {"source_code": "JPN", "target_code": "CHN", "event_type": "ACCUSE"}
    held |= {"status": "occurred", "attribution": []}
    texts = [
        AnnotatedText(
            f"s{k}",
            {"id": f"s{k}", "text": "Japan condemned China.", "published": "2020-01-02"},
            "ACCUSE:occurred:outlet:verb",
            "east_asia",
            k % 3 == 0,
            (GoldMention((held,)),),
        )
        for k in range(12)
    ]
    quiet = {"id": "q", "text": "Rain fell in Japan and China.", "published": "2020-01-02"}
    texts.append(AnnotatedText("q", quiet, "distractor:weather", "east_asia", False, ()))
    coder = load_coder(Settings(home=tmp_path, project_dir=find_project_dir()))
    return score_annotated(coder, texts)


def test_given_scores_then_no_cell_is_wider_than_its_share_of_100_columns(tmp_path) -> None:
    found = _scores(tmp_path)
    row = {"gold": "attribution.jsonl", "items": 999, "expected": 9999, "false_alarm_share": 0.5}
    row |= dict.fromkeys(("pair", "root", "status", "attribution", "date", "assess"), 0.5)
    scores = {"constructions": [row], "annotated": {"sentences": found, "documents": found}}
    shown = list(tables(scores, full=True))
    assert {"Sentences by bloc", "Documents by pair"} <= {table.title for table in shown}
    for table in shown:
        grid = Table(*table.rows[0])
        for cells in table.rows:
            grid.add_row(*(str(cell) for cell in cells.values()))
        wide = Console(file=io.StringIO(), width=400)
        assert wide.measure(grid).maximum <= 100, table.title


def test_given_texts_then_parts_and_groups_add_up(tmp_path) -> None:
    found = _scores(tmp_path)
    acts = found["parts"]["act"]
    assert (acts["open"]["gold"], acts["sealed"]["gold"], acts["all"]["gold"]) == (8, 4, 12)
    assert acts["all"]["measures"]["full"]["f"] == 1.0
    assert found["distractors"]["open"] == {"texts": 1, "with_an_act": 0}
    assert {g["value"] for g in found["groups"] if g["by"] == "pair"} == {"CHN-JPN"}
