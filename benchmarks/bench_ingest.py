"""Ingestion at its bars: exactly once, nothing lost, extraction, speed, near-duplicates.

    python benchmarks/bench_ingest.py [--quick] [PART...]

Parts that read `../shared/data` are left out, with a word, where it is missing. CPU shares are
CPU seconds of this process, so that others on the machine do not blur them; rates are wall clock.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import http.server
import io
import json
import random
import re
import sys
import tarfile
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import lxml.etree
import trafilatura
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

import results
from detente.ingest import feeds, ingest, load
from detente.ingest.archive import read_any
from detente.ingest.courtesy import Courtesy
from detente.ingest.dates import claim
from detente.ingest.decode import decode
from detente.ingest.drafts import Draft, Failure
from detente.ingest.extract import extract_page
from detente.ingest.feedparse import parse_feed
from detente.ingest.files import draft_of_entry
from detente.ingest.http import Fetcher
from detente.ingest.load import Source, load_readings
from detente.ingest.sources import Feed
from detente.settings import Settings
from detente.warehouse.writer import open_writer

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
DOCUMENTS, BODIES = 2031, 159
"""Of the recording: see `replay`. A parser that sanitises HTML counts 158 bodies."""
F1_BAR = 0.0
"""How much worse than trafilatura's own extraction may be."""
BOOKKEEPING_BAR = 0.20


def home(folder: Path, **options: Any) -> Settings:
    return Settings(
        home=folder, allow_private_addresses=True, request_gap_seconds=0, _env_file=None, **options
    )


def query(settings: Settings, text: str) -> list[tuple[Any, ...]]:
    with open_writer(settings) as con:
        return con.execute(text).fetchall()


@contextmanager
def serving(respond: Callable[[http.server.BaseHTTPRequestHandler], None]) -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            respond(self)

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()


def send(handler: Any, status: int, body: bytes = b"", tag: str | None = None) -> None:
    handler.send_response(status)
    if tag:
        handler.send_header("ETag", tag)
    if status != 304:
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


# -- exactly once -------------------------------------------------------------------------------


def snapshots(limit: int | None) -> list[bytes]:
    with tarfile.open(DATA / "replay" / "snapshots_all_2256.tar.xz") as archive:
        members = sorted((m for m in archive if m.isfile()), key=lambda m: m.name)
        opened = (archive.extractfile(m) for m in members[:limit])
        return [o.read() for o in opened if o]


def plain_count(recorded: list[bytes]) -> tuple[int, int]:
    """Count items, and items with more than one (title, description), by plain XML alone."""
    seen: dict[str, set[tuple[str, ...]]] = {}
    for data in recorded:
        root = lxml.etree.fromstring(data, lxml.etree.XMLParser(recover=True))
        for item in root.iter("item"):
            body = tuple(item.findtext(t) or "" for t in ("title", "description"))
            seen.setdefault(item.findtext("guid") or item.findtext("link") or "", set()).add(body)
    return len(seen), sum(len(bodies) > 1 for bodies in seen.values())


def revisions_of(settings: Settings) -> set[tuple[Any, ...]]:
    return set(query(settings, "select document_id, revision_id from raw.document_revisions"))


def stories_of(settings: Settings) -> set[tuple[Any, ...]]:
    return set(
        query(
            settings,
            "select revision_id, arg_max(story_id, assigned_at) from raw.document_stories"
            " group by revision_id",
        )
    )


def load_recorded(recorded: list[bytes], settings: Settings) -> None:
    source = Source("feed", known_basis="fetched")
    for start in range(0, len(recorded), 47):
        readings = []
        for data in recorded[start : start + 47]:
            parsed = parse_feed(data)
            readings += [draft_of_entry(e, "feed", parsed.language) for e in parsed.entries]
        load_readings(readings, source, settings, "run")


