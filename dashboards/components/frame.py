"""What every page shares: the choice of data set and comparison, captions, states, safe text."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from components.snapshot import current_path, read

COLOURS = {"CHN": "#0072B2", "RUS": "#D55E00", "KOR": "#009E73", "USA": "#CC79A7"}
OTHER_COLOURS = ("#0072B2", "#D55E00")
STALE_HOURS = 24


@dataclass(frozen=True)
class Choice:
    """What the reader is looking at; all of it stands in the address."""

    path: str
    dataset: str
    caption: str | None
    hub: str
    partner: str
    other: str
    names: dict[str, str]

    @property
    def pairs(self) -> tuple[str, str]:
        """The pair ids hub-partner and hub-other."""
        return pair_id(self.hub, self.partner), pair_id(self.hub, self.other)

    def colour(self, code: str) -> str:
        fallback = OTHER_COLOURS[0 if code == self.other else 1]
        return COLOURS.get(code, fallback)

    def name(self, code: str) -> str:
        return self.names.get(code, code)


def pair_id(a: str, b: str) -> str:
    """The undirected pair of two codes."""
    return "-".join(sorted((a, b)))


def plain(text: object) -> str:
    """Text of a stranger, fit for Markdown: nothing in it is markup, link or HTML."""
    escaped = html.escape(str(text if text is not None else ""), quote=True)
    return re.sub(r"([\\`*_{}\[\]()#+!|~$:<>-])", r"\\\1", escaped)


def choose() -> Choice:
    """Show the sidebar and return the choice; stops the page where nothing can be shown."""
    path = current_path()
    if path is None:
        st.title("Nothing is published yet")
        st.write("Run `detente demo` to see the sample, or `detente run` with your own sources.")
        st.stop()
    datasets = read(path, "dataset_list")
    if datasets.empty:
        st.title("The warehouse is empty")
        st.write("Run `detente run FOLDER`, or enable feeds: `detente sources enable ID`.")
        st.stop()
    wanted = st.query_params
    names_of = list(datasets["dataset"])
    with st.sidebar:
        st.header("Détente")
        dataset = st.selectbox(
            "Data set", names_of,
            index=names_of.index(wanted["dataset"]) if wanted.get("dataset") in names_of else 0,
        )  # fmt: skip
        hubs = read(path, "comparisons")
        comparisons = {
            f"{r.hub_name}: {r.partner_name} or {r.other_name}": r for r in hubs.itertuples()
        }
        keys = {f"{r.hub_code}.{r.partner_code}.{r.other_code}": k for k, r in comparisons.items()}
        start = keys.get(
            wanted.get("compare", ""), keys.get("PRK.RUS.CHN", next(iter(comparisons)))
        )
        label = st.selectbox("Comparison", list(comparisons), index=list(comparisons).index(start))
    row = comparisons[label]
    names = {
        row.hub_code: row.hub_name, row.partner_code: row.partner_name, row.other_code: row.other_name
    }  # fmt: skip
    st.query_params["dataset"] = dataset
    st.query_params["compare"] = f"{row.hub_code}.{row.partner_code}.{row.other_code}"
    caption = datasets.set_index("dataset").loc[dataset, "caption"]
    caption = None if pd.isna(caption) else str(caption)
    choice = Choice(path, dataset, caption, row.hub_code, row.partner_code, row.other_code, names)
    with st.sidebar:
        _freshness(choice)
    if caption:
        st.info(caption)
    return choice


def _freshness(choice: Choice) -> None:
    published = read(choice.path, "open_version")
    if published.empty:
        return
    row = published.iloc[0]
    hours = (datetime.now(UTC).replace(tzinfo=None) - row["published_at"]).total_seconds() / 3600
    age = f"{hours:.0f} hours ago" if hours >= 1 else "less than an hour ago"
    st.caption(f"Published {row['published_at']:%d %b %Y %H:%M} UTC, {age}.")
    if hours > STALE_HOURS:
        st.warning(f"Stale: published {age}. Run `detente run` or `detente up`.")
    st.caption(f"Version {row['version']}")
    st.caption(f"Coder {row['coder_version'] or 'none'}")


def download(choice: Choice, name: str, rows: pd.DataFrame) -> None:
    """Offer exactly the rows shown, with parameters and vintage in the first line."""
    version = choice.path.split("/")[-2]
    head = (
        f"# Détente {name}; dataset {choice.dataset}; {choice.hub}: {choice.partner} or "
        f"{choice.other}; version {version}"
        + (f"; {choice.caption}" if choice.caption else "")
        + "\n"
    )
    st.download_button(
        "Download these rows (CSV)", head + rows.to_csv(index=False),
        file_name=f"detente-{name}-{choice.dataset}-{version}.csv", mime="text/csv", key=f"csv-{name}",
    )  # fmt: skip
