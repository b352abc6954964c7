"""The simulator: levels are what they claim to be, and nothing is left to the clock."""

from datetime import date

import numpy as np
import pytest

from detente import simulate
from detente.demo import match_alarms
from detente.settings import get_settings
from detente.warehouse.writer import open_writer

SEEDS = get_settings().seeds_dir


@pytest.mark.parametrize("level", [-4.0, -0.5, 0.86, 3.0])
def test_given_a_level_then_acts_weigh_it_on_average(level):
    mix = simulate.load_mix(SEEDS)
    days = np.full((1, 7 * 2000), level)
    *_, act = simulate.draw(days, np.full_like(days, 10.0), mix, np.random.default_rng(3))
    # 20,000 acts in stories of two: the standard error of the mean is below .05
    assert mix.weights[act].mean() == pytest.approx(level, abs=0.2)
    assert len(act) == pytest.approx(20_000, rel=0.05)


def test_given_stories_then_weekly_counts_are_overdispersed():
    mix = simulate.load_mix(SEEDS)
    days = np.full((1, 7 * 2000), 1.0)
    _, day, _, _ = simulate.draw(days, np.full_like(days, 4.0), mix, np.random.default_rng(3))
    weekly = np.bincount(day // 7, minlength=2000)
    assert weekly.var() / weekly.mean() > 2  # geometric stories of mean 2 give 3; Poisson gives 1


def test_given_the_same_seed_then_the_same_events():
    mix = simulate.load_mix(SEEDS)
    level = np.full((2, 70), 1.0)
    first, second = (
        simulate.draw(level, level * 4, mix, np.random.default_rng(5)) for _ in range(2)
    )
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_given_the_scenario_then_changes_are_those_of_half_a_point_or_more():
    changes = simulate.known_changes(simulate.load_scenario(SEEDS))
    assert ("CHN-PRK", date(2013, 12, 12)) in {(c["pair_id"], c["changed_on"]) for c in changes}
    assert not [c for c in changes if c["pair_id"] in ("IND-USA", "KOR-USA")]


def test_given_it_is_loaded_twice_then_events_stand_once(tmp_path):
    settings = get_settings().model_copy(update={"home": tmp_path})
    count = simulate.load_simulated(settings)
    assert simulate.load_simulated(settings) == count
    with open_writer(settings) as con:
        found = con.execute(
            "select count(*), count(distinct report_id), count(distinct dataset)"
            " from raw.dataset_events"
        ).fetchall()
    assert found == [(count, count, 1)]


def test_given_alarms_then_each_change_takes_its_own_and_the_rest_is_told():
    change = {"pair_id": "A-B", "changed_on": date(2014, 1, 6), "level_before": 2.0,
              "level_after": 0.0}  # fmt: skip
    alarm = {"estimated_start": date(2014, 1, 6), "delta_se": 0.5, "strength": "notable"}
    alarms = [
        {"pair_id": "A-B", "alarm_week": date(2014, 3, 3), "delta": -2.1, **alarm},
        {"pair_id": "A-B", "alarm_week": date(2014, 5, 5), "delta": 2.0, **alarm},
        {"pair_id": "C-D", "alarm_week": date(2014, 3, 3), "delta": -2.0, **alarm},
    ]
    found, others = match_alarms([change], alarms)
    assert [f["alarm_week"] for f in found] == [date(2014, 3, 3)]
    assert [(o["pair_id"], o["delta"]) for o in others] == [("C-D", -2.0), ("A-B", 2.0)]
    assert match_alarms([change], [])[0][0]["strength"] == "not found"
