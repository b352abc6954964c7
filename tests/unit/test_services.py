"""Services live in process groups of their own, are started again, and are never believed dead."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from detente import services, supervision
from detente.settings import Settings

FAMILY = (
    "import subprocess, sys, time;"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)']);"
    "time.sleep(300)"
)


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path)


def _until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_given_a_service_with_children_then_stopping_ends_the_whole_group(settings):
    process = subprocess.Popen([sys.executable, "-c", FAMILY], start_new_session=True)
    time.sleep(0.5)
    supervision.remember(settings, {"thing": process.pid})
    assert supervision.running_services(settings) == {"thing": process.pid}
    assert supervision.stop_services(settings) == ["thing"]
    process.wait(10)
    assert not supervision._group_alive(process.pid)
    assert supervision.running_services(settings) == {}


def test_given_a_killed_service_or_a_reused_pid_then_nothing_is_running(settings):
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    supervision.remember(settings, {"thing": process.pid})
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert supervision.running_services(settings) == {}
    (settings.home / "services.json").write_text(
        json.dumps({"thing": {"pid": os.getpid(), "start": "1"}})
    )
    assert supervision.running_services(settings) == {}
    assert supervision.stop_services(settings) == []


def test_given_a_killed_part_then_its_orphans_go_and_it_is_started_again(settings):
    said = []
    supervisor = supervision.Supervisor(
        settings, {"family": [sys.executable, "-c", FAMILY]}, os.environ, said.append
    )
    supervisor.start()
    first = supervision.running_services(settings)["family"]
    time.sleep(0.5)
    os.kill(first, signal.SIGKILL)
    try:
        assert _until(lambda: supervisor.tend() or said)
        assert _until(lambda: not supervision._group_alive(first))
        assert "family ended (signal SIGKILL)" in said[0] and "family.log" in said[0]
        assert _until(
            lambda: (
                supervisor.tend()
                or supervision.running_services(settings).get("family", first) != first
            )
        )
    finally:
        supervision.stop_services(settings)
    assert supervision.running_services(settings) == {}


def test_given_ends_in_a_row_then_the_pauses_grow_to_a_minute():
    pauses = [supervision.pause_before_restart(n) for n in range(1, 9)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]


def test_given_a_running_supervisor_then_a_second_is_refused(settings):
    supervision.remember(settings, {"supervisor": os.getpid()})
    with pytest.raises(services.ServiceError, match="detente down"):
        supervision.run_services(settings, lambda: "")


def test_given_a_taken_port_then_the_setting_is_named(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(services.ServiceError, match="DETENTE_DASHBOARD_PORT"):
            services.require_free_port(taken.getsockname()[1], "DETENTE_DASHBOARD_PORT")
