"""Sentences made from mart rows: numbers with n and interval, no cause, nothing unsaid."""

import re
from datetime import date, datetime

import pytest

from detente import verdict

CAUSAL = re.compile(
    r"\b(because|caus\w*|due to|led to|leads to|driven|drives?|thanks to|owing|result\w*|"
    r"therefore|unchanged|thaw)\b",
    re.IGNORECASE,
)
SHIFT = {
    "shift_id": "s1", "measure": "share", "pair_id": "PRK-RUS", "other_pair_id": "CHN-PRK",
    "alarm_week": date(2022, 11, 7), "estimated_start": date(2022, 8, 1), "strength": "strong",
    "direction": "towards partner", "delta": 0.45, "delta_se": 0.06, "before_level": 0.26,
    "after_level": 0.71, "events_before": 40, "events_after": 55, "active_weeks_after": 12,
    "coverage_ratio": 1.1, "source_overlap": 0.9, "coder_versions": 1,
    "false_alarms_per_year": 0.04, "status": "active",
}  # fmt: skip
LEVEL = {
    **SHIFT, "measure": "level", "other_pair_id": None, "direction": "cooling", "delta": -1.5,
    "delta_se": 0.4, "before_level": 2.0, "after_level": 0.5,
}  # fmt: skip
VOLUME = {**LEVEL, "measure": "volume", "direction": "more", "delta": 0.7, "delta_se": 0.1}
CHANGE = {
    "year": 2024, "k_before": 5, "n_before": 8, "k_after": 8, "n_after": 12, "change": 0.04,
    "change_lo": -0.30, "change_hi": 0.39, "verdict": "no change detected",
    "smallest_detectable": 0.34, "events_to_vanish": None, "more_with_partner": 0.11,
    "less_with_other": -0.07,
}  # fmt: skip
YEARS = [
    {"year": 2023, "k": 5, "n": 8, "share_lo": 0.34, "share_hi": 0.84, "evidence_level": "thin"},
    {"year": 2024, "k": 8, "n": 12, "share_lo": 0.41, "share_hi": 0.85, "evidence_level": "thin"},
    {"year": 2025, "k": 0, "n": 0, "share_lo": 0.0, "share_hi": 1.0,
     "evidence_level": "insufficient"},
]  # fmt: skip
STATE = {
    "warmth": 1.2, "warmth_lo": 0.4, "warmth_hi": 2.0, "prior_share": 0.1,
    "evidence_level": "ok", "event_count_52w": 60,
}  # fmt: skip
READY = {"verdict": "no shift detected", "smallest_detectable": 1.5}
ITEM = {
    "source_code": "PRK", "target_code": "RUS", "principal_name": "Kim Jong-un",
    "window_start": date(2015, 5, 9), "window_end": date(2015, 5, 9), "guest_confirmed": False,
    "host_confirmed": True, "event_mode": "visit", "event_type": "CONSULT", "p_occurs": 0.4,
    "p_occurs_lo": 0.1, "p_occurs_hi": 0.7, "class_n": 0, "class_occurred": 0,
}  # fmt: skip
NAMES = {"PRK": "North Korea", "RUS": "Russia", "CHN": "China"}
THREE = ("North Korea", "Russia", "China")


def every_sentence():
    for shift in (SHIFT, LEVEL, VOLUME, {**SHIFT, "status": "withdrawn", "coverage_ratio": 3.0,
                                         "source_overlap": 0.2, "coder_versions": 2}):  # fmt: skip
        yield verdict.shift_title(shift, NAMES)
        yield verdict.shift_reason(shift)
        yield from verdict.shift_doubts(shift)
    for change in (None, CHANGE, {**CHANGE, "verdict": "rose", "events_to_vanish": 6},
                   {**CHANGE, "verdict": "not enough data"}):  # fmt: skip
        for shift in (None, SHIFT):
            for years in ([], YEARS):
                yield verdict.share_verdict(*THREE, shift=shift, change=change, years=years)
        yield verdict.fragility_line(change)
        yield verdict.split_line(change, "Russia", "China")
    for state in (None, STATE, {**STATE, "evidence_level": "insufficient", "prior_share": 0.7}):
        for ready in (None, READY, {**READY, "verdict": "too short a history"},
                      {**READY, "smallest_detectable": None}):  # fmt: skip
            for shift in (None, LEVEL):
                yield verdict.warmth_verdict(*THREE[:2], state=state, readiness=ready, shift=shift)
    yield verdict.watch_line(ITEM, NAMES)
    yield verdict.probability_line(ITEM)
    yield verdict.specification_line([])


