"""Keeping processes running: start, watch, start again, stop.

Every process leads a group of its own (Airflow's SIGTERM handling orphans the scheduler's
children), and the whole group is stopped. ``services.json`` remembers the leaders; one is believed
only while a process with that id *and* start time is alive, so neither kill -9 nor a reboot leaves
a stale lock.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from detente import services
from detente.services import ServiceError
from detente.settings import Settings

STEADY_SECONDS = 60.0
"""A process that lived so long has recovered: its next end is the first one again."""
LONGEST_PAUSE_SECONDS = 60.0
COMING_UP_SECONDS = 180.0


def start_time(pid: int) -> str | None:
    """Return the kernel's start time of a process (Linux), or None where it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def pause_before_restart(failures: int) -> float:
    """Return the seconds to wait after the n-th end in a row: 1, 2, 4 ... one minute."""
    return float(min(LONGEST_PAUSE_SECONDS, 2.0 ** (failures - 1)))


def _state_path(settings: Settings) -> Path:
    return settings.home / "services.json"


def running_services(settings: Settings) -> dict[str, int]:
    """Return name -> process group of the services that are alive, the supervisor among them."""
    try:
        known = json.loads(_state_path(settings).read_text())
    except (OSError, ValueError):
        return {}
    return {
        name: entry["pid"]
        for name, entry in known.items()
        if entry["start"] is not None and start_time(entry["pid"]) == entry["start"]
    }


def remember(settings: Settings, pids: Mapping[str, int]) -> None:
    """Write which processes run."""
    state = {name: {"pid": pid, "start": start_time(pid)} for name, pid in pids.items()}
    temporary = _state_path(settings).with_suffix(".tmp")
    temporary.write_text(json.dumps(state))
    temporary.replace(_state_path(settings))


@dataclass
class _Service:
    """One process and its history."""

    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    start_at: float = 0.0

    def start(self, env: Mapping[str, str]) -> None:
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                self.command, env=dict(env), stdout=sink, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        self.started_at = time.monotonic()

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def note_end(self) -> float:
        """Clear what is left of its group; return the seconds until it is started again."""
        assert self.process is not None
        _signal_group(self.process.pid, signal.SIGKILL)
        now = time.monotonic()
        self.failures = 1 if now - self.started_at >= STEADY_SECONDS else self.failures + 1
        pause = pause_before_restart(self.failures)
        self.start_at, self.process = now + pause, None
        return pause


class Supervisor:
    """Processes that are started again when they end, for as long as `tend` is called.

    Args:
        settings: whose home holds logs and ``services.json``.
        commands: name -> command.
        env: the processes' environment.
        say: takes one line for the user about what happened.
    """

    def __init__(
        self,
        settings: Settings,
        commands: Mapping[str, list[str]],
        env: Mapping[str, str],
        say: Callable[[str], None] = print,
    ) -> None:
        self._settings, self._env, self._say = settings, env, say
        logs = settings.home / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        self._services = {n: _Service(c, logs / f"{n}.log") for n, c in commands.items()}

    def start(self) -> None:
        """Start every process."""
        for service in self._services.values():
            service.start(self._env)
        self._remember()

    def tend(self) -> None:
        """Start again what has ended and has waited its time; to be called every second or so."""
        for name, service in self._services.items():
            if service.has_ended():
                assert service.process is not None
                code = service.process.returncode
                pause = service.note_end()
                self._say(
                    f"{name} ended ({_cause(code)}); again in {pause:.0f} s; see {service.log}"
                )
                self._remember()
            elif service.process is None and time.monotonic() >= service.start_at:
                service.start(self._env)
                self._remember()

    def _remember(self) -> None:
        pids = {n: s.process.pid for n, s in self._services.items() if s.process is not None}
        remember(self._settings, {"supervisor": os.getpid(), **pids})


def _cause(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def stop_services(settings: Settings, patience_seconds: float = 20.0) -> list[str]:
    """Stop what `run_services` started, the supervisor first; return the names that were alive."""
    alive = running_services(settings)
    supervisor = alive.pop("supervisor", None)
    if supervisor is not None and supervisor != os.getpid():
        os.kill(supervisor, signal.SIGTERM)
        _wait_for(lambda: start_time(supervisor) is None, patience_seconds + 5)
    for pid in alive.values():
        _signal_group(pid, signal.SIGTERM)
    _wait_for(lambda: not any(_group_alive(p) for p in alive.values()), patience_seconds)
    for pid in alive.values():
        _signal_group(pid, signal.SIGKILL)
    _state_path(settings).unlink(missing_ok=True)
    return sorted(alive)


def _wait_for(condition: Callable[[], bool], patience_seconds: float) -> None:
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline and not condition():
        time.sleep(0.2)


def _signal_group(pgid: int, number: int) -> None:
    try:
        os.killpg(pgid, number)
    except (ProcessLookupError, PermissionError):
        return


def _group_alive(pgid: int) -> bool:
    """Tell whether the group has a member that is no zombie (a dead child nobody waited for)."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, group = stat.read_text().rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(group) == pgid and state != "Z":
            return True
    return False


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def run_services(settings: Settings, greeting: Callable[[], str]) -> None:
    """Keep Airflow and the dashboard running until Ctrl-C, SIGTERM or `detente down`.

    A part that ends is started again. What a killed supervisor left running is stopped first.
    `greeting` gives the line that is printed when all is up.

    Raises:
        ServiceError: another supervisor runs, a port is taken, or a part did not come up.
    """
    if sys.platform != "linux":  # /proc tells which process is which
        raise ServiceError("`detente up` needs Linux; start Airflow and the dashboard by hand")
    alive = running_services(settings)
    if "supervisor" in alive:
        raise ServiceError(f"already running (pid {alive['supervisor']}); `detente down` stops it")
    if alive:
        print(f"stopping what an earlier run left: {', '.join(stop_services(settings))}")
    services.require_free_port(settings.airflow_port, "DETENTE_AIRFLOW_PORT")
    services.require_free_port(settings.dashboard_port, "DETENTE_DASHBOARD_PORT")
    logs = settings.home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    services.prepare_airflow(settings, logs / "airflow.log")

    def say(line: str) -> None:
        print(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {line}", flush=True)

    supervisor = Supervisor(
        settings,
        services.commands(settings),
        services.airflow_environment(settings, scheduled=True),
        say,
    )
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        supervisor.start()
        for name, address in services.health_addresses(settings).items():
            if not services.wait_until_healthy(address, COMING_UP_SECONDS):
                raise ServiceError(f"{name} did not come up; see {logs}/{name}.log")
        print(f"Airflow    http://127.0.0.1:{settings.airflow_port}")
        print(f"Dashboard  http://127.0.0.1:{settings.dashboard_port}")
        print(greeting())
        print("Ctrl-C stops both.", flush=True)
        while True:
            supervisor.tend()
            time.sleep(1)
    except KeyboardInterrupt:
        print("stopping", flush=True)
    finally:
        stop_services(settings)
