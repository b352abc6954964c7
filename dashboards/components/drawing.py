"""Putting a picture on the page, and learning which of its marks was clicked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from detente.picture import Picture


def draw(made: Picture, name: str, alt: str) -> None:
    """Draw a picture with its one-sentence text alternative."""
    st.vega_lite_chart(
        made.with_data(made.data), width="stretch", theme=None, key=f"c_{name}", alt=alt
    )


def ask(made: Picture, name: str, alt: str) -> dict[str, Any]:
    """Draw a picture and return the fields of the mark that was clicked; empty if none was."""
    event = st.vega_lite_chart(
        made.with_data(made.data),
        width="stretch",
        theme=None,
        key=f"c_{name}",
        on_select="rerun",
        alt=alt,
    )
    picked: dict[str, Any] = {}
    for points in event["selection"].values():
        if points:  # every selection of a layered chart answers; those of other layers with nothing
            picked |= {k: v for k, v in dict(points[0]).items() if v is not None}
    return picked


def day(value: Any) -> date:
    """Read a day from a selection: Vega gives milliseconds or text."""
    if isinstance(value, (int, float)):
        return pd.Timestamp(value, unit="ms").date()
    return pd.Timestamp(value).date()
