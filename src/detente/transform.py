"""Deriving: one dbt runner in this process. It builds, tests and documents; it holds no SQL.

dbt writes only below the home directory, so that an installed package is never touched, and the
adapter's connection is closed after each run, so that the file is free for the next writer.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from detente.engines import engine_of
from detente.settings import Settings, dbt_target_dir
from detente.warehouse.builds import Plan, begin_build, finish_build, last_finished
from detente.warehouse.fingerprint import add_files, build_coder_version
from detente.warehouse.writer import transaction, writer_lock

# What an increment leaves as it is: nothing has changed in it since the last full build (else this
# would be one, see `detente.warehouse.builds`), or looking at it again costs as much as the history.
_STANDING = (
    "resource_type:seed", "path:models/staging", "config.materialized:view", "tag:whole_table",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BuildResult:
    """How a run of dbt ended. ``failures`` are one line each, fit to be shown.

    ``node_seconds`` is what each model took; all tests together are 'tests', all seeds 'seeds'.

    ``why_full`` says why everything was made anew; it is empty for an increment.
    """

    ok: bool
    why_full: str
    model_count: int
    test_count: int
    seconds: float
    failures: tuple[str, ...]
    node_seconds: Mapping[str, float] = field(default_factory=dict)


def run_build(
    settings: Settings, *, full_refresh: bool = False, select: Sequence[str] = ()
) -> BuildResult:
    """Build and test all models, under the writers' lock, on the engine of ``DETENTE_TARGET``.

    Whatever the engine, the marts are in the private build file afterwards. A run that failed
    leaves those of another engine where they are.

    The book of builds (`detente.warehouse.builds`) decides between an increment and a full build.

    Args:
        settings: where everything is.
        full_refresh: make everything anew (ledgers keep their rows all the same).
        select: dbt selectors; empty for everything. What is built of some models only never counts
            as a finished build.
    """
    started = time.monotonic()
    with writer_lock(settings):
        engine = engine_of(settings)
        with transaction(settings) as con:
            asked = "asked for" if full_refresh else ""
            last = last_finished(con)
            if engine is not None and not asked and last and not engine.holds(last):
                asked = f"{settings.target} does not hold what the last build left there"
            plan = begin_build(con, settings, asked=asked)
            coder_version = build_coder_version(con, settings)
        if engine is not None:
            engine.take_facts()
        arguments = ["build"]
        if engine is None:  # other engines read it to find the marts
            arguments.append("--no-write-json")
        if plan.is_full:
            arguments.append("--full-refresh")
        else:
            for selector in _STANDING:
                arguments += ["--exclude", selector]
        for selector in select:
            arguments += ["--select", selector]
        result = _invoke(settings, arguments, coder_version)
        if result.success and engine is not None:
            engine.give_marts()
            _add_table_functions(settings)
        if result.success and not select:
            with transaction(settings) as con:
                finish_build(con, plan)
    return _summary(result, time.monotonic() - started, plan)


def check_freshness(settings: Settings) -> list[dict[str, Any]]:
    """Ask dbt how old the newest row of each source is; a stale one is a warning, no failure.

    Returns:
        One row per source with a freshness rule: source, status ('pass', 'warn', 'error'; 'empty'
        where nothing was ever loaded), newest row (UTC) and its age in hours.
    """
    result = _ask(settings, ["source", "freshness"])
    rows = []
    for one in getattr(result.result, "results", None) or ():
        if str(one.node.resource_type) != "source":
            continue  # hooks run here too
        newest = getattr(one, "max_loaded_at", None)
        if newest is not None and newest.year < 1900:  # dbt's word for 'no row'
            newest = None
        rows.append(
            {
                "source": f"{one.node.source_name}.{one.node.name}",
                "status": "empty" if newest is None else str(one.status),
                "newest": newest and newest.replace(tzinfo=None),
                "age_hours": None if newest is None else round(one.age / 3600, 1),
            }
        )
    return rows


def compile_models(settings: Settings) -> Path:
    """Compile the models without running them; return the folder with their SQL."""
    result = _ask(settings, ["compile", "--select", "resource_type:model"])
    if not result.success:
        raise RuntimeError(f"dbt could not compile the project: {result.exception}")
    return dbt_target_dir(_on_build_file(settings)) / "compiled" / "detente" / "models"


def build_dbt_docs(settings: Settings) -> Path:
    """Write dbt's documentation as one static page; return its path."""
    result = _ask(settings, ["docs", "generate", "--static"])
    if not result.success:
        raise RuntimeError(f"dbt could not write its documentation: {result.exception}")
    return dbt_target_dir(_on_build_file(settings)) / "static_index.html"


