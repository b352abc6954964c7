"""Starting and stopping what runs beside the package: Airflow, the dashboard, demo runs of DAGs.

Airflow's own SIGTERM handling orphans its scheduler, so everything is started in a process group
of its own and the group is stopped. The group's leader is remembered in ``services.json``; it is
believed only while a process with that id and start time is alive, so neither kill -9 nor a
reboot leaves a stale lock.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from detente.settings import Settings


class ServiceError(RuntimeError):
    """A service could not be started or a DAG run failed; the message says where to look."""


def airflow_environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which Airflow runs our DAGs on SQLite below the home directory."""
    home = settings.home / "airflow"
    defaults = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(settings.project_dir / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(settings.airflow_port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{settings.airflow_port}",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": (
            f"http://127.0.0.1:{settings.airflow_port}/execution/"
        ),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        "DETENTE_HOME": str(settings.home),
        "DETENTE_PROJECT_DIR": str(settings.project_dir),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }
    # What the user set for Airflow wins, but not the home and the project we were called with.
    fixed = {"DETENTE_HOME", "DETENTE_PROJECT_DIR", "PATH"}
    return {**defaults, **{k: v for k, v in os.environ.items() if k not in fixed}}


def _run(command: list[str], env: Mapping[str, str], log: Path) -> int:
    with log.open("ab") as sink:
        return subprocess.run(
            command, env=dict(env), stdout=sink, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        ).returncode


def prepare_airflow(settings: Settings, log: Path) -> None:
    """Create or migrate Airflow's metadata and the writers' pool.

    Raises:
        ServiceError: Airflow refused; the log says why.
    """
    env = airflow_environment(settings)
    Path(env["AIRFLOW_HOME"]).mkdir(parents=True, exist_ok=True)
    for command in (
        ["airflow", "db", "migrate"],
        ["airflow", "pools", "set", "duckdb_writer", "1", "one writer of the DuckDB build file"],
    ):
        if _run(command, env, log) != 0:
            raise ServiceError(f"`{' '.join(command)}` failed; see {log}")


def run_dag(
    settings: Settings, dag_id: str, log: Path, conf: Mapping[str, object] | None = None
) -> None:
    """Run one DAG to its end in this process's stead (`airflow dags test`).

    Raises:
        ServiceError: the run did not succeed; the message holds the log's last error lines.
    """
    command = ["airflow", "dags", "test", dag_id]
    if conf:
        command += ["--conf", json.dumps(conf)]
    start = log.stat().st_size if log.exists() else 0
    code = _run(command, airflow_environment(settings), log)
    with log.open("rb") as source:
        source.seek(start)
        text = source.read().decode(errors="replace")
    if code != 0 or "state=success" not in text:
        errors = [line for line in text.splitlines() if "rror" in line][-5:]
        raise ServiceError("\n".join([f"the DAG {dag_id} failed; see {log}", *errors]))


def _start_time(pid: int) -> str | None:
    """Return the kernel's start time of a process (Linux), or None where it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def _state_path(settings: Settings) -> Path:
    return settings.home / "services.json"


def running_services(settings: Settings) -> dict[str, int]:
    """Return name -> process group of the services that are alive."""
    try:
        known = json.loads(_state_path(settings).read_text())
    except (OSError, ValueError):
        return {}
    return {
        name: entry["pid"]
        for name, entry in known.items()
        if entry["start"] is not None and _start_time(entry["pid"]) == entry["start"]
    }


def require_free_port(port: int, setting: str) -> None:
    """Raise `ServiceError` where something listens on the port already."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise ServiceError(f"port {port} is taken; set {setting} to a free one")


def dashboard_command(settings: Settings) -> list[str]:
    """Return the command that serves the dashboard on localhost, warmed up."""
    return [
        sys.executable, str(settings.project_dir / "dashboards" / "serve.py"),
        "--server.port", str(settings.dashboard_port),
        "--server.address", "127.0.0.1",
        "--server.headless", "true",
        "--browser.gatherUsageStats", "false",
        "--runner.magicEnabled", "false",
        "--server.fileWatcherType", "none",
        "--client.toolbarMode", "minimal",
    ]  # fmt: skip


def start_services(settings: Settings) -> dict[str, subprocess.Popen[bytes]]:
    """Start Airflow (standalone) and the dashboard, each in a process group of its own.

    Raises:
        ServiceError: they run already, or a port is taken.
    """
    if alive := running_services(settings):
        raise ServiceError(f"already running: {', '.join(alive)}; `detente down` stops them")
    require_free_port(settings.airflow_port, "DETENTE_AIRFLOW_PORT")
    require_free_port(settings.dashboard_port, "DETENTE_DASHBOARD_PORT")
    logs = settings.home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    prepare_airflow(settings, logs / "airflow.log")
    env = airflow_environment(settings)
    commands = {"airflow": ["airflow", "standalone"], "dashboard": dashboard_command(settings)}
    started: dict[str, subprocess.Popen[bytes]] = {}
    for name, command in commands.items():
        with (logs / f"{name}.log").open("ab") as sink:
            started[name] = subprocess.Popen(
                command, env=env, stdout=sink, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
    state = {n: {"pid": p.pid, "start": _start_time(p.pid)} for n, p in started.items()}
    temporary = _state_path(settings).with_suffix(".tmp")
    temporary.write_text(json.dumps(state))
    temporary.replace(_state_path(settings))
    return started


def stop_services(settings: Settings, patience_seconds: float = 20.0) -> list[str]:
    """Stop the process groups that `start_services` made; return the names that were alive."""
    alive = running_services(settings)
    for pid in alive.values():
        _signal_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline and any(_group_alive(p) for p in alive.values()):
        time.sleep(0.2)
    for pid in alive.values():
        _signal_group(pid, signal.SIGKILL)
    _state_path(settings).unlink(missing_ok=True)
    return sorted(alive)


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


def wait_until_healthy(url: str, patience_seconds: float) -> bool:
    """Poll a health address on localhost until it answers 200."""
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return True
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.5)
    return False


def free_bytes(settings: Settings) -> int:
    """Return the free space below the home directory, in bytes."""
    existing = next(p for p in [settings.home, *settings.home.parents] if p.exists())
    return shutil.disk_usage(existing).free


def run_services(settings: Settings) -> None:
    """Start Airflow and the dashboard, say where they are, and wait; Ctrl-C stops both.

    Raises:
        ServiceError: one of them did not come up or ended by itself.
    """
    started = start_services(settings)
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    try:
        addresses = {
            "airflow": f"http://127.0.0.1:{settings.airflow_port}/api/v2/monitor/health",
            "dashboard": f"http://127.0.0.1:{settings.dashboard_port}/_stcore/health",
        }
        for name, health in addresses.items():
            if not wait_until_healthy(health, 180):
                raise ServiceError(f"{name} did not come up; see {settings.home}/logs/{name}.log")
        print(f"Airflow    http://127.0.0.1:{settings.airflow_port}")
        print(f"Dashboard  http://127.0.0.1:{settings.dashboard_port}")
        print("Ctrl-C stops both.", flush=True)
        while True:
            for name, process in started.items():
                if process.poll() is not None:
                    raise ServiceError(f"{name} ended; see {settings.home}/logs/{name}.log")
            time.sleep(1)
    except KeyboardInterrupt:
        print("stopping", flush=True)
    finally:
        stop_services(settings)


def serve_dashboard(settings: Settings) -> None:
    """Serve the dashboard in the foreground until Ctrl-C.

    Raises:
        ServiceError: the port is taken.
    """
    require_free_port(settings.dashboard_port, "DETENTE_DASHBOARD_PORT")
    print(f"Dashboard  http://127.0.0.1:{settings.dashboard_port}  (Ctrl-C stops it)", flush=True)
    env = {**os.environ, "DETENTE_HOME": str(settings.home)}
    subprocess.run(dashboard_command(settings), env=env, check=False)
