"""Real servers for a benchmark, all on this machine: Redis and Airflow with Celery, beside those of
`scripts/scale_servers.py` (PostgreSQL, Spark).

Every process leads a group of its own and is stopped by its id; ports are free ones; everything
that is written lies in one folder.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import scale_servers

from detente import services
from detente.settings import Settings

BIN = Path(sys.executable).parent


def wait_for(what: str, condition: Callable[[], Any], patience: float, log: Path) -> Any:
    """Wait until the condition holds; say where to look if it never does."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.3)
    raise RuntimeError(f"{what} did not come about within {patience:.0f} s; see {log}")


def kill_tree(pid: int) -> int:
    """Kill a process and all that descend from it with -9, as a machine that is lost."""
    lost = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in lost:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    return len(lost)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a process group and what left the group but descends from it."""
    below = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    scale_servers.stop(process, 30)
    for left in below:
        with contextlib.suppress(psutil.NoSuchProcess):
            left.kill()


class Cluster:
    """Servers that are started together and stopped, last first, whatever happens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        folder.chmod(0o755)  # PostgreSQL's user passes through
        self._running = contextlib.ExitStack()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def start(self, name: str, command: list[str], env: Mapping[str, str]) -> int:
        with self.log(name).open("ab") as sink:
            process = subprocess.Popen(
                command, env=dict(env), stdout=sink, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL, start_new_session=True, cwd=self.folder,
            )  # fmt: skip
        self._running.callback(_stop, process)
        return process.pid

    def postgres(self) -> str:
        """Start PostgreSQL with an empty database; return its address as in URLs."""
        server = scale_servers.postgres(self.folder / "postgres", "airflow")
        return self._running.enter_context(server).address

    def spark(self) -> scale_servers.Spark:
        """Start a master and two workers of one core each."""
        return self._running.enter_context(scale_servers.spark(self.folder / "spark", thrift=False))

    def redis(self) -> str:
        port = scale_servers.free_port()
        self.start(
            "redis",
            ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "no", "--dir", str(self.folder)],
            os.environ,
        )  # fmt: skip
        wait_for("Redis", lambda: scale_servers.listens(port), 30, self.log("redis"))
        return f"redis://127.0.0.1:{port}/0"


class CeleryAirflow:
    """Airflow on CeleryExecutor: one worker beside the warehouse, one that only codes."""

    def __init__(self, cluster: Cluster, settings: Settings, dag_id: str) -> None:
        database, port = cluster.postgres(), scale_servers.free_port()
        self._url = f"http://127.0.0.1:{port}"
        self._cluster = cluster
        here = settings.model_copy(update={"airflow_port": port})
        self.env = {
            **services.airflow_environment(here),
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",  # one DAG runs, the others wait
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{database}",
            "AIRFLOW__CELERY__BROKER_URL": cluster.redis(),
            "AIRFLOW__CELERY__RESULT_BACKEND": f"db+postgresql+psycopg2://{database}",
            "AIRFLOW__CELERY__WORKER_CONCURRENCY": "1",
            "AIRFLOW__API_AUTH__JWT_SECRET": "of this benchmark only, and 64 characters long or longer, as it must be",
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "5",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "45",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "3600",
            "DETENTE_SHARD_DOCUMENTS": str(settings.shard_documents),
        }  # fmt: skip
        for command in (["db", "migrate"], ["pools", "set", "duckdb_writer", "1", "one writer"]):
            with cluster.log("prepare").open("ab") as sink:
                subprocess.run(
                    [str(BIN / "airflow"), *command], env=self.env, check=True, stdout=sink,
                    stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                )  # fmt: skip
        for part in ("api-server", "scheduler", "dag-processor"):
            cluster.start(part, [str(BIN / "airflow"), part], self.env)
        self.workers = [
            self._worker("worker-1", "default,coding"), self._worker("worker-2", "coding"),
        ]  # fmt: skip
        if not services.wait_until_healthy(f"{self._url}/api/v2/monitor/health", 300):
            raise RuntimeError(f"Airflow did not come up; see {cluster.log('api-server')}")
        for name in ("worker-1", "worker-2"):
            log = cluster.log(name)
            wait_for(name, lambda log=log: " ready." in log.read_text(errors="replace"), 300, log)

        log = cluster.log("dag-processor")
        wait_for(dag_id, lambda: self._is_known(dag_id), 300, log)

    def _worker(self, name: str, queues: str) -> int:
        return self._cluster.start(
            name,
            [str(BIN / "airflow"), "celery", "worker", "--queues", queues, "--celery-hostname", name,
             "--pid", str(self._cluster.folder / f"{name}.pid"), "--skip-serve-logs"],
            self.env,
        )  # fmt: skip

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        token = httpx.get(f"{self._url}/auth/token", timeout=60).json()["access_token"]
        answer = httpx.request(
            method, f"{self._url}/api/v2/{path}", json=body, timeout=60,
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        answer.raise_for_status()
        return answer.json()

    def _is_known(self, dag_id: str) -> bool:
        try:
            return bool(self._ask("GET", f"dags/{dag_id}"))
        except httpx.HTTPStatusError:
            return False

    def trigger(self, dag_id: str) -> str:
        """Unpause the DAG and start a run; return the run's id."""
        self._ask("PATCH", f"dags/{dag_id}", {"is_paused": False})
        run = self._ask("POST", f"dags/{dag_id}/dagRuns", {"logical_date": None, "conf": {}})
        return str(run["dag_run_id"])

    def state(self, dag_id: str, run_id: str) -> str:
        return str(self._ask("GET", f"dags/{dag_id}/dagRuns/{run_id}")["state"])

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        return list(self._ask("GET", path)["task_instances"])
