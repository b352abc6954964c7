"""Real servers for a benchmark, all on this machine: PostgreSQL, Redis, Airflow with Celery, Spark.

Every process leads a group of its own and is stopped by its id; ports are free ones; everything
that is written lies in one folder. PostgreSQL never runs as root: there it runs as `postgres`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import psutil

from detente import services
from detente.settings import Settings

BIN = Path(sys.executable).parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def postgres_bin() -> Path | None:
    """Return the newest PostgreSQL's programs; None where there is none (or nobody to run it)."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    if not found:
        return None
    if os.getuid() == 0 and subprocess.run(["id", "postgres"], capture_output=True).returncode:
        return None
    return found[-1]


def wait_for(what: str, condition: Callable[[], Any], patience: float, log: Path) -> Any:
    """Wait until the condition holds; say where to look if it never does."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.3)
    raise RuntimeError(f"{what} did not come about within {patience:.0f} s; see {log}")


def listens(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


def kill_tree(pid: int) -> int:
    """Kill a process and all that descend from it with -9, as a machine that is lost."""
    lost = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in lost:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    return len(lost)


class Cluster:
    """Processes that are started together and stopped, last first, whatever happens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        folder.chmod(0o755)  # PostgreSQL's user passes through
        self._running: list[tuple[str, subprocess.Popen[bytes], signal.Signals]] = []

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        for name, process, how in reversed(self._running):
            below = (
                psutil.Process(process.pid).children(recursive=True)
                if process.poll() is None
                else []
            )
            process.send_signal(how)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                print(f"{name} did not stop on {how.name}; killed", file=sys.stderr)
                process.kill()
                process.wait()
            for left in below:  # what it left behind
                with contextlib.suppress(psutil.NoSuchProcess):
                    left.kill()

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def start(
        self,
        name: str,
        command: list[str],
        env: Mapping[str, str],
        how: signal.Signals = signal.SIGTERM,
    ) -> int:
        with self.log(name).open("ab") as sink:
            process = subprocess.Popen(
                command, env=dict(env), stdout=sink, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL, start_new_session=True, cwd=self.folder,
            )  # fmt: skip
        self._running.append((name, process, how))
        return process.pid

    def postgres(self) -> str:
        """Start PostgreSQL with an empty database `airflow`; return host, port and name as in URLs."""
        programs = postgres_bin()
        assert programs is not None
        data, port = self.folder / "postgres", free_port()
        data.mkdir()
        user: list[str] = []
        if os.getuid() == 0:
            user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            shutil.chown(data, "postgres", "postgres")
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        init = [*user, str(programs / "initdb"), "-D", str(data), "-U", "airflow", "-A", "trust",
                "--no-sync", "-E", "UTF8"]  # fmt: skip
        subprocess.run(init, env=env, check=True, stdout=subprocess.DEVNULL, cwd=data)
        self.start(
            "postgres",
            [*user, str(programs / "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1",
             "-c", "unix_socket_directories=", "-c", "fsync=off"],
            env, signal.SIGINT,
        )  # fmt: skip
        create = [str(programs / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "airflow",
                  "airflow"]  # fmt: skip
        wait_for(
            "PostgreSQL",
            lambda: subprocess.run(create, env=env, capture_output=True).returncode == 0,
            60, self.log("postgres"),
        )  # fmt: skip
        return f"airflow@127.0.0.1:{port}/airflow"

    def redis(self) -> str:
        port = free_port()
        self.start(
            "redis",
            ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "no", "--dir", str(self.folder)],
            os.environ,
        )  # fmt: skip
        wait_for("Redis", lambda: listens(port), 30, self.log("redis"))
        return f"redis://127.0.0.1:{port}/0"


class CeleryAirflow:
    """Airflow on CeleryExecutor: one worker beside the warehouse, one that only codes."""

    def __init__(self, cluster: Cluster, settings: Settings, dag_id: str) -> None:
        database, port = cluster.postgres(), free_port()
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


class StandaloneSpark:
    """A master and two workers of one core each, on loopback addresses of their own."""

    def __init__(self, cluster: Cluster) -> None:
        import pyspark

        home, port = Path(pyspark.__file__).parent, free_port()
        env = {**os.environ, "SPARK_HOME": str(home), "SPARK_NO_DAEMONIZE": "1"}
        run = str(home / "bin" / "spark-class")
        self.master = f"spark://127.0.0.1:{port}"
        cluster.start(
            "spark-master",
            [run, "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1",
             "--port", str(port), "--webui-port", str(free_port())],
            {**env, "SPARK_LOCAL_IP": "127.0.0.1"},
        )  # fmt: skip
        wait_for("the master", lambda: listens(port), 120, cluster.log("spark-master"))
        self.workers = [
            cluster.start(
                f"spark-worker-{n}",
                [run, "org.apache.spark.deploy.worker.Worker", "--host", f"127.0.0.{n}",
                 "--cores", "1", "--memory", "1g", "--webui-port", str(free_port()),
                 "--work-dir", str(cluster.folder / f"spark-work-{n}"), self.master],
                {**env, "SPARK_LOCAL_IP": f"127.0.0.{n}"},
            )
            for n in (2, 3)
        ]  # fmt: skip
        log = cluster.log("spark-master")
        wait_for(
            "two workers",
            lambda: log.read_text(errors="replace").count("Registering worker") >= 2, 120, log,
        )  # fmt: skip
