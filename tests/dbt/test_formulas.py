"""Every formula against numbers worked out by hand, and the design's own sanity values."""

import math
from datetime import date, timedelta

import pytest

pytestmark = pytest.mark.xdist_group("dbt")

Z = 1.645
MONDAY = date(2010, 1, 4)


def weeks(count: int, **row):
    return [
        {"dataset": "d", "pair_id": "AAA-BBB", "week_start": MONDAY + timedelta(weeks=i),
         "week_index": i, **{k: v[i] if isinstance(v, list) else v for k, v in row.items()}}
        for i in range(count)
    ]  # fmt: skip


def wilson(k: float, n: float) -> tuple[float, float]:
    """Centre and half-width of Wilson's 90 % interval (Wilson 1927)."""
    p = k / n if n else 0.0
    centre = (k + Z * Z / 2) / (n + Z * Z)
    return centre, Z * math.sqrt(p * (1 - p) * n + Z * Z / 4) / (n + Z * Z)


# -- M1 ---------------------------------------------------------------------------------------


def test_given_a_quiet_week_then_zero_and_given_no_documents_then_null(built):
    rows = built.ask(
        "select date_diff('week', date '2010-01-04', week_start) as week, event_count, is_covered"
        " from marts.fct_pair_weeks where dataset = 'base' and pair_id = 'PRK-RUS'"
        " and week_start >= date '2010-01-04' + 33 * 7 order by 1"
    )
    # week 33 has documents of what never happened, 34 and 35 nothing at all, 36 a quiet document
    assert [(r["week"], r["event_count"], r["is_covered"]) for r in rows] == [
        (33, 0, True), (34, None, False), (35, None, False), (36, 0, True),
    ]  # fmt: skip


def test_given_a_visit_deal_and_threat_then_counts_by_quad_class(built):
    row = built.one(
        "select sum(event_count) as n, sum(cooperation_count) as c, sum(conflict_count) as k,"
        " sum(verbal_cooperation_count) as verbal, sum(material_cooperation_count) as material"
        " from marts.fct_pair_weeks where dataset = 'base' and pair_id = 'PRK-RUS'"
    )
    assert row == {"n": 12, "c": 10, "k": 2, "verbal": 7, "material": 3}


# -- M3 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pair, week, warmth, half_width, level",
    [
        ("AFG-ALB", 259, -1.00, 3.00, "insufficient"),  # a single event of -10
        ("AGO-ARG", 51, 1.89, 0.79, "ok"),  # 4 a week at +2 for a year
        ("AGO-ARG", 52, 1.20, None, "ok"),  # then one crisis week of 40 x -6
        ("AUT-AZE", 155, 0.90, 3.18, "insufficient"),  # the year, then 104 silent weeks
        ("ARM-AUS", 51, 1.93, 0.60, "ok"),  # ten times the coverage, same behaviour
    ],
)
def test_given_the_sanity_histories_then_warmth_is_as_designed(
    built, pair, week, warmth, half_width, level
):
    row = built.one(
        "select warmth, warmth_se, evidence_level from marts.fct_pair_warmth"
        " where dataset = 'simulated' and scale = 'detente' and acts = 'all' and pair_id = ?"
        " and week_start = date '2010-01-04' + ?::integer * 7",
        pair, week,
    )  # fmt: skip
    assert row["warmth"] == pytest.approx(warmth, abs=0.01)
    if half_width is not None:
        assert Z * row["warmth_se"] == pytest.approx(half_width, abs=0.005)
    assert row["evidence_level"] == level


def test_given_nothing_ever_then_the_prior_alone(built):
    # no act of a data set is acknowledged by an official
    row = built.one(
        "select warmth, warmth_se, prior_share, evidence_level from marts.fct_pair_warmth"
        " where dataset = 'simulated' and acts = 'acknowledged' and pair_id = 'ARM-AUS'"
        " order by week_start limit 1"
    )
    assert (row["warmth"], row["prior_share"]) == (pytest.approx(0.86), 1.0)
    assert Z * row["warmth_se"] == pytest.approx(3.29, abs=0.005)
    assert row["evidence_level"] == "insufficient"


