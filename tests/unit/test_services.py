"""Services live in process groups of their own; a dead one is never believed to run."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from detente import services
from detente.settings import Settings

FAMILY = (
    "import subprocess, sys, time;"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)']);"
    "time.sleep(300)"
)


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path)


def _remember(settings, process):
    state = {"thing": {"pid": process.pid, "start": services._start_time(process.pid)}}
    (settings.home / "services.json").write_text(json.dumps(state))


def test_given_a_service_with_children_then_stopping_ends_the_whole_group(settings):
    process = subprocess.Popen([sys.executable, "-c", FAMILY], start_new_session=True)
    time.sleep(0.5)
    _remember(settings, process)
    assert services.running_services(settings) == {"thing": process.pid}
    assert services.stop_services(settings) == ["thing"]
    process.wait(10)
    assert not services._group_alive(process.pid)
    assert services.running_services(settings) == {}


def test_given_a_killed_service_or_a_reused_pid_then_nothing_is_running(settings):
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    _remember(settings, process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert services.running_services(settings) == {}
    (settings.home / "services.json").write_text(
        json.dumps({"thing": {"pid": os.getpid(), "start": "1"}})
    )
    assert services.running_services(settings) == {}
    assert services.stop_services(settings) == []


def test_given_a_taken_port_then_the_setting_is_named(settings):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(services.ServiceError, match="DETENTE_DASHBOARD_PORT"):
            services.require_free_port(taken.getsockname()[1], "DETENTE_DASHBOARD_PORT")
