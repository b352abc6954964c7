"""Facts on their way to Spark: new loads only, repeatable, whole again where rows went."""

import duckdb
import pytest

from detente.engines.spark import _write_new
from detente.engines.tables import columns_of


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        con.execute("create schema raw")
        con.execute(
            "create table raw.numbered as select range as id, range // 10 + 1 as load_number,"
            " timestamp '2020-01-01 12:00' as told_at from range(30)"
        )
        con.execute("create table raw.plain as select range as id from range(5)")
        yield con


def bring(con, table, folder):
    """Write what is new; return names of the files, and the ids in them."""
    _write_new(con, table, columns_of(con, "memory", table), folder)
    names = sorted(path.name for path in folder.iterdir())
    ids = con.execute(f"select id from read_parquet('{folder}/*.parquet') order by id").fetchall()
    return names, [i for (i,) in ids]


def ids(con, table):
    return [i for (i,) in con.execute(f"select id from {table} order by id").fetchall()]


def test_given_new_loads_then_only_they_are_written_and_a_repeat_writes_nothing(con, tmp_path):
    folder = tmp_path / "numbered"
    first, held = bring(con, "raw.numbered", folder)
    assert held == ids(con, "raw.numbered")
    stamp = (folder / first[0]).stat().st_mtime_ns
    con.execute("insert into raw.numbered select 100 + range, 4, null from range(3)")
    second, held = bring(con, "raw.numbered", folder)
    assert held == ids(con, "raw.numbered")
    assert second[0] == first[0]
    assert len(second) == 2
    assert (folder / first[0]).stat().st_mtime_ns == stamp
    assert bring(con, "raw.numbered", folder) == (second, held)
    kind = con.execute(
        f"describe select told_at from read_parquet('{folder}/*.parquet')"
    ).fetchall()
    assert kind[0][1] == "TIMESTAMP WITH TIME ZONE"  # without a zone it is another type for Spark


@pytest.mark.parametrize(
    "change",
    [
        "delete from raw.numbered where id = 3",
        "update raw.numbered set load_number = 4 where id = 3",
        "delete from raw.numbered",
    ],
)
def test_given_rows_that_went_then_the_files_are_written_anew(con, tmp_path, change):
    folder = tmp_path / "numbered"
    bring(con, "raw.numbered", folder)
    con.execute(change)
    assert bring(con, "raw.numbered", folder)[1] == ids(con, "raw.numbered")


def test_given_a_writer_that_was_killed_then_what_it_left_does_no_harm(con, tmp_path):
    folder = tmp_path / "numbered"
    names, _ = bring(con, "raw.numbered", folder)
    (folder / ".000000000004-000000000004.parquet").write_bytes(b"half a file")
    (folder / "000000000002-000000000003.parquet").write_bytes((folder / names[0]).read_bytes())
    assert bring(con, "raw.numbered", folder)[1] == ids(con, "raw.numbered")


def test_given_a_table_without_an_order_then_it_is_written_whole_where_it_changed(con, tmp_path):
    folder = tmp_path / "plain"
    first, _ = bring(con, "raw.plain", folder)
    assert bring(con, "raw.plain", folder)[0] == first
    con.execute("update raw.plain set id = 9 where id = 0")
    second, held = bring(con, "raw.plain", folder)
    assert second != first
    assert len(second) == 1
    assert held == ids(con, "raw.plain")
