"""Homes to be damaged, and the record of what was done to them (`benchmarks/results/faults.json`)."""

import json
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from .machine import FULL, ROOT, state, succeed

DOCUMENTS = 60 if FULL else 25
RESULTS = ROOT / "benchmarks" / "results" / "faults.json"


@pytest.fixture(scope="session")
def texts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    found = sorted((ROOT / "seeds" / "sample_news" / "documents" / "PRK-RUS").glob("*.md"))
    for path in found[:DOCUMENTS]:
        shutil.copy(path, folder / path.name)
    return folder


@pytest.fixture(scope="session")
def stages(texts):
    """The commands of the four stages, in their order."""
    return {
        "ingest": ("ingest", str(texts), "--dataset", "sample"),
        "code": ("code",),
        "build": ("build", "--no-publish"),
        "publish": ("publish",),
    }


@pytest.fixture(scope="session")
def undisturbed(texts, stages, tmp_path_factory):
    """What an undisturbed run comes to, the seconds of each stage, its home (two versions)."""
    home = tmp_path_factory.mktemp("undisturbed")
    seconds = {}
    for stage, arguments in stages.items():
        started = time.monotonic()
        succeed(home, *arguments)
        seconds[stage] = time.monotonic() - started
    succeed(home, "publish")
    return state(home), seconds, home


@pytest.fixture(scope="session")
def half(texts, tmp_path_factory):
    """A home in which a third of the texts are published."""
    # of the same name: it names the source, and so the documents
    folder = tmp_path_factory.mktemp("third") / texts.name
    folder.mkdir()
    for path in sorted(texts.iterdir())[::3]:
        shutil.copy(path, folder / path.name)
    home = tmp_path_factory.mktemp("half")
    succeed(home, "run", str(folder), "--dataset", "sample")
    return home


@pytest.fixture
def home(undisturbed, tmp_path):
    """A home that is built and published, to be damaged."""
    return copy_of(undisturbed[2], tmp_path / "home")


@pytest.fixture
def begun(half, tmp_path):
    """A home with readers, to which the rest of the texts shall come."""
    return copy_of(half, tmp_path / "begun")


def copy_of(home: Path, target: Path) -> Path:
    return Path(shutil.copytree(home, target, symlinks=True, dirs_exist_ok=True))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    item.config.stash.setdefault(_CASES, {})
    if report.when == "call" or report.skipped or report.failed:
        case = item.name.removeprefix("test_given_").replace("_", " ")
        item.config.stash[_CASES][case] = {
            "result": report.outcome,
            "seconds": round(report.duration, 1),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            **({"why": str(report.longrepr[-1])} if report.skipped else {}),
            **dict(item.user_properties),
        }


_CASES = pytest.StashKey[dict]()


def pytest_sessionfinish(session):
    """`make chaos` keeps a record; a case that is run again replaces its own line."""
    cases = session.config.stash.get(_CASES, {})
    if not FULL or not cases:
        return
    sys.path.insert(0, str(ROOT / "benchmarks"))
    from results import record

    try:
        before = json.loads(RESULTS.read_text(encoding="utf-8"))["cases"]
    except (OSError, ValueError, KeyError):
        before = {}
    record("faults", {"cases": dict(sorted({**before, **cases}.items()))})
