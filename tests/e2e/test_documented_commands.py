"""Every command and query of README and docs is run on a demo warehouse; what they print is there.

In ``console`` blocks a line after ``$`` is run; the lines below it must be among what it prints,
spaces and box lines aside, ``...`` standing for anything. A block under ``<!-- not run: why -->`` is
left out.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from detente.settings import Settings
from detente.warehouse.reader import open_snapshot, snapshot_path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(
    r"(?:<!-- not run: (?P<why>[^>]+) -->\n)?```(?P<kind>\w+)\n(?P<body>.*?)```", re.DOTALL
)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BY_MAKE = re.compile(r"make \w+$")  # they make an environment first; the demo is compared

pytestmark = [pytest.mark.xdist_group("commands")]


def blocks(kind):
    return [
        pytest.param(found["body"], id=f"{page.relative_to(ROOT)}:{number}")
        for page in PAGES
        for number, found in enumerate(BLOCK.finditer(page.read_text(encoding="utf-8")))
        if found["kind"] == kind and not found["why"]
    ]


def _run(command, home, cwd):
    scripts = str(Path(sys.executable).parent)
    env = {**os.environ, "DETENTE_HOME": str(home), "PATH": f"{scripts}:{os.environ['PATH']}",
           "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "200", "NO_COLOR": "1"}  # fmt: skip
    return subprocess.run(
        command, shell=True, cwd=cwd, env=env, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A directory as a reader's own: `data` below it, the sample in it; and what the demo said."""
    cwd = tmp_path_factory.mktemp("reader")
    for name in ("seeds", "dags", "docs"):
        (cwd / name).symlink_to(ROOT / name)
    done = _run("detente demo --no-serve", cwd / "data", cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return cwd, done.stdout


def _plain(text):
    return re.sub(r"[\s│┃─━┏┓┗┛┡┩╇┳┻└┘┴┬┼]+", " ", text)


def _missing(expected, printed):
    printed = _plain(printed)
    lines = [part for line in expected for part in line.split("...")]
    return [line for line in map(_plain, lines) if line.strip() and line.strip() not in printed]


def test_given_the_pages_then_there_are_commands_to_run():
    assert len(blocks("console")) >= 8 and len(blocks("sql")) >= 7


@pytest.mark.parametrize("body", blocks("console"))
def test_given_a_documented_command_then_it_works_and_prints_what_is_shown(body, demo):
    cwd, said = demo
    for step in body.split("$ ")[1:]:
        command, *expected = step.splitlines()
        command = command.split("  #")[0].strip()
        if command.startswith("make demo"):
            timeless = [re.sub(r"[\d.]+ s$|/\S+", "...", line) for line in expected]
            shown = [line for line in timeless if not line.startswith("Dashboard")]
            assert not _missing(shown, said)
            continue
        if BY_MAKE.match(command):
            continue
        done = _run(command, cwd / "data", cwd)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        assert not _missing(expected, done.stdout + done.stderr), f"{command}\n{done.stdout}"


@pytest.mark.parametrize("body", blocks("sql"))
def test_given_a_documented_query_then_it_is_answered(body, demo):
    with open_snapshot(snapshot_path(Settings(home=demo[0] / "data"))) as con:
        assert con.execute(body.strip().rstrip(";")).description


@pytest.mark.parametrize("body", blocks("python"))
def test_given_a_documented_script_then_it_runs(body, demo):
    script = demo[0] / "script.py"
    script.write_text(body, encoding="utf-8")
    done = _run(f"{sys.executable} script.py", demo[0] / "data", demo[0])
    assert done.returncode == 0 and done.stdout, done.stderr
