"""Calibration finds the constants that the simulator was given."""

import pytest

from detente import simulate
from detente.calibration import calibrate
from detente.reading import ReadError
from detente.settings import get_settings
from detente.transform import run_build
from detente.warehouse.publish import publish


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    settings = get_settings().model_copy(update={"home": tmp_path_factory.mktemp("calibration")})
    simulate.load_simulated(settings)
    assert run_build(settings).ok
    publish(settings)
    return settings


def test_given_simulated_pairs_then_the_estimates_are_those_of_the_simulator(settings):
    constants, mirrors, shares = calibrate(settings, "simulated")
    found = {r["parameter"]: r for r in constants.result.dicts()}
    # stories of mean size 2 that share an effect: the design effect makes V exceed the plain variance
    assert found["within-week variance"]["estimate"] < found["event_variance"]["estimate"] < 20
    assert found["tau2"]["estimate"] == pytest.approx(0, abs=0.6)  # levels stand still in between
    assert 2 < found["phi of counts"]["estimate"] < 4  # geometric stories of mean 2: 3
    assert found["reports per event"]["estimate"] == 1
    # fourteen or so true changes in some 160 pair-years of the pairs that have enough events
    assert 0.03 < found["alarms per pair-year"]["estimate"] < 0.2
    assert found["alarms per pair-year"]["n"] > 10
    assert found["event_variance"]["in_use"] == 15.4
    # directions are drawn apart from one another: far below what mirrors by nature
    meets = next(r for r in mirrors.result.dicts() if r["act"] == "CONSULT/meet")
    assert meets["mirrored_share"] < 0.3
    assert all(r["reports_k"] == r["events_k"] for r in shares.result.dicts())


def test_given_an_unknown_data_set_then_those_there_are_are_named(settings):
    with pytest.raises(ReadError, match="simulated"):
        calibrate(settings, "nowhere")