def test_given_one_event_then_warmth_by_hand(built):
    row = built.one(
        "select warmth, warmth_se, prior_share from marts.fct_pair_warmth where scale = 'detente'"
        " and acts = 'all' and dataset = 'simulated' and pair_id = 'AFG-ALB'"
    )
    weight = 1 / (4 + 15.4)  # w = 1 / (tau2 + V / n)
    assert row["warmth"] == pytest.approx((weight * -10 + 0.25 * 0.86) / (weight + 0.25))
    assert row["warmth_se"] == pytest.approx(math.sqrt(weight + 0.25) / (weight + 0.25))
    assert row["prior_share"] == pytest.approx(0.25 / (weight + 0.25))


# -- M2, M4, M8 -------------------------------------------------------------------------------


SPAN = {"dataset": "d", "pair_id": "AAA-BBB", "first_week": MONDAY, "has_spine": True}


def pair_metrics(derive, **more):
    counts = {
        "c": 0, "k": 0, "c13": 6, "k13": 2, "c_mean": 1.0, "k_mean": 0.0, "baseline_weeks": 52,
        "phi": 2.0, "t": 0, "n": 0, **more,
    }  # fmt: skip
    return derive(
        "fct_pair_metrics",
        int_pair_counts=weeks(1, **counts),
        int_pair_exposure=[{"dataset": "d", "pair_id": "AAA-BBB", "week_start": MONDAY,
                            "document_count": 400}],
        int_source_mix=[],
    )[0]  # fmt: skip


def test_given_counts_and_documents_then_rates_by_hand(derive):
    row = pair_metrics(derive)
    assert row["exposure"] == pytest.approx(0.4)
    assert row["cooperation_rate"] == pytest.approx(15.0)  # 6 in 400 documents
    # ((sqrt(6.375) -/+ 1.645 sqrt(2) / 2)^2) / .4
    assert row["cooperation_rate_lo"] == pytest.approx(4.635, abs=0.001)
    assert row["cooperation_rate_hi"] == pytest.approx(34.005, abs=0.001)
    # sqrt(2.375) = 1.541 is more than 1.163, so the lower end is above 0
    assert row["conflict_rate_lo"] == pytest.approx((math.sqrt(2.375) - 1.16319) ** 2 / 0.4, 1e-3)
    assert pair_metrics(derive, k13=0)["conflict_rate_lo"] == 0


def test_given_no_documents_then_rates_are_null(derive):
    (row,) = derive(
        "fct_pair_metrics",
        int_pair_counts=weeks(1, c13=0, k13=0, phi=3.0, t=0),
        int_pair_exposure=[{"dataset": "d", "pair_id": "AAA-BBB", "week_start": MONDAY,
                            "document_count": 0}],
    )  # fmt: skip
    assert row["cooperation_rate"] is None and row["cooperation_rate_hi"] is None
    assert (row["net_cooperation_ratio"], row["net_cooperation_lo"], row["net_cooperation_hi"]) == (
        0, -1, 1,
    )  # fmt: skip


def test_given_six_and_two_then_net_cooperation_by_hand(derive):
    row = pair_metrics(derive)
    centre, half = wilson(3, 4)  # n / phi
    assert row["net_cooperation_ratio"] == 0.5  # (6 - 2) / 8
    assert row["net_cooperation_lo"] == pytest.approx(2 * (centre - half) - 1)
    assert row["net_cooperation_hi"] == pytest.approx(2 * (centre + half) - 1)


def test_given_a_burst_then_it_surprises_by_hand(derive):
    row = pair_metrics(derive, c=12)
    # 2 (sqrt(12.375) - sqrt(1.375)) / sqrt(2)
    assert row["cooperation_surprise"] == pytest.approx(3.3166, abs=1e-4)
    assert row["is_surprise"]
    assert row["conflict_surprise"] == 0  # mu = c = 0
    assert pair_metrics(derive, c=12, baseline_weeks=12)["cooperation_surprise"] is None


def test_given_blocks_that_differ_then_phi_by_hand(derive):
    # 8 weeks of 2 events, then 8 of 4: in week 15 the blocks hold 32 and 16
    rows = derive(
        "int_pair_counts",
        fct_pair_weeks=weeks(
            17, event_count=[2] * 8 + [4] * 9, cooperation_count=[2] * 8 + [4] * 9,
            conflict_count=0,
        ),
        int_pair_spans=[SPAN],
        order="week_start",
    )  # fmt: skip
    assert [r["phi"] for r in rows[:16]] == [3.0] * 16  # (0 + 12) / (0 + 4)
    assert rows[16]["phi"] == pytest.approx((16**2 / 48 + 12) / 5)
    assert rows[16]["c13"] == 4 * 9 + 2 * 4
    assert rows[16]["c_mean"] == pytest.approx((16 + 32) / 16)


