"""Archives in and out, bodies read again, takedowns, retention, retries."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from detente import pipeline
from detente.ingest import again, feeds, ingest, store
from detente.ingest.archive import export_warc, read_any
from detente.ingest.drafts import Draft
from detente.ingest.retry import retry
from detente.ingest.sources import Feed, SourceError, add_source
from detente.ingest.takedown import forget, upkeep
from detente.settings import Settings
from detente.warehouse.writer import open_writer

from .homes import make_home, rows
from .servers import rss, send, serving

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "fixtures" / "warcio_samples"
STORY = " ".join(f"The envoys of two countries met for talk number {n}." for n in range(30))
HTML = (
    f"<html><head><title>Envoys meet</title></head><body><article><p>{STORY}</p></article></body>"
)


def files_of(home: Settings) -> int:
    return sum(1 for f in (home.raw_dir, home.text_dir) for _ in f.glob("??/*.gz"))


def identities(home: Settings) -> list[tuple]:
    return rows(
        home,
        "select d.document_id, r.revision_id, d.source_id, d.dataset, r.title, r.published_at,"
        " r.known_at, r.known_at_basis, r.origin_publisher, r.language from raw.documents as d"
        " join raw.document_revisions as r on d.document_id = r.document_id order by all",
    )


def write_warc(path: Path, pages: dict[str, bytes], kind: str = "text/html") -> None:
    with path.open("wb") as sink:
        writer = WARCWriter(sink, gzip=True)
        for url, body in pages.items():
            head = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
            record = writer.create_warc_record(
                url, "response", payload=io.BytesIO(body), http_headers=head,
                warc_headers_dict={"WARC-Date": "2019-03-04T05:06:07Z"},
            )  # fmt: skip
            writer.write_record(record)


def make_folder(folder: Path) -> Path:
    folder.mkdir()
    (folder / "a.md").write_text(
        f"---\nid: a\ntitle: T\npublished: 2020-01-02\n---\n{STORY} So it was."
    )
    (folder / "b.html").write_text(HTML)
    (folder / "c.txt").write_text(f"A title\n{STORY} And a word more.")
    line = {"id": "d", "title": "J", "text": "Some other words of a JSON line, enough of them.",
            "published": "2021-05-06T07:08:09Z", "origin": "Reuters"}  # fmt: skip
    (folder / "d.jsonl").write_text(json.dumps(line))
    (folder / "e.xml").write_bytes(rss("x", "y"))
    return folder


def test_pages_in_a_warc_then_known_since_their_capture(tmp_path):
    home = make_home(tmp_path / "home")
    path = tmp_path / "crawl.warc.gz"
    write_warc(path, {"https://example.org/a": HTML.encode(), "https://example.org/b": b"<html/>"})
    summary = ingest([str(path)], home)
    assert (summary.documents_new, summary.outcomes["empty"]) == (1, 1)
    found = rows(
        home,
        "select canonical_url, known_at::varchar, known_at_basis from raw.documents as d"
        " join raw.document_revisions as r on d.document_id = r.document_id",
    )
    assert found == [("https://example.org/a", "2019-03-04 05:06:07", "fetched")]
    assert ingest([str(path)], home).documents_new == 0


def test_damaged_warc_then_what_is_before_the_damage_is_kept(tmp_path):
    home = make_home(tmp_path / "home")
    path = tmp_path / "crawl.warc.gz"
    write_warc(path, {f"https://example.org/{n}": HTML.encode() for n in range(3)})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - 150])
    summary = ingest([str(path)], home)
    assert summary.documents_new == 2
    assert summary.outcomes["bad_archive"] == 1


@pytest.mark.skipif(not SAMPLES.exists(), reason="../shared/data/fixtures is not here")
def test_sample_archives_then_documents_or_named_outcomes():
    files = [p for p in sorted(SAMPLES.rglob("*")) if p.is_file()]
    assert files
    for path in files:
        list(read_any(path))


def test_gzip_tar_and_zip_then_their_members_are_read(tmp_path):
    plain = make_folder(tmp_path / "news")
    packed = tmp_path / "packed"
    packed.mkdir()
    (packed / "one.txt.gz").write_bytes(gzip.compress((plain / "c.txt").read_bytes()))
    with tarfile.open(packed / "all.tar.gz", "w:gz") as archive:
        archive.add(plain / "a.md", "in/a.md")
        archive.add(plain / "d.jsonl", "in/d.jsonl")
    with zipfile.ZipFile(packed / "all.zip", "w") as archive:
        archive.write(plain / "b.html", "b.html")
    (packed / "bad.zip").write_bytes(b"PK\3\4 no")
    (packed / "bad.gz").write_bytes(b"\x1f\x8b no")
    summary = ingest([str(packed)], make_home(tmp_path / "home"))
    assert (summary.documents_new, summary.outcomes["bad_archive"]) == (4, 2)


def test_documents_written_as_warc_then_the_same_elsewhere(tmp_path):
    home = make_home(tmp_path / "home")
    ingest([str(make_folder(tmp_path / "news"))], home, dataset="mine")
    count = export_warc(home, tmp_path / "out.warc.gz")
    assert count == 6
    other = make_home(tmp_path / "other")
    assert ingest([str(tmp_path / "out.warc.gz")], other).documents_new == 6
    assert identities(other) == identities(home)


def test_older_extractor_then_bodies_are_read_again_and_keep_their_time(tmp_path):
    home = make_home(tmp_path / "home")
    ingest([str(make_folder(tmp_path / "news"))], home)
    assert again.re_extract(home, "run").outcomes.total() == 0  # nothing is older
    before = identities(home)
    with open_writer(home) as con:
        con.execute("update raw.document_revisions set extractor_version = '0'")
        # as if the older extractor had read other words
        con.execute(
            "update raw.document_revisions set revision_id = 'old', content_sha256 = 'old'"
            " where title = 'Envoys meet'"
        )
    found = again.re_extract(home, "run2")
    assert (found.documents_new, found.revisions_new, found.unchanged) == (0, 1, 5)
    assert len(rows(home, "select 1 from raw.document_revisions")) == 7
    after = [r for r in identities(home) if r[1] != "old"]
    assert after == before
    assert again.re_extract(home, "run3").revisions_new == 0
    versions = rows(
        home,
        "select count(*) from raw.document_revisions"
        " where extractor_version = '0' and revision_id <> 'old'",
    )
    assert versions == [(0,)]


def test_document_forgotten_then_its_files_go_unless_shared_and_it_stays_out(tmp_path):
    home = make_home(tmp_path / "home")
    folder = tmp_path / "news"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.txt").write_text(f"Same title\n{STORY}")
    (folder / "c.txt").write_text(f"Other title\n{STORY} Here it goes on.")
    ingest([str(folder)], home)
    documents = dict(rows(home, "select feed_item_id, document_id from raw.documents"))
    assert files_of(home) == 4
    first = forget(home, documents["a.txt"], reason="asked by its author")
    assert (first["documents"], first["files"]) == (1, 0)  # b has the same body
    assert forget(home, documents["b.txt"])["files"] == 2
    assert rows(home, "select feed_item_id from raw.documents") == [("c.txt",)]
    assert rows(home, "select count(*), any_value(story_id) = any_value(revision_id)"
                      " from raw.document_stories") == [(1, True)]  # fmt: skip
    left = rows(home, "select subject, message from ops.ingest_attempts where outcome='forgotten'")
    assert (documents["a.txt"], "asked by its author") in left
    again_ = ingest([str(folder)], home)
    assert (again_.documents_new, again_.outcomes["forgotten"], files_of(home)) == (0, 2, 2)
    with pytest.raises(SourceError, match="nothing"):
        forget(home, "nothing")


def test_source_forgotten_then_nothing_of_it_is_taken_in(tmp_path):
    home = make_home(tmp_path / "home")
    folder = make_folder(tmp_path / "news")
    ingest([str(folder)], home, source_id="theirs")
    assert forget(home, "theirs")["documents"] == 6
    assert files_of(home) == 0
    found = ingest([str(folder)], home, source_id="theirs")
    assert (found.documents_new, found.outcomes["forgotten"], files_of(home)) == (0, 6, 0)
    assert ingest([str(folder)], home, source_id="ours").documents_new == 6


def test_texts_past_their_time_then_dropped_once_coded(tmp_path):
    home = make_home(tmp_path / "home", keep_text_days=30)
    ingest([str(make_folder(tmp_path / "news"))], home)
    with open_writer(home) as con:
        con.execute("update raw.document_revisions set fetched_at = fetched_at - interval 40 day"
                    " where title in ('T', 'J')")  # fmt: skip
        con.execute("insert into ops.coded_revisions by name select revision_id, 'x' as coder_name,"
                    " '1' as coder_version, 'coded' as outcome, 0 as mention_count,"
                    " 1 as sentence_count, 0.0 as duration_seconds, now()::timestamp as coded_at"
                    " from raw.document_revisions where title <> 'J'")  # fmt: skip
    before = files_of(home)
    assert upkeep(home) == {"expired_texts": 1, "files": 2}
    assert files_of(home) == before - 2
    assert upkeep(home) == {"expired_texts": 0, "files": 0}
    sha = rows(home, "select text_sha256 from raw.document_revisions where title = 'J'")[0][0]
    assert store.get(home.text_dir, sha)


def test_file_mended_then_retry_reads_it_under_its_old_name(tmp_path):
    home = make_home(tmp_path / "home")
    folder = tmp_path / "news"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "x.json").write_text("{")
    (folder / "good.txt").write_text(STORY)
    ingest([str(folder)], home, dataset="mine")
    assert retry(home, "parse", "bad_json", "r").outcomes["bad_json"] == 1
    told = json.loads(json.dumps(pipeline.retry("parse", "bad_json", settings=home)))
    assert told["outcomes"]["bad_json"] == 1  # as the command line prints it
    (folder / "deep" / "x.json").write_text(json.dumps({"title": "T", "text": STORY + " More."}))
    assert retry(home, "parse", "bad_json", "r").documents_new == 1
    assert retry(home, "parse", "bad_json", "r").documents_new == 0
    before = identities(home)
    assert ingest([str(folder)], home, dataset="mine").documents_new == 0
    assert identities(home) == before


def test_feed_failed_then_retry_asks_it_at_once(tmp_path):
    home = make_home(tmp_path / "home")
    status = [500]
    with serving(lambda h: send(h, 404 if "robots" in h.path else status[0], rss("a"))) as port:
        url = f"http://127.0.0.1:{port}/feed"
        add_source(home, url, feed_id="mine")
        feed = Feed("mine", url, is_enabled=True)
        feeds.ingest_feeds([feed], home, "r", "news")
        status[0] = 200
        assert feeds.ingest_feeds([feed], home, "r", "news")[0].outcomes["not_due"] == 1
        assert retry(home, "fetch", "http_5xx", "r").documents_new == 1
        assert retry(home, "fetch", "http_5xx", "r").outcomes.total() == 0


def test_draft_of_a_record_then_nothing_is_named_by_its_archive(tmp_path):
    path = tmp_path / "crawl.warc.gz"
    write_warc(path, {"https://example.org/a": b"A title\nAnd words."}, "text/plain")
    (found,) = read_any(path)
    assert isinstance(found, Draft)
    assert (found.item_id, found.url) == (None, "https://example.org/a")
