"""Documents exactly once: measured on a recording of a live feed, on folders, on bad servers."""

from __future__ import annotations

import http.server
import random
import tarfile
import threading
import time
from pathlib import Path

import pytest

from detente.ingest import http as careful
from detente.ingest import ingest
from detente.ingest.dates import claim
from detente.ingest.drafts import Draft, Failure
from detente.ingest.feedparse import parse_feed
from detente.ingest.files import draft_of_entry, read_file
from detente.ingest.identity import canonical_url, normalise
from detente.ingest.load import Source, load_readings
from detente.settings import Settings

from .homes import make_home, rows

DATA = Path(__file__).parents[4] / "shared" / "data"
RECORDING = DATA / "replay" / "snapshots_all_2256.tar.xz"


def replay(snapshots: list[bytes], settings: Settings) -> set[tuple]:
    source = Source("feed", known_basis="fetched")
    for start in range(0, len(snapshots), 47):
        readings = []
        for data in snapshots[start : start + 47]:
            feed = parse_feed(data)
            readings += [draft_of_entry(e, "feed", feed.language) for e in feed.entries]
        load_readings(readings, source, settings, "run")
    return set(rows(settings, "select document_id, revision_id from raw.document_revisions"))


@pytest.fixture(scope="module")
def snapshots() -> list[bytes]:
    if not RECORDING.exists():
        pytest.skip("../shared/data/replay is not here")
    with tarfile.open(RECORDING) as archive:
        members = sorted((m for m in archive if m.isfile()), key=lambda m: m.name)
        return [archive.extractfile(m).read() for m in members]


@pytest.mark.bars
def test_whole_recording_then_2031_documents_in_any_order(snapshots, tmp_path):
    settings = make_home(tmp_path / "in-order")
    ordered = replay(snapshots, settings)
    twice = replay(snapshots, settings)
    counts = [
        rows(settings, "select count(*) from raw.documents")[0][0],
        rows(settings, "select count(distinct url) from raw.document_urls")[0][0],
        *(
            rows(
                settings,
                f"select count(*) from (select 1 from raw.{t} group by document_id"
                " having count(*) > 1)",
            )[0][0]
            for t in ("document_bodies", "document_revisions")
        ),
    ]
    # 159 bodies as delivered; 158 where a sanitiser drops <wbr/>. 122 by normalisation version 1.
    assert counts == [2031, 2025, 159, 122]
    shuffled = random.Random(1).sample(snapshots, len(snapshots))
    assert ordered == twice == replay(shuffled, make_home(tmp_path / "shuffled"))


def test_recorded_snapshots_twice_and_shuffled_then_same_revisions(snapshots, tmp_path):
    some = snapshots[:60]
    settings = make_home(tmp_path / "a")
    once = replay(some, settings)
    assert once
    assert replay(some, settings) == once
    assert replay(random.Random(2).sample(some, 60), make_home(tmp_path / "b")) == once


def draft(item: str, text: str, url: str, published: str) -> Draft:
    said = claim("json", "published", published)
    return Draft(
        item, f"Title of {item}", text, text.encode(), "x", "1", item_id=item, url=url,
        date_claims=(said,) if said else (),
    )  # fmt: skip


def story_levels(settings: Settings) -> dict[str, str]:
    return dict(
        rows(
            settings,
            "select d.feed_item_id, s.duplicate_level from raw.documents as d"
            " join raw.document_revisions as r on d.document_id = r.document_id"
            " join raw.document_stories as s on r.revision_id = s.revision_id",
        )
    )


def test_one_source_reuses_a_url_then_two_stories_but_another_source_shares_it(tmp_path):
    settings = make_home(tmp_path)
    url = "https://example.org/national-day"
    load_readings(
        [draft("2021", "We wish you well this year", url, "2021-05-22"),
         draft("2022", "Greetings on your holiday", url, "2022-05-22")],
        Source("ministry"), settings, "run",
    )  # fmt: skip
    load_readings(
        [draft("reprint", "They sent their greetings", url, "2022-05-23")],
        Source("daily"), settings, "run",
    )  # fmt: skip
    assert story_levels(settings) == {"2021": "none", "2022": "none", "reprint": "url"}


def test_folder_with_bad_files_then_each_is_a_row_and_the_rest_is_ingested(tmp_path):
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "good.md").write_text("---\nid: a\ntitle: T\npublished: 2020-01-02\n---\nSome text.")
    (folder / "empty.txt").write_text("")
    (folder / "binary.txt").write_bytes(b"\0\1\2\3" * 100)
    (folder / "broken.json").write_text("{")
    (folder / "head.md").write_text("---\n: [\n---\nText")
    settings = make_home(tmp_path / "home")
    first = ingest([str(folder)], settings)
    assert (first.documents_new, first.ok) == (1, True)
    expected = {"ok": 1, "empty": 1, "not_text": 1, "bad_json": 1, "bad_front_matter": 1}
    assert {k: v for k, v in first.outcomes.items() if v} == expected
    again = ingest([str(folder)], settings)
    assert (again.documents_new, again.revisions_new, again.unchanged) == (0, 0, 1)


def test_parser_fixtures_then_documents_or_named_outcomes(tmp_path):
    fixtures = DATA / "fixtures"
    if not fixtures.exists():
        pytest.skip("../shared/data/fixtures is not here")
    files = [p for p in sorted(fixtures.rglob("*")) if p.is_file()]
    assert len(files) >= 3000
    for path in files:
        readings = list(read_file(path))
        assert readings, path
        assert all(isinstance(r, Draft) or r.outcome for r in readings if isinstance(r, Failure))


class _Drip(http.server.BaseHTTPRequestHandler):
    finished = threading.Event()

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        try:
            if self.path == "/body":
                self.send_response(200)
                self.end_headers()
            else:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for n in range(200):
                self.wfile.write(b"x" if self.path == "/body" else b"X-%d: y\r\n" % n)
                time.sleep(0.1)
            self.finished.set()
        except OSError:
            pass


@pytest.mark.parametrize("path", ["/body", "/header"])
def test_server_drips_then_timeout_is_the_outcome(path):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Drip)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}{path}"
        answer = careful.get(url, user_agent="test", allow_private=True, max_seconds=1)
        assert answer.outcome == "timeout"
        assert not _Drip.finished.is_set()  # we did not wait for the server to be done
    finally:
        server.shutdown()


def test_private_address_then_forbidden_unless_allowed():
    for url in ("http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/", "file:///etc/x"):
        assert careful.get(url, user_agent="test").outcome == "forbidden_address"


def test_urls_and_words_that_say_the_same_then_one_form():
    assert canonical_url("HTTPS://Example.org:443/a?utm_source=x&b=1#top") == (
        "https://example.org/a?b=1"
    )
    assert normalise("a\u00a0 b\u200b\n c") == "a b c"