def replay(quick: bool, work: Path) -> dict[str, Any]:
    """Serve a recorded feed in time order over HTTP with ETags; then shuffled, then again."""
    recorded = snapshots(60 if quick else None)
    current = [recorded[0]]
    statuses: Counter[int] = Counter()

    def respond(h: Any) -> None:
        if h.path == "/robots.txt":
            return send(h, 404)
        tag = f'"{hashlib.sha256(current[0]).hexdigest()}"'
        status = 304 if h.headers.get("If-None-Match") == tag else 200
        statuses[status] += 1
        return send(h, status, current[0], tag)

    settings = home(work / "ordered")
    started = time.monotonic()
    with serving(respond) as port:
        feed = Feed("feed", f"http://127.0.0.1:{port}/feed", is_enabled=True)
        for data in recorded:
            current[0] = data
            feeds.ingest_feeds([feed], settings, "run", "news", force=True)
    seconds = time.monotonic() - started
    found = revisions_of(settings)

    def several(table: str) -> int:
        inner = f"select 1 from raw.{table} group by document_id having count(*) > 1"
        return int(query(settings, f"select count(*) from ({inner})")[0][0])

    figures: dict[str, Any] = {
        "fetches": len(recorded),
        "by_status": dict(statuses),
        "seconds": round(seconds, 1),
        "documents": query(settings, "select count(*) from raw.documents")[0][0],
        "links": query(settings, "select count(distinct url) from raw.document_urls")[0][0],
        "documents_with_several_bodies": several("document_bodies"),
        "documents_with_several_revisions": several("document_revisions"),
        "by_plain_xml": dict(
            zip(("items", "with_several_bodies"), plain_count(recorded), strict=True)
        ),
        "stories": len({s for _, s in stories_of(settings)}),
    }
    load_recorded(recorded, settings)
    figures["same_twice"] = revisions_of(settings) == found
    for seed in (1, 2):
        other = home(work / f"shuffled-{seed}")
        load_recorded(random.Random(seed).sample(recorded, len(recorded)), other)
        figures[f"same_shuffled_{seed}"] = revisions_of(other) == found
    figures["passed"] = all(v for k, v in figures.items() if k.startswith("same_")) and (
        quick or (figures["documents"], figures["documents_with_several_bodies"])
        == (DOCUMENTS, BODIES)
    )  # fmt: skip
    return figures


# -- nothing lost -------------------------------------------------------------------------------


def fixtures(quick: bool, work: Path) -> dict[str, Any]:
    """Read every fixture file: drafts or named outcomes; an exception would end the run."""
    files = [p for p in sorted((DATA / "fixtures").rglob("*")) if p.is_file()]
    files = files[::20] if quick else files
    outcomes: Counter[str] = Counter()
    by_folder: dict[str, Counter[str]] = {}
    silent = 0
    for path in files:
        folder = path.relative_to(DATA / "fixtures").parts[0]
        kinds = [r.outcome if isinstance(r, Failure) else "draft" for r in read_any(path)]
        silent += not kinds
        outcomes.update(kinds)
        by_folder.setdefault(folder, Counter()).update(set(kinds))
    return {
        "files": len(files),
        "readings_by_outcome": dict(outcomes.most_common()),
        "files_by_folder_and_outcome": {k: dict(v.most_common()) for k, v in by_folder.items()},
        "files_without_any_reading": silent,
        "passed": silent == 0 and (quick or len(files) >= 3000),
    }


# -- extraction ---------------------------------------------------------------------------------


def shingles(text: str, size: int) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return Counter(tuple(words[i : i + size]) for i in range(max(0, len(words) - size + 1)))


def f1(found: str, expected: str, size: int) -> float:
    ours, theirs = shingles(found, size), shingles(expected, size)
    common = sum((ours & theirs).values())
    if not common:
        return float(not ours and not theirs)
    precision, recall = common / ours.total(), common / theirs.total()
    return 2 * precision * recall / (precision + recall)


def extraction(quick: bool, work: Path) -> dict[str, Any]:
    """Score main texts of labelled pages beside trafilatura's own default in the same run."""
    folder = DATA / "fixtures" / "article_extraction_benchmark"
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    names = sorted(truth)[: 20 if quick else None]
    scores: dict[str, list[float]] = {}
    seconds = Counter[str]()
    for name in names:
        html = decode(gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes()))
        for who, read in (
            ("detente", lambda h: extract_page(h).text),
            ("trafilatura", lambda h: trafilatura.extract(h, include_comments=False) or ""),
        ):
            started = time.thread_time()
            text = read(html)
            seconds[who] += time.thread_time() - started
            for size in (1, 4):
                score = f1(text, truth[name]["articleBody"], size)
                scores.setdefault(f"{who}_f1_of_{size}_token_shingles", []).append(score)
    means = {k: round(sum(v) / len(v), 4) for k, v in scores.items()}
    worse = max(
        means[f"trafilatura_f1_of_{n}_token_shingles"] - means[f"detente_f1_of_{n}_token_shingles"]
        for n in (1, 4)
    )
    cpu = {f"{k}_ms_per_page": round(v / len(names) * 1000, 1) for k, v in seconds.items()}
    return {"pages": len(names), **means, **cpu, "passed": worse <= F1_BAR}


