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


def plain(line: str) -> str:
    return " ".join(line.split())


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
    if words[1] == "explain":
        # The fixture holds two of the sample's years, so that older acts are not in the score.
        assert "sum of all" in done.stdout and "Putin receives envoy" in done.stdout
        return
    if words[1] == "brief":
        assert (tmp_path / "brief.html").stat().st_size > 2000
    printed = {plain(line) for line in done.stdout.splitlines()}
    assert {plain(line) for line in shown} <= printed
