"""PostgreSQL, and a standalone Spark cluster, on loopback addresses: for development and for tests.

    python scripts/scale_servers.py postgres FOLDER
    python scripts/scale_servers.py spark FOLDER [--workers 2] [--executor-memory 1g]

Starts the servers with their data below FOLDER, prints the settings to export, and stops them on
Ctrl-C. Tests and benchmarks use the context managers. Every server is a process group of its own,
stopped by its id. PostgreSQL is Debian's; Spark is PySpark's wheel with Java 17: one master, one
worker per loopback address, and the thrift server that dbt speaks to.
"""

from __future__ import annotations

import argparse
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

USER = "detente"
_SMALL = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


def postgres_folder() -> Path | None:
    """Return where PostgreSQL's programs are: on the path, or where Debian puts them."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


def why_no_postgres() -> str:
    """Say what is missing for PostgreSQL; empty where nothing is."""
    if postgres_folder() is None:
        return "PostgreSQL is not installed"
    if os.getuid() == 0 and "postgres" not in {account.pw_name for account in pwd.getpwall()}:
        return "root cannot run PostgreSQL, and there is no user postgres"
    return ""


def why_no_ducklake() -> str:
    """Say what is missing for DuckLake on PostgreSQL; empty where nothing is."""
    if reason := why_no_postgres():
        return reason
    if any(find_spec(f"duckdb_extension_{n}") is None for n in ("ducklake", "postgres_scanner")):
        return "the extra detente[ducklake] is not installed"
    return ""


def why_no_spark() -> str:
    """Say what is missing for Spark; empty where nothing is."""
    if shutil.which("java") is None:
        return "Java is not installed"
    if any(find_spec(name) is None for name in ("pyspark", "pyhive")):
        return "the extra detente[spark] is not installed"
    return ""


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as s:
        s.bind((host, 0))
        return int(s.getsockname()[1])


def stop(process: subprocess.Popen[bytes], patience: float = 15.0) -> None:
    """Stop a process group: politely, then by force."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(patience)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def listens(port: int) -> bool:
    """Tell whether somebody listens on a port."""
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def _wait(
    what: str,
    holds: Callable[[], bool],
    process: subprocess.Popen[bytes],
    log: Path,
    seconds: float,
) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        if holds():
            return
        time.sleep(0.2)
    tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
    raise RuntimeError(f"{what} did not come up\n{tail}")


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server and one of its databases."""

    port: int
    database: str

    @property
    def address(self) -> str:
        """User, host, port and database as they stand in URLs."""
        return f"{USER}@127.0.0.1:{self.port}/{self.database}"

    @property
    def ducklake(self) -> str:
        """DuckLake's name for the database."""
        return f"postgres:host=127.0.0.1 port={self.port} user={USER} dbname={self.database}"


@contextmanager
def postgres(folder: Path, database: str = "lake") -> Iterator[Postgres]:
    """Run PostgreSQL with its data in `folder`, and a database in it.

    It refuses to run as root: root starts it as the user postgres.
    """
    programs = postgres_folder()
    assert programs is not None, why_no_postgres()
    folder.mkdir(parents=True, exist_ok=True)
    other = None
    if os.getuid() == 0:
        account = pwd.getpwnam("postgres")
        other = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        os.chown(folder, account.pw_uid, account.pw_gid)
    log = folder / "postgres.log"
    with log.open("ab") as out:
        run = {"stdout": out, "stderr": out, "cwd": "/", **(other or {})}
        data = folder / "data"
        if not data.exists():
            subprocess.run(
                [programs / "initdb", "-D", data, "-A", "trust", "-U", USER, "-N",
                 "-E", "UTF8", "--no-locale"],
                check=True, **run,
            )  # fmt: skip
        port = free_port()
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, "-p", str(port), "-k", "",
             "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
            start_new_session=True, **run,
        )  # fmt: skip
    try:
        _wait("PostgreSQL", lambda: listens(port), process, log, 60)
        where = ["-h", "127.0.0.1", "-p", str(port), "-U", USER]
        for _ in range(100):  # it listens before it answers
            made = subprocess.run([programs / "createdb", *where, database], capture_output=True)
            if made.returncode == 0 or b"already exists" in made.stderr:
                break
            time.sleep(0.2)
        yield Postgres(port, database)
    finally:
        stop(process)


@dataclass
class Spark:
    """A running cluster: addresses of thrift server and master, and its processes by name."""

    address: str
    master: str
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def kill(self, name: str) -> None:
        """Kill a server and what it started, without a word of warning."""
        os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes[name].wait()


