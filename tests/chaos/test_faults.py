"""What can go wrong with a machine, done to a real home: nothing lost, nothing twice, readers served.

`make chaos` runs all of it and keeps a record; `make test` runs it in miniature (fewer kills and
reads). Wherever something was published before, a reader looks all the while.
"""

import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from detente import health, pipeline
from detente.settings import Settings
from detente.warehouse.publish import PublishError, publish
from detente.warehouse.reader import open_snapshot, snapshot_path
from detente.warehouse.writer import open_writer

from .conftest import copy_of
from .machine import FULL, READS, Reader, command, environment, fail, state, succeed

KILLS = 6 if FULL else 1  # of each stage
in_full = pytest.mark.skipif(not FULL, reason="minutes: `make chaos` runs it")
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")

pytestmark = pytest.mark.xdist_group("chaos")
needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root and setpriv"
)


def _finding(home, check):
    return next(f for f in health.diagnose(Settings(home=home)) if f["check"] == check)


def test_given_kills_of_each_stage_at_random_moments_then_the_end_is_the_undisturbed_one(
    undisturbed, stages, begun, record_property
):
    expected, seconds, _ = undisturbed
    rng = random.Random(4)
    killed = 0
    with Reader(begun) as reader:
        for stage, arguments in stages.items():
            for _ in range(KILLS):
                process = subprocess.Popen(
                    command(*arguments), env=environment(begun), start_new_session=True,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
                try:
                    process.wait(rng.uniform(0.3, 1.1) * seconds[stage])
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                    killed += 1
            succeed(begun, *arguments)
    record_property("kills", killed)
    record_property("reads", reader.reads)
    assert killed
    assert state(begun) == expected


def test_given_kills_of_whole_runs_then_the_last_run_ends_where_an_undisturbed_one_does(
    undisturbed, texts, tmp_path, record_property
):
    expected, seconds, _ = undisturbed
    rng = random.Random(5)
    for _ in range(KILLS):
        process = subprocess.Popen(
            command("run", str(texts), "--dataset", "sample"),
            env=environment(tmp_path), start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(rng.uniform(0.5, sum(seconds.values())))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    record_property("kills", KILLS)
    succeed(tmp_path, "run", str(texts), "--dataset", "sample")
    assert state(tmp_path) == expected


def test_given_a_torn_build_file_then_doctor_says_rebuild_and_rebuild_helps(home):
    before = state(home)
    path = Settings(home=home).build_path
    with Reader(home):
        path.write_bytes(os.urandom(path.stat().st_size))
        assert "doctor" in fail(home, "build")
        finding = _finding(home, "build file")
        assert finding["verdict"] == "wrong" and "detente rebuild" in finding["what to do"]
        succeed(home, "rebuild")
    assert state(home) == before
    assert _finding(home, "build file")["verdict"] == "ok"


def test_given_one_torn_block_of_the_build_file_then_doctor_finds_it_and_rebuild_helps(home):
    before = state(home)
    path = Settings(home=home).build_path
    with open_writer(Settings(home=home)) as con:
        (block,) = con.execute(
            "select distinct block_id from pragma_storage_info('raw.event_mentions')"
            " where block_id >= 0 limit 1"
        ).fetchall()
    with path.open("r+b") as file:
        file.seek(3 * 4096 + block[0] * 262144 + 5000)
        file.write(b"\xff" * 512)
    with Reader(home):
        assert _finding(home, "build file")["verdict"] == "wrong"
        succeed(home, "rebuild")
    assert state(home) == before


def test_given_a_torn_newest_version_then_readers_get_the_last_and_publish_makes_a_new_one(home):
    before = state(home)
    settings = Settings(home=home)
    path = snapshot_path(settings)
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.write(b"\0" * path.stat().st_size)
    with Reader(home):  # not before: whoever is opening the file at that very moment fails
        assert snapshot_path(settings) != path
        assert state(home) == before
        finding = _finding(home, "snapshot")
        assert finding["verdict"] == "wrong" and "detente publish" in finding["what to do"]
        succeed(home, "publish")
    assert state(home) == before
    assert _finding(home, "snapshot")["verdict"] == "ok"


def test_given_one_torn_block_of_the_newest_version_then_doctor_finds_it(home):
    path = snapshot_path(Settings(home=home))
    with open_snapshot(path) as con:
        (block,) = con.execute(
            "select distinct block_id from pragma_storage_info('raw.event_mentions')"
            " where block_id >= 0 limit 1"
        ).fetchall()
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.seek(3 * 4096 + block[0] * 262144 + 5000)
        file.write(b"\xff" * 512)
    assert _finding(home, "snapshot")["verdict"] == "wrong"
    succeed(home, "publish")
    assert _finding(home, "snapshot")["verdict"] == "ok"


def test_given_a_torn_stored_text_then_that_document_alone_is_an_outcome_row(home):
    settings = Settings(home=home)
    victim = sorted(settings.text_dir.rglob("*.gz"))[0]
    victim.write_bytes(b"no gzip")
    with Reader(home):
        coded = pipeline.code(settings=settings, recode=True)
    with open_writer(settings) as con:
        outcomes = dict(
            con.execute("select outcome, count(*) from ops.coded_revisions group by 1").fetchall()
        )
    assert outcomes["error"] == 1, (coded, outcomes)
    assert sum(outcomes.values()) == len(state(home)[1])


def test_given_a_torn_raw_body_then_that_document_alone_is_an_outcome_row(home):
    settings = Settings(home=home)
    before = state(home)
    victim = sorted(settings.raw_dir.rglob("*.gz"))[0]
    victim.write_bytes(b"no gzip")
    with open_writer(settings) as con:
        con.execute("update raw.document_revisions set extractor_version = '0'")
    with Reader(home):
        succeed(home, "ingest", "--re-extract")
    with open_writer(settings) as con:
        torn = con.execute(
            "select subject, message from ops.ingest_attempts where outcome = 'bad_archive'"
        ).fetchall()
        revisions = con.execute("select count(*) from raw.document_revisions").fetchall()
    assert len(torn) == 1 and victim.name in torn[0][1], torn
    assert revisions == [(len(before[1]),)]


def test_given_a_clock_set_back_then_the_newest_publication_is_still_the_one_read(
    home, monkeypatch
):
    settings = Settings(home=home)

    class Earlier(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) - timedelta(days=400)

    before, shown = snapshot_path(settings), state(home)
    with Reader(home):
        monkeypatch.setattr("detente.warehouse.publish.datetime", Earlier)
        published = publish(settings)
        assert published.published_at < datetime.now(UTC) - timedelta(days=399)
        assert snapshot_path(settings) == published.path != before
        assert publish(settings).path == snapshot_path(settings)
        monkeypatch.undo()
        assert publish(settings).path == snapshot_path(settings)
    assert state(home) == shown


def test_given_two_writers_at_once_then_both_finish_and_nothing_stands_twice(
    undisturbed, texts, begun
):
    with Reader(begun):
        both = [
            subprocess.Popen(
                command("run", str(texts), "--dataset", "sample"), env=environment(begun),
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for _ in range(2)
        ]  # fmt: skip
        for process in both:
            _, errors = process.communicate()
            assert process.returncode == 0, errors
    assert state(begun) == undisturbed[0]


@contextmanager
def _small_disk(folder, size):
    """Mount a tmpfs; skip where this machine does not."""
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    ).returncode:
        pytest.skip("this machine mounts no tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def _fill(disk):
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65536)
        except OSError:
            return filler


@in_full
@needs_root
def test_given_a_disk_full_at_each_stage_then_the_message_says_so_and_space_heals_it(
    undisturbed, stages, half, tmp_path, record_property
):
    said = {}
    with _small_disk(tmp_path / "disk", "900m") as disk:
        home = copy_of(half, disk / "home")
        with Reader(home):
            for stage, arguments in stages.items():
                filler = _fill(disk)
                said[stage] = fail(home, *arguments).strip().splitlines()[0][:200]
                assert "space" in said[stage].lower() or "free" in said[stage].lower(), said
                finding = _finding(home, "disk")
                assert finding["verdict"] == "wrong" and "free some" in finding["what to do"]
                filler.unlink()
                succeed(home, *arguments)
        assert state(home) == undisturbed[0]
    record_property("messages", said)


@needs_root
def test_given_a_disk_that_is_full_from_the_start_then_space_heals_it(undisturbed, texts, tmp_path):
    with _small_disk(tmp_path / "disk", "6m") as disk:
        said = fail(disk, "run", str(texts), "--dataset", "sample")
        assert "space" in said.lower() or "full" in said.lower(), said
        subprocess.run(["mount", "-o", "remount,size=900m", str(disk)], check=True)
        succeed(disk, "run", str(texts), "--dataset", "sample")
        assert state(disk) == undisturbed[0]


def test_given_too_little_space_to_publish_then_the_last_version_stays(home, monkeypatch):
    settings = Settings(home=home)
    before = snapshot_path(settings)
    usage = shutil.disk_usage(home)
    monkeypatch.setattr(
        "detente.warehouse.publish.shutil.disk_usage", lambda _: usage._replace(free=1000)
    )
    with pytest.raises(PublishError, match="free"):
        publish(settings)
    assert snapshot_path(settings) == before


@pytest.fixture
def open_to_all():
    """A folder that everybody may enter; pytest closes its own to others."""
    folder = Path(tempfile.mkdtemp(prefix="detente-chaos-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@needs_root
def test_given_no_right_to_write_then_the_message_says_so_and_reading_goes_on(home, open_to_all):
    home = copy_of(home, open_to_all / "home")
    for path in (home, *home.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o444)
    with Reader(home):
        assert "ermission" in fail(home, "build", prefix=NOBODY)
        query = ("sql", "select count(*) as n from marts.fct_events", "--csv")
        succeed(home, *query, prefix=NOBODY)


@in_full
@needs_root
@pytest.mark.parametrize("folder", ["raw", "texts", "published"])
def test_given_a_folder_that_may_not_be_written_then_the_right_given_back_heals_it(
    undisturbed, stages, half, texts, open_to_all, folder
):
    home = copy_of(half, open_to_all / "home")
    news = copy_of(texts, open_to_all / texts.name)
    for path in (open_to_all, *open_to_all.rglob("*")):
        os.chown(path, 65534, 65534, follow_symlinks=False)
    closed = [home / folder, *(p for p in (home / folder).rglob("*") if p.is_dir())]
    for path in closed:
        path.chmod(0o555)
    run_all = ("run", str(news), "--dataset", "sample")
    with Reader(home):
        assert "ermission" in fail(home, *run_all, prefix=NOBODY)
        for path in closed:
            path.chmod(0o755)
        succeed(home, *run_all, prefix=NOBODY)
    assert state(home) == undisturbed[0]


@in_full
def test_given_a_backup_then_an_empty_home_comes_to_the_same(home, tmp_path):
    before = state(home)
    succeed(home, "backup", str(tmp_path / "backup"))
    other = tmp_path / "other"
    succeed(other, "restore", str(tmp_path / "backup"))
    succeed(other, "build")
    assert state(other) == before
    assert "empty home" in fail(other, "restore", str(tmp_path / "backup"))


def test_given_reads_beside_a_writer_then_none_fails_is_torn_or_goes_back(home, record_property):
    settings = Settings(home=home, keep_versions=2)
    stop = threading.Event()
    published = []

    def write():
        while not stop.is_set():
            started = time.monotonic()
            with open_writer(settings) as con:
                con.execute("create table if not exists ops.chaos (number integer)")
                con.execute(
                    "insert into ops.chaos select coalesce(max(number), 0) + 1 from ops.chaos"
                )
            published.append(publish(settings).version)
            stop.wait(max(0.0, (1.0 if FULL else 0.05) - (time.monotonic() - started)))

    with open_writer(settings) as con:
        con.execute("create table if not exists ops.chaos (number integer)")
    publish(settings)
    writer = threading.Thread(target=write)
    writer.start()
    newest = reads = 0
    started = time.monotonic()
    try:
        while reads < READS or len(published) < 3:
            with open_snapshot(snapshot_path(settings)) as con:
                number, rows = con.execute(
                    "select coalesce(max(number), 0), count(*) from ops.chaos"
                ).fetchall()[0]
            assert number == rows, "a torn state"
            assert number >= newest, "an older state than one already seen"
            newest = number
            reads += 1
            assert writer.is_alive()
    finally:
        stop.set()
        writer.join()
    record_property("reads", reads)
    record_property("publications", len(published))
    record_property("read_seconds", round(time.monotonic() - started, 1))