def test_given_few_events_then_a_pair_has_no_weekly_metrics(derive):
    short = {**SPAN, "has_spine": False}
    assert (
        derive("int_pair_counts", fct_pair_weeks=weeks(9, event_count=1), int_pair_spans=[short])
        == []
    )


# -- M2's exposure ----------------------------------------------------------------------------


def test_given_documents_then_exposure_counts_those_that_name_either_once(derive):
    week = {"dataset": "d", "week_start": MONDAY, "publisher": "p"}
    (row,) = derive(
        "int_pair_exposure",
        fct_pair_weeks=weeks(1),
        stg_news__documents=[{"document_id": "x", "dataset": "d"}],
        int_country_documents=[
            {**week, "country_code": "AAA", "document_count": 7},
            {**week, "country_code": "BBB", "document_count": 5},
        ],
        int_pair_documents=[{**week, "pair_id": "AAA-BBB", "document_count": 3}],
    )
    assert row["document_count"] == 9


def test_given_a_hub_then_yearly_rates_on_all_sources_and_on_the_panel(derive):
    week = {"dataset": "d", "week_start": MONDAY}
    rows = derive(
        "fct_hub_rate_years",
        order="panel, exposure_of",
        dim_hubs=[{"hub_code": "PRK", "partner_code": "RUS", "other_code": "CHN",
                   "partner_pair_id": "PRK-RUS", "other_pair_id": "CHN-PRK"}],
        stg_news__documents=[{"document_id": "x", "dataset": "d"}],
        int_panels=[
            {"dataset": "d", "year": 2010, "publisher": "old", "panel": "all sources"},
            {"dataset": "d", "year": 2010, "publisher": "new", "panel": "all sources"},
            {"dataset": "d", "year": 2010, "publisher": "old", "panel": "fixed panel"},
        ],
        int_country_documents=[
            {**week, "publisher": "old", "country_code": "PRK", "document_count": 100},
            {**week, "publisher": "old", "country_code": "RUS", "document_count": 300},
            {**week, "publisher": "new", "country_code": "PRK", "document_count": 100},
        ],
        int_pair_documents=[
            {**week, "publisher": "old", "pair_id": "PRK-RUS", "document_count": 50}
        ],
        int_event_origins=[
            {**week, "event_id": "e1", "pair_id": "PRK-RUS", "publisher": "old"},
            {**week, "event_id": "e2", "pair_id": "PRK-RUS", "publisher": "new"},
        ],
        fct_events=[
            {"event_id": e, "dataset": "d", "pair_id": "PRK-RUS", "quad_class": 1,
             "is_cooperative": True, "is_scored": True} for e in ("e1", "e2")
        ],
    )  # fmt: skip
    found = {
        (r["panel"], r["exposure_of"]): (r["cooperation_count"], r["document_count"])
        for r in rows
        if r["partner_code"] == "RUS"
    }
    assert found == {
        ("all sources", "hub"): (2, 200), ("all sources", "either"): (2, 450),
        ("fixed panel", "hub"): (1, 100), ("fixed panel", "either"): (1, 350),
    }  # fmt: skip
    (panel,) = [r for r in rows if r["panel"] == "fixed panel" and r["exposure_of"] == "hub"
                and r["partner_code"] == "RUS"]  # fmt: skip
    assert panel["cooperation_rate"] == pytest.approx(10.0)


def test_given_a_source_that_misses_weeks_then_it_is_not_in_the_panel(derive):
    def told(publisher, count):
        return [
            {"dataset": "d", "week_start": MONDAY + timedelta(weeks=i), "publisher": publisher,
             "country_code": "PRK", "document_count": 1} for i in range(count)
        ]  # fmt: skip

    rows = derive("int_panels", int_country_documents=told("steady", 20) + told("late", 17))
    panels = {(r["publisher"], r["panel"]) for r in rows}
    # 17 of 20 weeks are less than 90 %
    assert panels == {
        ("steady", "all sources"), ("late", "all sources"), ("steady", "fixed panel"),
    }  # fmt: skip


