"""What nothing derives comes back, from a backup or from a published version, and the marts follow."""

import duckdb
import pytest

from detente import pipeline, simulate
from detente.settings import get_settings
from detente.warehouse.backup import BackupError, backup, ledger_models, rebuild, restore
from detente.warehouse.reader import open_snapshot, snapshot_path

DOCUMENT = """---
title: Envoy in Moscow
published: 2014-11-18
publisher: Test Wire
---
North Korean envoy Choe Ryong-hae met Russian President Vladimir Putin in Moscow on Tuesday.
"""


def _fingerprint(settings):
    """Rows and content of every mart but the books; sums of doubles keep twelve digits or so."""
    with open_snapshot(snapshot_path(settings)) as con:
        columns = con.execute(
            "select table_name, list(case when data_type = 'DOUBLE'"
            " then 'round(' || column_name || ', 9)' else column_name end) from duckdb_columns()"
            " where schema_name = 'marts' and column_name not in ('recorded_at', 'published_at')"
            " and table_name not in ('fct_ingest_attempts', 'dim_publication', 'dim_feeds')"
            " group by 1"
        ).fetchall()
        return {
            table: con.execute(
                f"select count(*), bit_xor(hash({', '.join(names)})) from marts.{table}"
            ).fetchall()
            for table, names in columns
        }


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    settings = get_settings().model_copy(update={"home": tmp_path_factory.mktemp("home")})
    simulate.load_simulated(settings)
    page = tmp_path_factory.mktemp("texts") / "one.md"
    page.write_text(DOCUMENT)
    pipeline.ingest_targets([str(page)], settings=settings)
    pipeline.code(settings=settings)
    pipeline.build(settings=settings)
    pipeline.publish(settings=settings)
    return settings


def test_given_a_backup_then_an_empty_home_gets_the_same_marts(built, tmp_path):
    first = backup(built, tmp_path / "backup")
    assert first.row_counts["raw.dataset_events"] > 50_000
    assert first.row_counts["marts.fct_pair_shifts"] > 5
    assert backup(built, tmp_path / "backup").file_count == 0  # nothing new: no file copied again
    other = built.model_copy(update={"home": tmp_path / "other"})
    restored = restore(other, tmp_path / "backup")
    assert restored.row_counts == first.row_counts
    pipeline.build(settings=other)
    pipeline.publish(settings=other)
    assert _fingerprint(other) == _fingerprint(built)
    assert {p.name for p in other.text_dir.rglob("*.gz")} == {
        p.name for p in built.text_dir.rglob("*.gz")
    }
    with pytest.raises(BackupError, match="empty home"):
        restore(other, tmp_path / "backup")


def test_given_a_torn_build_file_then_rebuild_takes_the_published_facts(built):
    before = _fingerprint(built)
    with built.build_path.open("r+b") as file:
        file.write(b"\0" * 8192)
    with pytest.raises(duckdb.Error):
        pipeline.build(settings=built)
    done = rebuild(built)
    assert "published" in done.source
    pipeline.build(settings=built)
    pipeline.publish(settings=built)
    assert _fingerprint(built) == before
    assert list(built.build_path.parent.glob("warehouse.duckdb.before-*"))


def test_given_no_file_that_is_whole_then_the_error_says_what_to_do(tmp_path):
    settings = get_settings().model_copy(update={"home": tmp_path})
    with pytest.raises(BackupError, match="detente restore"):
        rebuild(settings)
    with pytest.raises(BackupError, match="nothing to back up"):
        backup(settings, tmp_path / "b")


def test_given_the_models_then_the_shifts_are_a_ledger():
    assert "fct_pair_shifts" in ledger_models(get_settings())
