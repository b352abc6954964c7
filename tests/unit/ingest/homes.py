"""A home of the project's own for a test, questions to it, and what benchmarks have for tests."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from detente.settings import Settings
from detente.warehouse.writer import open_writer

ROOT = Path(__file__).resolve().parents[3]


def make_home(folder: Path, **options) -> Settings:
    """Return settings that heed no environment and let tests ask 127.0.0.1 without pauses."""
    options = {"allow_private_addresses": True, "request_gap_seconds": 0, **options}
    return Settings(home=folder, _env_file=None, **options)


def rows(home: Settings, query: str) -> list[tuple]:
    with open_writer(home) as con:
        return con.execute(query).fetchall()


def load_benchmark(name: str) -> ModuleType:
    """Import `benchmarks/<name>.py`; what it imports lies beside it."""
    folder = ROOT / "benchmarks"
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(folder))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    return module
