"""From fetched to visible under continuous arrival: `detente up`, or `detente stream` with builds.

    python benchmarks/bench_freshness.py [dags|stream] [--minutes 60] [--per-minute 70]
                                         [--kill-every SECONDS] [--port 8790]

Documents arrive every five seconds in the inbox (DAGs) or the watched folder (stream). A page of
the dashboard stands open in a real browser. Measured per document, in seconds: from `fetched_at`
until a reader of the published link sees it, and until the open page shows that version. With
--kill-every one running part is killed (-9) in turn; then documents in must be documents out.
Bars: p95 <= 90 s (DAGs), <= 30 s (stream); no error of a reader; no growth of memory.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from detente import services, supervision
from detente.settings import Settings
from detente.warehouse.reader import open_snapshot, snapshot_path
from results import record

ROOT = Path(__file__).resolve().parents[1]
ARRIVAL_SECONDS = 5.0
BARS = {"dags": 90.0, "stream": 30.0}
STATES = (
    "China", "Russia", "Japan", "India", "Turkey", "Iran", "France", "Germany", "Brazil", "Egypt",
    "Poland", "Mexico", "Canada", "Australia", "Vietnam", "Ukraine", "Greece", "Israel", "Kenya",
)  # fmt: skip
ACTS = (
    "{a}'s foreign minister met his counterpart from {b} in {c} on {day} to discuss {topic}.",
    "{a} accused {b} on {day} of breaking an agreement on {topic}.",
    "{a} sent {n} tonnes of relief supplies to {b} on {day} after a request about {topic}.",
    "{a} imposed sanctions on {n} officials from {b} over {topic}, the government said on {day}.",
    "The president of {a} visited {b} on {day} and signed {n} agreements on {topic}.",
)
TOPICS = ("fishing", "border posts", "gas transit", "visas", "rail freight", "water", "satellites")
FILLER = (
    "Traders in {c} said that {n} shipments were waiting.",
    "The talks had been put off twice this year, once because of floods.",
    "No further meeting was announced; offices reopen on {day}.",
    "Local papers gave the story {n} lines below the football results.",
)


def document(number: int, rng: random.Random) -> dict[str, str]:
    """Return one invented report; no two share enough words to be copies of one another."""
    now = datetime.now(UTC)
    a, b, c = rng.sample(STATES, 3)
    facts = {"a": a, "b": b, "c": c, "n": str(number), "topic": rng.choice(TOPICS)}
    facts["day"] = (now - timedelta(days=rng.randint(1, 5))).strftime("%A")
    parts = [rng.choice(ACTS), *rng.sample(FILLER, 3), rng.choice(ACTS)]
    return {
        "id": f"f{number}",
        "url": f"https://news.example.org/{number}",
        "title": f"{a}, {b} and {facts['topic']}: report {number}",
        "published": now.isoformat(),
        "source": f"Paper {number % 9}",
        "text": " ".join(p.format(**facts) for p in parts) + f" Reference {rng.getrandbits(64):x}.",
    }


class Arrival(threading.Thread):
    """Writes documents until stopped."""

    def __init__(self, folder: Path, per_minute: float, is_inbox: bool) -> None:
        super().__init__(daemon=True)
        self.folder, self.per_minute, self.is_inbox = folder, per_minute, is_inbox
        self.ended = threading.Event()
        self.sent = 0

    def run(self) -> None:
        rng = random.Random(7)
        start, files = time.monotonic(), 0
        while not self.ended.wait(ARRIVAL_SECONDS):
            due = int((time.monotonic() - start) / 60 * self.per_minute)
            lines = [json.dumps(document(n, rng)) for n in range(self.sent, due)]
            temporary = self.folder / f".batch-{files}"
            temporary.write_text("\n".join(lines) + "\n")
            temporary.replace(self.folder / f"batch-{files:05}.jsonl")
            files, self.sent = files + 1, due
            if self.is_inbox:
                (self.folder / ".ready").touch()


class Reader(threading.Thread):
    """Looks at the published link twice a second, as a reader would, and notes what is new."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(daemon=True)
        self.settings = settings
        self.ended = threading.Event()
        self.seen_at: dict[str, float] = {}  # document -> when a reader saw it (epoch, s)
        self.fetched_at: dict[str, float] = {}
        self.version_of: dict[str, str] = {}
        self.errors: list[str] = []
        self.looks = 0

    def run(self) -> None:
        version = ""
        while not self.ended.wait(0.5):
            if not self.settings.warehouse_link.is_symlink():
                continue
            try:
                self.looks += 1
                path = snapshot_path(self.settings)
                with open_snapshot(path) as con:
                    rows = con.execute(
                        "select document_id, epoch(first_seen_at) from raw.documents"
                    ).fetchall()
            except Exception as error:
                self.errors.append(repr(error))
                continue
            if path.parent.name < version:
                self.errors.append(f"went back from {version} to {path.parent.name}")
            version, now = path.parent.name, time.time()
            for name, fetched in rows:
                if name not in self.seen_at:
                    self.seen_at[name], self.fetched_at[name] = now, fetched
                    self.version_of[name] = version
            if len(rows) < len(self.seen_at):
                self.errors.append(f"{len(self.seen_at) - len(rows)} documents vanished")