# -- M5, M6 -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hub, partner, other, share, half_width",
    [
        ("PRK", "RUS", "CHN", 0.34, 0.31),  # 3 against 12
        ("UKR", "USA", "RUS", 0.47, 0.21),  # 28 against 32
        ("TUR", "RUS", "USA", 0.47, 0.07),  # 280 against 320
    ],
)
def test_given_the_sanity_shares_then_centre_and_half_width_are_as_designed(
    built, hub, partner, other, share, half_width
):
    row = built.one(
        "select * from marts.fct_hub_shares where dataset = 'simulated' and acts = 'all'"
        " and hub_code = ? and partner_code = ? and other_code = ?"
        " and week_start = date '2010-01-04' + 259 * 7",
        hub, partner, other,
    )  # fmt: skip
    assert row["phi"] == pytest.approx(3.0)
    assert row["engagement_share"] == pytest.approx(share, abs=0.005)
    assert (row["share_hi"] - row["share_lo"]) / 2 == pytest.approx(half_width, abs=0.006)


def test_given_raw_counts_by_year_then_k_of_n_and_wilson_by_hand(built):
    row = built.one(
        "select * from marts.fct_hub_share_years where dataset = 'simulated' and acts = 'all'"
        " and hub_code = 'PRK' and partner_code = 'RUS' and other_code = 'CHN'"
    )
    centre, half = wilson(1, 5)  # 3 of 15, over phi = 3
    assert (row["k"], row["n"], row["share_raw"]) == (3, 15, 0.2)
    assert row["share_lo"] == pytest.approx(centre - half)
    assert row["share_hi"] == pytest.approx(centre + half)


def test_given_two_warmths_then_tilt_and_its_probability_by_hand(built):
    row = built.one(
        "select s.*, b.warmth as b, c.warmth as c, b.warmth_se as se_b, c.warmth_se as se_c"
        " from marts.fct_hub_shares as s, marts.fct_pair_warmth as b, marts.fct_pair_warmth as c"
        " where s.dataset = 'simulated' and s.acts = 'all' and s.hub_code = 'CAN'"
        " and s.week_start = date '2010-01-04' + 259 * 7 and b.pair_id = 'CAN-USA'"
        " and c.pair_id = 'CAN-CHN' and b.week_start = s.week_start and"
        " c.week_start = s.week_start and b.dataset = 'simulated' and c.dataset = 'simulated'"
        " and b.scale || b.acts = 'detenteall' and c.scale || c.acts = 'detenteall'"
    )
    se = math.hypot(row["se_b"], row["se_c"])
    assert row["tilt_warmth"] == pytest.approx(row["b"] - row["c"])
    assert row["tilt_lo"] == pytest.approx(row["tilt_warmth"] - Z * se)
    normal = 0.5 * (1 + math.erf(row["tilt_warmth"] / se / math.sqrt(2)))
    assert row["tilt_probability"] == pytest.approx(normal, abs=2e-4)


# -- M7 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "measure, pair, direction",
    [("share", "CAN-USA", "towards partner"), ("volume", "BEL-BOL", "more")],
)
def test_given_a_turn_then_its_alarm_is_dated_sized_and_explained(built, measure, pair, direction):
    row = built.one(
        "select * from marts.fct_pair_shifts where dataset = 'simulated' and measure = ?"
        " and pair_id = ?",
        measure, pair,
    )  # fmt: skip
    turn = MONDAY + timedelta(weeks=150)
    assert row["direction"] == direction and row["status"] == "active"
    assert abs((row["estimated_start"] - turn).days) <= 28
    assert timedelta(weeks=8) <= row["alarm_week"] - turn <= timedelta(weeks=26)
    before, after = (1 / 6, 5 / 6) if measure == "share" else (3, 9)
    assert row["before_level"] == pytest.approx(before, rel=0.1)
    assert row["after_level"] == pytest.approx(after, rel=0.15)
    size = after - before if measure == "share" else math.log(after / before)
    assert abs(row["delta"] - size) < 2 * Z * row["delta_se"]
    assert row["source_overlap"] == 1.0  # one agency, all along
    assert row["coverage_ratio"] > 0
    assert 0 < row["false_alarms_per_year"] <= 0.08


def test_given_weekly_counts_then_series_and_weights_by_hand(derive):
    rows = derive(
        "int_count_series",
        order="measure, week_start",
        int_hub_dispersion=[
            {"dataset": "d", "hub_code": "H", "partner_code": "P", "other_code": "O", "acts": "all",
             "partner_pair_id": "H-P", "other_pair_id": "H-O", "t": i, "phi": 2.0,
             "week_start": MONDAY + timedelta(weeks=i), "k": k, "n": n}
            for i, (k, n) in enumerate([(1, 4), (3, 4)])
        ],
        int_pair_counts=weeks(1, n=6, phi=2.0, t=0),
    )  # fmt: skip
    share, volume = rows[1], rows[2]
    p = (1 + 1) / (4 + 2)  # the week before, one act added to either side
    assert (share["x"], share["w"]) == (0.75, pytest.approx(4 / (2 * p * (1 - p))))
    assert (volume["x"], volume["w"]) == (pytest.approx(2 * math.sqrt(6.375)), 0.5)


