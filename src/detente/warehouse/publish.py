"""Publishing: a verified, read-only copy of the build file, then an atomic swap of the symlink.

Readers never wait and never see half a build: they hold the file they opened, and the next open
gets the newer one. A copy is whole when it has the length of the build file, every block of it bears
its checksum, and DuckDB reads its catalogue: `benchmarks/bench_publish.py` says how long that takes.
"""

from __future__ import annotations

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from detente.settings import Settings
from detente.warehouse.blocks import is_whole
from detente.warehouse.fingerprint import build_coder_version, inputs_fingerprint
from detente.warehouse.writer import writer_lock

_FILE_NAME = "warehouse.duckdb"  # the same stem as the build file: views embed the database name


class PublishError(RuntimeError):
    """The copy could not be made or did not verify. What was published before still stands."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One published version. ``byte_count`` in bytes, ``duration_seconds`` of all of it."""

    version: str
    path: Path
    published_at: datetime
    byte_count: int
    duration_seconds: float


def publish(settings: Settings) -> Publication:
    """Copy the build file, verify the copy block by block, and make it the current one.

    Raises:
        PublishError: there is no build file, the disk is too full, or the copy does not verify.
    """
    started = time.monotonic()
    with writer_lock(settings):
        build = settings.build_path
        if not build.exists():
            raise PublishError(f"there is no build file at {build}: run `detente build` first")
        now = datetime.now(UTC)
        version = _free_version(settings, now)
        con = duckdb.connect(str(build))
        try:
            con.execute(
                "insert into ops.publications values (?, ?, ?, ?, ?)",
                [
                    version,
                    now.replace(tzinfo=None),
                    build.stat().st_size,
                    build_coder_version(con, settings),
                    inputs_fingerprint(con, settings),
                ],
            )
            con.execute("force checkpoint")
        finally:
            con.close()
        byte_count = build.stat().st_size
        _require_space(settings, byte_count)
        folder = settings.published_dir / version
        folder.mkdir(parents=True)
        copy = folder / _FILE_NAME
        try:
            shutil.copyfile(build, copy)
            with ThreadPoolExecutor(1) as beside:  # the disk writes while the processor reads
                synced = beside.submit(_sync, copy)
                _verify_copy(copy, byte_count)
                synced.result()
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, (OSError, duckdb.Error)):
                raise PublishError(
                    f"version {version} was not published ({error}); readers keep the last one"
                ) from error
            raise
        copy.chmod(0o444)
        _point_link(settings.warehouse_link, copy)
        _remove_old(settings, keep=version)
    return Publication(version, copy, now, byte_count, time.monotonic() - started)


def _free_version(settings: Settings, now: datetime) -> str:
    """Name the version after the time. No name is used twice: a stale ``.wal`` would replay."""
    stem = now.strftime("%Y%m%dT%H%M%S%f")
    existing = {p.name for p in settings.published_dir.glob("*")}
    return stem if stem not in existing else f"{stem}-{os.getpid()}"


def _require_space(settings: Settings, byte_count: int) -> None:
    settings.published_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.published_dir).free
    if free < byte_count * 1.1:
        raise PublishError(
            f"publishing needs {byte_count / 1e6:.0f} MB below {settings.published_dir} and "
            f"{free / 1e6:.0f} MB are free: remove something or lower DETENTE_KEEP_VERSIONS"
        )


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _verify_copy(copy: Path, byte_count: int) -> None:
    """Look at the copy's length, its blocks and its catalogue; in doubt let DuckDB read it all."""
    if copy.stat().st_size != byte_count:
        raise PublishError(f"{copy} is not as long as the build file")
    if not is_whole(copy):  # a torn block may be one that no table uses
        verify(copy)
        return
    with duckdb.connect(str(copy), read_only=True) as con:
        con.execute("select count(*) from duckdb_columns()").fetchall()


def verify(path: Path) -> None:
    """Read every column of every table of a file (a torn block shows only when it is read).

    Raises:
        duckdb.Error: a block is torn.
        PublishError: the file holds no tables.
    """
    con = duckdb.connect(str(path), read_only=True)
    try:
        tables = con.execute(
            "select schema_name, table_name from duckdb_tables() where not internal"
        ).fetchall()
        if not tables:
            raise PublishError(f"{path} holds no tables")
        for schema, table in tables:
            columns = con.execute(
                "select column_name from duckdb_columns() where schema_name = ? and table_name = ?",
                [schema, table],
            ).fetchall()
            names = ", ".join(f'"{c}"' for (c,) in columns)
            # count() would be answered from statistics; hashing reads every block.
            con.execute(f'select bit_xor(hash({names})) from "{schema}"."{table}"').fetchall()
    finally:
        con.close()


def _point_link(link: Path, target: Path) -> None:
    temporary = link.with_name(f".{link.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(os.path.relpath(target, link.parent))
    temporary.replace(link)


def _remove_old(settings: Settings, keep: str) -> None:
    """Remove versions beyond the retention and half-made folders; open readers keep theirs."""
    versions = sorted(
        (p for p in settings.published_dir.iterdir() if p.is_dir() and p.name != keep), reverse=True
    )
    for position, folder in enumerate(versions):
        complete = (folder / _FILE_NAME).exists()
        if position >= settings.keep_versions or not complete:
            shutil.rmtree(folder, ignore_errors=True)
