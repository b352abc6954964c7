"""Downloads: exactly the rows that are plotted, with parameters and vintage; and how to cite them."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import streamlit as st

from components import state, text, warehouse
from components.state import View

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def vintage(path: str) -> str:
    """Return the name of the published version."""
    return Path(path).parent.name


def parameters(view: View) -> dict[str, str]:
    """Return what the rows depend on."""
    return {
        "dataset": view.dataset, "hub": view.hub, "partners": ",".join(view.partners),
        "from": view.start.isoformat(), "to": view.end.isoformat(), "acts": view.acts,
        "origins": view.origins, "minimum_confidence": str(view.min_confidence),
        "version": vintage(view.path), "corpus": view.caption or "",
    }  # fmt: skip


def to_csv(data: pd.DataFrame, view: View) -> bytes:
    """Return CSV under comment lines that give parameters and vintage.

    Texts are other people's: a cell that a spreadsheet would take for a formula gets an apostrophe.
    """
    safe = data.copy()
    for name in safe.columns:
        if not (pd.api.types.is_numeric_dtype(safe[name])
                or pd.api.types.is_datetime64_any_dtype(safe[name])):  # fmt: skip
            safe[name] = [
                f"'{v}" if isinstance(v, str) and v.startswith(_FORMULA) else v for v in safe[name]
            ]
    head = "".join(f"# {k}: {v}\n" for k, v in parameters(view).items())
    return (head + safe.to_csv(index=False, lineterminator="\n")).encode()


def to_parquet(data: pd.DataFrame, view: View) -> bytes:
    """Return Parquet with parameters and vintage in the file's metadata."""
    table = pa.Table.from_pandas(data, preserve_index=False)
    extra = {b"detente": json.dumps(parameters(view)).encode()}
    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **extra}), sink)
    return sink.getvalue()


def citation(view: View, page: str) -> str:
    """Return a BibTeX entry that names data set, version and address."""
    at = warehouse.published_at(view.path) or datetime.now(UTC)
    note = f"Data set {view.dataset}, version {vintage(view.path)}"
    if view.caption:
        note += f". {view.caption}"
    note = note.replace("{", "(").replace("}", ")")
    return (
        f"@misc{{detente_{view.dataset}_{vintage(view.path)[:8]},\n"
        f"  title  = {{D{{\\'e}}tente: {page} ({view.hub}; {', '.join(view.partners)})}},\n"
        f"  year   = {{{at:%Y}}},\n"
        f"  note   = {{{note}}},\n"
        f"  howpublished = {{?{_query(view)}}},\n"
        f"  urldate = {{{datetime.now(UTC):%Y-%m-%d}}}\n}}\n"
    )


def _query(view: View) -> str:
    wanted = {**state.carried(), "dataset": view.dataset, "hub": view.hub,
              "partners": ",".join(view.partners), "as_of": vintage(view.path)}  # fmt: skip
    return urlencode(wanted)


def downloads(data: pd.DataFrame, view: View, name: str, *, chart: Any = None) -> None:
    """Draw the table behind a chart and its downloads, folded away."""
    box = st.expander("Table and downloads", key=f"x_{name}", on_change="rerun")
    if not box.open:
        return
    with box:
        st.dataframe(data.head(2000), hide_index=True, width="stretch", height=260)
        if len(data) > 2000:
            text.note(f"The first 2,000 of {len(data):,} rows; the files hold all.")
        stem = f"detente_{view.dataset}_{name}_{vintage(view.path)[:15]}"
        forms: list[tuple[str, str, str, Any]] = [
            ("CSV", "csv", "text/csv", lambda: to_csv(data, view)),
            ("Parquet", "parquet", "application/octet-stream", lambda: to_parquet(data, view)),
            ("BibTeX", "bib", "application/x-bibtex", lambda: citation(view, name)),
        ]
        if chart is not None and find_spec("vl_convert"):
            forms += [
                ("SVG", "svg", "image/svg+xml", lambda: picture(chart, "svg")),
                ("PNG", "png", "image/png", lambda: picture(chart, "png")),
            ]
        with st.container(horizontal=True):
            for label, ending, mime, make in forms:
                st.download_button(
                    label, make, f"{stem}.{ending}", mime, key=f"{ending}_{name}", on_click="ignore"
                )


def picture(chart: Any, form: str) -> bytes:
    """Render a chart to SVG or PNG at a fixed width of 900 pixels, without a network."""
    import vl_convert

    spec = {**chart.inline(), "width": 900}
    if form == "svg":
        return vl_convert.vegalite_to_svg(spec).encode()
    return vl_convert.vegalite_to_png(spec, scale=2)
