"""Every outcome is named once, explained where a user looks, and used by the code."""

from __future__ import annotations

import re
from pathlib import Path

from detente.ingest.drafts import OUTCOMES
from detente.ingest.policy import FAILURE_KINDS, FAILURE_WEIGHTS

ROOT = Path(__file__).parents[3]


def test_outcomes_then_the_page_lists_them_with_meaning_and_weight():
    page = (ROOT / "docs" / "reference" / "outcomes.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \| (.+?) \| (.*?) ?\|$", page, re.MULTILINE)
    expected = []
    for outcome, meaning in OUTCOMES.items():
        kind = FAILURE_KINDS.get(outcome)
        expected.append((outcome, meaning, f"{kind}, {FAILURE_WEIGHTS[kind]:g}" if kind else ""))
    assert listed == expected


def test_outcomes_then_each_is_given_somewhere_and_none_is_given_unnamed():
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "src" / "detente").rglob("*.py")
        if path.name not in ("drafts.py", "policy.py")
    )
    unused = [o for o in OUTCOMES if not re.search(rf"[\"']{o}[\"']", source)]
    assert not unused
    given = set(re.findall(r"(?:Failure|Answer|FeedError|Page)\(\s*(?:\w+, )?\"(\w+)\"", source))
    given |= set(re.findall(r"Failure\([^()\"]*, \"(\w+)\"", source))
    assert given - {"redirect"} <= set(OUTCOMES)
