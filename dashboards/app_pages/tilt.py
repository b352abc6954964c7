"""Tilt: warmth, engagement share and counts of two pairs on one time axis, equal scales."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from components.frame import choose, download
from components.snapshot import read

choice = choose()
first, second = choice.pairs
about = {"dataset": choice.dataset}
st.title(f"{choice.name(choice.hub)}: {choice.name(choice.partner)} or {choice.name(choice.other)}")

weeks = read(choice.path, "pair_warmth", **about, first=first, second=second)
if weeks.empty:
    st.write("Not enough data: neither pair has enough events for a weekly series.")
    st.stop()
share = read(
    choice.path,
    "comparison_weeks",
    **about,
    hub=choice.hub,
    partner=choice.partner,
    other=choice.other,
)
shifts = read(choice.path, "pair_shifts", **about, first=first, second=second)
labels = {first: choice.name(choice.partner), second: choice.name(choice.other)}
weeks = weeks.assign(partner=weeks["pair_id"].map(labels), week=pd.to_datetime(weeks["week_start"]))
# Weeks without any document of the data set are no zeros. A gap is drawn where more than eight stand
# in a row: single quiet weeks of a small corpus would cut the ribbon to pieces.
missing = weeks["event_count"].isna()
run = (missing != missing.shift()).cumsum()
long_gap = missing & (missing.groupby(run).transform("size") > 8)
weeks.loc[long_gap, ["warmth", "warmth_lo", "warmth_hi"]] = None
limit = max(2.0, float(weeks[["warmth_lo", "warmth_hi"]].abs().max().max()))
scale = alt.Scale(
    domain=[labels[first], labels[second]],
    range=[choice.colour(choice.partner), choice.colour(choice.other)],
)
colour = alt.Color("partner:N", scale=scale, legend=None)
axis = alt.X("week:T", title=None, scale=alt.Scale(domain=[
    weeks["week"].min().isoformat(), weeks["week"].max().isoformat()]))  # fmt: skip
point = alt.selection_point(name="week", fields=["week", "pair_id"], on="click", nearest=True)
tips = [
    alt.Tooltip("partner:N", title="with"),
    alt.Tooltip("week:T", title="week of"),
    alt.Tooltip("warmth:Q", format=".2f"),
    alt.Tooltip("warmth_lo:Q", format=".2f", title="90 % from"),
    alt.Tooltip("warmth_hi:Q", format=".2f", title="90 % to"),
    alt.Tooltip("event_count:Q", title="events this week"),
    alt.Tooltip("prior_share:Q", format=".2f", title="prior's share"),
    alt.Tooltip("evidence_level:N", title="evidence"),
]
last = weeks.sort_values("week").groupby("partner").tail(1)
base = alt.Chart(weeks).encode(x=axis, color=colour)
ribbon = base.mark_area(opacity=0.15).encode(
    y=alt.Y("warmth_lo:Q", title="warmth (points)", scale=alt.Scale(domain=[-limit, limit])),
    y2="warmth_hi:Q",
)
line = base.mark_line(strokeWidth=1.6).encode(
    y="warmth:Q", strokeDash=alt.StrokeDash("partner:N", scale=alt.Scale(
        domain=scale.domain, range=[[1, 0], [6, 3]]), legend=None))  # fmt: skip
names = alt.Chart(last).mark_text(align="left", dx=5, fontWeight="bold").encode(
    x="week:T", y="warmth:Q", text="partner:N", color=colour
)  # fmt: skip
active = base.transform_filter("datum.event_count > 0").mark_circle(size=34).encode(
    y="warmth:Q", tooltip=tips,
    opacity=alt.condition(point, alt.value(1), alt.value(0.55)),
).add_params(point)  # fmt: skip
layers = [ribbon, line, active, names]
if not shifts.empty:
    spans = shifts[shifts["status"] == "standing"].assign(
        from_day=lambda d: pd.to_datetime(d["estimated_start"]),
        to_day=lambda d: pd.to_datetime(d["alarm_week"]),
        partner=lambda d: d["pair_id"].map(labels),
    )
    layers.insert(0, alt.Chart(spans).mark_rect(opacity=0.12, color="#555").encode(
        x="from_day:T", x2="to_day:T", tooltip=["partner:N", "direction:N", "delta:Q", "strength:N"]))  # fmt: skip
warmth = alt.layer(*layers).properties(
    height=260, title="Warmth, 90 % interval; a dot is a week with events"
)
charts = [warmth]
if not share.empty:
    share = share.assign(week=pd.to_datetime(share["week_start"]))
    shared = alt.Chart(share).encode(x=axis)
    zero_one = alt.Y(
        "share_lo:Q", scale=alt.Scale(domain=[0, 1]), title=f"share of {labels[first]}"
    )
    charts.append(
        alt.layer(
            shared.mark_area(opacity=0.18, color=choice.colour(choice.partner)).encode(y=zero_one, y2="share_hi:Q"),
            shared.mark_line(color=choice.colour(choice.partner)).encode(
                y="engagement_share:Q",
                tooltip=["week:T", alt.Tooltip("engagement_share:Q", format=".2f"),
                         alt.Tooltip("share_lo:Q", format=".2f"), alt.Tooltip("share_hi:Q", format=".2f"),
                         alt.Tooltip("effective_n:Q", format=".1f"), "evidence_level:N"],
            ),
            alt.Chart(pd.DataFrame({"half": [0.5]})).mark_rule(strokeDash=[2, 2]).encode(y="half:Q"),
        ).properties(height=160, title="Engagement share: cooperative acts, half-life 26 weeks, 90 % interval")
    )  # fmt: skip
yearly = (
    weeks.assign(year=weeks["week"].dt.year)
    .groupby(["partner", "year"], as_index=False)["event_count"]
    .sum()
)
yearly["event_count"] = yearly["event_count"].astype(float)
top = float(yearly["event_count"].max())
picked = st.altair_chart(
    charts[0].properties(width="container"), key="tilt", on_select="rerun", selection_mode="week"
)
for chart in charts[1:]:
    st.altair_chart(chart.properties(width="container"))
st.subheader("Events a year, equal scales")
for partner in (labels[first], labels[second]):
    st.altair_chart(
        alt.Chart(yearly[yearly["partner"] == partner])
        .mark_bar()
        .encode(
            x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("event_count:Q", title="events", scale=alt.Scale(domain=[0, top])),
            color=colour,
            tooltip=["partner:N", "year:O", "event_count:Q"],
        )
        .properties(height=150, width="container", title=partner)
    )
selection = (picked or {}).get("selection", {}).get("week", [])
if selection:
    moment = pd.to_datetime(selection[0]["week"], unit="ms").date().isoformat()
    st.session_state["evidence_week"] = moment
    st.query_params["week"] = moment
    st.switch_page("app_pages/evidence.py", query_params={**st.query_params.to_dict()})
st.caption(
    "Click a dot: the sentences behind that week. Grey spans: from a shift's estimated start to its alarm."
)
one = weeks.dropna(subset=["warmth"]).groupby("partner").tail(1)
st.caption(
    "In words: "
    + "; ".join(
        f"{r.partner} {r.warmth:+.2f} [{r.warmth_lo:+.2f}, {r.warmth_hi:+.2f}], evidence {r.evidence_level}"
        for r in one.itertuples()
    )
    + "."
)
with st.expander("Table and download"):
    st.dataframe(weeks.drop(columns=["week"]), hide_index=True)
    download(choice, "tilt", weeks.drop(columns=["week"]))

st.subheader("Assessments: opinions about the ties, never scored")
said = read(choice.path, "pair_assessments", **about, first=first, second=second)
st.dataframe(said, hide_index=True, width="stretch") if len(said) else st.write("None on record.")
