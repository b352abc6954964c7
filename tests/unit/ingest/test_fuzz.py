"""Hostile input: whatever comes in, a reading or a named failure comes out, never an exception.

Each input is a sound one with pieces cut, doubled and exchanged for what breaks parsers, so that the
code behind the first check is reached too. What becomes a draft is prepared and stored.
"""

from __future__ import annotations

import json
import os
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detente.ingest import ingest
from detente.ingest.dates import claim, read_date
from detente.ingest.drafts import OUTCOMES, Draft, Failure
from detente.ingest.feedparse import FeedError, parse_feed
from detente.ingest.files import read_bytes
from detente.ingest.load import Source, load_readings
from detente.ingest.streams.messages import Message, Place, open_message

from .homes import make_home, rows
from .servers import rss

SOURCE = Source("fuzz", known_basis="fetched")

BREAKERS = [
    b"", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\xc3", b"<", b">", b"&", b"&#0;", b"&#xD800;",
    b"&#99999999999;", b"]]>", b"<![CDATA[", b"<!--", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"--- \n",
    b"---", b"\r", b"\x1b[2J", b"{", b"}", b"[" * 500, b"\\ud800", b"\\u0000", b'"', b"\\",
    b"1e999", b"NaN", b"9" * 5000, b"null", b"true", b"0001-01-01", b"9999-12-31T23:59:60+24:00",
    b"2020-02-30", b"-1", b"!!python/object:os.system", b"&a [*a, *a]", b"*a", b"? ", b"!!set",
    b"!!binary x", b"=", b"<<: 1", b"12:30:45", b"0o17", b"%TAG", "\u202e\u200b\u0130\ufffe".encode(),
    "\U0001f1f0\U0001f1f5".encode(), b"<p>" * 300, b"</div>" * 50, b"<script>", b"<meta charset=utf-7>",
    b"<table><a><b></table>", b"<base href='file:///etc/passwd'>", b"javascript:alert(1)",
    b"http://[::1", b"http://a:99999999/", b"http://\xe2\x84\xa2.com/%ff%00", b"\t" * 100,
]  # fmt: skip

FEED = rss("a", "b", head="<ttl>60</ttl><language>en</language>")
ATOM = (
    b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry>'
    b"<id>urn:1</id><title type='html'>&lt;b&gt;Talks&lt;/b&gt;</title><link href='http://a.org/1'/>"
    b"<updated>2020-01-02T03:04:05Z</updated><content type='xhtml'><div>They met.</div></content>"
    b"</entry></feed>"
)
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "T",
        "items": [{"id": 1, "url": "http://a.org/1", "content_html": "<p>They met.</p>",
                   "date_published": "2020-01-02T03:04:05Z"}],
    }
).encode()  # fmt: skip
PAGE = (
    b"<!doctype html><html lang=en><head><title>Envoys meet</title><meta charset=utf-8>"
    b'<link rel=canonical href="https://a.org/1"><meta property="article:published_time" '
    b'content="2020-01-02T03:04:05Z"><script type="application/ld+json">{"@type": "NewsArticle", '
    b'"headline": "Envoys", "datePublished": "2020-01-02", "author": {"name": "A"}}</script></head>'
    b"<body><article><h1>Envoys meet</h1>"
    + b"<p>The envoys of two countries met in the capital and spoke of trade.</p>" * 5
    + b"</article></body></html>"
)
MESSAGE = json.dumps(
    {"id": "1", "url": "http://a.org/1", "title": "Talks", "text": "They met.", "source": "wire",
     "published": "2020-01-02T03:04:05Z", "language": "en", "state_controlled": True}
).encode()  # fmt: skip
FRONT_MATTER = (
    b"---\nid: n1\ntitle: Talks\npublished: 2020-01-02\nurl: https://a.org/1\nstate_controlled: yes\n"
    b"tags: [a, b]\n---\n\nThey met in the capital and spoke of trade."
)
DATES = [
    b"2020-01-02T03:04:05+09:00", b"Thu, 02 Jan 2020 03:04:05 GMT", b"20200102", b"2 January 2020",
    b"02/01/2020 3:04 pm EST", b"2020-W01-4",
]  # fmt: skip

cuts = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(BREAKERS)), max_size=4
)


@st.composite
def broken(draw, *sound: bytes) -> bytes:
    """Return one of the inputs with pieces cut out and breakers put in their places."""
    data = draw(st.sampled_from(sound))
    for place, length, breaker in draw(cuts):
        start = int(place * len(data))
        data = data[:start] + breaker + data[start + length :]
    return data


