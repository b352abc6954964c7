"""Is this tree fit to be released? One line a check; exit code 1 where one fails.

    python scripts/release_check.py [--no-install]

Versions agree, the changelog has something to say, the lock fits, the tree is clean; then the wheel
is built, installed into an empty environment elsewhere (from uv's cache where it is warm), and a
project made there takes a text to the readers.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import yaml

import detente

ROOT = Path(__file__).resolve().parents[1]
CARRIED = (
    "detente/py.typed",
    "detente/_project/dbt_project/dbt_project.yml",
    "detente/_project/dags/ingest_news.py",
    "detente/_project/dashboards/streamlit_app.py",
    "detente/_project/seeds/countries.csv",
    "detente/_project/seeds/frames/README.md",
    "detente/warehouse/migrations/001.sql",
)
NOT_CARRIED = (".duckdb", "/target/", "/logs/", "__pycache__", ".env")
TEXT = """---
title: Talks
published: 2014-11-18
publisher: Test Wire
---
Russian President Vladimir Putin met a North Korean envoy in Moscow on Tuesday.
"""


class CheckError(Exception):
    """Why the tree is not fit."""


def check_versions() -> str:
    """The package's version is the only one; what must repeat it says the same."""
    project = yaml.safe_load((ROOT / "dbt_project/dbt_project.yml").read_text(encoding="utf-8"))
    model = ROOT / "dbt_project/models/marts/sources/dim_publication.sql"
    found = re.search(r"'([\d.]+\w*)' as project_version", model.read_text(encoding="utf-8"))
    stated = {"dbt_project.yml": project["version"], model.name: found and found[1]}
    wrong = {name: v for name, v in stated.items() if v != detente.__version__}
    if wrong:
        raise CheckError(f"the package is {detente.__version__}, but {wrong}")
    return detente.__version__


def check_changelog() -> str:
    """There is something under Unreleased, or a section of this version."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for title in (detente.__version__, "Unreleased"):
        section = re.search(
            rf"^## \[{re.escape(title)}\].*?\n(.*?)(?=^## \[|\Z)", text, re.M | re.S
        )
        if section and (lines := re.findall(r"^\* |^- ", section[1], re.M)):
            return f"{len(lines)} lines under {title}"
    raise CheckError(f"CHANGELOG.md says nothing of {detente.__version__}")


def check_lock() -> str:
    """`uv.lock` follows from `pyproject.toml`, and every package of the other lock has hashes."""
    _run(sys.executable, "-m", "uv", "lock", "--check", "--offline")
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pinned = [n for n, line in enumerate(lines) if re.match(r"^[\w.\[\]-]+ ?==|^[\w.-]+ @ ", line)]
    bare = [lines[n] for n in pinned if "--hash" not in "".join(lines[n : n + 2])]
    if bare:
        raise CheckError(f"without a hash: {bare[:3]}")
    return f"{len(pinned)} packages, each with hashes"


def check_tree() -> str:
    """Everything is committed: what is released can be found again."""
    changed = _run("git", "status", "--porcelain").strip()
    if changed:
        raise CheckError(f"not committed: {', '.join(changed.split()[1::2][:5])}")
    return _run("git", "describe", "--always").strip()


def build_wheel(folder: Path) -> Path:
    """Build the wheel and look into it."""
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    missing = [name for name in CARRIED if name not in names]
    extra = [name for name in names if any(part in name for part in NOT_CARRIED)]
    if missing or extra:
        raise CheckError(f"missing in the wheel: {missing}; too much: {extra[:5]}")
    return wheel


def try_elsewhere(folder: Path, wheel: Path) -> str:
    """Install into an empty environment; a project made there takes a text to the readers."""
    home = folder / "elsewhere"
    python = home / "venv" / "bin" / "python"
    _run(sys.executable, "-m", "uv", "venv", "-q", "--python", sys.executable, str(home / "venv"))
    _run(sys.executable, "-m", "uv", "pip", "install", "-q", "--python", str(python), str(wheel))
    command = str(python.with_name("detente"))
    version = _run(command, "--version", cwd=home).strip()
    if version != detente.__version__:
        raise CheckError(f"installed, it calls itself {version}")
    project = home / "project"
    _run(command, "init", str(project), cwd=home)
    (project / "one.md").write_text(TEXT, encoding="utf-8")
    _run(command, "run", "one.md", cwd=project)
    pairs = _run(command, "sql", "select pair_id from marts.fct_events", "--csv", cwd=project)
    if pairs.split() != ["pair_id", "PRK-RUS"]:
        raise CheckError(f"the text came to {pairs!r}")
    _run(command, "doctor", cwd=project)
    return f"{wheel.name}, {wheel.stat().st_size / 1e6:.1f} MB, reads a text elsewhere"


def _run(*command: str, cwd: Path = ROOT) -> str:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("DETENTE_", "PYTHONPATH"))}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-6:]
        raise CheckError("\n    ".join([f"`{' '.join(command)}` failed", *said]))
    return done.stdout


def main() -> int:
    """Run every check, also after one that failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-install", action="store_true", help="build the wheel, no more")
    args = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="detente-release-") as temporary:
        folder = Path(temporary)

        def wheel() -> str:
            built = build_wheel(folder)
            return built.name if args.no_install else try_elsewhere(folder, built)

        checks: dict[str, Callable[[], str]] = {
            "version": check_versions,
            "changelog": check_changelog,
            "lock": check_lock,
            "tree": check_tree,
            "wheel": wheel,
        }
        for name, check in checks.items():
            try:
                print(f"ok     {name:<10} {check()}", flush=True)
            except CheckError as error:
                failed += 1
                print(f"wrong  {name:<10} {error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
