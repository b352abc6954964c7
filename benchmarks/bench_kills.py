"""Ordinary ingestion under kill -9: the same documents and revisions as an undisturbed run.

    python benchmarks/bench_kills.py [--snapshots 2256] [--kills 50]

The recording of one live feed (`../shared/data/replay`) is served by a local HTTP server, one
snapshot after another in time order, with ETags. A process ingests the feed's one address again and
again and tells the server when a fetch is stored; the server then moves on. It is killed at random
moments, by a signal from outside, and started anew. What is compared: the ids of all documents and
revisions, and counts of bodies, addresses and stories.
"""

import argparse
import hashlib
import http.server
import os
import random
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from pathlib import Path

import duckdb

from results import machine, record

ROOT = Path(__file__).resolve().parents[1]
RECORDING = ROOT.parent / "shared/data/replay/snapshots_all_2256.tar.xz"

CHILD = """
import sys, urllib.request
from pathlib import Path
from detente.ingest import ingest
from detente.settings import Settings

home, address = sys.argv[1:]
settings = Settings(
    home=Path(home), allow_private_addresses=True, request_gap_seconds=0, _env_file=None
)
while True:
    # 204 once every snapshot was stored; what is served moves on only after a commit
    with urllib.request.urlopen(address + "/where") as answer:
        if answer.status == 204:
            break
    if not ingest([address + "/feed"], settings, source_id="feed").ok:
        sys.exit("the feed did not answer")
    urllib.request.urlopen(urllib.request.Request(address + "/stored", method="POST")).close()
"""


def read_recording(count: int, path: Path = RECORDING) -> list[bytes]:
    """Return the first snapshots in time order."""
    with tarfile.open(path) as archive:
        members = sorted((m for m in archive if m.isfile()), key=lambda m: m.name)
        return [archive.extractfile(m).read() for m in members[:count]]


class Feed:
    """Serves one snapshot until it is told that it is stored."""

    def __init__(self, snapshots: list[bytes]) -> None:
        self.at = 0
        self.fetches = 0
        feed = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None: ...

            def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                feed.at += 1
                self.answer(200)

            def do_GET(self) -> None:
                if self.path == "/where":
                    self.answer(200 if feed.at < len(snapshots) else 204)
                elif self.path == "/feed" and feed.at < len(snapshots):
                    body = snapshots[feed.at]
                    tag = f'"{hashlib.md5(body).hexdigest()}"'
                    feed.fetches += 1
                    if self.headers.get("If-None-Match") == tag:
                        self.answer(304, ETag=tag)
                    else:
                        self.answer(200, body, ETag=tag, Content_Type="application/rss+xml")
                else:
                    self.answer(404)

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def run(snapshots: list[bytes], home: Path, kills: int, seed: int = 1) -> dict:
    """Ingest every snapshot, killed so many times on the way; return what happened."""
    rng = random.Random(seed)
    # spread over the recording; at each, a moment within some fetches
    marks = sorted(rng.sample(range(len(snapshots)), kills))
    feed = Feed(snapshots)
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    started = time.monotonic()
    killed = 0
    try:
        process = None
        while True:
            if process is None:
                process = subprocess.Popen(
                    [sys.executable, "-c", CHILD, str(home), feed.address],
                    env=env, stderr=subprocess.PIPE,
                )  # fmt: skip
            if killed < kills and feed.at >= marks[killed]:
                fetches = feed.fetches
                while feed.fetches == fetches and process.poll() is None:
                    time.sleep(0.002)  # it is at work
                time.sleep(rng.uniform(0, 0.25))
                process.send_signal(signal.SIGKILL)
                process.wait()
                process = None
                killed += 1
                continue
            if process.poll() is not None:
                assert process.returncode == 0, process.stderr.read()[-2000:]
                break
            time.sleep(0.005)
    finally:
        feed.stop()
        if process is not None and process.poll() is None:
            process.kill()
    return {
        "kills": killed,
        "fetches": feed.fetches,
        "seconds": round(time.monotonic() - started, 1),
        **stored(home),
    }


def stored(home: Path) -> dict:
    """Return counts, and hashes of all ids and of the relations between them."""
    counts = {
        "documents": "select count(*) from raw.documents",
        "links": "select count(distinct url) from raw.document_urls",
        "revisions": "select count(*) from raw.document_revisions",
        "more_than_one_body": "select count(*) from (select 1 from raw.document_bodies"
        " group by document_id having count(*) > 1)",
        "more_than_one_revision": "select count(*) from (select 1 from raw.document_revisions"
        " group by document_id having count(*) > 1)",
        "stories": "select count(distinct story_id) from raw.document_stories",
    }
    relations = (
        "select document_id, source_id, feed_item_id from raw.documents",
        "select document_id, revision_id, content_sha256, text_sha256 from raw.document_revisions",
        "select document_id, url from raw.document_urls",
        "select document_id, raw_sha256 from raw.document_bodies",
        "select revision_id, story_id from raw.document_stories",
    )
    with duckdb.connect(str(home / "build/warehouse.duckdb"), read_only=True) as con:
        found = {name: con.execute(query).fetchall()[0][0] for name, query in counts.items()}
        digest = hashlib.sha256()
        for query in relations:
            digest.update(repr(sorted(con.execute(query).fetchall(), key=repr)).encode())
    return {**found, "digest": digest.hexdigest()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--snapshots", type=int, default=2256)
    parser.add_argument("--kills", type=int, default=50)
    options = parser.parse_args()
    if not RECORDING.exists():
        sys.exit(f"the recording is not at {RECORDING}")
    before = machine()["load_1m"]
    snapshots = read_recording(options.snapshots)
    with tempfile.TemporaryDirectory() as temporary:
        calm = run(snapshots, Path(temporary) / "calm", 0)
        disturbed = run(snapshots, Path(temporary) / "killed", options.kills)
    about = ("kills", "fetches", "seconds")
    is_same = all(calm[k] == disturbed[k] for k in calm if k not in about)
    record(
        "kills",
        {
            "load_before": before,
            "snapshots": len(snapshots),
            "is_same": is_same,
            "undisturbed": calm,
            "killed": disturbed,
        },
    )
    if not is_same or (options.snapshots >= 2256 and calm["documents"] != 2031):
        sys.exit("killed and undisturbed runs differ, or the recording gave other documents")


if __name__ == "__main__":
    main()
