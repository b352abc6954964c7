"""What every page has: the state of the data, the corpus, the filters, the way to other pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st

from components import state, text, warehouse
from components.state import View
from detente import picture, verdict

CSS = Path(__file__).with_name("style.css")
APP_PAGES = Path(__file__).resolve().parent.parent / "app_pages"

REFRESH_SECONDS = 5.0
"""How often an open page looks whether there is a newer version: one `readlink`."""

PAGES: dict[str, tuple[str, str]] = {
    "brief": ("Brief", "brief.py"),
    "tilt": ("Tilt", "tilt.py"),
    "pair": ("Pair", "pair.py"),
    "shift": ("Shift explainer", "shift.py"),
    "evidence": ("Evidence", "evidence.py"),
    "watch": ("Watch list and visits", "watch.py"),
    "network": ("Network", "network.py"),
    "data": ("Data and method", "data.py"),
    "sql": ("SQL", "sql.py"),
}


def make_pages() -> dict[str, Any]:
    """Return the pages by their address."""
    pages = {
        name: st.Page(
            APP_PAGES / file,
            title=title,
            url_path="home" if name == "brief" else name,
            default=name == "brief",
        )
        for name, (title, file) in PAGES.items()
    }
    st.session_state["_pages"] = pages

    def brief() -> None:
        st.switch_page(pages["brief"], query_params=dict(st.query_params))

    # The landing page's address is the root; who writes its name there gets it as well.
    return {**pages, "": st.Page(brief, url_path="brief")}


def go(page: str, **extra: str | None) -> None:
    """Go to another page; the global state goes along."""
    st.switch_page(st.session_state["_pages"][page], query_params=state.carried(**extra))


def way(page: str, label: str, **extra: str | None) -> None:
    """Draw a link to another page; the global state goes along. The label is our own words."""
    target = st.session_state["_pages"][page]
    st.page_link(target, label=label, query_params=state.carried(**extra) or None)


def palette() -> picture.Palette:
    """Return the colours of the theme in use."""
    return picture.DARK if st.context.theme.type == "dark" else picture.LIGHT


def run(title: str, body: Callable[[View], None], deck: str = "") -> None:
    """Show a page: its head, the states of the data, and its body where there is something."""
    view = _open(title, deck)
    if view is not None:
        part(body, view)


def part(draw: Callable[..., None], *arguments: Any) -> None:
    """Draw one part of a page; a mart that is missing silences this part only."""
    try:
        draw(*arguments)
    except warehouse.MissingMartError as error:
        text.notice(
            f"This part needs tables that the version you read does not hold ({error}). "
            "Building with this release makes them."
        )


def _open(title: str, deck: str) -> View | None:
    """Find the snapshot, say its state, draw the sidebar; None where there is nothing to show."""
    config = warehouse.settings()
    try:
        path = str(warehouse.locate(config, state.get("as_of") or None))
        view = state.read(path)
    except warehouse.NothingPublishedError as error:
        _nothing(str(error), warehouse.is_building(config), None)
        return None
    except warehouse.NoVintageError as error:
        text.show('<div class="dt-title"><h1>No such version</h1></div>')
        text.notice(str(error))
        st.page_link(st.session_state["_pages"]["brief"], label="Read the newest version")
        return None
    except warehouse.MissingMartError as error:
        _nothing(f"The published version holds no marts yet (missing: {error}).", False, path)
        return None
    if view is None:
        _nothing("The warehouse is published and empty: nothing was ingested yet.", False, path)
        return None
    _sidebar(view)
    if view.caption:
        text.show(f'<p class="dt-corpus" role="note">{text.esc(view.caption)}</p>')
    text.show(
        f'<div class="dt-title"><h1>{text.esc(title)}</h1>'
        + (f"<p>{text.esc(deck)}</p>" if deck else "")
        + "</div>"
    )
    _standing(view, warehouse.is_building(config))
    if not view.as_of:
        _follow(view.path)
    return view


@st.fragment(run_every=REFRESH_SECONDS)
def _follow(path: str | None) -> None:
    """Run the page anew once another version than this one, if any, is published.

    The state is in the address and in the widgets, so the reader stays where he was.
    """
    try:
        newest = str(warehouse.locate(warehouse.settings(), state.get("as_of") or None))
    except (warehouse.NothingPublishedError, warehouse.NoVintageError):
        return  # nothing yet, or what is read stays readable
    if newest != path:
        st.rerun()


def _nothing(words: str, building: bool, path: str | None) -> None:
    text.show('<div class="dt-title"><h1>Nothing to show yet</h1></div>')
    text.notice(words)
    if building:
        text.note("A build is running now; this page will show what it publishes.")
    text.lines(
        [
            "detente demo: the illustrative sample, through the real pipeline, in minutes",
            "detente run FOLDER_OR_FEED: your own documents",
            "detente doctor: what may be wrong here",
        ]
    )
    _follow(path)


def _standing(view: View, building: bool) -> None:
    """Say how old what is read is, and whether another build is on its way."""
    at = warehouse.published_at(view.path)
    parts = [
        f"Data set {view.dataset}, {verdict.long_date(view.first_week)} to week of "
        f"{verdict.long_date(view.last_week)}"
    ]
    hours = 0.0
    if at is not None:
        hours = (datetime.now(UTC) - at).total_seconds() / 3600
        parts.append(f"published {at:%Y-%m-%d %H:%M} UTC, {verdict.age(hours)} ago")
    if building:
        parts.append("a build is running: you read the last complete one")
    text.show(
        f'<p class="dt-meta" data-hub="{text.esc(view.hub)}" '
        f'data-version="{text.esc(Path(view.path).parent.name)}">{text.esc("; ".join(parts))}</p>'
    )
    if view.as_of:
        text.notice(f"You read the version as of {view.as_of}. Newer ones may say otherwise.")
    elif hours > warehouse.STALE_HOURS:
        text.notice(
            f'Stale: published {verdict.age(hours)} ago. "detente run" brings it up to date.'
        )


def _sidebar(view: View) -> None:
    with st.sidebar:
        text.show('<p class="dt-brand">Détente</p>')
        for name, (title, _) in PAGES.items():
            way(name, title)
        st.divider()
        _filters(view)


def _filters(view: View) -> None:
    def named(code: str) -> str:
        return f"{view.name(code)} ({code})"

    if len(view.datasets) > 1:
        state.widget(
            "dataset", view.dataset,
            lambda **k: st.selectbox("Data set", view.datasets, **k),
            resets=("hub", "partners", "from", "to", "pair", "week", "event", "shift"),
        )  # fmt: skip
    state.widget(
        "hub", view.hub,
        lambda **k: st.selectbox("Hub", view.hubs, format_func=named, **k),
        resets=("partners", "pair", "week", "event", "shift"),
    )  # fmt: skip
    state.widget(
        "partners", list(view.partners),
        lambda **k: st.multiselect(
            "Partners", view.candidates, format_func=named, max_selections=state.MAX_PARTNERS, **k
        ),
        resets=("pair",),
    )  # fmt: skip
    for name, label, value, default in (
        ("from", "From", view.start, view.first_week), ("to", "To", view.end, view.last_week),
    ):  # fmt: skip
        state.widget(
            name, value,
            lambda label=label, **k: st.date_input(
                label, min_value=view.first_week, max_value=view.last_week, format="YYYY-MM-DD", **k
            ),
            default=default,
        )  # fmt: skip
    state.widget(
        "acts", view.acts,
        lambda **k: st.selectbox(
            "Acts counted", tuple(state.ACTS), format_func=lambda a: state.ACTS[a], **k
        ),
        default="all",
    )  # fmt: skip
    state.widget(
        "origins", view.origins,
        lambda **k: st.selectbox(
            "Origins", tuple(state.ORIGINS), format_func=lambda o: state.ORIGINS[o],
            help="Narrows events and sentences. Whether a finding holds without state media is "
            "in the specification strip of the brief.", **k,
        ),
        default="all",
    )  # fmt: skip
    state.widget(
        "conf", view.min_confidence,
        lambda **k: st.slider("Minimum confidence of events", 0.0, 0.95, step=0.05, **k),
        default=0.0,
    )  # fmt: skip
