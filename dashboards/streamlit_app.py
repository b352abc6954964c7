"""The dashboard: `detente dashboard` serves it on localhost. Pages are in `app_pages/`."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parent))

st.set_page_config(page_title="Détente", layout="wide")
PAGES = Path(__file__).resolve().parent / "app_pages"
st.navigation(
    [
        st.Page(PAGES / "brief.py", title="Brief", url_path="brief", default=True),
        st.Page(PAGES / "tilt.py", title="Tilt", url_path="tilt"),
        st.Page(PAGES / "evidence.py", title="Evidence", url_path="evidence"),
    ]
).run()
