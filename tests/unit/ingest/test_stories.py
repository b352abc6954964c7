"""Stories are a function of what is stored: no order, no batch size changes them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from detente.ingest.dates import claim
from detente.ingest.drafts import Draft
from detente.ingest.duplicates import Node, signature_of, stories
from detente.ingest.load import Source, load_readings
from detente.settings import Settings
from detente.warehouse.writer import open_writer

from .homes import make_home

DAY_ZERO = datetime(2020, 1, 1, tzinfo=UTC)
BASES = [" ".join(f"w{b}x{i}" for i in range(100)) for b in range(4)]


def edited(base: int, edits: int, seed: int) -> str:
    """Every third is cut: the first half of the words, more or less."""
    words = BASES[base].split()[: 45 + seed % 15 if seed % 3 == 2 else 100]
    chooser = random.Random(seed)
    for place in chooser.sample(range(len(words)), edits):
        words[place] = f"new{seed}"
    return " ".join(words)


def node(number: int, base: int, edits: int, day: float, url: int, source: int) -> Node:
    text = edited(base, edits, number)
    return Node(
        f"r{number:03}", f"d{number // 2 if number % 5 == 0 else number:03}", f"s{source}",
        f"u{url}" if url < 3 else None, f"c{hash((base, edits, number if edits else 0))}",
        DAY_ZERO + timedelta(days=day), signature_of(text),
    )  # fmt: skip


entries = st.tuples(
    st.integers(0, 3), st.sampled_from([0, 0, 1, 2, 4, 8, 20]), st.floats(0, 12), st.integers(0, 9),
    st.integers(0, 2),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(entries, min_size=1, max_size=25), st.randoms(use_true_random=False))
def test_nodes_shuffled_then_same_stories(rows, chooser):
    nodes = [node(n, *row) for n, row in enumerate(rows)]
    expected = stories(nodes)
    assert {s for s, _ in expected.values()} <= set(expected)
    for story, level in expected.values():
        assert expected[story] == (story, "none")
        assert level in ("none", "url", "text", "near")
    shuffled = list(nodes)
    chooser.shuffle(shuffled)
    assert stories(shuffled) == expected


def draft(number: int, base: int, edits: int, day: int) -> Draft:
    said = claim("json", "published", DAY_ZERO + timedelta(days=day))
    text = edited(base, edits, number if edits else 0)
    return Draft(
        f"n{number}", "", text, text.encode(), "x", "1", item_id=f"n{number}",
        url=f"https://example.org/{number % 7}", language="en", date_claims=(said,) if said else (),
    )  # fmt: skip


def latest_stories(home: Settings) -> dict[str, tuple[str, str]]:
    with open_writer(home) as con:
        rows = con.execute(
            "select d.source_id || d.feed_item_id, arg_max(s.story_id, s.assigned_at),"
            " arg_max(s.duplicate_level, s.assigned_at)"
            " from raw.document_stories as s"
            " join raw.document_revisions as r on s.revision_id = r.revision_id"
            " join raw.documents as d on r.document_id = d.document_id group by all"
        ).fetchall()
    return {r: (s, level) for r, s, level in rows}


def test_documents_in_any_order_and_batch_then_same_stories(tmp_path):
    chooser = random.Random(5)
    wanted = [
        (n % 3, draft(n, chooser.randrange(4), chooser.choice([0, 1, 3, 6, 25]), n % 11))
        for n in range(40)
    ]
    results = []
    for variant, size in enumerate((40, 11, 3)):
        home = make_home(tmp_path / str(variant))
        order = list(wanted)
        random.Random(variant).shuffle(order)
        for start in range(0, len(order), size):
            for source in range(3):
                some = [d for s, d in order[start : start + size] if s == source]
                load_readings(some, Source(f"s{source}"), home, "run")
        results.append(latest_stories(home))
    assert results[0] == results[1] == results[2]
    assert len({s for s, _ in results[0].values()}) < 40  # some were joined


def test_first_half_of_a_text_then_it_is_a_copy_but_a_shared_first_sentence_is_none():
    def at(number: int, text: str) -> Node:
        return Node(
            f"r{number}", f"d{number}", "s", None, f"c{number}", DAY_ZERO, signature_of(text)
        )

    whole = " ".join(f"w{i}" for i in range(120))
    half = " ".join(f"w{i}" for i in range(60))
    begins_alike = " ".join([*(f"w{i}" for i in range(30)), *(f"x{i}" for i in range(30))])
    line = " ".join(f"w{i}" for i in range(20))
    found = stories([at(0, whole), at(1, half), at(2, begins_alike), at(3, line)])
    assert found["r1"] == ("r0", "near")
    assert found["r2"] == ("r2", "none")
    assert found["r3"] == ("r3", "none")  # too short to be told from how many texts begin


def test_earlier_text_arrives_late_then_it_names_the_story_and_nothing_is_deleted(tmp_path):
    home = make_home(tmp_path)
    load_readings([draft(2, 0, 1, 2)], Source("a"), home, "run")
    load_readings([draft(1, 0, 0, 1)], Source("b"), home, "run")
    stories_now = latest_stories(home)
    assert stories_now["an2"][0] == stories_now["bn1"][0]
    assert (stories_now["an2"][1], stories_now["bn1"][1]) == ("near", "none")
    with open_writer(home) as con:
        assert con.execute("select count(*) from raw.document_stories").fetchall() == [(3,)]
