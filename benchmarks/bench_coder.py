"""How fast the coder is beside the bare parser, on one and two processes, and what a bad text costs.

Rounds of parser and coder alternate on the same filtered sentences, so that a busy machine slows
both; shares are of processor time. The bare parser is spaCy as it comes; the parser as the coder
runs it (numpy's OpenBLAS) is reported beside it.

    python benchmarks/bench_coder.py [--quick]

Dense news are press releases of a foreign ministry, general news articles of a news wiki, from the
development data beside the checkout; without those, both are the project's sample corpus.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "dev"
BARS = {"of_the_bare_parser": 0.90, "of_two_processes": 0.95, "peak_mib": 600}