# -- speed --------------------------------------------------------------------------------------


class Words:
    """Texts of words drawn by Zipf's law: no two are alike, all cost what news costs."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        letters = "abcdefghijklmnopqrstuvwxyz"
        self.vocabulary = [
            "".join(self.random.choices(letters, k=self.random.randint(2, 10)))
            for _ in range(20_000)
        ]
        self.weights = [1 / (rank + 10) for rank in range(20_000)]

    def text(self, words: int) -> str:
        return " ".join(self.random.choices(self.vocabulary, self.weights, k=words))

    def day(self) -> str:
        moment = datetime(2010, 1, 1) + timedelta(days=self.random.randrange(3650))
        return f"{moment:%Y-%m-%d}"


class Clock:
    """CPU seconds spent in loading and, inside it, in what is no bookkeeping."""

    def __init__(self) -> None:
        self.loading = self.preparing = 0.0

    @contextmanager
    def watching(self) -> Iterator[Clock]:
        originals = [(m, n, getattr(m, n)) for m, n in (
            (load, "load_batches"), (feeds, "load_batches"), (load, "prepare"))]  # fmt: skip
        try:
            for module, name, function in originals:
                field = "preparing" if name == "prepare" else "loading"
                setattr(module, name, self._timed(function, field))
            yield self
        finally:
            for module, name, function in originals:
                setattr(module, name, function)

    def _timed(self, function: Callable[..., Any], field: str) -> Callable[..., Any]:
        def timed(*args: Any, **options: Any) -> Any:
            started = time.thread_time()
            try:
                return function(*args, **options)
            finally:
                setattr(self, field, getattr(self, field) + time.thread_time() - started)

        return timed

    @property
    def bookkeeping(self) -> float:
        return self.loading - self.preparing


def measured(run: Callable[[], Any], count: int, unit: str) -> dict[str, Any]:
    clock = Clock()
    with clock.watching():
        wall, cpu = time.monotonic(), time.process_time()
        run()
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    return {
        unit: count,
        "wall_seconds": round(wall, 1),
        f"{unit}_per_second": round(count / wall, 1),
        "cpu_seconds_of_this_process": round(cpu, 1),
        "bookkeeping_cpu_seconds": round(clock.bookkeeping, 2),
        "bookkeeping_share_of_cpu": round(clock.bookkeeping / cpu, 3),
    }


def texts(quick: bool, work: Path) -> dict[str, Any]:
    """Ingest a folder of texts on all cores; then a part of it in one process, for shares."""
    words = Words(1)
    count = 1_000 if quick else 20_000
    part = count // 5
    for number in range(count + part):
        folder = work / ("all" if number < count else "part") / f"{number % 97:02}"
        folder.mkdir(parents=True, exist_ok=True)
        text = words.text(500)
        (folder / f"{number}.md").write_text(
            f"---\nid: n{number}\ntitle: {text[:60]}\npublished: {words.day()}\n---\n{text}."
        )
    figures = {
        "all_cores": measured(
            lambda: ingest([str(work / "all")], home(work / "home-all")), count, "documents"
        ),
        "one_process": measured(
            lambda: ingest([str(work / "part")], home(work / "home-one", workers=1)),
            part, "documents",
        ),
        "again_nothing_new": measured(
            lambda: ingest([str(work / "part")], home(work / "home-one", workers=1)),
            part, "documents",
        ),
    }  # fmt: skip
    stored = query(home(work / "home-all"), "select count(*) from raw.documents")[0][0]
    share = figures["one_process"]["bookkeeping_share_of_cpu"]
    return {**figures, "passed": stored == count and share <= BOOKKEEPING_BAR}


def warc(quick: bool, work: Path) -> dict[str, Any]:
    """Ingest a WARC of real pages, each ten times under another address and with another word."""
    folder = DATA / "fixtures" / "article_extraction_benchmark" / "html"
    pages = sorted(folder.glob("*.html.gz"))[: 20 if quick else None]
    copies = 5 if quick else 10
    path = work / "pages.warc.gz"
    with path.open("wb") as sink:
        writer = WARCWriter(sink, gzip=True)
        for copy in range(copies):
            for number, page in enumerate(pages):
                body = gzip.decompress(page.read_bytes())
                head = StatusAndHeaders(
                    "200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1"
                )
                writer.write_record(
                    writer.create_warc_record(
                        f"https://site{copy}.example/{number}", "response",
                        payload=io.BytesIO(body), http_headers=head,
                        warc_headers_dict={"WARC-Date": f"2019-{copy + 1:02}-04T05:06:07Z"},
                    )
                )  # fmt: skip
    count = len(pages) * copies
    figures = {
        "all_cores": measured(lambda: ingest([str(path)], home(work / "all")), count, "pages"),
    }
    outcomes = query(
        home(work / "all"),
        "select outcome, sum(coalesce(item_count, 1))::bigint from ops.ingest_attempts"
        " where outcome not in ('paywalled', 'bad_date') group by all",  # the document stands
    )
    note = "copies of a page that names its canonical address are one document: unchanged"
    return {
        **figures, "outcomes": dict(outcomes), "note": note,
        "passed": sum(n for _, n in outcomes) == count,
    }  # fmt: skip


def many_feeds(quick: bool, work: Path) -> dict[str, Any]:
    """Ask many feeds of 100 items, each on a host of its own, then again with nothing new."""
    words = Words(2)
    count = 50 if quick else 1_000
    bodies = {}
    for number in range(count):
        items = "".join(
            f"<item><guid>{number}-{i}</guid><title>{words.text(9)}</title>"
            f"<link>https://h{number}.example/{i}</link><description>{words.text(60)}"
            "</description><pubDate>Tue, 24 Nov 2020 10:00:00 GMT</pubDate></item>"
            for i in range(100)
        )
        bodies[f"h{number}.test"] = (
            f'<?xml version="1.0"?><rss version="2.0"><channel><title>F</title>{items}'
            "</channel></rss>"
        ).encode()

    def respond(h: Any) -> None:
        body = bodies[h.headers["Host"].split(":")[0]]
        send(h, 404 if h.path == "/robots.txt" else 200, b"" if "robots" in h.path else body)

    async def here(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    def make(courtesy: Courtesy | None) -> Fetcher:
        return Fetcher("bench/1", courtesy, allow_private=True, resolver=here)

    settings = home(work / "home")
    with serving(respond) as port:
        listed = [
            Feed(name, f"http://{name}:{port}/feed", language="en", kind="daily", is_enabled=True)
            for name in bodies
        ]

        def ask() -> None:
            feeds.ingest_feeds(listed, settings, "r", "news", force=True, make_fetcher=make)

        first = measured(ask, count * 100, "items")
        again = measured(ask, count * 100, "items")
    stored = query(settings, "select count(*) from raw.documents")[0][0]
    share = first["bookkeeping_share_of_cpu"]
    return {
        "feeds": count,
        "note": "the serving threads run in this process too: their CPU is in the total",
        "first": first,
        "again_nothing_new": again,
        "passed": stored == count * 100 and share <= BOOKKEEPING_BAR,
    }


# -- near-duplicates ----------------------------------------------------------------------------


def changed(words: list[str], kind: str, chooser: random.Random, vocabulary: list[str]) -> str:
    if kind == "edited_5_percent":
        words = list(words)
        for place in chooser.sample(range(len(words)), max(1, len(words) // 20)):
            words[place] = chooser.choice(vocabulary)
    elif kind == "truncated_to_70_percent":
        words = words[: int(len(words) * 0.7)]
    elif kind == "truncated_to_50_percent":
        words = words[: len(words) // 2]
    elif kind == "with_dateline_and_boilerplate":
        words = ["PARIS", "(AFP)", "-", *words, *"Copyright all rights reserved by us".split()]
    return " ".join(words)


def near(quick: bool, work: Path) -> dict[str, Any]:
    """Join edited, truncated and retitled copies; keep apart distinct texts of one event.

    Distinct texts: real releases of one ministry (copies of its own within three days are joined
    rightly, so pairs are printed), and the project's sample, where several outlets write of one
    event of the chronology in words of their own; its 14 written copies are to be joined.
    """
    path = DATA / "dev" / "state_dept_2021-05_2022-04.jsonl.gz"
    lines = gzip.decompress(path.read_bytes()).splitlines()
    releases = [json.loads(line) for line in lines][: 120 if quick else None]
    releases = [r for r in releases if len(r["text"].split()) >= 60]
    chooser = random.Random(7)
    vocabulary = sorted({w for r in releases[:200] for w in r["text"].split()})
    kinds = ("edited_5_percent", "truncated_to_70_percent", "truncated_to_50_percent",
             "translated_title", "with_dateline_and_boilerplate")  # fmt: skip
    drafts: dict[str, list[Draft]] = {"original": []}
    for number, release in enumerate(releases):
        words = release["text"].split()
        for kind in ("original", kinds[number % len(kinds)]):
            text = changed(words, kind, chooser, vocabulary)
            title = (
                "Un titre en une autre langue" if kind == "translated_title" else release["title"]
            )
            said = claim("json", "published", release["published"])
            drafts.setdefault(kind, []).append(
                Draft(f"{number}", title, text, text.encode(), "x", "1", item_id=f"{number}",
                      language="en", date_claims=(said,) if said else ())
            )  # fmt: skip
    settings = home(work / "copies")
    for kind, some in drafts.items():
        load_readings(some, Source(kind), settings, "run")
    story = {
        (source, item): s
        for source, item, s in query(
            settings,
            "select d.source_id, d.feed_item_id, arg_max(s.story_id, s.assigned_at)"
            " from raw.document_stories as s"
            " join raw.document_revisions as r on s.revision_id = r.revision_id"
            " join raw.documents as d on r.document_id = d.document_id group by all",
        )
    }
    recall = {}
    for kind in kinds:
        joined = [story[kind, d.subject] == story["original", d.subject] for d in drafts[kind]]
        recall[kind] = {"copies": len(joined), "recall": round(sum(joined) / len(joined), 3)}
    by_story = Counter(story["original", d.subject] for d in drafts["original"])
    joined_originals = sum(n * (n - 1) // 2 for n in by_story.values())
    return {
        "originals": len(releases),
        "copies": recall,
        "pairs_of_originals_joined": joined_originals,
        "largest_story_of_originals": max(by_story.values()),
        "sample": near_sample(work),
        "passed": all(recall[k]["recall"] >= 0.9 for k in kinds if "50" not in k),
    }


def near_sample(work: Path) -> dict[str, Any]:
    settings = home(work / "sample")
    documents = ROOT / "seeds" / "sample_news" / "documents"
    ingest([str(documents)], settings)
    rows = query(
        settings,
        "select d.feed_item_id, arg_max(s.story_id, s.assigned_at) from raw.document_stories as s"
        " join raw.document_revisions as r on s.revision_id = r.revision_id"
        " join raw.documents as d on r.document_id = d.document_id group by d.feed_item_id",
    )
    heads = {}
    for path in documents.rglob("*.md"):
        head = path.read_text(encoding="utf-8").split("---")[1]
        name = re.search(r"^id: (\S+)", head, re.MULTILINE)
        form = re.search(r"^form: (\S+)", head, re.MULTILINE)
        events = re.search(r"^chronology: \[(.*)\]", head, re.MULTILINE)
        if name and form and events:
            heads[name[1]] = (form[1], {e.strip() for e in events[1].split(",") if e.strip()})
    story = dict(rows)
    names = sorted(story)
    same_event = joined = copies_joined = 0
    copies = {n for n in names if heads[n][0] == "copy"}
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            shared = bool(heads[a][1] & heads[b][1])
            if story[a] == story[b]:
                copies_joined += bool({a, b} & copies)
                joined += not {a, b} & copies
            same_event += shared and not {a, b} & copies
    return {
        "documents": len(names),
        "copies_written": len(copies),
        "pairs_with_a_copy_joined": copies_joined,
        "distinct_pairs_of_one_event": same_event,
        "distinct_pairs_joined": joined,
    }


PARTS: dict[str, Callable[[bool, Path], dict[str, Any]]] = {
    "replay": replay, "fixtures": fixtures, "extraction": extraction, "texts": texts,
    "warc": warc, "many_feeds": many_feeds, "near": near,
}  # fmt: skip
NEEDS_DATA = {"replay", "fixtures", "extraction", "warc", "near"}


def keep(part: str, figures: dict[str, Any]) -> None:
    """Write a part beside the others; each says where and when it was taken."""
    path = results.RESULTS / "ingest.json"
    parts = json.loads(path.read_text(encoding="utf-8"))["parts"] if path.exists() else {}
    parts[part] = {**figures, "machine": results.machine()}
    results.record("ingest", {"parts": parts})


def main() -> int:
    """Run the parts; exit code 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="small sizes; nothing is written")
    arguments = parser.parse_args()
    is_fine = True
    for name in arguments.parts or PARTS:
        if name in NEEDS_DATA and not DATA.exists():
            print(f"{name}: left out, ../shared/data is not here")
            continue
        with tempfile.TemporaryDirectory() as folder:
            figures = PARTS[name](arguments.quick, Path(folder))
        is_fine &= bool(figures["passed"])
        if arguments.quick:
            print(json.dumps({name: figures}, indent=2, default=str))
        else:
            keep(name, figures)
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main())
