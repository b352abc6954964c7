"""The tutorial's commands, run as they stand; what it prints of their output is what they print."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"
SERVED = ("make demo", "detente dashboard")
"""Run by other tests: the DAGs, and every page in a browser."""
pytestmark = pytest.mark.xdist_group("browser")


def blocks() -> list[tuple[str, list[str]]]:
    found = re.findall(r"```console\n\$ (.+)\n((?:.*\n)*?)```", TUTORIAL.read_text("utf-8"))
    return [(c, o.splitlines()) for c, o in found if not c.startswith(SERVED)]


def said(line: str) -> str:
    """Return a line without what the fixture, two of the sample's years, cannot give alike.

    Intervals, levels of evidence and scores rest on the years before as well; counts, days and
    sentences do not.
    """
    if "warmth" in line or "prior" in line or "sum of all" in line or line.startswith("fell,"):
        return ""
    words = re.split(r"[\s│]+", line)
    return " ".join(w for w in words if not re.match(r"[+-]?\d\.\d|(ok|thin|insufficient)$", w))


def test_given_the_tutorial_then_every_command_in_it_is_tried():
    assert len(blocks()) == TUTORIAL.read_text("utf-8").count("\n$ ") - len(SERVED) > 4


@pytest.mark.parametrize("command, shown", blocks(), ids=lambda x: x[:30] if type(x) is str else "")
def test_given_a_command_of_the_tutorial_then_it_prints_what_stands_there(
    home, tmp_path, command, shown
):
    words = shlex.split(command)
    done = subprocess.run(
        [str(Path(sys.executable).with_name("detente")), *words[1:]],
        cwd=tmp_path, env={**os.environ, "DETENTE_HOME": str(home)},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    if words[1] == "brief":
        assert (tmp_path / "brief.html").stat().st_size > 2000
    printed = {said(line) for line in done.stdout.splitlines()}
    assert {said(line) for line in shown if line != "..."} - {""} <= printed
