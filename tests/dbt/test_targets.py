"""The same project on three engines: every mart is the same, row by row, built whole and grown.

Real servers on loopback addresses: PostgreSQL for DuckLake's catalog, a Spark cluster of a master,
two workers and a thrift server. `make scale-test` does the same on more rows, and kills some.
"""

import importlib.util
import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from detente.engines import EngineError, engine_of
from detente.pipeline import build
from detente.settings import Settings
from detente.transform import run_build
from detente.warehouse.publish import publish

pytestmark = pytest.mark.xdist_group("targets")
SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def script(name: str):
    """Import `scripts/<name>.py`."""
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


servers, compare_marts = script("scale_servers"), script("compare_marts")


@pytest.fixture(scope="module")
def lake():
    """Settings of a DuckLake whose catalog is in PostgreSQL."""
    if reason := servers.why_no_ducklake():
        pytest.skip(reason)
    # a folder of its own: pytest's are closed to the user postgres
    with tempfile.TemporaryDirectory(prefix="detente-lake-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        with servers.postgres(folder / "postgres") as server:
            yield {
                "target": "ducklake",
                "ducklake_catalog": server.ducklake,
                "ducklake_data_path": str(folder / "files"),
            }


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Settings of a Spark cluster."""
    if reason := servers.why_no_spark():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("spark")
    with servers.spark(folder, small=True) as running:
        yield {
            "target": "spark",
            "spark_address": running.address,
            "spark_data_path": folder / "shared",
        }


def assert_equal(first: Settings, second: Settings) -> None:
    found = compare_marts.compare(first.build_path, second.build_path)
    assert len(found) > 30
    assert sum(one.rows for one in found) > 1000
    assert not [one for one in found if not one.is_equal]


def late_rows(raw, week) -> None:
    """Rows that reach back: a late report, one before all others, a corrected revision."""
    raw.events("AGO", "ARG", week(10), "THREATEN/military", 3)
    raw.events("CAN", "USA", week(-3), "SUPPORT/praise")
    raw.events("PRK", "RUS", week(255), "CONSULT/visit")
    day = week(5) + timedelta(days=3)
    revision = raw.document("base", "0-0", day, story="base-story-0")  # document 0 again
    raw.tables.pop("raw.documents")
    raw.tables.pop("raw.document_countries")
    raw.tables["raw.document_revisions"][-1]["revision_id"] = f"{revision}-2"
    raw.tables["raw.document_stories"][-1]["revision_id"] = f"{revision}-2"
    raw.tables["ops.coded_revisions"][-1]["revision_id"] = f"{revision}-2"
    raw.mention(f"{revision}-2", "base", "AGREE/agree", week(5), document_id=f"d-{revision}")


# A cluster takes seven minutes of a processor for both, most of it for plans that run once.
@pytest.mark.parametrize(
    ("engine", "is_grown"),
    [("lake", True), ("cluster", False), pytest.param("cluster", True, marks=pytest.mark.bars)],
)
def test_given_another_engine_then_every_mart_is_the_same_built_whole_and_grown(
    built, hand_made, tmp_path, request, engine, is_grown
):
    elsewhere = request.getfixturevalue(engine)
    shutil.copytree(built.settings.home, tmp_path / "here")
    shutil.copytree(built.settings.home, tmp_path / "there")
    here = Settings(home=tmp_path / "here")
    there = Settings(home=tmp_path / "there", **elsewhere)

    result = run_build(there)
    assert result.ok, result.failures
    assert result.why_full
    assert result.test_count > 60
    assert_equal(here, there)
    if not is_grown:
        return

    raw, week = hand_made
    late_rows(raw, week)
    for settings in (here, there):
        raw.load(settings)
        result = run_build(settings)
        assert result.ok, result.failures
        assert result.why_full == ""
    assert_equal(here, there)
    assert build(settings=there)["kind"] == "nothing new"

    publish(there)
    with duckdb.connect(str(there.warehouse_link), read_only=True) as con:
        assert con.execute("select * from tilt('PRK', ['CHN', 'RUS'])").fetchall()
        told = "select comment from duckdb_tables() where table_name = 'fct_events'"
        assert con.execute(told).fetchall()[0][0]

    # the engine is emptied behind our back: an increment would grow from nothing
    with duckdb.connect(str(there.build_path)) as con:
        con.execute("update ops.builds set build_id = build_id || '-of another file'")
    assert "does not hold" in run_build(there, select=("stg_ops__builds",)).why_full


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"target": "ducklake"}, "DETENTE_DUCKLAKE_CATALOG"),
        ({"target": "spark", "spark_address": "nowhere"}, "host:port"),
    ],
)
def test_given_an_engine_that_is_not_set_up_then_the_message_says_what_to_set(
    tmp_path, settings, says
):
    with pytest.raises(EngineError, match=says):
        engine_of(Settings(home=tmp_path, **settings))
