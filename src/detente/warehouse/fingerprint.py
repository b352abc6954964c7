"""What the marts follow from, in one hash: equal hashes mean that there is nothing to build."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import yaml

from detente.settings import Settings


def inputs_fingerprint(
    con: duckdb.DuckDBPyConnection, settings: Settings, definition: str | None = None
) -> str:
    """Hash row counts of the raw tables, the definition (worked out if not given) and the day.

    Raw tables only ever grow or shrink by whole rows, so their counts (metadata, no scan) tell
    whether they changed. The day belongs to it because announced acts lapse with time.
    """
    digest = hashlib.sha256(f"{datetime.now(UTC):%Y-%m-%d}".encode())
    tables = con.execute(
        "select table_name from duckdb_tables() where schema_name = 'raw' order by table_name"
    ).fetchall()
    for (table,) in tables:
        count = con.execute(f'select count(*) from raw."{table}"').fetchall()[0][0]
        digest.update(f"{table}={count};".encode())
    digest.update((definition or definition_fingerprint(con, settings)).encode())
    return digest.hexdigest()[:32]


def definition_fingerprint(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """Hash what the marts are made by: dbt project, its seeds, overrides, version of the coder.

    Overrides may change in place, so their content is hashed. The build uses one coder, in the
    version that coded last, so a new one counts as another definition.
    """
    digest = hashlib.sha256(settings.coder.encode())
    if settings.target != "duckdb":  # the tables of another engine, at another place
        digest.update(repr((settings.target, settings.ducklake_catalog,
                            settings.ducklake_data_path, settings.spark_data_path)).encode())  # fmt: skip
    overrides = con.execute("select * from raw.overrides order by override_id").fetchall()
    digest.update(repr(overrides).encode())
    digest.update(repr(newest_coder_version(con, settings)).encode())
    add_files(digest, _definition_files(settings))
    return digest.hexdigest()[:32]


def newest_coder_version(con: duckdb.DuckDBPyConnection, settings: Settings) -> str | None:
    """Return the version in which the build's coder coded last; None where it has not coded."""
    row = con.execute(
        "select max_by(coder_version, coded_at) from ops.coded_revisions where coder_name = ?",
        [settings.coder],
    ).fetchall()
    return None if row[0][0] is None else str(row[0][0])


def add_files(digest: hashlib._Hash, paths: Iterable[Path]) -> None:
    """Add names and contents of files to a hash."""
    for path in paths:
        digest.update(path.name.encode() + path.read_bytes())


def _definition_files(settings: Settings) -> list[Path]:
    files = [
        p
        for pattern in ("models/**/*.sql", "macros/**/*.sql", "dbt_project.yml")
        for p in settings.dbt_dir.glob(pattern)
    ]
    project = yaml.safe_load((settings.dbt_dir / "dbt_project.yml").read_text(encoding="utf-8"))
    # the folder also holds what only the coder and the importers read: a new feed is no new model
    files += [
        settings.seeds_dir / f"{name}.csv"
        for name, config in project["seeds"]["detente"].items()
        if isinstance(config, dict) and config.get("+enabled")
    ]
    return sorted(files)


def published_fingerprint(con: duckdb.DuckDBPyConnection) -> str | None:
    """Return the fingerprint of the newest publication, if there is one."""
    row = con.execute(
        "select fingerprint from ops.publications order by published_at desc limit 1"
    ).fetchall()
    return row[0][0] if row else None