def _ask(settings: Settings, arguments: list[str]) -> Any:
    """Let dbt look at the build file, brought to the newest schema first."""
    with writer_lock(settings):
        with transaction(settings) as con:
            coder_version = build_coder_version(con, settings)
        return _invoke(_on_build_file(settings), arguments, coder_version)


def _on_build_file(settings: Settings) -> Settings:
    """The build file has the newest facts, and all marts, whatever engine builds them."""
    return settings.model_copy(update={"target": "duckdb"})


def _add_table_functions(settings: Settings) -> None:
    """Make the functions for ad-hoc SQL in the build file; they are DuckDB's own."""
    result = _invoke(_on_build_file(settings), ["run-operation", "create_table_functions"])
    if not result.success:
        raise RuntimeError(f"the table functions could not be made: {result.exception}")


def _invoke(settings: Settings, arguments: list[str], coder_version: str | None = None) -> Any:
    from dbt.cli.main import dbtRunner

    settings.build_path.parent.mkdir(parents=True, exist_ok=True)
    _forget_other_projects(settings)
    command = [
        "--quiet",
        "--partial-parse",
        "--log-level-file", "info",
        "--log-path", str((settings.home / "build" / "dbt_logs").resolve()),
        *arguments,
        "--project-dir", str(settings.dbt_dir),
        "--profiles-dir", str(settings.dbt_dir),
        "--target", settings.target,
        "--target-path", str(dbt_target_dir(settings)),
    ]  # fmt: skip
    engine = engine_of(settings)
    with (
        _environment(
            DETENTE_BUILD_PATH=str(settings.build_path.resolve()),
            DETENTE_CODER=settings.coder,
            DETENTE_CODER_VERSION=coder_version or "",
            **(engine.environment() if engine else {}),
        ),
        _closing_connections(),
    ):
        return dbtRunner().invoke(command)


def _forget_other_projects(settings: Settings) -> None:
    """Remove dbt's cache of the parsed project where it is of another version of it.

    dbt looks for changed files itself, but fails on models that an upgrade brought together with
    their descriptions. The cache saves two seconds of every build.
    """
    digest = hashlib.sha256(version("dbt-core").encode())
    files = sorted([*settings.dbt_dir.rglob("*"), *settings.seeds_dir.glob("*.yml")])
    add_files(digest, (path for path in files if path.is_file()))
    note = dbt_target_dir(settings) / "parsed.sha256"
    if not note.exists() or note.read_text(encoding="utf-8") != digest.hexdigest():
        note.parent.mkdir(parents=True, exist_ok=True)
        (dbt_target_dir(settings) / "partial_parse.msgpack").unlink(missing_ok=True)
        note.write_text(digest.hexdigest(), encoding="utf-8")


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _closing_connections() -> Iterator[None]:
    """dbt-duckdb keeps its connection until the process ends; nobody else could write till then."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    try:
        yield
    finally:
        environment = DuckDBConnectionManager._ENV
        if environment is not None:
            environment.close()
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def _summary(result: Any, seconds: float, plan: Plan) -> BuildResult:
    models = tests = 0
    failures: list[str] = []
    took: dict[str, float] = {}
    if result.exception is not None:
        failures.append(str(result.exception).strip())
    for one in getattr(result.result, "results", None) or ():
        kind = str(one.node.resource_type)
        models += kind == "model"
        tests += kind == "test"
        name = str(one.node.name) if kind == "model" else kind + "s"
        took[name] = took.get(name, 0.0) + float(one.execution_time)
        if str(one.status) in ("error", "fail", "runtime error"):
            failures.append(f"{one.node.name}: {(one.message or 'failed').strip()}")
    ok = bool(result.success)
    if not ok and not failures:
        failures.append("dbt failed without saying why: see build/dbt_logs/dbt.log")
    return BuildResult(ok, plan.reason, models, tests, round(seconds, 2), tuple(failures), took)
