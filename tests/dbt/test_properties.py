"""What must hold whatever the data: the list of the design, on the warehouse built once."""

import itertools
import shutil

import pytest

from detente.settings import Settings
from detente.transform import run_build
from detente.warehouse.writer import open_writer

pytestmark = pytest.mark.xdist_group("dbt")

SCORES = """
select week_start, scale, acts, warmth, warmth_se, event_count
from marts.fct_pair_warmth where dataset = ? and pair_id = 'PRK-RUS' order by all
"""
SHARES = """
select hub_code, partner_code, other_code, year, acts, k, n, share_raw
from marts.fct_hub_share_years where dataset = ? order by all
"""
NET = """
select week_start, net_cooperation_ratio from marts.fct_pair_metrics where dataset = ? order by all
"""


def test_given_any_pair_and_week_then_drivers_sum_to_the_score(built):
    worst = built.one("""
        with parts as (
            select t.dataset, t.pair_id, t.week_start, t.scale, t.warmth,
                sum(power(2, -(t.week_index - d.week_index) / 13.0) * d.part) as events,
                any_value(t.weight_sum) as weight_sum
            from marts.fct_pair_warmth as t
            inner join marts.fct_event_drivers as d
                on t.dataset = d.dataset and t.pair_id = d.pair_id and t.scale = d.scale
                and d.week_index <= t.week_index
            where t.acts = 'all'
            group by all
        )
        select
            count(*) as states,
            max(abs(warmth - (events + 0.25 * 0.86) / (weight_sum + 0.25))) as error
        from parts
    """)
    assert worst["states"] > 500 and worst["error"] < 1e-9


def test_given_the_table_function_then_its_rows_sum_to_the_score(built):
    total = built.one("select sum(contribution) as s from drivers('AGO', 'ARG', '2011-01-03',"
                      " dataset_name := 'simulated')")  # fmt: skip
    score = built.one("select warmth from marts.fct_pair_warmth where pair_id = 'AGO-ARG'"
                      " and week_start = '2011-01-03' and scale = 'detente' and acts = 'all'")  # fmt: skip
    assert total["s"] == pytest.approx(score["warmth"], abs=1e-9)


def test_given_scores_then_they_stay_on_the_scale(built):
    row = built.one("select min(warmth_lo) as lo, max(warmth_hi) as hi from marts.fct_pair_warmth")
    assert row["lo"] >= -10 and row["hi"] <= 10


@pytest.mark.parametrize("variant", ["reprints", "covered", "shuffled"])
@pytest.mark.parametrize("query", [SCORES, SHARES, NET], ids=["M3", "M5", "M4"])
def test_given_the_same_acts_told_otherwise_then_nothing_changes(built, variant, query):
    """100 reprints of one story, six papers for every act, another order of arrival."""
    expected, found = built.ask(query, "base"), built.ask(query, variant)
    assert expected and len(expected) == len(found)
    for before, after in zip(expected, found, strict=True):
        assert after == pytest.approx(before, abs=1e-12, nan_ok=True)


def test_given_a_hundred_reprints_then_one_event_with_one_origin(built):
    row = built.one("select * from marts.fct_events where dataset = 'reprints'"
                    " and report_count > 1")  # fmt: skip
    single = built.one("select * from marts.fct_events where dataset = 'base'"
                       " and event_type = 'AGREE' and event_mode = 'agree'")  # fmt: skip
    assert (row["report_count"], row["story_count"], row["origin_count"]) == (100, 1, 1)
    assert row["confidence"] == pytest.approx(single["confidence"])


def test_given_six_papers_then_confidence_rises_and_the_act_stays_one(built):
    rows = built.ask("select confidence, origin_count from marts.fct_events"
                     " where dataset = 'covered'")  # fmt: skip
    assert len(rows) == 12
    assert all(r["confidence"] == pytest.approx(1 - 0.3**6) for r in rows)


def test_given_silence_then_the_interval_widens_and_warmth_goes_to_the_prior(built):
    rows = built.ask("""
        select warmth_se, abs(warmth - 0.86) as distance, prior_share
        from marts.fct_pair_warmth
        where pair_id = 'AGO-ARG' and scale = 'detente' and acts = 'all'
            and week_start > date '2010-01-04' + 52 * 7
        order by week_start
    """)
    assert len(rows) > 150
    for name, direction in (("warmth_se", 1), ("distance", -1), ("prior_share", 1)):
        steps = [b[name] - a[name] for a, b in itertools.pairwise(rows)]
        assert all(direction * step > 0 for step in steps), name


def test_given_plans_rumours_and_denials_then_none_is_scored(built):
    never = built.one("""
        select count(*) as mentions, count(event_id) as events
        from marts.fct_event_mentions
        where status in ('planned', 'possible', 'hypothetical', 'negated')
    """)
    assert never == {"mentions": never["mentions"], "events": 0} and never["mentions"] >= 16
    assert built.one("select count(*) as n from marts.fct_events"
                     " where status not in ('occurred', 'ongoing')") == {"n": 0}  # fmt: skip


def test_given_a_second_build_then_every_mart_is_identical_and_the_ledger_unchanged(built):
    def contents():
        """Count and hash every mart; doubles to ten digits, as sums run in threads."""
        tables = built.ask("""
            select table_name, string_agg(
                case when data_type = 'DOUBLE' then 'round(' || column_name || ', 10)'
                else column_name end, ', ' order by column_index) as columns
            from duckdb_columns()
            where schema_name = 'marts' and table_name <> 'dim_publication'
            group by table_name
        """)
        return {
            t["table_name"]: built.one(
                f"select count(*) as n, bit_xor(hash(t::varchar)) as h"
                f" from (select {t['columns']} from marts.{t['table_name']}) as t"
            )
            for t in tables
        }

    before = contents()
    result = run_build(built.settings)
    assert result.ok, result.failures
    assert contents() == before
    assert before["fct_pair_shifts"]["n"] > 0


def test_given_alarms_that_lose_their_data_then_they_are_withdrawn_and_never_deleted(
    built, tmp_path
):
    """Also by a full refresh: the ledger says what was said when."""
    home = tmp_path / "home"
    shutil.copytree(built.settings.home, home)
    settings = Settings(home=home)
    later = type(built)(settings)
    ledger = "select shift_id, status from marts.fct_pair_shifts order by shift_id, recorded_at"
    before = later.ask(ledger)
    with open_writer(settings) as con:
        con.execute("delete from raw.dataset_events where source_code = 'BEL'")
    result = run_build(settings, full_refresh=True)
    assert result.ok, result.failures
    after = later.ask(ledger)
    assert all(row in after for row in before)
    gone = [r["shift_id"] for r in after if r["status"] == "withdrawn"]
    assert len(after) == len(before) + len(gone) and gone
    assert later.ask("select distinct pair_id from marts.fct_pair_shifts"
                     " where status = 'withdrawn'") == [{"pair_id": "BEL-BOL"}]  # fmt: skip
