"""What can go wrong with a machine, done to a real home: nothing lost, nothing twice, readers served.

`make chaos` runs all of it; `make test` runs it in miniature (fewer kills, fewer reads).
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from detente import health, pipeline
from detente.settings import Settings
from detente.warehouse.backup import rebuild
from detente.warehouse.publish import PublishError, publish
from detente.warehouse.reader import open_snapshot, snapshot_path
from detente.warehouse.writer import open_writer

ROOT = Path(__file__).parents[2]
FULL = os.environ.get("DETENTE_CHAOS") == "full"
KILLS = 25 if FULL else 3
READS = 10_000 if FULL else 300
DOCUMENTS = 60 if FULL else 25

STATE = """
select
    (select list(document_id order by document_id) from raw.documents),
    (select list(revision_id order by revision_id) from raw.document_revisions),
    (select list(mention_id order by mention_id) from raw.event_mentions),
    (select list(event_id order by event_id) from marts.fct_events)
"""


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    found = sorted((ROOT / "seeds" / "sample_news" / "documents" / "PRK-RUS").glob("*.md"))
    for path in found[:DOCUMENTS]:
        shutil.copy(path, folder / path.name)
    return folder


def _environment(home):
    return {**os.environ, "DETENTE_HOME": str(home), "DETENTE_WORKERS": "1",
            "PYTHONPATH": str(ROOT / "src")}  # fmt: skip


def _command(*arguments):
    return [sys.executable, "-c", "from detente.cli import main; main()", *arguments]


def _run(home, *arguments, **options):
    return subprocess.run(
        _command(*arguments), env=_environment(home), capture_output=True, text=True, **options
    )


def _state(home):
    with open_snapshot(snapshot_path(Settings(home=home))) as con:
        return con.execute(STATE).fetchall()[0]


@pytest.fixture(scope="module")
def undisturbed(texts, tmp_path_factory):
    home = tmp_path_factory.mktemp("undisturbed")
    started = time.monotonic()
    done = _run(home, "run", str(texts), "--dataset", "sample")
    assert done.returncode == 0, done.stderr
    return _state(home), time.monotonic() - started, home


@pytest.fixture
def home(undisturbed, tmp_path):
    """A home that is built and published, to be damaged."""
    return Path(shutil.copytree(undisturbed[2], tmp_path / "home", symlinks=True))


def test_given_kills_at_random_moments_then_the_last_run_ends_where_an_undisturbed_one_does(
    undisturbed, texts, tmp_path
):
    expected, seconds, _ = undisturbed
    rng = random.Random(4)
    for _ in range(KILLS):
        process = subprocess.Popen(
            _command("run", str(texts), "--dataset", "sample"),
            env=_environment(tmp_path), start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(rng.uniform(0.5, seconds))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    done = _run(tmp_path, "run", str(texts), "--dataset", "sample")
    assert done.returncode == 0, done.stderr
    assert _state(tmp_path) == expected
    versions = sorted((tmp_path / "published").iterdir())
    assert all((v / "warehouse.duckdb").exists() for v in versions[-1:])


def test_given_a_torn_build_file_then_doctor_says_rebuild_and_rebuild_helps(home):
    before = _state(home)
    settings = Settings(home=home)
    settings.build_path.write_bytes(os.urandom(settings.build_path.stat().st_size))
    failed = _run(home, "build")
    assert failed.returncode == 1 and "doctor" in failed.stderr and "Traceback" not in failed.stderr
    finding = next(f for f in health.diagnose(settings) if f["check"] == "build file")
    assert finding["verdict"] == "wrong" and "detente rebuild" in finding["what to do"]
    assert _state(home) == before  # readers never noticed
    rebuild(settings)
    pipeline.build(settings=settings)
    pipeline.publish(settings=settings)
    assert _state(home) == before


def test_given_a_torn_published_version_then_doctor_says_publish_and_publish_helps(home):
    before = _state(home)
    settings = Settings(home=home)
    path = snapshot_path(settings)
    path.chmod(0o644)
    path.write_bytes(b"\0" * path.stat().st_size)
    finding = next(f for f in health.diagnose(settings) if f["check"] == "snapshot")
    assert finding["verdict"] == "wrong" and "detente publish" in finding["what to do"]
    publish(settings)
    assert _state(home) == before


def test_given_a_torn_stored_text_then_that_document_alone_is_an_outcome_row(home):
    settings = Settings(home=home)
    victim = sorted(settings.text_dir.rglob("*.gz"))[0]
    victim.chmod(0o644)
    victim.write_bytes(b"no gzip")
    coded = pipeline.code(settings=settings, recode=True)
    with open_writer(settings) as con:
        outcomes = dict(
            con.execute("select outcome, count(*) from ops.coded_revisions group by 1").fetchall()
        )
    assert outcomes["error"] == 1, (coded, outcomes)
    assert sum(outcomes.values()) == len(_state(home)[1])


def test_given_a_clock_set_back_then_the_newest_publication_is_still_the_one_read(
    home, monkeypatch
):
    settings = Settings(home=home)

    class Earlier(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) - timedelta(days=400)

    before = snapshot_path(settings)
    monkeypatch.setattr("detente.warehouse.publish.datetime", Earlier)
    published = publish(settings)
    assert published.published_at < datetime.now(UTC) - timedelta(days=399)
    assert snapshot_path(settings) == published.path != before
    assert publish(settings).path == snapshot_path(settings)
    assert _state(home)


def test_given_two_writers_at_once_then_both_finish_and_nothing_stands_twice(
    undisturbed, texts, tmp_path
):
    both = [
        subprocess.Popen(
            _command("run", str(texts), "--dataset", "sample"), env=_environment(tmp_path),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    for process in both:
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
    assert _state(tmp_path) == undisturbed[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_given_a_full_disk_then_the_message_says_so_and_space_heals_it(
    undisturbed, texts, tmp_path
):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)])
    if mounted.returncode:
        pytest.skip("this machine mounts no tmpfs")
    try:
        failed = _run(disk, "run", str(texts), "--dataset", "sample")
        assert failed.returncode == 1
        assert "Traceback" not in failed.stderr, failed.stderr
        assert "space" in failed.stderr.lower() or "full" in failed.stderr.lower(), failed.stderr
        subprocess.run(["mount", "-o", "remount,size=900m", str(disk)], check=True)
        done = _run(disk, "run", str(texts), "--dataset", "sample")
        assert done.returncode == 0, done.stderr
        assert _state(disk) == undisturbed[0]
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


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


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root and setpriv"
)
def test_given_no_right_to_write_then_the_message_says_so_and_reading_goes_on(home, request):
    # pytest closes its folders to others; a copy beside them can be entered
    open_to_all = Path(tempfile.mkdtemp(prefix="detente-chaos-"))
    request.addfinalizer(lambda: shutil.rmtree(open_to_all))
    home = Path(shutil.copytree(home, open_to_all / "home", symlinks=True))
    open_to_all.chmod(0o755)
    for path in (home, *home.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o444)
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    refused = subprocess.run(
        [*as_nobody, *_command("build")], env=_environment(home), capture_output=True, text=True
    )
    assert refused.returncode == 1 and "Traceback" not in refused.stderr, refused.stderr
    assert "ermission" in refused.stderr
    read = subprocess.run(
        [*as_nobody, *_command("sql", "select count(*) as n from marts.fct_events", "--csv")],
        env=_environment(home), capture_output=True, text=True,
    )  # fmt: skip
    assert read.returncode == 0, read.stderr


def test_given_reads_beside_a_writer_then_none_fails_is_torn_or_goes_back(home):
    settings = Settings(home=home, keep_versions=2)
    stop = threading.Event()
    published = []

    def write():
        while not stop.is_set():
            with open_writer(settings) as con:
                con.execute("create table if not exists ops.chaos (number integer)")
                con.execute(
                    "insert into ops.chaos select coalesce(max(number), 0) + 1 from ops.chaos"
                )
            published.append(publish(settings).version)
            time.sleep(1.0 if FULL else 0.05)

    with open_writer(settings) as con:
        con.execute("create table if not exists ops.chaos (number integer)")
    publish(settings)
    writer = threading.Thread(target=write)
    writer.start()
    newest = 0
    try:
        for _ in range(READS):
            with open_snapshot(snapshot_path(settings)) as con:
                number, rows = con.execute(
                    "select coalesce(max(number), 0), count(*) from ops.chaos"
                ).fetchall()[0]
            assert number == rows, "a torn state"
            assert number >= newest, "an older state than one already seen"
            newest = number
    finally:
        stop.set()
        writer.join()
    assert len(published) >= 3
