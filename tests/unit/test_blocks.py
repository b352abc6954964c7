"""Block checksums of DuckDB files: whole files have no torn block, and a torn byte is found."""

import random

import duckdb
import pytest

from detente.warehouse.blocks import UnknownLayoutError, torn_blocks
from detente.warehouse.publish import PublishError, _verify_copy, verify

BLOCK = 262144


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A file in which blocks were freed and used again."""
    path = tmp_path_factory.mktemp("file") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(
            "create table t as select i, md5(i::varchar) as text from range(200000) as r(i)"
        )
        con.execute("create table gone as from t")
        con.execute("checkpoint")
        con.execute("drop table gone; update t set text = upper(text) where i % 3 = 0")
        con.execute("create index by_i on t (i)")
    return path


def test_given_a_whole_file_then_no_block_is_torn(whole):
    assert whole.stat().st_size > 10 * BLOCK
    assert torn_blocks(whole) == []


def test_given_small_blocks_then_they_are_read_as_such(tmp_path):
    path = tmp_path / "small.duckdb"
    with duckdb.connect() as con:
        con.execute(f"attach '{path}' as small (block_size 16384)")
        con.execute("create table small.t as select range as i, hash(range) as h from range(50000)")
    assert torn_blocks(path) == []
    data = bytearray(path.read_bytes())
    data[3 * 4096 + 5 * 16384 + 77] ^= 1
    path.write_bytes(data)
    assert torn_blocks(path) == [5]


@pytest.mark.parametrize("seed", range(8))
def test_given_one_wrong_bit_then_its_block_is_named(whole, tmp_path, seed):
    rng = random.Random(seed)
    data = bytearray(whole.read_bytes())
    number = rng.randrange((len(data) - 3 * 4096) // BLOCK)
    data[3 * 4096 + number * BLOCK + rng.randrange(BLOCK)] ^= 1 << rng.randrange(8)
    path = tmp_path / "torn.duckdb"
    path.write_bytes(data)
    assert torn_blocks(path) == [number]


def test_given_what_duckdb_finds_torn_then_the_checksums_do(whole, tmp_path):
    """Every torn block that DuckDB stumbles over is among those found."""
    seen = 0
    for number in range(0, (whole.stat().st_size - 3 * 4096) // BLOCK, 3):
        data = bytearray(whole.read_bytes())
        at = 3 * 4096 + number * BLOCK + BLOCK // 2
        data[at : at + 64] = bytes(x ^ 0xFF for x in data[at : at + 64])
        path = tmp_path / f"torn-{number}.duckdb"  # DuckDB keeps a file by its name
        path.write_bytes(data)
        try:
            verify(path)
        except duckdb.Error:
            seen += 1
            assert torn_blocks(path) == [number]
        path.unlink()
    assert seen >= 3


def test_given_no_duckdb_file_then_nothing_is_said_of_it(tmp_path):
    path = tmp_path / "other"
    for content in (b"", b"\0" * 20000, b"SQLite format 3\0" * 2000):
        path.write_bytes(content)
        with pytest.raises(UnknownLayoutError):
            torn_blocks(path)


def test_given_a_copy_that_was_cut_short_then_it_does_not_verify(whole, tmp_path):
    size = whole.stat().st_size
    path = tmp_path / "short.duckdb"
    path.write_bytes(whole.read_bytes()[: size - BLOCK])
    with pytest.raises(PublishError, match="not as long"):
        _verify_copy(path, size)
    path.write_bytes(whole.read_bytes()[: size - 1000])
    with pytest.raises(UnknownLayoutError):
        torn_blocks(path)