# -- M9 ---------------------------------------------------------------------------------------


def test_given_events_of_three_states_then_attention_by_hand(derive):
    def acts(pair, count):
        return {"dataset": "d", "pair_id": pair, "week_start": MONDAY, "event_count": count}

    rows = derive(
        "fct_country_attention",
        int_event_weeks=[acts("AAA-BBB", 6), acts("AAA-CCC", 2), acts("BBB-CCC", 4)],
        int_spine=[{"dataset": "d", "week_start": MONDAY}],
    )
    assert len(rows) == 6
    row = next(r for r in rows if (r["country_code"], r["partner_code"]) == ("AAA", "BBB"))
    assert (row["event_count_26w"], row["country_event_count_26w"]) == (6, 8)
    assert row["attention_share"] == 0.75
    centre, half = wilson(2, 8 / 3)
    assert (row["attention_lo"], row["attention_hi"]) == (
        pytest.approx(centre - half), pytest.approx(centre + half),
    )  # fmt: skip
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert row["effective_partners"] == pytest.approx(math.exp(entropy))
    # A takes 8 of 24 sides, B 10 of 24: 8 x 10 / 24 expected, 6 observed
    assert row["expected_count"] == pytest.approx(80 / 24)
    assert row["observed_expected"] == pytest.approx(6 * 24 / 80)


# -- M10 --------------------------------------------------------------------------------------


def act(source, target, weight, day=MONDAY, **more):
    pair = "-".join(sorted((source, target)))
    return {
        "event_id": f"{source}{target}{day}{weight}{more}"[:60], "dataset": "d", "pair_id": pair,
        "source_code": source, "target_code": target, "week_start": day, "weight": weight,
        "party_share": 1.0, "is_scored": True, "is_mirrored": False, **more,
    }  # fmt: skip


def test_given_acts_of_one_side_then_direction_by_hand(derive):
    later = MONDAY + timedelta(weeks=26)
    acts = derive(
        "int_direction_weeks",
        fct_events=[
            act("AAA", "BBB", -4.0), act("AAA", "BBB", 2.0), act("BBB", "AAA", 3.0),
            act("AAA", "BBB", 9.0, is_mirrored=True), act("AAA", "BBB", 1.0, later),
        ],
    )  # fmt: skip
    sums = derive("int_direction_sums", int_direction_weeks=acts)
    rows = derive("fct_direction_weeks", "week_start, source_code", int_direction_sums=sums)
    a, b = rows[0], rows[1]
    weight = 1 / (4 + 15.4 / 2)
    assert a["event_count"] == 2  # the mirrored act stays out
    assert a["directed_warmth"] == pytest.approx((weight * -1 + 0.25 * 0.86) / (weight + 0.25))
    assert a["asymmetry"] is None  # both sides rest on the prior
    assert a["initiative_share"] == pytest.approx(2 / 3)
    centre, half = wilson(2 / 3, 1)
    assert a["initiative_lo"] == pytest.approx(max(0, centre - half))
    assert b["initiative_share"] == pytest.approx(1 / 3)
    # 26 weeks later the old acts weigh half: (2/2 + 1) of (3/2 + 1)
    assert rows[2]["initiative_share"] == pytest.approx(2 / 2.5)
    assert rows[2]["directed_warmth"] == pytest.approx(
        (weight * -1 / 4 + 1 / 19.4 + 0.25 * 0.86) / (weight / 4 + 1 / 19.4 + 0.25)
    )


def test_given_many_acts_of_both_sides_then_asymmetry_by_hand(derive):
    days = [MONDAY + timedelta(weeks=i) for i in range(6)]
    acts = derive(
        "int_direction_weeks",
        fct_events=[act("AAA", "BBB", 4.0, d, event_mode=str(i)) for d in days for i in range(9)]
        + [act("BBB", "AAA", -2.0, d, event_mode=str(i)) for d in days for i in range(9)],
    )
    sums = derive("int_direction_sums", int_direction_weeks=acts)
    rows = derive("fct_direction_weeks", "week_start desc, source_code", int_direction_sums=sums)
    a, b = rows[0], rows[1]
    assert a["asymmetry"] == pytest.approx(a["directed_warmth"] - b["directed_warmth"])
    assert a["asymmetry"] == -b["asymmetry"] > 0
    se = math.hypot(a["directed_warmth_se"], b["directed_warmth_se"])
    assert a["asymmetry_lo"] == pytest.approx(a["asymmetry"] - Z * se)


