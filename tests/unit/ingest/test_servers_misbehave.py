"""Whatever a server does ends in its named outcome, within its time, and others go on."""

from __future__ import annotations

import gzip
import socket
import time

import brotli
import pytest

from detente.ingest import feeds
from detente.ingest.drafts import OUTCOMES
from detente.ingest.policy import FAILURE_KINDS
from detente.ingest.sources import Feed
from detente.settings import Settings
from detente.warehouse.writer import open_writer

from .servers import fetchers, rss, send, serving

BOMB = b"\0" * (64 * 1024 * 1024)
CHALLENGE = b"<html><head><title>Just a moment...</title></head><body>Checking</body></html>"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>'
    b'<rss version="2.0"><channel><item><title>&lol2;</title></item></channel></rss>'
)


def drip_body(h):
    h.send_response(200)
    h.end_headers()
    for _ in range(300):
        h.wfile.write(b"x")
        time.sleep(0.1)


def drip_header(h):
    h.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for n in range(300):
        h.wfile.write(b"X-%d: y\r\n" % n)
        time.sleep(0.1)


def endless(h):
    h.send_response(200)
    h.end_headers()
    while True:
        h.wfile.write(b"<item>" * 10_000)


def reset(h):
    h.connection.shutdown(socket.SHUT_RDWR)


def no_http(h):
    h.wfile.write(b"SSH-2.0-OpenSSH_9.0\r\n\r\n")
    h.close_connection = True


def redirect(status, to):
    return lambda h: send(h, status, Location=to)


def answer(body=b"", status=200, **headers):
    return lambda h: send(h, status, body, **headers)


CASES = {
    "429-wait": (answer(b"", 429, Retry_After="7200"), "rate_limited"),
    "429": (answer(b"", 429), "rate_limited"),
    "500": (answer(b"", 500), "http_5xx"),
    "503-wait": (answer(b"", 503, Retry_After="60"), "rate_limited"),
    "503": (answer(b"", 503), "http_5xx"),
    "404": (answer(b"", 404), "not_found"),
    "410": (answer(b"", 410), "not_found"),
    "403": (answer(b"no", 403), "http_4xx"),
    "403-challenge": (answer(CHALLENGE, 403), "blocked"),
    "challenge": (answer(CHALLENGE), "blocked"),
    "drip-body": (drip_body, "timeout"),
    "drip-header": (drip_header, "timeout"),
    "endless": (endless, "too_large"),
    "gzip-bomb": (answer(gzip.compress(BOMB, 9), Content_Encoding="gzip"), "too_large"),
    "brotli-bomb": (answer(brotli.compress(BOMB), Content_Encoding="br"), "too_large"),
    "gzip-file-bomb": (answer(gzip.compress(BOMB, 9), Content_Type="application/gzip"), "too_large"),
    "gzip-cut": (answer(gzip.compress(rss("a"))[:-20], Content_Encoding="gzip"), "bad_encoding"),
    "gzip-lie": (answer(rss("a"), Content_Encoding="gzip"), "bad_encoding"),
    "zstd": (answer(rss("a"), Content_Encoding="zstd"), "bad_encoding"),
    "two-codings": (answer(rss("a"), Content_Encoding="gzip, gzip"), "bad_encoding"),
    "loop": (redirect(302, "/again"), "redirect_loop"),
    "to-metadata": (redirect(302, "http://169.254.169.254/latest"), "forbidden_address"),
    "to-loopback": (redirect(301, "http://127.0.0.2/"), "forbidden_address"),
    "to-file": (redirect(302, "file:///etc/passwd"), "forbidden_address"),
    "to-nowhere": (redirect(302, "http://[bad"), "connection"),
    "laughs": (answer(LAUGHS), "unsafe_xml"),
    "nul": (answer(b"\0" * 5000), "not_a_feed"),
    "page": (answer(b"<html><body><p>A page.</p></body></html>"), "not_a_feed"),
    "empty": (answer(b""), "empty"),
    "no-items": (answer(rss()), "no_items"),
    "cut-short": (answer(rss("a"), Content_Length="99999"), "timeout"),
    "reset": (reset, "connection"),
    "no-http": (no_http, "connection"),
    "huge-header": (answer(rss("a"), X_Big="x" * 300_000), "connection"),
    "robots": (answer(rss("a")), "robots"),
    "robots-500": (answer(rss("a")), "robots"),
    "robots-nowhere": (answer(rss("a")), "connection"),
    "304": (answer(b"", 304), "not_modified"),
    "truncated-xml": (answer(rss("a", "b")[:-40]), "ok"),
    "wrong-type": (answer(rss("a"), Content_Type="image/png"), "ok"),
    "wrong-charset": (answer(rss("\u00e9"), Content_Type="text/xml; charset=us-ascii"), "ok"),
    "gzip-file": (answer(gzip.compress(rss("a"))), "ok"),
    "brotli": (answer(brotli.compress(rss("a")), Content_Encoding="br"), "ok"),
    "deflate-bare": (answer(gzip.compress(rss("a"))[10:-8], Content_Encoding="deflate"), "ok"),
    "moved": (redirect(301, "/new"), "ok"),
    "good": (answer(rss("a", "b", "c")), "ok"),
}  # fmt: skip


