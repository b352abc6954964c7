"""SQL from strangers, downloads, and flagging: each against the published file itself."""

import io
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from detente.overrides import read_overrides
from detente.settings import Settings
from detente.warehouse.reader import snapshot_path

ROOT = Path(__file__).resolve().parents[2]
APP = str(ROOT / "dashboards" / "streamlit_app.py")
pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "dashboards"))
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture
def path(home) -> str:
    return str(snapshot_path(Settings(home=home)))


@pytest.mark.parametrize(
    "sql",
    [
        "drop table marts.fct_events",
        "create table marts.x as select 1",
        "select 1; select 2",
        "attach '/tmp/x.duckdb'",
        "copy marts.fct_events to '/tmp/x.csv'",
        "set threads = 1",
        "install httpfs",
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from read_text('http://127.0.0.9/x')",
        "select * from glob('/*')",
        "",
        "selec 1",
    ],
)
def test_given_sql_that_is_no_plain_question_then_it_is_refused(path, sql):
    from components import ask

    with pytest.raises(ask.RefusedError):
        ask.ask(path, sql)


def test_given_too_many_rows_then_the_answer_is_cut(path):
    from components import ask

    assert len(ask.ask(path, "from range(100)", max_rows=7)) == 7


def test_given_columns_of_one_name_then_both_are_kept(path):
    from components import ask

    assert ask.ask(path, "select 1 as a, 2 as a").shape == (1, 2)


def test_given_a_query_without_end_then_it_is_stopped(path):
    from components import ask

    endless = "select sum(a.range * b.range % 7) from range(10000000) as a, range(10000000) as b"
    with pytest.raises(ask.RefusedError, match="stopped"):
        ask.ask(path, endless, seconds=0.3)
    assert len(ask.ask(path, "select 1")) == 1  # and others are not disturbed


@pytest.mark.parametrize(
    "file", sorted((ROOT / "dashboards/examples").glob("*.sql")), ids=lambda p: p.stem
)
def test_given_a_saved_example_then_it_answers(path, file):
    from components import ask

    assert list(ask.ask(path, file.read_text()).columns)


def view(path):
    from datetime import date

    from components.state import View

    day = date(2014, 1, 6)
    return View(path, "sample", "PRK", ("CHN", "RUS"), day, day, "all", "all", 0.0, None, {},
                ("sample",), ("PRK",), ("CHN", "RUS"), "illustrative {corpus}", day, day)  # fmt: skip


def test_given_texts_that_look_like_formulas_then_csv_defuses_them_and_parquet_keeps_them(path):
    from components import exports

    rows = pd.DataFrame({"sentence": ["=HYPERLINK(1)", "@x", "fine"], "n": [-1, 2, 3]})
    text = exports.to_csv(rows, view(path)).decode()
    assert "'=HYPERLINK(1),-1" in text and "'@x,2" in text and "\nfine,3" in text
    assert "# corpus: illustrative" in text and f"# version: {exports.vintage(path)}" in text
    table = pq.read_table(io.BytesIO(exports.to_parquet(rows, view(path))))
    assert table.column("sentence").to_pylist()[0] == "=HYPERLINK(1)"
    assert exports.vintage(path).encode() in table.schema.metadata[b"detente"]


def test_given_a_caption_with_braces_then_the_citation_stays_balanced(path):
    from components import exports

    entry = exports.citation(view(path), "tilt")
    assert entry.count("{") == entry.count("}") and "as_of=" in entry


def test_given_leave_to_write_then_a_flag_is_pending_until_a_reviewer_accepts_it(
    home, tmp_path, monkeypatch
):
    (tmp_path / "published").symlink_to(home / "published")
    (tmp_path / "warehouse.duckdb").symlink_to(snapshot_path(Settings(home=home)))
    monkeypatch.setenv("DETENTE_HOME", str(tmp_path))
    monkeypatch.setenv("DETENTE_ALLOW_OVERRIDES", "true")
    app = AppTest.from_file(APP, default_timeout=60)
    app.switch_page("app_pages/evidence.py").run()
    button(app, "Flag").click().run()
    assert not app.exception
    settings = Settings(home=tmp_path)
    (flagged,) = read_overrides(settings)
    assert flagged.state == "pending" and flagged.target_kind == "event"
    app.switch_page("app_pages/data.py").run()
    button(app, "Decide").click().run()
    assert not app.exception
    assert read_overrides(settings)[0].state == "accepted"


def test_given_no_leave_to_write_then_nothing_can_be_flagged(home, monkeypatch):
    monkeypatch.setenv("DETENTE_HOME", str(home))
    monkeypatch.delenv("DETENTE_ALLOW_OVERRIDES", raising=False)
    app = AppTest.from_file(APP, default_timeout=60)
    app.switch_page("app_pages/evidence.py").run()
    assert not [b for b in app.button if b.label == "Flag"]


def button(app, label):
    return next(b for b in app.button if b.label == label)