# -- M11 --------------------------------------------------------------------------------------


def test_given_three_origins_then_source_mix_by_hand(derive):
    def told(event, origin, own, week_number=0, publisher=None):
        return {"dataset": "d", "event_id": event, "pair_id": "AAA-BBB", "origin_id": origin,
                "publisher": publisher or origin, "is_party_state_media": own,
                "week_start": MONDAY + timedelta(weeks=week_number)}  # fmt: skip

    origin_weeks = derive(
        "int_origin_weeks",
        int_news_origins=[
            told("e1", "KCNA", True), told("e2", "KCNA", True), told("e1", "Reuters", False),
            told("e1", "Reuters", False, publisher="a reprint"), told("e3", "AFP", False, 26),
        ],
    )  # fmt: skip
    rows = derive(
        "int_source_mix",
        order="week_start",
        int_pair_counts=weeks(27, t=list(range(27))),
        int_origin_weeks=origin_weeks,
    )
    first, last = rows[0], rows[-1]
    entropy = -(2 / 3 * math.log(2 / 3) + 1 / 3 * math.log(1 / 3))
    assert first["source_mix"] == pytest.approx(math.exp(entropy))
    assert first["largest_origin_share"] == pytest.approx(2 / 3)
    assert first["state_media_share"] == pytest.approx(2 / 3)
    assert last["source_mix"] == pytest.approx(1.0)  # week 0 has left
    assert (last["largest_origin_share"], last["state_media_share"]) == (1.0, 0.0)


# -- M12, M13 ---------------------------------------------------------------------------------


def test_given_announcements_then_their_lives_are_followed(built):
    rows = built.ask(
        "select pair_id, outcome, guest_confirmed, host_confirmed, occurred_at, class_n,"
        " class_occurred, p_occurs, p_occurs_lo, p_occurs_hi, is_substituted"
        " from marts.fct_watch_items where dataset = 'watch' order by reported_at"
    )
    assert [(r["pair_id"], r["outcome"]) for r in rows] == [
        ("PRK-RUS", "occurred"), ("CHN-PRK", "substituted"), ("PRK-VNM", "unresolved"),
    ]  # fmt: skip
    assert [(r["guest_confirmed"], r["host_confirmed"]) for r in rows] == [
        (True, True), (True, False), (True, False),
    ]  # fmt: skip
    assert [r["is_substituted"] for r in rows] == [False, True, False]
    # what was settled when it was reported: nothing; the first; the first two
    assert [(r["class_occurred"], r["class_n"]) for r in rows] == [(0, 0), (1, 1), (1, 2)]
    assert [r["p_occurs"] for r in rows] == [2 / 5, 3 / 6, pytest.approx(3 / 7)]
    # Beta(2, 3): its 5th and 95th percentile are .098 and .751
    assert rows[0]["p_occurs_lo"] == pytest.approx(0.098, abs=0.02)
    assert rows[0]["p_occurs_hi"] == pytest.approx(0.751, abs=0.02)


def test_given_an_invitation_then_the_invited_is_the_guest_and_another_stands_in(built):
    row = built.one(
        "select source_code, target_code, principal_name, guest_confirmed, host_confirmed, outcome,"
        " cancelled_at, occurred_at from marts.fct_watch_items"
        " where dataset = 'journey' and pair_id = 'PRK-RUS'"
    )
    assert (row["source_code"], row["target_code"], row["principal_name"]) == ("PRK", "RUS", "Kim")
    assert (row["guest_confirmed"], row["host_confirmed"]) == (False, True)
    assert row["outcome"] == "substituted"
    assert row["occurred_at"] - row["cancelled_at"] == timedelta(weeks=2)


def test_given_a_rumour_without_a_day_then_other_visits_do_not_settle_it(built):
    row = built.one(
        "select source_code, outcome, occurred_at, event_id from marts.fct_watch_items"
        " where dataset = 'journey' and pair_id = 'CHN-PRK'"
    )
    assert list(row.values()) == ["PRK", "unresolved", None, None]


