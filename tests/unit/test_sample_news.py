"""The sample corpus is what its README says: quotas kept, each text has its row, nothing copied."""

import csv
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2] / "seeds" / "sample_news"
DIRECTIONS = {"cooperative", "hostile"}
STATUSES = {
    "occurred",
    "cancelled",
    "postponed",
    "substituted",
    "unresolved",
    "denied",
    "planned",
}


def _csv(name: str) -> list[dict[str, str]]:
    with (ROOT / name).open(newline="", encoding="utf-8") as source:
        return list(csv.DictReader(source))


def _document(path: Path) -> tuple[dict, str]:
    _, head, text = path.read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(head), text.strip()


@pytest.fixture(scope="module")
def documents() -> dict[str, tuple[dict, str]]:
    return {p.stem: _document(p) for p in sorted((ROOT / "documents").rglob("*.md"))}


@pytest.fixture(scope="module")
def chronology() -> dict[str, dict[str, str]]:
    return {r["chronology_id"]: r for r in _csv("chronology.csv")}


def test_given_the_chronology_then_ids_dates_and_words_are_valid(chronology):
    assert len(chronology) == len(_csv("chronology.csv"))
    for key, row in chronology.items():
        start, end = (date.fromisoformat(row[f"event_date_{x}"]) for x in ("start", "end"))
        assert start <= end and str(start.year) == row["year"], key
        assert row["direction"] in DIRECTIONS and row["status"] in STATUSES, key
        assert {row["source_code"], row["target_code"]} == set(row["pair_id"].split("-")), key
        assert row["summary"] and row["reference"], key


def test_given_the_quotas_then_the_plan_and_the_documents_keep_them(documents):
    quotas = {(q["pair_id"], q["year"]): int(q["document_count"]) for q in _csv("quotas.csv")}
    plan = _csv("plan.csv")
    assert Counter((p["pair_id"], p["year"]) for p in plan) == quotas
    written = {meta["id"] for meta, _ in documents.values()}
    assert written == {p["document_id"] for p in plan}
    assert len(written) >= 660


def test_given_a_document_then_it_has_its_row_valid_dates_and_an_invented_publisher(
    documents, chronology
):
    plan = {p["document_id"]: p for p in _csv("plan.csv")}
    publishers = {p["publisher"]: p for p in _csv("publishers.csv")}
    for name, (meta, text) in documents.items():
        planned = plan[meta["id"]]
        assert meta["chronology"] == [r for r in [planned["chronology_id"]] if r], name
        assert all(r in chronology for r in meta["retells"]), name
        assert meta["form"] == planned["form"], name
        published = datetime.fromisoformat(str(meta["published"]))
        late = any(chronology[r]["hard_case"] == "late-disclosure" for r in meta["chronology"])
        assert late or published.year in (int(planned["year"]), int(planned["year"]) + 1), name
        assert meta["url"].split("/")[2].endswith(".example"), name
        publisher = publishers[meta["publisher"]]
        assert meta["state_controlled"] == (publisher["is_state_controlled"] == "true"), name
        if meta["language"] == "en":
            assert 40 <= len(text.split()) <= 200, name


def test_given_a_report_of_an_act_then_it_is_not_published_before_the_act(documents, chronology):
    for name, (meta, _) in documents.items():
        for key in meta["chronology"]:
            row = chronology[key]
            if row["status"] != "occurred" or meta["form"] == "preview" or row["hard_case"]:
                continue
            published = datetime.fromisoformat(str(meta["published"])).date()
            assert published >= date.fromisoformat(row["event_date_start"]), name


def test_given_two_documents_then_they_share_no_long_passage_unless_one_is_a_copy(documents):
    seen: dict[tuple[str, ...], str] = {}
    for name, (meta, text) in documents.items():
        if meta["form"] == "copy" or name.endswith("-r2") or meta["language"] != "en":
            continue
        words = text.lower().split()
        for start in range(len(words) - 14):
            shingle = tuple(words[start : start + 15])
            assert seen.setdefault(shingle, name) == name, (name, seen[shingle], shingle)


def test_given_a_correction_then_it_is_a_later_revision_of_the_same_document(documents):
    corrections = [n for n in documents if n.endswith("-r2")]
    assert len(corrections) >= 3
    for name in corrections:
        meta, text = documents[name]
        first_meta, first_text = documents[name.removesuffix("-r2")]
        assert meta["id"] == first_meta["id"] and text != first_text
        assert str(meta["updated"]) > str(first_meta["published"])
