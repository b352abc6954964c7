"""The dashboard's entry: `detente dashboard`, or `streamlit run dashboards/streamlit_app.py`.

The pages are files in `app_pages/`; the state of each view is its address.
"""

import streamlit as st

from components import frame

st.set_page_config(page_title="Détente", layout="wide", initial_sidebar_state="auto")
st.html(frame.CSS)
# The way to other pages is drawn by the sidebar, as links that carry the state along.
st.navigation(list(frame.make_pages().values()), position="hidden").run()
