"""What the scorer of annotated texts counts, on mentions whose answer is known."""

from typing import Any

import pytest

from detente.scoring.annotated import AnnotatedText, GoldMention
from detente.scoring.axis_scores import dates_agree
from detente.scoring.gold_scores import MEASURES, figures, judge


def mention(source: str, target: str, event_type: str = "ACCUSE", **more: Any) -> dict[str, Any]:
    codes = {"source_code": source, "target_code": target}
    return {"event_type": event_type, "status": "occurred", "attribution": [], **codes, **more}


def text(*gold: GoldMention, text_id: str = "t1") -> AnnotatedText:
    item = {"text": "x", "published": "2020-01-01"}
    return AnnotatedText(text_id, item, "ACCUSE:occurred", "western", False, gold)


def one(**more: Any) -> GoldMention:
    return GoldMention((mention("JPN", "CHN", **more),))


def measures(gold: list[GoldMention], found: list[dict[str, Any]]) -> dict[str, Any]:
    return figures(judge([text(*gold)], [found]))


def test_given_the_gold_itself_then_everything_is_one() -> None:
    row = measures([one()], [mention("JPN", "CHN")])
    assert {m: row["measures"][m]["f"] for m in MEASURES} == dict.fromkeys(MEASURES, 1.0)


def test_given_the_other_direction_then_only_the_pair_is_right() -> None:
    row = measures([one()], [mention("CHN", "JPN")])["measures"]
    assert [m for m in MEASURES if row[m]["f"]] == ["pair"]


@pytest.mark.parametrize("mutual", ["gold", "found"])
def test_given_a_mutual_act_then_either_direction_counts(mutual: str) -> None:
    gold = one(is_reciprocal=mutual == "gold")
    row = measures([gold], [mention("CHN", "JPN", is_reciprocal=mutual == "found")])
    assert row["measures"]["direction"]["f"] == 1


def test_given_an_act_found_twice_then_the_second_is_false() -> None:
    row = measures([one()], [mention("JPN", "CHN"), mention("JPN", "CHN", "REQUEST")])
    pair = row["measures"]["pair"]
    assert (pair["precision"], pair["recall"]) == (0.5, 1.0)


def test_given_two_readings_then_either_is_right() -> None:
    gold = GoldMention((mention("JPN", "CHN"), mention("JPN", "CHN", "REJECT", status="ongoing")))
    for found in (mention("JPN", "CHN"), mention("JPN", "CHN", "REJECT", status="ongoing")):
        assert measures([gold], [found])["measures"]["root"]["f"] == 1


def test_given_an_optional_mention_then_it_counts_neither_found_nor_missed() -> None:
    maybe = GoldMention((mention("JPN", "KOR"),), is_optional=True)
    for found in ([mention("JPN", "CHN")], [mention("JPN", "CHN"), mention("JPN", "KOR")]):
        row = measures([one(), maybe], found)
        assert (row["gold"], row["found"]) == (1, 1)


def test_given_another_sentence_of_a_document_then_it_is_not_the_same_mention() -> None:
    row = measures([one(sentence=1)], [mention("JPN", "CHN", sentence=2)])
    assert row["measures"]["pair"]["f"] == 0


def test_given_an_organisation_then_it_is_scored_apart() -> None:
    kinds = {j.kind for j in judge([text(one())], [[mention("IGO-UNO", "CHN")]])}
    assert kinds == {"act", "igo"}


@pytest.mark.parametrize(
    ("want", "got", "right"),
    [(None, "USA", 1), ("USA", None, 1), ("USA", "USA", 1), ("USA", "CHN", 0)],
)
def test_given_a_speakers_country_then_it_is_compared_where_both_name_one(want, got, right) -> None:
    gold = one(attribution=[{"kind": "anonymous", "country_code": want}])
    found = mention("JPN", "CHN", attribution=[{"kind": "anonymous", "country_code": got}])
    assert measures([gold], [found])["measures"]["attribution"]["f"] == right


@pytest.mark.parametrize(
    ("want", "got", "right"),
    [
        (("2020-03-01", "2020-03-01"), ("2020-03-01", "2020-03-01"), True),
        (("2020-03-01", "2020-03-01"), ("2020-03-02", "2020-03-02"), False),
        (("2020-03-01", "2020-03-31"), ("2020-03-05", "2020-03-31"), True),
        ((None, "2020-08-31"), ("2020-01-01", "2020-08-31"), True),
        ((None, None), ("2020-03-01", "2020-03-01"), False),
        (("2020-03-01", "2020-03-01"), (None, None), False),
        ((None, None), (None, None), True),
    ],
)
def test_given_days_then_they_agree_to_the_precision_of_the_gold(want, got, right) -> None:
    assert dates_agree(want, got) is right


def test_given_resamples_then_the_interval_holds_the_share_and_texts_are_the_unit() -> None:
    texts = [text(one(), text_id=f"t{k}") for k in range(40)]
    found = [[mention("JPN", "CHN")] if k % 2 else [] for k in range(40)]
    recall = figures(judge(texts, found))["measures"]["pair"]
    assert recall["recall"] == 0.5
    assert 0.3 < recall["recall_lo"] < 0.5 < recall["recall_hi"] < 0.7
