"""What the marts follow from, in one hash: equal hashes mean that there is nothing to build."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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
    version that `build_coder_version` names, so a new one counts as another definition.
    """
    digest = hashlib.sha256(settings.coder.encode())
    if settings.target != "duckdb":  # the tables of another engine, at another place
        digest.update(repr((settings.target, settings.ducklake_catalog,
                            settings.ducklake_data_path, settings.spark_data_path)).encode())  # fmt: skip
    overrides = con.execute("select * from raw.overrides order by override_id").fetchall()
    digest.update(repr(overrides).encode())
    digest.update(repr(build_coder_version(con, settings)).encode())
    add_files(digest, _definition_files(settings))
    return digest.hexdigest()[:32]


def build_coder_version(con: duckdb.DuckDBPyConnection, settings: Settings) -> str | None:
    """Return the version of the build's coder whose readings a build uses; None before any coding.

    That is the one pinned in `dbt_project.yml`, else the newest that is through: that has read every
    revision which an older version has read. A version that is under way, or was left half-way, waits;
    what it alone has read counts all the same (`stg_ops__coded_revisions`).
    """
    pinned = _project(settings)["vars"]["coder_versions"].get(settings.coder)
    versions = _coder_versions(con, settings)
    if pinned in versions:
        return str(pinned)
    for position, version in enumerate(versions):
        older = versions[position + 1 :]
        if not older or not _unread(con, settings.coder, version, older):
            return version
    return None


def coder_backlog(con: duckdb.DuckDBPyConnection, settings: Settings) -> tuple[str, int] | None:
    """Return the newest version of the build's coder and the revisions it has still to read.

    None where it is the one that a build uses, so that there is nothing to wait for.
    """
    versions = _coder_versions(con, settings)
    used = build_coder_version(con, settings)
    if used is None or versions[0] == used:
        return None
    return versions[0], _unread(con, settings.coder, versions[0], [used])


def _coder_versions(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[str]:
    """Return the versions of the build's coder that have coded anything, the newest first."""
    found = con.execute(
        "select coder_version from ops.coded_revisions where coder_name = ?"
        " group by 1 order by max(coded_at) desc, 1 desc",
        [settings.coder],
    ).fetchall()
    return [str(version) for (version,) in found]


def _unread(con: duckdb.DuckDBPyConnection, coder: str, version: str, older: list[str]) -> int:
    """Count the revisions that older versions have read and this one has not."""
    found = con.execute(
        """
        select count(distinct revision_id) from ops.coded_revisions as o
        where o.coder_name = $coder and o.coder_version in (select unnest($older))
            and not exists (
                select 1 from ops.coded_revisions as c
                where c.revision_id = o.revision_id and c.coder_name = $coder
                    and c.coder_version = $version
            )
        """,
        {"coder": coder, "version": version, "older": older},
    ).fetchall()
    return int(found[0][0])


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
    project = _project(settings)
    # the folder also holds what only the coder and the importers read: a new feed is no new model
    files += [
        settings.seeds_dir / f"{name}.csv"
        for name, config in project["seeds"]["detente"].items()
        if isinstance(config, dict) and config.get("+enabled")
    ]
    return sorted(files)


def _project(settings: Settings) -> dict[str, Any]:
    text = (settings.dbt_dir / "dbt_project.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def published_fingerprint(con: duckdb.DuckDBPyConnection) -> str | None:
    """Return the fingerprint of the newest publication, if there is one."""
    row = con.execute(
        "select fingerprint from ops.publications order by published_at desc limit 1"
    ).fetchall()
    return row[0][0] if row else None