def quick(examples: int):
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def check(readings, home=None) -> None:
    readings = list(readings)
    for reading in readings:
        assert isinstance(reading, Draft) or reading.outcome in OUTCOMES
    if home is not None:
        loaded = load_readings(readings, SOURCE, home, "run")
        assert loaded.outcomes["error"] == 0


@quick(120)
@given(data=broken(FEED, ATOM, JSON_FEED))
def test_given_a_broken_feed_then_items_or_a_named_failure(data):
    try:
        parse_feed(data)
    except FeedError as error:
        assert error.outcome in OUTCOMES
    check(read_bytes(data, "s", ".xml"))


@quick(80)
@given(data=broken(PAGE))
def test_given_a_broken_page_then_a_text_or_a_named_failure(data):
    check(read_bytes(data, "s", ".html", "http://a.org/x"))


@quick(200)
@given(data=broken(FRONT_MATTER))
def test_given_broken_front_matter_then_a_text_or_a_named_failure(data):
    check(read_bytes(data, "s", ".md"))


@quick(200)
@given(data=broken(MESSAGE))
def test_given_a_broken_message_then_a_document_or_a_dead_letter(data):
    letter = open_message(Message(Place("memory:a"), "1", "a@0", data))
    check(letter.readings)
    assert len(letter.readings) == 1
    assert letter.is_dead == isinstance(letter.readings[0], Failure)


@quick(300)
@given(value=st.one_of(
    broken(*DATES).map(lambda b: b.decode("utf-8", "surrogateescape")), st.text(max_size=40),
    st.integers(), st.floats(), st.datetimes(), st.dates(), st.none(), st.lists(st.integers()),
))  # fmt: skip
def test_given_any_value_as_a_date_then_a_moment_in_utc_or_none(value):
    found = read_date(value)
    assert found is None or found.tzinfo is UTC
    said = claim("feed", "published", value)
    assert said is None or said.at is None or said.at.tzinfo is UTC


def test_given_hostile_values_in_any_field_then_the_rest_of_the_batch_is_stored(tmp_path):
    home, readings = make_home(tmp_path), []
    for field in json.loads(MESSAGE) | dict.fromkeys(("updated", "origin", "corpus_label", "link")):
        for value in ("\ud800x", "\0", "\u202e", {"a": 1}, [1, 2], 1e400, -1, True, "9" * 5000):
            said = json.loads(MESSAGE) | {"id": f"{field} {value!r}"[:60], field: value}
            readings += read_bytes(json.dumps(said).encode(), "s", ".json")
    item = json.loads(JSON_FEED)
    for field in (*item["items"][0], "title", "authors", "language", "content_text"):
        item["items"][0][field] = "\ud800"
    readings += read_bytes(json.dumps(item).encode(), "s", ".json")
    check(readings, home)
    outcomes = dict(rows(home, "select outcome, count(*) from ops.ingest_attempts group by all"))
    assert outcomes["undecodable"] >= 8 and outcomes["ok"] > 60


def test_given_file_names_that_are_no_utf_8_then_texts_are_stored_and_outcomes_named(tmp_path):
    folder = os.fsencode(tmp_path) + b"/news"
    os.mkdir(folder)
    for name, text in ((b"a\xff.md", b"They met in the capital."), (b"b\xff.json", b"{")):
        Path(os.fsdecode(folder + b"/" + name)).write_bytes(text)
    home = make_home(tmp_path / "home")
    summary = ingest([str(tmp_path / "news")], home)
    assert (summary.documents_new, summary.outcomes["bad_json"]) == (1, 1)
    assert rows(home, "select feed_item_id from raw.documents") == [("a\\udcff.md",)]


@pytest.mark.parametrize("suffix", [".xml", ".html", ".md", ".json", ".txt"])
def test_given_hostile_drafts_then_they_are_stored_or_refused_by_name(tmp_path, suffix):
    """All that survives reading survives the warehouse too: one batch, one transaction."""
    sound = {".xml": FEED, ".html": PAGE, ".md": FRONT_MATTER, ".json": MESSAGE, ".txt": PAGE}
    data, readings = sound[suffix], []
    for number, breaker in enumerate(BREAKERS):
        place = (number * 37 + 11) % len(data)
        for hostile in (data[:place] + breaker + data[place + 3 :], breaker, data + breaker):
            readings += read_bytes(hostile, f"s{number}", suffix)
    check(readings, make_home(tmp_path))
