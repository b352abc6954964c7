"""Feeds over real HTTP: conditional requests, one transaction, pages behind items, sitemaps."""

from __future__ import annotations

import hashlib
import json

import pytest

from detente.ingest import feeds, pages
from detente.ingest.feedparse import parse_feed
from detente.ingest.sources import Feed
from detente.warehouse.writer import open_writer

from .homes import make_home, rows
from .servers import fetchers, rss, send, serving


class Site:
    """A feed and its pages, changed by the test; it notes what it was asked."""

    def __init__(self) -> None:
        self.body = rss("a", "b")
        self.pages: dict[str, tuple[int, bytes]] = {}
        self.asked: list[tuple[str, int]] = []

    def __call__(self, h) -> None:
        status, body = 200, self.body
        tag = f'"{hashlib.sha256(body).hexdigest()[:8]}"'
        if h.path == "/robots.txt":
            status, body = 404, b""
        elif h.path != "/feed":
            status, body = self.pages.get(h.path, (404, b""))
        elif h.headers.get("If-None-Match") == tag:
            status, body = 304, b""
        self.asked.append((h.path, status))
        if status == 304:
            h.send_response(304)
            h.send_header("ETag", tag)
            h.end_headers()
        else:
            send(h, status, body, ETag=tag)


def page(text: str) -> tuple[int, bytes]:
    paragraphs = "".join(f"<p>{text} Sentence {n} says a little more of it.</p>" for n in range(9))
    html = f"<html><head><title>Page</title></head><body><article>{paragraphs}</article></body>"
    return 200, html.encode()


@pytest.fixture
def site():
    made = Site()
    with serving(made) as port:
        made.url = f"http://feed.test:{port}/feed"
        made.port = port
        yield made


def ask(home, site, **options):
    feed = Feed("f", site.url, is_enabled=True, **options)
    return feeds.ingest_feeds(
        [feed], home, "run", "news", force=True, make_fetcher=fetchers(max_seconds=5)
    )[0]


def test_feed_asked_again_then_304_and_then_only_what_is_new(site, tmp_path):
    home = make_home(tmp_path)
    assert ask(home, site).documents_new == 2
    assert ask(home, site).outcomes["not_modified"] == 1
    site.body = rss("c", "a", "b")
    third = ask(home, site)
    assert (third.documents_new, third.unchanged) == (1, 2)
    assert [s for p, s in site.asked if p == "/feed"] == [200, 304, 200]
    state = json.loads(rows(home, "select state from ops.feed_state")[0][0])
    assert state["last_outcome"] == "ok"


def test_commit_fails_then_neither_documents_nor_state_nor_attempts(site, tmp_path, monkeypatch):
    home = make_home(tmp_path)
    with open_writer(home):
        pass

    def broken(*_):
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(feeds, "keep_hosts", broken)
        with pytest.raises(RuntimeError, match="disk"):
            ask(home, site)
    for table in ("raw.documents", "ops.feed_state", "ops.ingest_attempts", "ops.host_state"):
        assert rows(home, f"select count(*) from {table}") == [(0,)]
    assert ask(home, site).documents_new == 2


def test_feed_with_pages_then_documents_have_the_pages_text(site, tmp_path):
    home = make_home(tmp_path)
    site.body = rss("a", "b", "c").replace(b"pages.test", f"pages.test:{site.port}".encode())
    site.pages = {"/a": page("The full story of item a."), "/b": (500, b"")}
    ask(home, site, fetch_pages=True)
    texts = dict(
        rows(
            home,
            "select d.feed_item_id, r.extractor from raw.documents as d"
            " join raw.document_revisions as r on d.document_id = r.document_id",
        )
    )
    # a: read; c: not found, so its own text stands in; b: failed in passing and waits
    assert texts == {"a": "trafilatura", "c": "detente.fragment"}
    outcomes = dict(
        rows(home, "select subject, outcome from ops.ingest_attempts where stage='page'")
    )
    assert {u.rsplit("/", 1)[1]: o for u, o in outcomes.items()} == {
        "a": "ok", "b": "http_5xx", "c": "not_found",
    }  # fmt: skip
    ask(home, site, fetch_pages=True)  # nothing new, nothing due
    assert [p for p, _ in site.asked].count("/a") == 1
    site.pages["/b"] = page("At last the story of item b.")
    with open_writer(home) as con:
        con.execute("update ops.page_queue set next_at = timestamp '2020-01-01'")
    ask(home, site, fetch_pages=True)
    assert rows(home, "select count(*) from raw.documents") == [(3,)]
    assert rows(home, "select count(*) from ops.page_queue where done_at is null") == [(0,)]


def test_page_fails_to_the_end_then_the_items_own_text_stands_in(site, tmp_path):
    home = make_home(tmp_path)
    site.body = rss("b").replace(b"pages.test", f"pages.test:{site.port}".encode())
    site.pages = {"/b": (500, b"")}
    for _ in range(pages.MAX_TRIES):
        assert rows(home, "select count(*) from raw.documents") == [(0,)]
        ask(home, site, fetch_pages=True)
        with open_writer(home) as con:
            con.execute("update ops.page_queue set next_at = timestamp '2020-01-01'")
    assert rows(home, "select feed_item_id from raw.documents") == [("b",)]
    ask(home, site, fetch_pages=True)
    assert [p for p, _ in site.asked].count("/b") == pages.MAX_TRIES


def test_news_sitemap_with_pages_then_documents(site, tmp_path):
    home = make_home(tmp_path)
    site.pages = {"/a": page("A story that a sitemap led to.")}
    site.body = f"""<?xml version="1.0"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>
 <loc>http://pages.test:{site.port}/a</loc><news:news><news:title>Envoys meet</news:title>
 <news:publication_date>2020-11-24T10:00:00Z</news:publication_date></news:news></url></urlset>
""".encode()
    ask(home, site, fetch_pages=True)
    assert rows(home, "select title, extractor, published_at::date::varchar from raw.document_revisions") == [
        ("Envoys meet", "trafilatura", "2020-11-24")
    ]  # fmt: skip


def test_feed_not_due_then_it_is_not_asked(site, tmp_path):
    home = make_home(tmp_path)
    ask(home, site)
    feed = Feed("f", site.url, is_enabled=True)
    found, answered = feeds.ingest_feeds([feed], home, "r", "news", make_fetcher=fetchers())
    assert (found.outcomes["not_due"], answered) == (1, True)
    assert [p for p, _ in site.asked].count("/feed") == 1


def test_given_references_to_no_character_then_the_items_are_read():
    data = (
        b'<?xml version="1.0"?><rss version="2.0"><channel><title>F</title><item><guid>a</guid>'
        b"<title>A &#xD800;&#55296;&#x110000;B</title><description>x &amp y</description></item>"
        b"</channel></rss>"
    )
    (entry,) = parse_feed(data).entries
    assert entry.title == "A \ufffd\ufffd\ufffdB"
