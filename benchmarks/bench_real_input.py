"""The main job on real input: a feed as it changed, archives and one article, through the DAGs.

Two hundred successive recordings of a live feed are served over local HTTP, one DAG run each; two
archives and the article the project started from follow; then the coding and building DAGs. Counts
what came out, and writes a sample of mentions to be read by hand.

    python benchmarks/bench_real_input.py --home FOLDER [--snapshots 200]

Needs the development data beside the checkout; says so and stops where they are missing.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import sys
import tarfile
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from detente import services
from detente.settings import Settings
from detente.warehouse.reader import open_snapshot, snapshot_path
from results import record

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SAMPLE_SIZE = 50


class Feed:
    """A feed that shows one recording at a time, with an ETag, and counts its answers."""

    def __init__(self) -> None:
        """Start serving on a free port."""
        self.body = b""
        self.answers: dict[int, int] = {}
        feed = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = self.path == "/feed.xml"
                tag = f'"{hashlib.sha256(feed.body).hexdigest()[:16]}"'
                same = self.headers.get("If-None-Match") == tag
                status = 404 if not found else 304 if same else 200
                feed.answers[status] = feed.answers.get(status, 0) + 1
                self.send_response(status)
                if found:
                    self.send_header("ETag", tag)
                    self.send_header("Content-Type", "application/rss+xml")
                body = feed.body if status == 200 else b""
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/feed.xml"


def recordings(count: int) -> list[bytes]:
    """Return the first recordings of the feed, in time order (their names are times)."""
    bodies: list[bytes] = []
    with tarfile.open(DATA / "replay" / "snapshots_all_2256.tar.xz") as archive:
        members = sorted((m for m in archive if m.isfile()), key=lambda m: m.name)
        for member in members[:count]:
            source = archive.extractfile(member)
            bodies.append(source.read() if source else b"")
    return bodies


def unpacked(name: str, source: str, folder: Path) -> Path:
    """Unpack a development archive (its lines have the fields that ingestion reads)."""
    target = folder / f"{source}.jsonl"
    with gzip.open(DATA / "dev" / name, "rb") as lines:
        target.write_bytes(lines.read())
    return target


COUNTS = """
select
    (select count(*) from marts.dim_documents) as documents,
    (select count(*) from raw.document_revisions) as revisions,
    (select count(distinct story_id) from raw.document_stories) as stories,
    (select count(*) from raw.event_mentions) as mentions,
    (select count(*) from marts.fct_events) as events_of_record,
    (select count(*) from marts.dim_pairs) as pairs,
    (select count(*) from marts.fct_watch_items) as watch_items,
    (select count(*) from marts.fct_pair_assessments) as assessments,
    (select count(*) from marts.fct_pair_shifts) as shifts
"""

SAMPLE = """
select m.mention_id, m.document_id, m.sentence, m.source_code, m.target_code, m.source_role,
    m.target_role, m.event_type, m.event_mode, m.status, m.event_date_start, m.date_precision,
    m.attribution, m.rule_id, r.published_at
from raw.event_mentions as m
inner join raw.document_revisions as r on m.revision_id = r.revision_id
order by md5(m.mention_id)
limit $size
"""

ARTICLE = """
select m.sentence_number, m.source_code, m.target_code, m.is_reciprocal, m.event_type,
    m.event_mode, m.assess_direction, m.status, m.event_date_start, m.event_date_end
from raw.event_mentions as m
inner join marts.dim_documents as d on m.document_id = d.document_id
where d.publisher = 'The Diplomat'
order by m.sentence_number, m.trigger_start, m.source_code
"""


def main() -> int:
    """Run, count, print, record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--snapshots", type=int, default=200)
    arguments = parser.parse_args()
    if not (DATA / "replay").exists():
        print("the development data are not here: nothing measured", file=sys.stderr)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=arguments.home or Path(folder) / "home")
        os.environ.update(services.airflow_environment(settings))
        os.environ["DETENTE_ALLOW_PRIVATE_ADDRESSES"] = "true"
        log = settings.home / "airflow.log"
        settings.home.mkdir(parents=True, exist_ok=True)
        services.prepare_airflow(settings, log)
        figures = run(settings, Path(folder), arguments.snapshots)
    record("real_input", figures)
    return 0


def run(settings: Settings, folder: Path, count: int) -> dict[str, Any]:
    """Take everything through the DAGs; return what came out and how long each step took."""
    from airflow.dag_processing.dagbag import DagBag

    sys.path.insert(0, os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    bag = DagBag(dag_folder=os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    seconds: dict[str, float] = {}

    def dag(dag_id: str, **conf: Any) -> None:
        started = time.monotonic()
        outcome = bag.dags[dag_id].test(run_conf=conf or None)
        if str(outcome.state) != "success":
            raise SystemExit(f"{dag_id} ended as {outcome.state}")
        seconds[dag_id] = round(seconds.get(dag_id, 0) + time.monotonic() - started, 1)

    feed = Feed()
    for feed.body in recordings(count):
        dag("ingest_news", targets=[feed.url])
    article = folder / "article.md"
    text = next((DATA / "seed").glob("*.txt")).read_text(encoding="utf-8")
    article.write_text(
        f"---\ntitle: the article the project began with\npublished: 2015-01-07\n"
        f"publisher: The Diplomat\n---\n{text}",
        encoding="utf-8",
    )
    others = [
        unpacked("state_dept_2021-05_2022-04.jsonl.gz", "state_dept", folder),
        unpacked("wikinews_2019_2020.jsonl.gz", "wikinews", folder),
        article,
    ]
    dag("ingest_news", targets=[str(path) for path in others])
    dag("code_events")
    dag("build_relations")
    with open_snapshot(snapshot_path(settings)) as con:
        answer = con.execute(COUNTS)
        names = [d[0] for d in answer.description or ()]
        counts = dict(zip(names, answer.fetchall()[0], strict=True))
        for name, query in (
            ("mentions_by_status", "select status, count(*) from raw.event_mentions group by 1"),
            (
                "outcomes",
                "select stage || ' ' || outcome, count(*) from ops.ingest_attempts group by 1",
            ),
        ):
            counts[name] = dict(con.execute(query).fetchall())
        article_mentions = con.execute(ARTICLE).to_arrow_table().to_pylist()
        sample = con.execute(SAMPLE, {"size": SAMPLE_SIZE}).to_arrow_table().to_pylist()
    (settings.home / "sample_to_read.json").write_text(json.dumps(sample, indent=1, default=str))
    return {
        "feed_answers": {str(k): v for k, v in feed.answers.items()},
        "dag_seconds": seconds,
        **counts,
        "to_read_by_hand": SAMPLE_SIZE,
        "article_mentions": article_mentions,
    }


if __name__ == "__main__":
    sys.exit(main())
