"""Backup, restore and rebuild: the facts once more, from a file that is whole.

Facts are what nothing derives: the schemas `raw` and `ops` and the ledgers among the marts (models
that a full refresh must not touch). Everything else follows from them by a build. A backup is one
DuckDB file of facts beside the raw bodies, texts and settings; every published version holds the
facts too, so that a broken build file costs no more than what came after the last publication.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from detente.settings import Settings
from detente.warehouse.literals import literal
from detente.warehouse.publish import PublishError, verify
from detente.warehouse.writer import open_writer, writer_lock

FACTS_FILE = "facts.duckdb"
_NOT_COPIED = {("ops", "schema_version"), ("ops", "builds")}  # the target's own
_FILES = ("raw", "texts", "config")  # below the home directory


class BackupError(RuntimeError):
    """A backup, restore or rebuild could not be done; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied: rows of facts by table, files below the home directory, from where."""

    source: str
    row_counts: dict[str, int]
    file_count: int


def ledger_models(settings: Settings) -> tuple[str, ...]:
    """Return the marts that a full refresh must not touch, by their own declaration."""
    models = settings.dbt_dir / "models" / "marts"
    return tuple(
        sorted(
            path.stem
            for path in models.rglob("*.sql")
            if "full_refresh=false" in path.read_text(encoding="utf-8").replace(" ", "")
        )
    )


def backup(settings: Settings, folder: Path) -> Copied:
    """Write facts, raw bodies, texts and settings below `folder`; repeat it to bring it up to date.

    Content-addressed files are copied once. The facts file is made beside the old one and swapped.

    Raises:
        BackupError: there is nothing to back up, or the copy does not verify.
    """
    if not settings.build_path.exists():
        raise BackupError(f"there is no build file at {settings.build_path}: nothing to back up")
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f".{FACTS_FILE}.new"
    new.unlink(missing_ok=True)
    with writer_lock(settings):
        with _connect(new) as con:
            rows = _copy_facts(con, settings.build_path, settings, into_new_tables=True)
        _require_whole(new)
        new.replace(folder / FACTS_FILE)
        files = sum(_copy_tree(settings.home / name, folder / name) for name in _FILES)
    manifest = {"made_at": datetime.now(UTC).isoformat(timespec="seconds"), "rows": rows}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return Copied(str(settings.build_path), rows, files)


def restore(settings: Settings, folder: Path) -> Copied:
    """Fill an empty home from a backup; `detente build` derives the rest.

    Raises:
        BackupError: the home has a warehouse already, or the backup is not whole.
    """
    if settings.build_path.exists():
        raise BackupError(
            f"{settings.build_path} exists: restore into an empty home (set DETENTE_HOME)"
        )
    facts = folder / FACTS_FILE
    if not facts.exists():
        raise BackupError(f"there is no {FACTS_FILE} in {folder}")
    _require_whole(facts)
    files = sum(_copy_tree(folder / name, settings.home / name) for name in _FILES)
    return Copied(str(facts), _fill(settings, facts), files)


def rebuild(settings: Settings) -> Copied:
    """Make the build file anew from itself where it is whole, else from the newest whole version.

    The old file is kept beside the new one as `warehouse.duckdb.before-<time>`.

    Raises:
        BackupError: neither the build file nor any published version is whole.
    """
    with writer_lock(settings):
        source = _newest_whole(settings)
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        for suffix in ("", ".wal"):
            path = settings.build_path.with_name(settings.build_path.name + suffix)
            if path.exists():
                aside = path.with_name(f"{settings.build_path.name}.before-{stamp}{suffix}")
                path.rename(aside)
                if path == source:
                    source = aside
    return Copied(str(source), _fill(settings, source), 0)


def _newest_whole(settings: Settings) -> Path:
    candidates = [settings.build_path] if settings.build_path.exists() else []
    if settings.published_dir.exists():
        candidates += sorted(settings.published_dir.glob("*/warehouse.duckdb"), reverse=True)
    for path in candidates:
        try:
            verify(path)
        except (duckdb.Error, PublishError, OSError):
            continue
        return path
    raise BackupError(
        "neither the build file nor a published version can be read: `detente restore` a backup"
        " into an empty home"
    )


def _require_whole(path: Path) -> None:
    try:
        verify(path)
    except (duckdb.Error, PublishError) as error:
        raise BackupError(f"{path} is not whole: {error}") from error


@contextmanager
def _connect(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect(str(path))
    try:
        yield con
        con.execute("checkpoint")
    finally:
        con.close()


def _fill(settings: Settings, source: Path) -> dict[str, int]:
    with open_writer(settings) as con:
        return _copy_facts(con, source, settings, into_new_tables=False)


def _copy_facts(
    con: duckdb.DuckDBPyConnection, source: Path, settings: Settings, *, into_new_tables: bool
) -> dict[str, int]:
    """Copy facts from a DuckDB file, in the order in which they were loaded."""
    target = con.execute("select current_database()").fetchall()[0][0]
    con.execute(f"attach {literal(source)} as source_file (read_only)")
    ledgers = ledger_models(settings)
    tables = [
        (schema, table)
        for schema, table in con.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where database_name = 'source_file' order by all"
        ).fetchall()
        if (schema in ("raw", "ops") and (schema, table) not in _NOT_COPIED)
        or (schema == "marts" and table in ledgers)
    ]
    rows: dict[str, int] = {}
    for schema, table in tables:
        old, new = f"source_file.{schema}.{table}", f'"{target}".{schema}.{table}'
        columns = {
            name
            for (name,) in con.execute(
                "select column_name from duckdb_columns()"
                " where database_name = 'source_file' and schema_name = ? and table_name = ?",
                [schema, table],
            ).fetchall()
        }
        numbered = "load_number" in columns
        if into_new_tables or schema == "marts":
            con.execute(f'create schema if not exists "{target}".{schema}')
            con.execute(f"create table {new} as from {old}")
        else:
            # loads are numbered anew, in their order: the target's sequence begins at one
            kept = "* exclude (load_number)" if numbered else "*"
            order = "order by load_number" if numbered else ""
            con.execute(f"insert into {new} by name select {kept} from {old} {order}")
        rows[f"{schema}.{table}"] = int(con.execute(f"select count(*) from {new}").fetchall()[0][0])
    if into_new_tables:
        con.execute("create table ops.schema_version as from source_file.ops.schema_version")
    return rows


def _copy_tree(source: Path, target: Path) -> int:
    """Copy files that are not there yet or differ in size or time; return how many were copied."""
    copied = 0
    if not source.exists():
        return 0
    for path in source.rglob("*"):
        if not path.is_file():
            continue
        other = target / path.relative_to(source)
        status = path.stat()
        if other.exists():
            there = other.stat()
            if (there.st_size, int(there.st_mtime)) == (status.st_size, int(status.st_mtime)):
                continue
        other.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, other)
        copied += 1
    return copied