class Memory(threading.Thread):
    """Sums resident memory (MB) by part every 15 seconds."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(daemon=True)
        self.settings, self.ended = settings, threading.Event()
        self.samples: dict[str, list[float]] = defaultdict(list)

    def run(self) -> None:
        page = os.sysconf("SC_PAGE_SIZE") / 1e6
        while not self.ended.wait(15):
            groups = {p: n for n, p in supervision.running_services(self.settings).items()}
            sums: dict[str, float] = defaultdict(float)
            for stat in Path("/proc").glob("[0-9]*/stat"):
                with contextlib.suppress(OSError, ValueError):
                    fields = stat.read_text().rpartition(")")[2].split()
                    if name := groups.get(int(fields[2])):
                        sums[name] += int(fields[21]) * page
            for name, value in sums.items():
                self.samples[name].append(value)

    def summary(self) -> dict[str, dict[str, float]]:
        """Return the median of the first and of the last third, and the peak, by part."""
        return {
            name: {
                "first_third_mb": round(statistics.median(v[: max(1, len(v) // 3)])),
                "last_third_mb": round(statistics.median(v[-max(1, len(v) // 3) :])),
                "peak_mb": round(max(v)),
            }
            for name, v in self.samples.items()
        }


def start(mode: str, settings: Settings, folder: Path, env: dict[str, str]) -> list[Any]:
    """Start what is measured; return its processes."""
    detente = [sys.executable, "-c", "from detente.cli import main; main()"]
    log = (settings.home / "up.log").open("ab")
    options: dict[str, Any] = {"env": env, "stdout": log, "stderr": log, "start_new_session": True}
    if mode == "dags":
        return [subprocess.Popen([*detente, "up"], **options)]
    command = [*detente, "stream", str(folder), "--build-every", "1", "--max-age", "2"]
    page = subprocess.Popen(services.dashboard_command(settings), **options)
    started = [subprocess.Popen(command, **options), page]
    supervision.remember(
        settings, {n: p.pid for n, p in zip(("stream", "dashboard"), started, strict=True)}
    )
    return started


def quantiles(values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    ordered = sorted(values)
    at = lambda q: round(ordered[min(len(ordered) - 1, int(q * len(ordered)))], 1)  # noqa: E731
    return {"p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": round(ordered[-1], 1)}


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Run one measurement in a home of its own."""
    home = Path(tempfile.mkdtemp(prefix="freshness-"))
    env = {**os.environ, "DETENTE_HOME": str(home), "DETENTE_DASHBOARD_PORT": str(args.port),
           "DETENTE_AIRFLOW_PORT": str(args.port + 1), "PYTHONPATH": str(ROOT / "src")}  # fmt: skip
    settings = Settings(home=home, dashboard_port=args.port, airflow_port=args.port + 1)
    folder = home / "inbox"
    folder.mkdir(parents=True)
    started = start(args.mode, settings, folder, env)
    address = f"http://127.0.0.1:{args.port}"
    services.wait_until_healthy(f"{address}/_stcore/health", 180)
    arrival = Arrival(folder, args.per_minute, args.mode == "dags")
    reader, memory = Reader(settings), Memory(settings)
    threads = (arrival, reader, memory)
    shown_at: dict[str, float] = {}
    console: list[str] = []
    kills: list[str] = []
    rng = random.Random(3)
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            page = browser.new_page()
            page.on("console", lambda m: console.append(m.text) if m.type == "error" else None)
            page.goto(address)
            for thread in threads:
                thread.start()
            begin = time.monotonic()
            next_kill = begin + (args.kill_every or float("inf"))
            while True:
                now = time.monotonic()
                arriving = now - begin < args.minutes * 60
                if not arriving:
                    arrival.ended.set()
                    late = now - begin > args.minutes * 60 + 600
                    if late or len(reader.seen_at) >= arrival.sent > 0:
                        break
                if arriving and now >= next_kill:
                    next_kill = now + args.kill_every
                    parts = supervision.running_services(settings)
                    name = rng.choice(sorted(set(parts) - {"supervisor"}) or [""])
                    if name:
                        os.kill(parts[name], signal.SIGKILL)
                        kills.append(name)
                with contextlib.suppress(Exception):  # a killed dashboard: look again
                    version = page.locator("[data-version]").first.get_attribute(
                        "data-version", timeout=2000
                    )
                    if version:
                        shown_at.setdefault(version, time.time())
                time.sleep(0.5)
            time.sleep(15)  # the page's own look
            with contextlib.suppress(Exception):
                version = page.locator("[data-version]").first.get_attribute("data-version")
                shown_at.setdefault(version or "", time.time())
            browser.close()
        versions = sorted(shown_at)
        visible = {
            name: min((shown_at[v] for v in versions if v >= first), default=float("nan"))
            for name, first in reader.version_of.items()
        }
        with open_snapshot(snapshot_path(settings)) as con:
            documents, revisions, mentions, events = con.execute(
                "select (select count(*) from raw.documents),"
                " (select count(*) from raw.document_revisions),"
                " (select count(*) from raw.event_mentions),"
                " (select count(*) from marts.fct_events)"
            ).fetchall()[0]
        size = snapshot_path(settings).stat().st_size
        fetched = reader.fetched_at
        return {
            "minutes": args.minutes,
            "documents_sent": arrival.sent,
            "documents_out": documents,
            "revisions_out": revisions,
            "mentions": mentions,
            "events": events,
            "published_mb": round(size / 1e6, 1),
            "versions_seen": len(set(reader.version_of.values())),
            "fetched_to_published_s": quantiles([reader.seen_at[d] - fetched[d] for d in fetched]),
            "fetched_to_visible_s": quantiles(
                [visible[d] - fetched[d] for d in fetched if visible[d] == visible[d]]
            ),
            "never_visible": sum(v != v for v in visible.values()),
            "bar_p95_s": BARS[args.mode],
            "reads": reader.looks,
            "reader_errors": reader.errors[:20],
            "console_errors": sorted(set(console))[:20],
            "kills": kills,
            "memory": memory.summary(),
        }
    finally:
        for thread in threads:
            thread.ended.set()
        for process in started:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        for process in started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(45)
        supervision.stop_services(settings)
        if args.keep:
            print(f"kept {home}", file=sys.stderr)
        else:
            shutil.rmtree(home, ignore_errors=True)


def main() -> int:
    """Measure one mode; exit code 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mode", nargs="?", choices=sorted(BARS), default="dags")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--per-minute", type=float, default=70)
    parser.add_argument("--kill-every", type=float, default=0)
    parser.add_argument("--port", type=int, default=8790)
    parser.add_argument("--keep", action="store_true", help="leave the home for a look")
    args = parser.parse_args()
    figures = measure(args)
    record(f"freshness_{args.mode}" + ("_kills" if args.kill_every else ""), figures)
    met = (
        figures["documents_out"] == figures["documents_sent"] == figures["revisions_out"]
        and not figures["reader_errors"]
        and (args.kill_every or figures["fetched_to_visible_s"]["p95"] <= BARS[args.mode])
    )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
