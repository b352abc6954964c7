"""The wheel carries the whole project: installed elsewhere it works without the checkout."""

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import detente
from detente.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Build the wheel, unpack it away from the checkout, make a project folder."""
    folder = tmp_path_factory.mktemp("elsewhere")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder


def _detente(elsewhere, *arguments, cwd=None):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DETENTE_")}
    return subprocess.run(
        [sys.executable, "-c", "from detente.cli import main; main()", *arguments],
        cwd=cwd or elsewhere, capture_output=True, text=True,
        env={**environment, "PYTHONPATH": str(elsewhere / "site")},
    )  # fmt: skip


def test_given_the_wheel_then_it_carries_what_is_not_python(elsewhere):
    site = elsewhere / "site" / "detente"
    for path in (
        "py.typed",
        "_project/dbt_project/dbt_project.yml",
        "_project/dags/ingest_news.py",
        "_project/dashboards/streamlit_app.py",
        "_project/seeds/countries.csv",
        "_project/seeds/sample_news/README.md",
        "warehouse/migrations/001.sql",
        "queries/shifts.sql",
    ):
        assert (site / path).exists(), path
    shown = _detente(elsewhere, "--version").stdout.strip()
    assert shown == detente.__version__
    assert (elsewhere / f"detente-{shown}-py3-none-any.whl").exists()


def test_given_init_then_the_folder_is_a_project_that_reads_a_text(elsewhere):
    project = elsewhere / "project"
    made = _detente(elsewhere, "init", str(project))
    assert made.returncode == 0, made.stderr
    again = _detente(elsewhere, "init", str(project))
    assert again.returncode == 0 and "wrote" not in again.stderr
    (project / "one.md").write_text(
        "---\ntitle: Talks\npublished: 2014-11-18\npublisher: Test Wire\n---\n"
        "Russian President Vladimir Putin met a North Korean envoy in Moscow on Tuesday.\n"
    )
    ran = _detente(elsewhere, "run", "one.md", cwd=project)
    assert ran.returncode == 0, ran.stderr
    shown = _detente(elsewhere, "sql", "select pair_id from marts.fct_events", "--csv", cwd=project)
    assert shown.stdout.split() == ["pair_id", "PRK-RUS"], shown.stderr
    assert (project / "data" / "warehouse.duckdb").exists()
    assert not list((elsewhere / "site").rglob("*.duckdb"))


def _release_check():
    spec = importlib.util.spec_from_file_location("check", ROOT / "scripts" / "release_check.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_given_the_tree_then_its_versions_agree_and_the_changelog_speaks(monkeypatch):
    check = _release_check()
    assert check.check_versions() == detente.__version__
    assert "lines under" in check.check_changelog()
    monkeypatch.setattr(check.detente, "__version__", "9.9.9")
    with pytest.raises(check.CheckError, match=r"dbt_project\.yml"):
        check.check_versions()


def test_given_own_models_then_they_are_copied_and_used(elsewhere, monkeypatch):
    project = elsewhere / "own"
    assert _detente(elsewhere, "init", str(project)).returncode == 0
    made = _detente(elsewhere, "init", str(project), "--own-models")
    assert made.returncode == 0, made.stderr
    assert (project / "project" / "seeds" / "event_types.csv").exists()
    monkeypatch.chdir(project)
    for name in [n for n in os.environ if n.startswith("DETENTE_")]:
        monkeypatch.delenv(name)
    settings = Settings()
    assert settings.project_dir == project / "project"
    assert settings.home == project / "data"
    _detente(elsewhere, "init", str(project), "--own-models")
    assert (project / ".env").read_text().count("DETENTE_PROJECT_DIR=") == 1


def test_given_a_file_in_its_place_then_init_says_so(elsewhere):
    (elsewhere / "taken").write_text("")
    refused = _detente(elsewhere, "init", "taken")
    assert refused.returncode == 1 and "cannot become a project" in refused.stderr
