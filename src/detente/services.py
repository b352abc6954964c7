"""What runs beside the package: Airflow and the dashboard. `supervision` keeps them running."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from detente.settings import Settings


class ServiceError(RuntimeError):
    """A service could not be started or a DAG run failed; the message says where to look."""


def airflow_environment(settings: Settings, *, scheduled: bool = False) -> dict[str, str]:
    """Return the environment in which Airflow runs our DAGs on SQLite below the home directory.

    Args:
        settings: whose home and DAGs.
        scheduled: for Airflow's own processes, whose runs have deadlines. `airflow dags test` of 3.3
            breaks on a DAG with one: it looks for alerts in a copy of the DAG that has none.
    """
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
        # One writer, one coder, one fetcher at a time: more idle workers only hold memory.
        "AIRFLOW__CORE__PARALLELISM": "4",
        # After a crash of the scheduler its tasks are taken up again within a minute, not in five.
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        "DETENTE_HOME": str(settings.home),
        "DETENTE_PROJECT_DIR": str(settings.project_dir),
        "DETENTE_LATE_AFTER_MINUTES": str(settings.late_after_minutes if scheduled else 0),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }
    # What the user set for Airflow wins, but not the home and the project we were called with.
    fixed = {"DETENTE_HOME", "DETENTE_LATE_AFTER_MINUTES", "DETENTE_PROJECT_DIR", "PATH"}
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
    settings: Settings,
    dag_id: str,
    log: Path,
    conf: Mapping[str, object] | None = None,
    day: date | None = None,
) -> None:
    """Run one DAG to its end in this process's stead (`airflow dags test`).

    Args:
        settings: whose home and DAGs.
        dag_id: the DAG.
        log: where its output goes, appended.
        conf: the run's parameters.
        day: the run's logical date; None: now.

    Raises:
        ServiceError: the run did not succeed; the message holds the log's last error lines.
    """
    command = ["airflow", "dags", "test", dag_id, *([day.isoformat()] if day else [])]
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


def commands(settings: Settings) -> dict[str, list[str]]:
    """Return name -> command of everything that `detente up` keeps running.

    Airflow's parts are started one by one, not by `airflow standalone`: that does not start again
    a part that died.
    """
    return {
        "api-server": ["airflow", "api-server"],
        "scheduler": ["airflow", "scheduler"],
        "dag-processor": ["airflow", "dag-processor"],
        "triggerer": ["airflow", "triggerer"],
        "dashboard": dashboard_command(settings),
    }


def health_addresses(settings: Settings) -> dict[str, str]:
    """Return name -> address that answers 200 once that part serves."""
    return {
        "api-server": f"http://127.0.0.1:{settings.airflow_port}/api/v2/monitor/health",
        "dashboard": f"http://127.0.0.1:{settings.dashboard_port}/_stcore/health",
    }


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


def serve_dashboard(settings: Settings) -> None:
    """Serve the dashboard in the foreground until Ctrl-C.

    Raises:
        ServiceError: the port is taken.
    """
    require_free_port(settings.dashboard_port, "DETENTE_DASHBOARD_PORT")
    print(f"Dashboard  http://127.0.0.1:{settings.dashboard_port}  (Ctrl-C stops it)", flush=True)
    env = {**os.environ, "DETENTE_HOME": str(settings.home)}
    subprocess.run(dashboard_command(settings), env=env, check=False)
