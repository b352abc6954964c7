"""Ordinary ingestion, killed: in miniature; `benchmarks/bench_kills.py` has the whole recording."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def bench():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    path = ROOT / "benchmarks/bench_kills.py"
    spec = importlib.util.spec_from_file_location("bench_kills", path)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    return module


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
