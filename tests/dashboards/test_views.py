"""The views without a browser: every page, empty and filled; every query binds."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from detente.settings import Settings, get_settings
from detente.warehouse.reader import open_snapshot, snapshot_path

ROOT = Path(__file__).resolve().parents[2]
APP = str(ROOT / "dashboards" / "streamlit_app.py")
PAGES = [p.name for p in sorted((ROOT / "dashboards" / "app_pages").glob("*.py"))]
pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def app(home, monkeypatch):
    monkeypatch.setenv("DETENTE_HOME", str(home))
    get_settings.cache_clear()
    yield AppTest.from_file(APP, default_timeout=60)
    get_settings.cache_clear()


@pytest.mark.parametrize("page", PAGES)
def test_given_a_warehouse_then_the_page_shows_and_bears_the_corpus_label(app, page):
    app.run()
    app.switch_page(f"app_pages/{page}").run()
    assert not app.exception, [e.value for e in app.exception]
    assert app.title
    assert any("shows the method, not history" in i.value for i in app.info)


def test_given_nothing_published_then_the_page_says_what_to_run(tmp_path, monkeypatch):
    monkeypatch.setenv("DETENTE_HOME", str(tmp_path))
    get_settings.cache_clear()
    app = AppTest.from_file(APP, default_timeout=60).run()
    get_settings.cache_clear()
    assert not app.exception
    assert "detente demo" in " ".join(m.value for m in app.markdown)


def test_given_a_week_in_the_address_then_the_evidence_is_of_that_week(app):
    app.query_params["week"] = "2014-11-19"
    app.run()
    app.switch_page("app_pages/evidence.py").run()
    assert not app.exception
    assert any("in the week of 17 Nov 2014" in m.value for m in app.markdown)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "dashboards/queries").glob("*.sql")), ids=lambda p: p.stem
)
def test_given_a_query_file_then_it_binds_and_reads_marts_only(home, path):
    sql = path.read_text(encoding="utf-8")
    tables = set(re.findall(r"(?:from|join)\s+([a-z_]+\.[a-z_]+)", sql))
    assert tables and all(t.startswith(("marts.", "ops.publications")) for t in tables), tables
    names = set(re.findall(r"\$([a-z_]+)", sql))
    with open_snapshot(snapshot_path(Settings(home=home))) as con:
        con.execute(f"explain {sql}", dict.fromkeys(names))