def test_given_settled_items_then_calibration_and_brier_score_by_hand(built):
    rows = built.ask(
        "select * from marts.fct_watch_calibration where dataset = 'watch'"
        " order by probability_from"
    )
    assert [(r["probability_from"], r["item_count"], r["occurred_count"]) for r in rows] == [
        (0.4, 2, 1), (0.5, 1, 0),
    ]  # fmt: skip
    assert rows[0]["brier_score"] == pytest.approx((0.6**2 + (3 / 7) ** 2) / 2)
    assert rows[0]["unresolved_count"] == 1
    assert rows[0]["brier_score_all"] == pytest.approx((0.6**2 + 0.5**2 + (3 / 7) ** 2) / 3)


def test_given_visits_then_the_ledger_counts_them_by_level(built):
    rows = built.ask(
        "select guest_code, host_code, level, visits_12m, days_since_last"
        " from marts.fct_leader_visits where dataset = 'base' order by start_date"
    )
    assert [(r["guest_code"], r["host_code"], r["visits_12m"]) for r in rows] == [
        ("PRK", "RUS", 1), ("PRK", "RUS", 2),
    ]  # fmt: skip
    assert rows[1]["days_since_last"] == 140  # weeks 0 and 20


# -- M14 --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "level, balance", [("ok", -math.cbrt(2 * 3 * 0.5)), ("insufficient", None)]
)
def test_given_three_warmths_then_triad_balance_by_hand(derive, level, balance):
    def state(pair, excess, evidence="ok"):
        return {"dataset": "d", "pair_id": pair, "week_start": MONDAY, "scale": "detente",
                "acts": "all", "warmth": 0.86 + excess, "evidence_level": evidence}  # fmt: skip

    (row,) = derive(
        "fct_triads",
        dim_hubs=[{"hub_code": "PRK", "partner_code": "RUS", "other_code": "CHN",
                   "partner_pair_id": "PRK-RUS", "other_pair_id": "CHN-PRK"}],
        fct_pair_warmth=[state("PRK-RUS", 2.0), state("CHN-PRK", 3.0),
                         state("CHN-RUS", -0.5, level)],
    )  # fmt: skip
    assert row["triad_balance"] == (None if balance is None else pytest.approx(balance))


# -- how results are stated ---------------------------------------------------------------------


def test_given_two_windows_then_every_specification_is_weighed_by_hand(derive):
    to_week = MONDAY + timedelta(weeks=300)
    hub = {"hub_code": "PRK", "partner_code": "RUS", "other_code": "CHN"}

    def acts(pair, weeks_back, count, **more):
        return [
            {"event_id": f"{pair}{weeks_back}{i}{more}"[:50], "dataset": "d", "pair_id": pair,
             "week_start": to_week - timedelta(weeks=weeks_back), "quad_class": 1,
             "is_scored": True, "is_cooperative": True, "weight": 2.0, "goldstein": 4.0,
             "party_share": 1.0, "confidence": 0.5, "acknowledgement": "alleged",
             "has_independent_origin": True, **more}
            for i in range(count)
        ]  # fmt: skip

    events = (
        acts("PRK-RUS", 110, 2) + acts("CHN-PRK", 110, 8)
        + acts("PRK-RUS", 10, 4, confidence=0.9) + acts("CHN-PRK", 10, 2)
        + acts("PRK-RUS", 12, 3, has_independent_origin=False, quad_class=2, weight=5.0)
    )  # fmt: skip
    origins = [
        {"dataset": "d", "event_id": e["event_id"], "pair_id": e["pair_id"],
         "week_start": e["week_start"], "origin_id": "x",
         # the third group is told by a paper that did not exist before
         "publisher": "new" if e["quad_class"] == 2 else "old"} for e in events
    ]  # fmt: skip
    rows = derive(
        "int_hub_specifications",
        dim_hubs=[{**hub, "partner_pair_id": "PRK-RUS", "other_pair_id": "CHN-PRK"}],
        fct_events=events,
        int_event_origins=origins,
        int_news_origins=origins,
        stg_news__documents=[{"document_id": "x", "dataset": "d"}],
        int_spine=[{"dataset": "d", "week_start": to_week - timedelta(weeks=w)} for w in (110, 0)],
    )  # fmt: skip
    last = {r["specification"]: r for r in rows if r["to_week"] == to_week}

    def counts(name):
        row = last[name]
        return tuple(round(row[c], 6) for c in ("k_before", "n_before", "k_after", "n_after"))

    assert counts("headline") == (2, 10, 7, 9)
    assert counts("without state media") == (2, 10, 4, 6)
    assert counts("acknowledged only") == (0, 0, 0, 0)
    assert counts("material only") == (0, 0, 3, 3)
    assert counts("fixed panel") == (2, 10, 4, 6)
    assert counts("high confidence") == (0, 0, 4, 4)
    assert counts("weighted by size") == (4, 20, 23, 27)
    assert counts("weighted by Goldstein") == (8, 40, 28, 36)
    assert counts("window half as long") == (0, 0, 7, 9)
    assert last["headline"]["effective_after"] == 9
    # (sum w)^2 / sum w^2 = 27^2 / (6 x 4 + 3 x 25)
    assert last["weighted by size"]["effective_after"] == pytest.approx(27**2 / 99)


