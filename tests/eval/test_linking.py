"""Mentions to events of record (B-cubed), and stages of announced acts, on our own documents.

Rules of the annotation: `gold/linking/README.md`. Figures may rise, not fall.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from detente import pipeline
from detente.ingest import ingest
from detente.settings import Settings
from detente.transform import run_build

HERE = Path(__file__).parent
GOLD = HERE / "gold"
BASELINE = json.loads((HERE / "baseline.json").read_text())
AFFIRMED = {"occurred", "ongoing", "historical"}

pytestmark = pytest.mark.xdist_group("dbt")


def b_cubed(
    found: Mapping[Hashable, Hashable], true: Mapping[Hashable, Hashable]
) -> tuple[float, float]:
    """Precision and recall of clusters, averaged over mentions (Bagga and Baldwin 1998)."""
    assert found.keys() == true.keys()
    both = Counter((found[m], true[m]) for m in found)
    of_found, of_true = Counter(found.values()), Counter(true.values())
    pairs = [(both[found[m], true[m]], of_found[found[m]], of_true[true[m]]) for m in found]
    return sum(n / f for n, f, _ in pairs) / len(pairs), sum(n / t for n, _, t in pairs) / len(
        pairs
    )


def test_given_clusters_by_hand_then_b_cubed_is_the_published_mean() -> None:
    true = {1: "a", 2: "a", 3: "b", 4: "b"}
    assert b_cubed(true, true) == (1, 1)
    assert b_cubed(dict.fromkeys(true, "x"), true) == (0.5, 1)
    assert b_cubed({m: m for m in true}, true) == (1, 0.5)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def gold_acts() -> dict[tuple[str, str, int], list[tuple[str, str | None, str]]]:
    """Affirmed acts by document, pair and sentence: type, first day, the act told."""
    act_of: dict[tuple[str, str, int, str, str | None], str] = {}
    for number, row in enumerate(lines(GOLD / "linking" / "same_acts.jsonl")):
        for sentence, kind, *day in row["mentions"]:
            key = (row["item_id"], row["pair"], sentence, kind, day[0] if day else None)
            act_of[key] = f"g{number}"
    used = set()
    told = defaultdict(list)
    for document in lines(GOLD / "annotations" / "annotator_one" / "documents.jsonl"):
        for number, m in enumerate(document["mentions"]):
            pair = "-".join(sorted((m["source_code"], m["target_code"])))
            if m["status"] not in AFFIRMED or m["event_type"] == "ASSESS" or "IGO-" in pair:
                continue
            day = m.get("event_date_start")
            where = (document["item_id"], pair, m["sentence"])
            keys = [(*where, m["event_type"], d) for d in (day, None)]
            key = next((k for k in keys if k in act_of), None)
            used.add(key)
            act = act_of[key] if key else f"{document['item_id']}/{number}"
            told[where].append((m["event_type"], day, act))
    assert act_of.keys() <= used, f"not among the mentions: {act_of.keys() - used}"
    return told


def title_of(path: Path) -> str:
    front = yaml.safe_load(path.read_text("utf-8").split("---\n")[1])
    return str(front["title"])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The documents through the whole line: ingested, coded, built."""
    home = tmp_path_factory.mktemp("linking") / "home"
    settings = Settings(home=home)
    ingest([str(GOLD / "texts" / "documents")], settings, dataset="gold")
    pipeline.code(settings=settings)
    result = run_build(settings)
    assert result.ok, result.failures
    return duckdb.connect(str(settings.build_path), read_only=True)


def test_given_documents_then_mentions_of_one_act_are_one_event(
    built: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    told = gold_acts()
    ids = {title_of(path): path.stem for path in (GOLD / "texts" / "documents").iterdir()}
    found: dict[Hashable, Hashable] = {}
    true: dict[Hashable, Hashable] = {}
    for report, title, pair, sentence, kind, event in built.execute(
        "select m.report_id, d.title, m.pair_id, m.sentence_number, m.event_type, m.event_id"
        " from marts.fct_event_mentions as m inner join marts.dim_documents as d using (document_id)"
        " where m.event_id is not null order by m.report_id"
    ).fetchall():
        acts = told.get((ids[title], pair, sentence), [])
        # the one of the same type where a sentence tells of several
        act = next((a for k, _, a in acts if k == kind), acts[0][2] if acts else None)
        if act:
            found[report], true[report] = event, act
    precision, recall = b_cubed(found, true)
    _, never_linked = b_cubed({m: m for m in found}, true)
    figures = {
        "mentions": len(found), "of_gold": round(len(found) / sum(map(len, told.values())), 3),
        "precision": round(precision, 3), "recall": round(recall, 3),
        "f1": round(2 * precision * recall / (precision + recall), 3),
        "recall_never_link": round(never_linked, 3),
    }  # fmt: skip
    with capsys.disabled():
        print("\nB-cubed", figures)
    fallen = {
        k: v for k, v in BASELINE["linking"].items() if figures[k] < v - BASELINE["tolerance"]
    }
    assert not fallen


def stage(row: dict[str, Any]) -> str:
    """The furthest stage that a watch item reached, in the words of the gold."""
    if row["cancelled_at"] or row["postponed_at"]:
        return "cancelled" if row["cancelled_at"] else "postponed"
    if row["guest_confirmed"] or row["host_confirmed"]:
        return "confirmed"
    return "announced" if row["announced_as"] == "planned" else "possible"


def test_given_announced_acts_then_the_watch_list_has_them_at_their_stage(
    built: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    gold = {row["pair"]: row for row in lines(GOLD / "linking" / "transitions.jsonl")}
    answer = built.execute("select * from marts.fct_watch_items order by reported_at")
    names = [d[0] for d in answer.description]
    items = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    listed = {i["pair_id"]: stage(i) for i in items if i["pair_id"] in gold}
    right = sum(gold[pair]["stage"] == now for pair, now in listed.items())
    figures = {
        "acts": len(gold), "listed": len(listed), "right_stage": right,
        "not_in_gold": sum(i["pair_id"] not in gold for i in items),
    }  # fmt: skip
    with capsys.disabled():
        print("\nwatch list", figures, {p: (gold[p]["stage"], s) for p, s in listed.items()})
    assert len(listed) >= BASELINE["transitions"]["listed"]
    assert right >= BASELINE["transitions"]["right_stage"]