def spark_environment(folder: Path) -> dict[str, str]:
    """Return the environment of Spark's programs."""
    spec = find_spec("pyspark")
    assert spec is not None and spec.submodule_search_locations, why_no_spark()
    return {
        **os.environ,
        "SPARK_HOME": str(spec.submodule_search_locations[0]),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_DIRS": str(folder / "scratch"),
    }


@contextmanager
def spark(
    folder: Path,
    *,
    workers: int = 2,
    thrift: bool = True,
    executor_memory: str = "1g",
    driver_memory: str = "1200m",
    small: bool = False,
    patience: float = 300.0,
) -> Iterator[Spark]:
    """Run a master, workers of one core on 127.0.0.2 and so on, and a thrift server.

    Args:
        folder: for everything that they write.
        workers: how many, with one executor each.
        thrift: with the server that dbt speaks to, or without it.
        executor_memory: as Spark writes it.
        driver_memory: of the thrift server.
        small: for few rows: most time would go into compiling plans that run once.
        patience: seconds to wait for each server.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    environment = spark_environment(folder)
    programs = Path(environment["SPARK_HOME"]) / "bin"
    port, thrift_port = free_port(), free_port()
    cluster = Spark(f"127.0.0.1:{thrift_port}", f"spark://127.0.0.1:{port}")

    def start(name: str, host: str, *command: str | Path) -> None:
        with (folder / f"{name}.log").open("ab") as out:
            cluster.processes[name] = subprocess.Popen(
                command, cwd=folder, stdout=out, stderr=out, start_new_session=True,
                env={
                    **environment,
                    "SPARK_LOCAL_IP": host,
                    # of every server but executors; the thrift server is the driver
                    "SPARK_DAEMON_MEMORY": driver_memory if name == "thrift" else "256m",
                },
            )  # fmt: skip

    java = "-Duser.timezone=UTC" + (" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC" if small else "")
    settings = {
        "spark.executor.memory": executor_memory,
        "spark.executor.cores": "1",
        "spark.cores.max": str(workers),
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.scheduler.mode": "FAIR",
        "spark.sql.shuffle.partitions": "8",
        "spark.sql.warehouse.dir": f"file:{folder}/warehouse",
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.extraJavaOptions": f"{java} -Dderby.system.home={folder}/derby",
        "spark.executor.extraJavaOptions": java,
        **(_SMALL if small else {}),
    }
    with ExitStack() as stack:
        stack.callback(lambda: [stop(p) for p in reversed(cluster.processes.values())])
        daemon = programs / "spark-class"
        start("master", "127.0.0.1", daemon, "org.apache.spark.deploy.master.Master",
              "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0")  # fmt: skip
        master, log = cluster.processes["master"], folder / "master.log"
        _wait("the master", lambda: listens(port), master, log, patience)
        for n in range(workers):
            host = f"127.0.0.{n + 2}"
            start(f"worker{n + 1}", host, daemon, "org.apache.spark.deploy.worker.Worker",
                  "--host", host, "--webui-port", "0", "--cores", "1", "--memory", executor_memory,
                  "--work-dir", str(folder / f"work{n + 1}"), cluster.master)  # fmt: skip

        def registered() -> bool:
            return log.read_text(errors="replace").count("Registering worker") >= workers

        _wait("a worker", registered, master, log, patience)
        if thrift:
            start("thrift", "127.0.0.1", programs / "spark-submit",
                  "--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2",
                  "--name", "detente", "--master", cluster.master, "--driver-memory", driver_memory,
                  *[part for pair in settings.items() for part in ("--conf", "=".join(pair))],
                  "spark-internal", "--hiveconf", f"hive.server2.thrift.port={thrift_port}",
                  "--hiveconf", "hive.server2.thrift.bind.host=127.0.0.1")  # fmt: skip
            server = cluster.processes["thrift"]
            _wait("the thrift server", lambda: listens(thrift_port), server,
                  folder / "thrift.log", patience)  # fmt: skip
        yield cluster


def main() -> int:
    """Start what is asked for and wait for Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("postgres", "spark"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--executor-memory", default="1g")
    arguments = parser.parse_args()
    if reason := (why_no_ducklake if arguments.what == "postgres" else why_no_spark)():
        sys.exit(reason)
    with ExitStack() as stack:
        if arguments.what == "postgres":
            server = stack.enter_context(postgres(arguments.folder))
            print(f"export DETENTE_TARGET=ducklake DETENTE_DUCKLAKE_CATALOG='{server.ducklake}'")
        else:
            cluster = stack.enter_context(
                spark(
                    arguments.folder,
                    workers=arguments.workers,
                    executor_memory=arguments.executor_memory,
                )
            )
            print(f"export DETENTE_TARGET=spark DETENTE_SPARK_ADDRESS={cluster.address}")
        print("Ctrl-C stops it", flush=True)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            signal.pause()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
