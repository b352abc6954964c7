"""The warehouse: exactly-once inserts, one writer at a time, readers that never notice."""

import multiprocessing as mp
import os
import signal
import time
from importlib import resources

import duckdb
import pyarrow as pa
import pytest

from detente.settings import Settings
from detente.warehouse.publish import PublishError, publish
from detente.warehouse.reader import NothingPublishedError, open_snapshot, snapshot_path
from detente.warehouse.writer import (
    WarehouseBusyError,
    WarehouseVersionError,
    insert_new,
    open_writer,
)


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path / "home")


def _urls(*ids: str) -> pa.Table:
    return pa.Table.from_pylist(
        [{"document_id": i, "url": f"https://x.example/{i}", "seen_at": None} for i in ids],
        schema=pa.schema(
            [("document_id", pa.string()), ("url", pa.string()), ("seen_at", pa.timestamp("us"))]
        ),
    )


def test_given_rows_inserted_twice_then_they_stand_once(settings):
    with open_writer(settings) as con:
        con.execute("create table t (document_id varchar, url varchar, seen_at timestamp)")
        assert insert_new(con, "t", _urls("a", "b", "b"), ("document_id",)) == 2
        assert insert_new(con, "t", _urls("b", "c"), ("document_id",)) == 1
        assert con.execute("select count(*) from t").fetchall() == [(3,)]


def test_given_an_error_in_the_block_then_nothing_of_it_is_kept(settings):
    with open_writer(settings) as con:
        con.execute("create table t (i integer)")
    with pytest.raises(ZeroDivisionError), open_writer(settings) as con:
        con.execute("insert into t values (1)")
        raise ZeroDivisionError
    with open_writer(settings) as con:
        assert con.execute("select count(*) from t").fetchall() == [(0,)]


def test_given_a_newer_schema_then_the_release_refuses_it(settings):
    with open_writer(settings) as con:
        con.execute("insert into ops.schema_version values (9999, now())")
    with pytest.raises(WarehouseVersionError, match="upgrade detente"), open_writer(settings):
        pass


def _hold_lock(home, ready):
    with open_writer(Settings(home=home)):
        ready.set()
        time.sleep(60)


def test_given_another_writer_then_the_second_waits_and_then_says_who(settings):
    ready = mp.get_context("spawn").Event()
    holder = mp.get_context("spawn").Process(target=_hold_lock, args=(settings.home, ready))
    holder.start()
    try:
        assert ready.wait(30)
        short = settings.model_copy(update={"lock_timeout_seconds": 0.2})
        with pytest.raises(WarehouseBusyError, match=str(holder.pid)), open_writer(short):
            pass
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.join()
    with open_writer(settings) as con:  # the kernel let go of the killed writer's lock
        assert con.execute("select 1").fetchall() == [(1,)]


def test_given_nothing_published_then_reading_says_what_to_run(settings):
    with pytest.raises(NothingPublishedError, match="detente run"):
        snapshot_path(settings)


def test_given_no_build_file_then_publishing_says_what_to_run(settings):
    with pytest.raises(PublishError, match="detente build"):
        publish(settings)


def test_given_a_file_of_schema_version_1_then_its_rows_stay_and_get_load_numbers(settings):
    first = resources.files("detente.warehouse") / "migrations" / "001.sql"
    settings.build_path.parent.mkdir(parents=True)
    with duckdb.connect(str(settings.build_path)) as con:
        con.execute(
            "create schema ops; create table ops.schema_version"
            " (version integer not null, applied_at timestamp not null)"
        )
        con.execute(first.read_text(encoding="utf-8"))
        con.execute("insert into ops.schema_version values (1, now())")
        con.execute("insert into raw.document_stories values ('r', 's', 'none', 1, now())")
    with open_writer(settings) as con:
        con.execute(
            "insert into raw.document_stories by name select 'q' as revision_id,"
            " 's' as story_id, 'none' as duplicate_level, 1 as method_version,"
            " now() as assigned_at"
        )
        rows = con.execute(
            "select revision_id, load_number from raw.document_stories order by load_number"
        ).fetchall()
    assert [r for r, _ in rows] == ["r", "q"]
    assert rows[0][1] < rows[1][1]


def test_given_several_publications_then_old_ones_go_and_the_copy_is_read_only(settings):
    settings = settings.model_copy(update={"keep_versions": 1})
    with open_writer(settings) as con:
        con.execute("create table t as select 1 as i")
    versions = [publish(settings) for _ in range(4)]
    kept = sorted(p.name for p in settings.published_dir.iterdir())
    assert kept == [v.version for v in versions[-2:]]
    assert snapshot_path(settings) == versions[-1].path
    assert versions[-1].path.stat().st_mode & 0o777 == 0o444


def test_given_a_torn_copy_then_it_is_not_published_and_readers_keep_the_last(
    settings, monkeypatch
):
    with open_writer(settings) as con:
        con.execute("create table t as select range as i from range(200000)")
    first = publish(settings)

    def torn(source, target):
        data = bytearray(source.read_bytes())
        middle = len(data) // 2
        data[middle : middle + 4096] = os.urandom(4096)
        target.write_bytes(data)

    monkeypatch.setattr("detente.warehouse.publish.shutil.copyfile", torn)
    with pytest.raises(PublishError, match="readers keep the last one"):
        publish(settings)
    assert snapshot_path(settings) == first.path
    assert [p.name for p in settings.published_dir.iterdir()] == [first.version]


def test_given_sql_of_a_stranger_then_it_reaches_no_file_and_changes_no_setting(settings):
    with open_writer(settings) as con:
        con.execute("create table t as select 1 as i")
    publish(settings)
    with open_snapshot(snapshot_path(settings), locked=True) as con:
        assert con.execute("select i from t").fetchall() == [(1,)]
        for attack in (
            "select * from read_csv('/etc/passwd')",
            "copy t to '/tmp/x.csv'",
            "attach '/tmp/x.duckdb'",
            "set enable_external_access = true",
            "install httpfs",
            "insert into t values (2)",
        ):
            with pytest.raises(duckdb.Error):
                con.execute(attack)


def _write_forever(home, stop, failures):
    settings = Settings(home=home, keep_versions=2)
    try:
        number = 0
        while not stop.is_set():
            number += 1
            with open_writer(settings) as con:
                # Two tables that must always agree: a torn state would show in their difference.
                con.execute("insert into left_side select ? from range(50)", [number])
                con.execute("insert into right_side select ? from range(50)", [number])
            publish(settings)
    except BaseException as error:
        failures.put(repr(error))
        raise


def test_given_a_writer_that_publishes_all_the_time_then_no_reader_fails_or_goes_back(settings):
    with open_writer(settings) as con:
        con.execute("create table left_side (number integer)")
        con.execute("create table right_side (number integer)")
    publish(settings)
    context = mp.get_context("spawn")
    stop, failures = context.Event(), context.Queue()
    writer = context.Process(target=_write_forever, args=(settings.home, stop, failures))
    writer.start()
    newest, reads = 0, 0
    try:
        deadline = time.monotonic() + 60
        while (newest < 5 or reads < 200) and time.monotonic() < deadline:
            with open_snapshot(snapshot_path(settings)) as con:
                left, right = con.execute(
                    "select (select coalesce(max(number), 0) from left_side),"
                    " (select coalesce(max(number), 0) from right_side)"
                ).fetchall()[0]
            assert left == right, "a torn state"
            assert left >= newest, "an older state than one already seen"
            newest, reads = left, reads + 1
    finally:
        stop.set()
        writer.join(30)
    assert failures.empty(), failures.get()
    assert newest >= 5 and reads >= 200
