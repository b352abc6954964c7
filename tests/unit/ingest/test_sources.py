"""The feeds: shipped list, the user's overlay, OPML."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from detente.ingest import feeds
from detente.ingest.sources import (
    SourceError,
    add_source,
    list_sources,
    read_feeds,
    set_enabled,
    to_opml,
)

from .homes import make_home
from .servers import rss, send, serving

SEEDS = Path(__file__).parents[3] / "seeds"
KINDS = {"agency", "broadcaster", "daily", "weekly", "magazine", "ministry", "state_media",
         "think_tank", "igo"}  # fmt: skip


def test_shipped_feeds_then_well_formed_unchecked_and_disabled(tmp_path):
    shipped = read_feeds(make_home(tmp_path))
    countries = {r["country_code"] for r in csv.DictReader((SEEDS / "countries.csv").open())}
    assert len(shipped) >= 60
    for name in ("feed_id", "url"):
        values = [getattr(f, name) for f in shipped]
        assert len(set(values)) == len(values)
    for feed in shipped:
        assert feed.kind in KINDS, feed
        assert feed.url.startswith(("http://", "https://")) and feed.publisher, feed
        assert feed.country_code in countries or (feed.kind == "igo" and not feed.country_code), (
            feed
        )
        assert len(feed.language) == 2
        assert not (feed.is_enabled or feed.fetch_pages or feed.checked_at), feed
        assert feed.is_state_controlled or feed.kind not in ("state_media", "ministry"), feed
    kinds = {f.kind for f in shipped}
    assert {"agency", "daily", "ministry", "state_media", "think_tank", "igo"} <= kinds
    assert {r["checked_at"] for r in list_sources(make_home(tmp_path))} == {"not checked"}


def test_feed_enabled_then_written_to_the_overlay_only(tmp_path):
    home = make_home(tmp_path)
    before = (SEEDS / "feeds.csv").read_bytes()
    set_enabled(home, ["tass", "kyodo"], True, fetch_pages=True)
    set_enabled(home, ["kyodo"], False)
    feeds_now = {f.feed_id: f for f in read_feeds(home)}
    assert [f for f, v in feeds_now.items() if v.is_enabled] == ["tass"]
    assert feeds_now["tass"].fetch_pages and feeds_now["tass"].is_state_controlled
    assert (SEEDS / "feeds.csv").read_bytes() == before
    with pytest.raises(SourceError, match="nowhere"):
        set_enabled(home, ["nowhere"], True)


def test_feeds_checked_then_seen_to_work_or_named_outcome(tmp_path):
    home = make_home(tmp_path)
    with serving(lambda h: send(h, 200 if h.path == "/good" else 404, rss("a", "b"))) as port:
        for name in ("good", "bad"):
            add_source(home, f"http://127.0.0.1:{port}/{name}", feed_id=name)
        found = {r["feed_id"]: (r["outcome"], r["items"]) for r in feeds.check_feeds(home, [])}
    assert found == {"good": ("ok", 2), "bad": ("not_found", 0)}
    checked = {r["feed_id"]: r["checked_at"] for r in list_sources(home)}
    assert checked["good"].startswith("20") and checked["bad"] == "not checked"


def test_feeds_written_as_opml_then_read_back(tmp_path):
    home, other = make_home(tmp_path / "a"), make_home(tmp_path / "b")
    add_source(home, "https://example.org/feed?a=1&b=2", publisher='An "odd" <name>')
    (tmp_path / "feeds.opml").write_text(to_opml(home), encoding="utf-8")
    add_source(other, str(tmp_path / "feeds.opml"))
    assert {f.url for f in read_feeds(home)} == {f.url for f in read_feeds(other)}
    assert not any(f.is_enabled for f in read_feeds(other))
    with pytest.raises(SourceError):
        add_source(other, "ftp://example.org/feed")
