"""Reading the published snapshot: by its real path, read-only, one cursor per query."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from detente.settings import get_settings
from detente.warehouse.reader import NothingPublishedError, open_snapshot, snapshot_path

QUERIES = Path(__file__).resolve().parents[1] / "queries"


@st.cache_resource(max_entries=2, show_spinner=False, on_release=lambda con: con.close())
def _connection(path: str):
    """One connection per published file; sessions take cursors of it."""
    return open_snapshot(Path(path))


def current_path() -> str | None:
    """The newest published file, or None where nothing is published yet."""
    try:
        return str(snapshot_path(get_settings()))
    except NothingPublishedError:
        return None


@st.cache_data(max_entries=256, show_spinner=False)
def _read(path: str, name: str, parameters: tuple[tuple[str, Any], ...]) -> pd.DataFrame:
    sql = (QUERIES / f"{name}.sql").read_text(encoding="utf-8")
    cursor = _connection(path).cursor()
    try:
        return cursor.execute(sql, dict(parameters)).df()
    finally:
        cursor.close()


def read(path: str, name: str, **parameters: Any) -> pd.DataFrame:
    """Run one query file with named parameters; cached by file, query and parameters."""
    return _read(path, name, tuple(sorted(parameters.items())))
