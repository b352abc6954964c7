"""The texts of the evaluation set keep the form and the quotas that `gold/texts/README.md` names."""

import csv
import datetime as dt
import re
from collections import Counter, defaultdict
from pathlib import Path

TEXTS = Path(__file__).parent / "gold" / "texts"
ACTS = set(
    "AGREE CONSULT SUPPORT COOPERATE AID YIELD REQUEST ACCUSE REJECT THREATEN PROTEST SANCTION "
    "MOBILIZE COERCE ASSAULT ASSESS MULTI".split()
)
STATUSES = set("occurred ongoing planned possible hypothetical negated historical".split())
ATTRIBUTIONS = set("outlet official anonymous state_media other_outlet witness".split())
KINDS = {"state": 8, "agency": 8, "ministry": 6, "analysis": 6, "domestic": 4}


def read(name: str) -> list[dict[str, str]]:
    with (TEXTS / name).open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines, strict=True))


def document(doc_id: str) -> tuple[dict[str, str], str]:
    _, head, body = (TEXTS / "documents" / f"{doc_id}.md").read_text("utf-8").split("---\n", 2)
    pairs = (line.split(": ", 1) for line in head.splitlines())
    return {key: value.strip('"') for key, value in pairs}, body.strip()


SENTENCES = read("sentences.csv")
DOCUMENTS = read("documents.csv")
EVENTS = [row for row in SENTENCES if not row["stratum"].startswith("distractor:")]


def assert_a_third_is_sealed(rows: list[dict[str, str]], tolerance: float) -> None:
    assert {row["sealed"] for row in rows} == {"true", "false"}
    share = sum(row["sealed"] == "true" for row in rows) / len(rows)
    assert abs(share - 1 / 3) <= tolerance, share


def test_given_sentences_then_ids_and_texts_are_unique() -> None:
    assert len({row["item_id"] for row in SENTENCES}) == len(SENTENCES) >= 420
    assert len({row["text"] for row in SENTENCES}) == len(SENTENCES)


def test_given_sentences_then_every_field_is_well_formed() -> None:
    for row in SENTENCES:
        assert re.fullmatch(r"s\d{3}", row["item_id"]), row
        assert 1990 <= dt.date.fromisoformat(row["published"]).year <= 2026, row
        assert row["publisher"] == row["publisher"].strip() != "", row
        assert 8 <= len(row["text"].split()) <= 45, row
        assert row["text"].isprintable() and "  " not in row["text"], row


def test_given_event_strata_then_types_statuses_and_attributions_are_covered() -> None:
    strata = [row["stratum"].split(":", 3) for row in EVENTS]
    assert {len(parts) for parts in strata} == {4}
    by_type = defaultdict(set)
    for act, status, attribution, _ in strata:
        assert attribution in ATTRIBUTIONS, attribution
        by_type[act].add(status)
    assert set(by_type) == ACTS
    assert all(seen == STATUSES for act, seen in by_type.items() if act != "MULTI")
    assert min(Counter(parts[0] for parts in strata).values()) >= 18
    assert min(Counter(parts[1] for parts in strata).values()) >= 30
    assert min(Counter(parts[2] for parts in strata).values()) >= 12


def test_given_distractors_then_at_least_160_over_many_subjects() -> None:
    subjects = Counter(
        row["stratum"].split(":")[1]
        for row in SENTENCES
        if row["stratum"].startswith("distractor:")
    )
    assert subjects.total() >= 160
    assert len(subjects) >= 15
    assert max(subjects.values()) <= 15


def test_given_sentences_then_no_opening_is_worn_out() -> None:
    """Names and numbers are blanked: what is left of six words is the skeleton of an opening."""

    def skeleton(text: str) -> str:
        return " ".join(re.sub(r"\b[A-Z][\w'-]*|\d[\d,.]*", "_", text).split()[:6])

    openings = Counter(skeleton(row["text"]) for row in SENTENCES)
    assert [(opening, n) for opening, n in openings.items() if n > 3] == []


def test_given_seal_then_a_third_of_every_type_is_kept_back() -> None:
    groups = defaultdict(list)
    for row in SENTENCES:
        groups[row["stratum"].split(":")[0]].append(row)
    for rows in groups.values():
        assert_a_third_is_sealed(rows, tolerance=0.06)
    assert_a_third_is_sealed(DOCUMENTS, tolerance=0.03)


def test_given_documents_then_index_and_files_agree_and_kinds_are_met() -> None:
    ids = [row["doc_id"] for row in DOCUMENTS]
    assert sorted(path.stem for path in (TEXTS / "documents").iterdir()) == sorted(ids)
    assert len(set(ids)) == len(ids) >= 42
    kinds = Counter(row["kind"] for row in DOCUMENTS)
    assert {kind: n for kind, n in KINDS.items() if kinds[kind] < n} == {}


def test_given_documents_then_each_is_dated_titled_and_short() -> None:
    for row in DOCUMENTS:
        head, body = document(row["doc_id"])
        assert set(head) == {"title", "publisher", "published"}, row
        assert all(head.values()), row
        assert 1995 <= dt.date.fromisoformat(head["published"]).year <= 2026, row
        assert 90 <= len(body.split()) <= 220, row
        sentences = len(re.findall(r"[.?!][\")]?(?=\s+[\"(A-Z]|$)", body))
        assert 3 <= sentences <= 9, (row, sentences)


def test_given_readme_then_its_sealed_list_is_the_index() -> None:
    line = re.search(r"Sealed documents: ([\d, \n]+)\.", (TEXTS / "README.md").read_text("utf-8"))
    assert line is not None
    sealed = [row["doc_id"] for row in DOCUMENTS if row["sealed"] == "true"]
    assert re.findall(r"\d\d", line.group(1)) == sealed
