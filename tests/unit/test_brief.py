"""The printable brief: complete, self-contained, and strangers' texts stay text."""

import re
from datetime import date

import pytest

from detente.brief import Brief, Comparison, brief_html, write_brief
from detente.reading import ReadError
from detente.settings import Settings
from detente.warehouse.reader import NothingPublishedError

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"
BRIEF = Brief(
    dataset="sample", hub="PRK", partners=("CHN", "RUS"),
    names={"PRK": "North Korea", "CHN": "China", "RUS": "Russia"}, until=date(2025, 12, 8),
    caption="illustrative corpus",
    comparisons=(
        Comparison(
            "PRK", "RUS", "CHN", "A sentence.",
            ({"year": 2024, "k": 8, "n": 12, "share_raw": 0.67, "share_lo": 0.41,
              "share_hi": 0.85, "evidence_level": "thin"},),
        ),
    ),
    warmth=(("PRK-RUS", HOSTILE, None),), evidence="1 event.", shifts=(), watch=(),
    events=({"event_date_start": date(2025, 1, 2), "headline_sentence": HOSTILE,
             "event_type": "CONSULT", "acknowledgement": "alleged", "origin_count": 1},),
    coverage={}, doubts=(HOSTILE,),
)  # fmt: skip


def test_given_hostile_texts_then_they_are_text_and_nothing_is_loaded():
    page = brief_html(BRIEF, vintage="v<1>")
    assert "<script" not in page and "<img" not in page and "v&lt;1&gt;" in page
    assert not re.search(r"""(src|href)\s*=|url\(|@import""", page.replace(
        "&lt;img src=x onerror=alert(1)&gt;", ""))  # fmt: skip


def test_given_k_of_n_then_the_figure_says_it_with_its_year_and_the_corpus_is_named():
    page = brief_html(BRIEF, vintage="v1")
    assert "8 of 12" in page and ">2024<" in page and "illustrative corpus" in page


@pytest.mark.parametrize("partners", [[], ["PRK"], ["CHN", "CHN"], ["A", "B", "C", "D"]])
def test_given_partners_that_make_no_comparison_then_a_clear_error(tmp_path, partners):
    with pytest.raises(ReadError, match="one to three partners"):
        write_brief(Settings(home=tmp_path), "PRK", partners, None, tmp_path / "b.html")


def test_given_nothing_published_then_it_says_what_to_run(tmp_path):
    with pytest.raises(NothingPublishedError, match="detente run"):
        write_brief(Settings(home=tmp_path), "PRK", ["CHN"], None, tmp_path / "b.html")
