"""Evidence: events of record, the reports they rest on, and the sentences themselves."""

from __future__ import annotations

import html
from datetime import date, timedelta

import streamlit as st

from components.frame import choose, download, plain
from components.snapshot import read

choice = choose()
first, second = choice.pairs
about = {"dataset": choice.dataset}
st.title("Evidence")
wanted = st.query_params.get("week") or st.session_state.get("evidence_week")
try:
    week = date.fromisoformat(wanted) if wanted else None
except ValueError:
    week = None
whole = st.toggle("All dates", value=week is None)
day = st.date_input(
    "Week of", value=week or date.today(), disabled=whole, min_value=date(1979, 1, 1)
)
if whole:
    start, end = date(1900, 1, 1), date(2999, 12, 31)
    st.query_params.pop("week", None)
else:
    start = day - timedelta(days=day.weekday())
    end = start + timedelta(days=6)
    st.query_params["week"] = start.isoformat()

events = read(
    choice.path, "pair_events", **about, first=first, second=second, from_date=start, to_date=end
)
st.write(f"{len(events)} events of record" + ("" if whole else f" in the week of {start:%d %b %Y}"))


def marked(row: dict) -> str:
    """The sentence with source, trigger and target set off; everything else is escaped text."""
    text, base = row["sentence"] or "", row["sentence_start"]
    if base != base or base is None:
        return html.escape(text)
    spans = sorted(
        (int(row[f"{name}_start"] - base), int(row[f"{name}_end"] - base), name)
        for name in ("source", "trigger", "target")
        if row[f"{name}_start"] == row[f"{name}_start"]
    )
    out, position = [], 0
    for low, high, name in spans:
        if low < position or high > len(text):
            continue
        out += [
            html.escape(text[position:low]),
            f'<mark class="{name}">',
            html.escape(text[low:high]),
            "</mark>",
        ]
        position = high
    return "".join([*out, html.escape(text[position:])])


STYLE = (
    "<style>.detente mark{padding:0 2px;border-radius:2px;color:inherit}"
    ".detente mark.trigger{background:#f0c94a55;font-weight:600}"
    ".detente mark.source,.detente mark.target{background:#5aa9e655}"
    ".detente{line-height:1.5;margin:.3rem 0 .8rem}.detente small{opacity:.8}</style>"
)


def show(row: dict) -> None:
    """One report: the sentence, who says so, where it stands, why it counts."""
    who = " ".join(
        str(x) for x in (row["attribution_kind"], row["attribution_name"]) if x and x == x
    )
    published = (
        f"{row['published_at']:%d %b %Y}"
        if row["published_at"] == row["published_at"]
        else "no date"
    )
    parts = [
        row["publisher"] or "", row["title"] or "", published, f"status {row['status']}",
        f"says: {who}", f"counts: {row['outcome']}", f"date by {row['date_basis']}",
        f"confidence {row['confidence']:.2f}", f"rule {row['rule_id']}",
    ]  # fmt: skip
    st.html(
        f"{STYLE}<div class='detente'>{marked(row)}<br><small>"
        + html.escape(" | ".join(str(p) for p in parts))
        + "</small></div>"
    )


for event in events.head(60).to_dict("records"):
    act = event["event_type"] + (f"/{event['event_mode']}" if event["event_mode"] else "")
    label = (
        f"{event['event_date_start']:%d %b %Y}  {event['source_code']} to {event['target_code']}  {act}  "
        f"({event['acknowledgement']}, {event['report_count']} reports, {event['origin_count']} origins)"
    )
    with st.expander(plain(label), expanded=len(events) <= 5):
        reports = read(
            choice.path, "pair_mentions", **about, first=first, second=second, event_id=event["event_id"],
            from_date=start, to_date=end,
        )  # fmt: skip
        for row in reports.to_dict("records"):
            show(row)
if len(events) > 60:
    st.caption(f"The first 60 of {len(events)} are shown; the download has all.")
download(choice, "pair_events", events)

st.subheader("Reports that count for no event, and why")
others = read(
    choice.path,
    "pair_mentions",
    **about,
    first=first,
    second=second,
    event_id="",
    from_date=start,
    to_date=end,
)
st.write(f"{len(others)} reports: planned, possible, retold, denied or undated acts, and opinions.")
for row in others.head(20).to_dict("records"):
    show(row)