def test_given_any_rows_then_no_sentence_claims_a_cause_or_says_unchanged():
    for sentence in every_sentence():
        assert not CAUSAL.search(sentence), sentence
        assert "None" not in sentence and "nan" not in sentence, sentence


def test_given_a_share_shift_then_start_levels_difference_and_raw_counts_are_said():
    said = verdict.share_verdict(*THREE, shift=SHIFT, change=CHANGE, years=YEARS)
    assert said == (
        "Since Aug 2022 Russia’s share of North Korea’s cooperative acts with both (Russia and "
        "China) rose .26 → .71, a difference of +.45 [+.35, +.55]; 8 of 12 acts in 2024 "
        "[.41, .85], evidence thin."
    )


def test_given_no_change_then_the_smallest_detectable_and_both_counts_are_said():
    said = verdict.share_verdict(*THREE, shift=None, change=CHANGE)
    assert "no change detected between 2023 and 2024 (smallest detectable here .34)" in said
    assert "5 of 8 in 2023, 8 of 12 in 2024" in said


def test_given_nothing_then_not_enough_data_is_said():
    assert verdict.share_verdict(*THREE, shift=None, change=None) == (
        "Not enough data to say whether Russia’s share of North Korea’s cooperative acts with "
        "both (Russia and China) moved: no cooperative act with either is on record."
    )
    assert "not enough data" in verdict.warmth_verdict(
        *THREE[:2], state=None, readiness=None, shift=None
    )


def test_given_insufficient_warmth_then_no_level_is_said_even_with_an_alarm():
    weak = {**STATE, "evidence_level": "insufficient", "prior_share": 0.72, "event_count_52w": 4}
    said = verdict.warmth_verdict(*THREE[:2], state=weak, readiness=READY, shift=LEVEL)
    assert "not enough data; 4 events in the last 52 weeks" in said and "+1.2" not in said


def test_given_no_shift_then_the_smallest_detectable_is_said():
    said = verdict.warmth_verdict(*THREE[:2], state=STATE, readiness=READY, shift=None)
    assert said.endswith("+1.2 [+0.4, +2.0]; no shift detected (smallest detectable here 1.5).")


def test_given_a_share_shift_then_hub_partner_and_other_are_told_from_its_pairs():
    assert verdict.comparison_codes(SHIFT) == ("PRK", "RUS", "CHN")
    assert verdict.shift_title({**SHIFT, "delta": -0.2}, NAMES) == "North Korea: towards China"


def test_given_a_withdrawn_alarm_then_it_is_said_not_hidden():
    assert verdict.shift_reason({**SHIFT, "status": "withdrawn"}).endswith(
        "withdrawn by a later build"
    )


def test_given_specifications_then_those_that_hold_are_counted_without_the_headline():
    rows = [{"specification": "headline", "verdict": "rose", "holds": True}]
    rows += [{"specification": str(i), "verdict": "rose", "holds": i != 3} for i in range(8)]
    assert verdict.specification_line(rows) == (
        "The finding ‘rose’ holds in 7 of 8 other specifications."
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.714, ".71"), (1.0, "1.00"), (0.0, "0"), (None, "–"), (0.999, "1.00"), (0.004, ".00")],
)
def test_given_a_share_then_it_is_written_without_the_leading_zero(value, words):
    assert verdict.share(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(1.25, "+1.2"), (-0.04, "0.0"), (-2, "−2.0"), (None, "–")]
)
def test_given_points_then_they_bear_their_sign_and_no_minus_zero(value, words):
    assert verdict.points(value) == words


@pytest.mark.parametrize(
    ("hours", "words"), [(0.02, "1 minute"), (3.2, "3 hours"), (72, "3 days"), (47.9, "48 hours")]
)
def test_given_an_age_then_its_unit_is_one_people_use(hours, words):
    assert verdict.age(hours) == words


def test_given_a_time_then_it_is_written_as_a_day():
    assert verdict.long_date(datetime(2014, 11, 8, 5)) == "8 Nov 2014"
    assert verdict.long_date(None) == "no date"
