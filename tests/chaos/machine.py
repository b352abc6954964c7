"""A real home, the real commands, and a reader who looks all the while."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from detente.settings import Settings
from detente.warehouse.reader import open_snapshot, snapshot_path

ROOT = Path(__file__).parents[2]
FULL = os.environ.get("DETENTE_CHAOS") == "full"
READS = int(os.environ.get("DETENTE_CHAOS_READS") or (10_000 if FULL else 200))

STATE = """
select
    (select list(document_id order by document_id) from raw.documents),
    (select list(revision_id order by revision_id) from raw.document_revisions),
    (select list(mention_id order by mention_id) from raw.event_mentions),
    (select list(event_id order by event_id) from marts.fct_events)
"""


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "DETENTE_HOME": str(home), "DETENTE_WORKERS": "1",
            "DETENTE_KEEP_VERSIONS": "2", "PYTHONPATH": str(ROOT / "src")}  # fmt: skip


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from detente.cli import main; main()", *arguments]


def run(home: Path, *arguments: str, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*prefix, *command(*arguments)], env=environment(home), capture_output=True, text=True
    )


def succeed(home: Path, *arguments: str, prefix: tuple[str, ...] = ()) -> None:
    done = run(home, *arguments, prefix=prefix)
    assert done.returncode == 0, f"{arguments}\n{done.stdout}{done.stderr}"


def fail(home: Path, *arguments: str, prefix: tuple[str, ...] = ()) -> str:
    """Run what must fail: with exit code 1 and a message, not a traceback. Return the message."""
    done = run(home, *arguments, prefix=prefix)
    assert done.returncode == 1, f"{arguments}\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    assert "detente: " in done.stderr, done.stderr
    return done.stderr


def state(home: Path) -> tuple:
    """Return the ids of documents, revisions, mentions and events that readers see."""
    with open_snapshot(snapshot_path(Settings(home=home))) as con:
        return con.execute(STATE).fetchall()[0]


class Reader:
    """Reads what is published over and over; no read may fail, and none may see less than before."""

    def __init__(self, home: Path) -> None:
        self._settings = Settings(home=home)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self.reads = 0
        self.failures: list[str] = []

    def _read(self) -> None:
        newest = (0, 0)
        while not self._stop.is_set():
            try:
                with open_snapshot(snapshot_path(self._settings)) as con:
                    found = con.execute(
                        "select (select count(*) from raw.documents),"
                        " (select count(*) from ops.publications)"
                    ).fetchall()[0]
                if found[0] < newest[0]:
                    self.failures.append(f"{found} after {newest}")
                newest = found
            except Exception as error:
                self.failures.append(repr(error))
            self.reads += 1
            time.sleep(0.1)

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        assert self.reads and not self.failures, (self.reads, self.failures[:3])
