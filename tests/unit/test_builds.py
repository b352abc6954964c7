"""What asks for a full build, and what does not."""

import shutil

import duckdb
import pytest

from detente.settings import Settings, find_project_dir
from detente.warehouse.fingerprint import definition_fingerprint
from detente.warehouse.writer import migrate


@pytest.fixture
def settings(tmp_path):
    """A project with the real models and seeds, to be changed."""
    here = find_project_dir()
    for folder in ("dbt_project", "seeds"):
        shutil.copytree(
            here / folder, tmp_path / folder, ignore=shutil.ignore_patterns("sample_news", "target")
        )
    return Settings(home=tmp_path / "home", project_dir=tmp_path)


@pytest.mark.parametrize(
    ("changed", "is_another"),
    [
        ("seeds/event_types.csv", True),
        ("seeds/watched_hubs.csv", True),
        ("dbt_project/models/intermediate/int_spine.sql", True),
        ("dbt_project/macros/series.sql", True),
        ("seeds/feeds.csv", False),  # read by ingestion
        ("seeds/actors.csv", False),  # read by the coder, whose version is looked at
    ],
)
def test_given_a_changed_file_then_the_definition_is_another_if_models_read_it(
    settings, changed, is_another
):
    with duckdb.connect() as con:
        migrate(con)
        before = definition_fingerprint(con, settings)
        with (settings.project_dir / changed).open("a", encoding="utf-8") as file:
            file.write("\n")
        assert (definition_fingerprint(con, settings) != before) == is_another