def test_given_specifications_then_the_difference_has_newcombes_interval(derive):
    row = {"dataset": "d", "hub_code": "PRK", "partner_code": "RUS", "other_code": "CHN",
           "to_week": MONDAY, "k_before": 6, "n_before": 30, "k_after": 24, "n_after": 30,
           "effective_before": 30, "effective_after": 30}  # fmt: skip
    weak = {**row, "specification": "material only", "k_after": 1, "n_after": 2,
            "effective_after": 2}  # fmt: skip
    rows = derive(
        "fct_specifications",
        order="specification",
        int_hub_specifications=[{**row, "specification": "headline"},
                                {**row, "specification": "fixed panel"}, weak],
    )  # fmt: skip
    headline = next(r for r in rows if r["specification"] == "headline")
    # phi = 3 where blocks cannot tell: 2 of 10 and 8 of 10 in effect
    (c1, h1), (c2, h2) = wilson(2, 10), wilson(8, 10)
    assert headline["change"] == pytest.approx(0.6)
    assert headline["change_lo"] == pytest.approx(
        0.6 - math.hypot(0.8 - (c2 - h2), (c1 + h1) - 0.2)
    )
    assert headline["change_hi"] == pytest.approx(
        0.6 + math.hypot((c2 + h2) - 0.8, 0.2 - (c1 - h1))
    )
    assert [(r["specification"], r["verdict"], r["holds"]) for r in rows] == [
        ("fixed panel", "rose", True), ("headline", "rose", True),
        ("material only", "not enough data", False),
    ]  # fmt: skip
    assert (headline["holds_count"], headline["specification_count"]) == (1, 2)


def test_given_a_change_of_share_then_it_splits_into_more_and_less(built):
    row = built.one(
        "select * from marts.fct_share_changes where dataset = 'simulated' and acts = 'all'"
        " and hub_code = 'CAN' and year = 2013"
    )
    assert row["change"] == pytest.approx(
        row["k_after"] / row["n_after"] - row["k_before"] / row["n_before"]
    )
    assert row["more_with_partner"] + row["less_with_other"] == pytest.approx(row["change"])
    assert row["more_with_partner"] > 0 and row["less_with_other"] > 0
    assert row["verdict"] == "rose" and row["events_to_vanish"] > 0


def test_given_an_episode_that_no_report_of_its_own_is_sure_of_then_nothing_attaches_to_it(derive):
    def told(report_id, verdict, precision, first, last, published):
        middle = first + (last - first) / 2 if first else None
        return {"report_id": report_id, "dataset": "news", "pair_id": "CHN-PRK", "family": "talks",
                "actor_code": "both", "verdict": verdict, "date_precision": precision,
                "event_date": middle, "interval_start": first, "interval_end": last,
                "published_date": published}  # fmt: skip

    rows = derive(
        "int_mention_links",
        int_mentions_due=[
            told("a", "candidate", "month", date(2016, 1, 1), date(2016, 1, 31), date(2016, 2, 2)),
            told("b", "candidate", "month", date(2016, 1, 20), date(2016, 2, 20), date(2016, 2, 9)),
            told("c", "no_date", "unknown", None, None, date(2016, 1, 3)),
        ],
    )
    # a and b each fit both months, so neither is counted; c had made an event without a date of one
    assert {r["report_id"]: (r["outcome"], r["anchor_date"]) for r in rows if r["report_id"] == "c"} \
        == {"c": ("no_date", None)}  # fmt: skip
    assert [r["outcome"] for r in rows if r["report_id"] in "ab"] == ["ambiguous_date"] * 2
