"""What sentences and documents lend to the axes: time of a paragraph, voices, odd spaces, surnames."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from detente.coding.coder import Coder, load_coder
from detente.coding.dates import find_times
from detente.model import Document, EventMention
from detente.settings import Settings, find_project_dir


@pytest.fixture(scope="module")
def coder(tmp_path_factory: pytest.TempPathFactory) -> Coder:
    home = tmp_path_factory.mktemp("home")
    return load_coder(Settings(home=home, project_dir=find_project_dir()))


def _mentions(coder: Coder, text: str) -> tuple[EventMention, ...]:
    published = datetime(2015, 6, 25, tzinfo=UTC)
    return coder.code(Document("d", "r", "", text, published, "Our Daily")).mentions


def test_given_a_paragraph_of_old_times_then_its_sentences_are_historical(coder: Coder) -> None:
    told, news = _mentions(
        coder,
        "The war began in June 1950. North Korea invaded South Korea.\n\n"
        "Poland expelled a Russian diplomat.",
    )
    assert (told.status, told.event_date_start) == ("historical", date(1950, 6, 1))
    assert news.status == "occurred"


def test_given_the_source_then_it_is_the_one_quoted_before(coder: Coder) -> None:
    first, second = _mentions(
        coder,
        "The Korea Herald quoted a South Korean diplomat as saying that Russia had invited "
        "Kim Jong-un. China also invited Kim Jong-un, the source said.",
    )
    assert [a.kind for a in first.attribution] == ["outlet", "outlet", "anonymous"]
    assert second.attribution == first.attribution


def test_given_no_break_spaces_then_names_are_read_and_evidence_is_as_written(
    coder: Coder,
) -> None:
    text = "South\u00a0Korea condemned North\u00a0Korea."
    (mention,) = _mentions(coder, text)
    assert (mention.source_code, mention.target_code) == ("KOR", "PRK")
    assert mention.evidence.sentence.text == text
    assert mention.evidence.target.text == "North\u00a0Korea"


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("on Tuesday, June 16", date(2015, 6, 16), date(2015, 6, 16)),
        ("in the 1990s", date(1990, 1, 1), date(1999, 12, 31)),
        ("last winter", date(2014, 12, 1), date(2015, 2, 28)),
        ("between March and May 2014", date(2014, 3, 1), date(2014, 5, 31)),
        ("during the Cold War", date(1947, 3, 12), date(1991, 12, 26)),
        ("in the second quarter of 2014", date(2014, 4, 1), date(2014, 6, 30)),
        ("over the past two years", date(2013, 6, 25), date(2015, 6, 25)),
    ],
)
def test_given_an_expression_then_it_is_the_stretch_it_means(
    text: str, start: date, end: date
) -> None:
    (found,) = find_times(f"They met {text}.", date(2015, 6, 25))
    assert abs((found.date_start - start).days) <= 1
    assert found.date_end == end


@pytest.mark.parametrize("text", ["2014 troops", "it took in may", "0-0 draw", "99 February"])
def test_given_no_expression_of_time_then_none_is_found(text: str) -> None:
    found = find_times(f"They sent {text}.", date(2015, 6, 25))
    assert [f for f in found if f.precision == "day"] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Egypt, Jordan and Kuwait met in Cairo. The three denounced Iran.",
            {("EGY", "IRN"), ("JOR", "IRN"), ("KWT", "IRN")},
        ),
        (
            "Chile and Peru signed a treaty on Monday. Germany congratulated both governments.",
            {("DEU", "CHL"), ("DEU", "PER")},
        ),
        (
            "Poland and Norway asked both sides for calm after Chad and Sudan clashed.",
            {("TCD", "SDN")},
        ),
        (
            "The foreign ministry in Minsk criticised Poland on Sunday. "
            "The ministry condemned Latvia.",
            {("BLR", "LVA")},
        ),
        (
            "North Korea was silent. The North threatened the South on Friday.",
            {("PRK", "KOR")},
        ),
    ],
)
def test_given_words_for_states_named_before_then_they_are_those_states(
    coder: Coder, text: str, expected: set[tuple[str, str]]
) -> None:
    found = {(m.source_code, m.target_code) for m in _mentions(coder, text)}
    assert expected <= found
    assert all(a != b for a, b in found)
    assert not {("POL", "NOR"), ("NOR", "POL"), ("CHL", "CHL")} & found


@pytest.mark.parametrize(
    "text",
    [
        "Spain demolished Sweden with four goals in the first half.",
        "The thriller has Cuba invade Haiti.",
        "Norwegian spruce invaded Iceland.",
        "Brazil and Chile worked to end the war in Syria.",
    ],
)
def test_given_words_of_war_that_mean_none_then_nobody_acts(coder: Coder, text: str) -> None:
    assert [m for m in _mentions(coder, text) if m.event_type in ("ASSAULT", "YIELD")] == []


def test_given_an_anniversary_then_what_it_remembers_is_historical(coder: Coder) -> None:
    (mention,) = _mentions(
        coder, "Poland marked the anniversary of the Lithuanian attack on Russia."
    )
    assert (mention.source_code, mention.target_code) == ("LTU", "RUS")
    assert mention.status == "historical"


def test_given_an_answer_to_a_request_then_the_request_was_made(coder: Coder) -> None:
    found = {
        (m.source_code, m.target_code, m.event_type)
        for m in _mentions(coder, "Chad rejected a request by Niger on Monday.")
    }
    assert {("TCD", "NER", "REJECT"), ("NER", "TCD", "REQUEST")} <= found


def test_given_still_then_the_act_goes_on(coder: Coder) -> None:
    (mention,) = _mentions(coder, "Georgia still accuses Russia of arming rebels.")
    assert mention.status == "ongoing"