def respond(h) -> None:
    case = h.headers["Host"].split(".test")[0]
    if h.path == "/robots.txt":
        if case == "robots":
            send(h, 200, b"User-agent: *\nDisallow: /")
        elif case == "robots-nowhere":
            redirect(302, "http://[bad")(h)
        else:
            send(h, 500 if case == "robots-500" else 404)
    elif h.path == "/new":
        send(h, 200, rss("a"))
    else:
        CASES[case][0](h)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    home = Settings(home=tmp_path_factory.mktemp("home"), request_gap_seconds=0, _env_file=None)
    with serving(respond) as port:
        listed = [Feed(case, f"http://{case}.test:{port}/feed", is_enabled=True) for case in CASES]
        listed.append(Feed("closed", "http://closed.test:9/feed", is_enabled=True))
        make = fetchers(max_seconds=3.0, max_bytes=1_000_000)
        feeds.ingest_feeds(listed, home, "run", "news", make_fetcher=make)
        again = [Feed("closed-too", "http://closed.test:9/other", is_enabled=True)]
        feeds.ingest_feeds(again, home, "run2", "news", make_fetcher=make)
    with open_writer(home) as con:
        outcomes = dict(
            con.execute(
                "select source_id, outcome from ops.ingest_attempts where stage = 'fetch'"
            ).fetchall()
        )
        states = dict(con.execute("select source_id, state from ops.feed_state").fetchall())
        documents = dict(
            con.execute("select source_id, count(*) from raw.documents group by all").fetchall()
        )
    return outcomes, states, documents, port


@pytest.mark.parametrize("case", CASES)
def test_server_misbehaves_then_named_outcome(run, case):
    outcomes, states, _, _ = run
    expected = CASES[case][1]
    assert outcomes[case] == expected
    assert expected in OUTCOMES
    assert (expected in FAILURE_KINDS) == (expected not in ("ok", "not_modified"))
    assert f'"last_outcome": "{expected}"' in states[case]


def test_host_refuses_connections_then_it_is_not_asked_again_for_a_while(run):
    outcomes, _, _, _ = run
    assert outcomes["closed"] == "connection"
    assert outcomes["closed-too"] == "host_down"


def test_others_misbehave_then_good_feeds_are_read_and_moves_are_remembered(run):
    _, states, documents, port = run
    assert documents["good"] == 3
    assert documents["gzip-file"] == documents["brotli"] == documents["deflate-bare"] == 1
    assert f'"url": "http://moved.test:{port}/new"' in states["moved"]
    assert f'"url": "http://moved.test:{port}/feed"' not in states["moved"].split("listed_url")[0]
    assert "Retry-After" not in states["429-wait"]
