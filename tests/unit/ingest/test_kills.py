"""Ordinary ingestion, killed: in miniature; `benchmarks/bench_kills.py` has the whole recording."""

import pytest

from .homes import load_benchmark


@pytest.fixture(scope="module")
def bench():
    return load_benchmark("bench_kills")


def snapshot(number):
    """Ten items of a feed that moves on by two a time; every seventh item is edited meanwhile."""
    items = "".join(
        f"<item><guid>g{n}</guid><link>https://a.org/{n}</link><title>Talks {n}</title>"
        f"<description>Delegation {n} met its hosts in the capital and spoke of trade, the border"
        f" and the return of fishermen{' (updated)' if n % 7 == 0 and number % 2 else ''}."
        "</description><pubDate>Tue, 24 Nov 2020 10:00:00 GMT</pubDate></item>"
        for n in range(number * 2, number * 2 + 10)
    )
    return f'<rss version="2.0"><channel><title>F</title>{items}</channel></rss>'.encode()


def test_given_ingestion_killed_at_random_then_the_same_documents_and_revisions(bench, tmp_path):
    snapshots = [snapshot(n) for n in range(16)]
    calm = bench.run(snapshots, tmp_path / "calm", 0)
    killed = bench.run(snapshots, tmp_path / "killed", 3)
    assert (calm["documents"], killed["kills"]) == (40, 3)
    assert calm["revisions"] > 40
    about = ("kills", "fetches", "seconds")
    assert {k: v for k, v in calm.items() if k not in about} == {
        k: v for k, v in killed.items() if k not in about
    }
