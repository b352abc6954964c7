"""The views without a browser: every page and state; every query binds and reads marts only."""

import re
import shutil
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from detente.settings import Settings
from detente.warehouse.reader import held_marts, missing_marts, open_snapshot, snapshot_path
from detente.warehouse.writer import open_writer

ROOT = Path(__file__).resolve().parents[2]
APP = str(ROOT / "dashboards" / "streamlit_app.py")
PAGES = [p.name for p in sorted((ROOT / "dashboards" / "app_pages").glob("*.py"))]
pytestmark = pytest.mark.xdist_group("browser")


def words(app) -> str:
    """All HTML and text of a page."""
    return " ".join(
        [h.proto.body for h in app.get("html")]
        + [m.value for m in app.markdown]
        + [c.value for c in app.caption]
    )


@pytest.fixture(autouse=True)
def main_module():
    """AppTest puts the script in the place of __main__; processes spawned later would run it."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture
def app(home, monkeypatch):
    monkeypatch.setenv("DETENTE_HOME", str(home))
    return AppTest.from_file(APP, default_timeout=60)


def show(app, page, /, **params):
    app.query_params.update(params)
    if page != "brief.py":
        app.switch_page(f"app_pages/{page}")
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    shown = words(app)
    assert "<svg" not in shown  # Streamlit takes it out without a word
    return shown


@pytest.mark.parametrize("page", PAGES)
def test_given_a_warehouse_then_the_page_shows_and_bears_the_corpus_label(app, page):
    assert "shows the method, not history" in show(app, page)


@pytest.mark.parametrize("page", PAGES)
def test_given_one_partner_then_the_page_shows(app, page):
    show(app, page, hub="PRK", partners="RUS")


@pytest.mark.parametrize("page", PAGES)
def test_given_an_address_that_makes_no_sense_then_the_page_shows_the_default(app, page):
    nonsense = {"hub": "XXX", "partners": "A,B", "from": "yesterday", "to": "1", "conf": "much",
                "acts": "none", "page": "-3", "pair": "'", "since": "?"}  # fmt: skip
    show(app, page, **nonsense)
    assert next(s for s in app.selectbox if s.label == "Hub").value == "PRK"


@pytest.mark.parametrize("page", PAGES)
def test_given_nothing_published_then_the_page_says_what_to_run(page, tmp_path, monkeypatch):
    monkeypatch.setenv("DETENTE_HOME", str(tmp_path))
    assert "detente demo" in show(AppTest.from_file(APP, default_timeout=60), page)


def test_given_a_published_warehouse_without_marts_then_the_page_says_so(tmp_path, monkeypatch):
    settings = Settings(home=tmp_path)
    with open_writer(settings):
        pass
    from detente.warehouse.publish import publish

    publish(settings)
    monkeypatch.setenv("DETENTE_HOME", str(tmp_path))
    assert "holds no marts yet" in show(AppTest.from_file(APP, default_timeout=60), "brief.py")


def test_given_an_old_publication_then_it_is_called_stale(home, tmp_path, monkeypatch):
    import duckdb

    copy = tmp_path / "published" / "20200101T000000000000" / "warehouse.duckdb"
    copy.parent.mkdir(parents=True)
    shutil.copy(snapshot_path(Settings(home=home)), copy)
    copy.chmod(0o644)
    with duckdb.connect(str(copy)) as con:
        con.execute("update ops.publications set published_at = '2020-01-01'")
    (tmp_path / "warehouse.duckdb").symlink_to(copy)
    monkeypatch.setenv("DETENTE_HOME", str(tmp_path))
    app = AppTest.from_file(APP, default_timeout=60)
    assert "Stale: published" in show(app, "brief.py")
    assert "as of 2020-01-02" in show(app, "brief.py", as_of="2020-01-02")


def test_given_an_as_of_before_every_version_then_the_kept_ones_are_named(app):
    assert "Kept (UTC): 20" in show(app, "tilt.py", as_of="1999-01-01")


def test_given_a_writer_at_work_then_the_page_shows_and_says_so(app, home):
    with open_writer(Settings(home=home)):
        assert "a build is running" in show(app, "brief.py")


def test_given_a_year_in_the_address_then_the_evidence_is_of_that_year(app):
    html = show(app, "evidence.py", since="2014-01-01", until="2014-12-31", pair="PRK-RUS")
    days = re.findall(r"<h4>\d+ \w+ (\d{4})", html)
    assert days and set(days) <= {"2014", "2015"}  # a week of January may begin in December
    assert 'class="dt-trigger"' in html


def test_given_another_hub_then_its_partners_are_its_own(app):
    show(app, "tilt.py")
    hub = next(s for s in app.selectbox if s.label == "Hub")
    hub.set_value("RUS").run()
    assert not app.exception
    assert app.query_params["hub"] in ("RUS", ["RUS"])
    assert "RUS" not in app.multiselect[0].value


def test_given_an_id_of_an_event_then_its_reports_stand_open(app, home):
    with open_snapshot(snapshot_path(Settings(home=home)), locked=True) as con:
        event_id = con.execute("select event_id from marts.fct_events limit 1").fetchall()[0][0]
    html = show(app, "evidence.py", event=event_id)
    assert "<details open>" in html and f'data-event="{event_id}"' in html


def test_given_reports_that_count_for_none_then_the_reason_stands_beside(app):
    assert "outcome" in show(app, "evidence.py", show="uncounted")


@pytest.mark.parametrize(
    "path",
    [
        *sorted((ROOT / "dashboards/queries").glob("*.sql")),
        # calibrations are the method's own, and read what the marts are made of
        *sorted((ROOT / "src/detente/queries").glob("[!c]*.sql")),
        ROOT / "src/detente/queries/countries.sql",
    ],
    ids=lambda p: p.stem,
)
def test_given_a_query_file_then_it_binds_and_reads_marts_only(home, path):
    sql = path.read_text(encoding="utf-8")
    own = set(re.findall(r"^\s*(?:with\s+)?(\w+) as \(", sql, flags=re.MULTILINE))
    tables = set(re.findall(r"(?:from|join)\s+([a-z_.]+)", sql.replace("distinct from", ""))) - own
    functions = {"tilt", "drivers", "pair_weeks"}
    outside = {t for t in tables if not t.startswith("marts.") and t not in functions}
    assert tables and not outside, outside
    names = set(re.findall(r"\$([a-z_]+)", sql))
    lists = {"pairs", "partners", "event_ids", "half_lives"}
    values = {n: ["PRK"] if n in lists else None for n in names}
    with open_snapshot(snapshot_path(Settings(home=home)), locked=True) as con:
        if lacking := missing_marts(held_marts(con), sql):
            pytest.skip(f"not built yet: {', '.join(lacking)}")
        con.execute(sql, values)


def test_given_two_rooms_for_queries_then_no_name_is_in_both():
    pages = {p.stem for p in (ROOT / "dashboards/queries").glob("*.sql")}
    assert not pages & {p.stem for p in (ROOT / "src/detente/queries").glob("*.sql")}


def simulated_alarm(home) -> str:
    with open_snapshot(snapshot_path(Settings(home=home)), locked=True) as con:
        found = con.execute(
            "select shift_id from marts.fct_pair_shifts where dataset = 'simulated'"
            " and measure = 'level' and delta < 0 order by alarm_week"
        ).fetchall()
    return found[0][0]


def test_given_a_turn_then_the_brief_says_it_with_its_interval_and_leads_to_it(app, home):
    assert simulated_alarm(home)
    html = show(app, "brief.py", dataset="simulated", hub="PRK", partners="RUS")
    assert re.search(r"Warmth between North Korea and Russia fell \+\d", html)
    assert "North Korea and Russia: cooling" in html and "alarm" in html
    assert "simulated" in html


def test_given_an_alarm_then_the_explainer_takes_it_apart_down_to_sentences(app, home):
    html = show(app, "shift.py", dataset="simulated", shift=simulated_alarm(home))
    assert "The parts sum to the difference" in html and "Simulated act" in html
    assert "Other explanations" in html and "false alarms per pair-year" in html


def test_given_an_alarm_then_the_tilt_shades_it_and_links_its_explanation(app, home):
    html = show(app, "tilt.py", dataset="simulated", hub="PRK", partners="RUS")
    assert "North Korea and Russia: cooling" in html
