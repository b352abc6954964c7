"""Further charts: a pair's quads and source mix, a shift's waterfall, watch lanes, the network.

The same rules as in `detente.charts`; apart from it because those panels share one time axis.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import altair as alt
import pandas as pd

from detente.charts import Palette, finish, frame_of, time_axis, tooltip

QUADS = {
    "material_cooperation_count": ("material cooperation", 2),
    "verbal_cooperation_count": ("verbal cooperation", 1),
    "verbal_conflict_count": ("verbal conflict", -1),
    "material_conflict_count": ("material conflict", -2),
}


def quads(rows: pd.DataFrame, palette: Palette, start: date, end: date) -> alt.TopLevelMixin:
    """Draw quad counts by quarter as bars that diverge around zero; dark is material."""
    data = frame_of(rows, ["quarter", *QUADS])
    long = data.melt("quarter", var_name="quad", value_name="count")
    long["label"] = long["quad"].map(lambda q: QUADS[q][0])
    long["order"] = long["quad"].map(lambda q: QUADS[q][1])
    long["size"] = [
        c * (1 if o > 0 else -1) for c, o in zip(long["count"], long["order"], strict=True)
    ]
    long["week_start"] = long["quarter"] + pd.Timedelta(days=45)
    blue, red = palette.cooperative, palette.hostile
    colours = [
        blue,
        "#92b6d9" if not palette.dark else "#3f6b99",
        "#e4a3a0" if not palette.dark else "#8f4a50",
        red,
    ]
    limit = (
        max(float(long.groupby(["quarter", long["order"] > 0])["size"].sum().abs().max() or 0), 2.0)
        * 1.08
    )
    pick = alt.selection_point(name="point", fields=["quarter"], on="click", empty=False)
    width = max(2, int(760 / max(len(data), 1)) - 1)
    bars = (
        alt.Chart(long)
        .mark_bar(size=min(width, 14), cursor="pointer")
        .encode(
            x=time_axis(start, end),
            y=alt.Y("size:Q", title=None, stack="zero", scale=alt.Scale(domain=[-limit, limit], nice=False),
                    axis=alt.Axis(labelExpr="abs(datum.value)", tickCount=5, format="d")),
            color=alt.Color("label:N", legend=None, scale=alt.Scale(domain=[v[0] for v in QUADS.values()], range=colours)),
            order=alt.Order("order:Q"),
            tooltip=tooltip(("quarter", "T%b %Y", "quarter from"), ("label", "N", "kind"), ("count", "Q", "acts")),
        )
        .add_params(pick)
    )  # fmt: skip
    rule = alt.Chart(pd.DataFrame({"y": [0]})).mark_rule(color=palette.faint).encode(y="y:Q")
    return finish(alt.layer(bars, rule), palette, 190)


def ribbon(
    rows: pd.DataFrame,
    value: str,
    lo: str | None,
    hi: str | None,
    palette: Palette,
    colour: str,
    start: date,
    end: date,
    domain: tuple[float, float],
    *,
    rule: float | None = None,
    form: str = ".2f",
    more: Sequence[tuple[str, str, str]] = (),
    height: int = 110,
) -> alt.TopLevelMixin:
    """Draw one weekly series with its interval; NULL interrupts the line.

    Args:
        rows: with ``week_start`` and the named columns.
        value: column of the line.
        lo: column of the interval's lower end, if any.
        hi: column of its upper end.
        palette: colours.
        colour: of this series.
        start: first day of the axis.
        end: last day of the axis.
        domain: limits of the y axis.
        rule: value at which a thin rule is drawn.
        form: d3 number format.
        more: further fields for the hover: (column, type with format, words).
        height: pixels.
    """
    names = ["week_start", value, *(n for n in (lo, hi) if n), *(m[0] for m in more)]
    data = frame_of(rows, list(dict.fromkeys(names)))
    scale = alt.Scale(domain=list(domain), nice=False)
    base = alt.Chart(data).encode(x=time_axis(start, end))
    tip = tooltip(
        ("week_start", "T%d %b %Y", "week of"), (value, f"Q{form}", "value"),
        *(((lo, f"Q{form}", "90 % from"), (hi, f"Q{form}", "to")) if lo and hi else ()), *more,
    )  # fmt: skip
    layers: list[alt.Chart] = []
    if rule is not None:
        layers.append(
            alt.Chart(pd.DataFrame({"y": [rule]}))
            .mark_rule(color=palette.faint, strokeWidth=0.8)
            .encode(y=alt.Y("y:Q", scale=scale))
        )
    if lo and hi:
        layers.append(
            base.mark_area(color=colour, opacity=0.2).encode(
                y=alt.Y(f"{lo}:Q", scale=scale, title=None), y2=f"{hi}:Q"
            )
        )
    layers.append(
        base.mark_line(color=colour, strokeWidth=1.6).encode(
            y=alt.Y(f"{value}:Q", scale=scale, title=None, axis=alt.Axis(tickCount=4)), tooltip=tip
        )
    )
    return finish(alt.layer(*layers, data=data), palette, height)


def waterfall(rows: pd.DataFrame, palette: Palette) -> alt.TopLevelMixin:
    """Draw how single events move warmth from before to after.

    Args:
        rows: ``label``, ``from_level``, ``to_level``, ``kind`` (start, event, other, prior, end)
            and ``moved``, in drawing order.
        palette: colours.
    """
    data = rows.reset_index(drop=True)
    data["position"] = range(len(data))
    data["colour"] = [
        palette.faint if k in ("start", "end") else palette.weak if k in ("prior", "other")
        else palette.cooperative if m >= 0 else palette.hostile
        for k, m in zip(data["kind"], data["moved"], strict=True)
    ]  # fmt: skip
    data["words"] = [f"{m:+.2f}" for m in data["moved"]]
    data["right"] = data[["from_level", "to_level"]].max(axis=1)
    y = alt.Y("label:N", sort=alt.SortField("position"), title=None,
              axis=alt.Axis(labelLimit=300, minExtent=240, maxExtent=300, labelColor=palette.ink, ticks=False))  # fmt: skip
    base = alt.Chart(data).encode(y=y)
    tip = tooltip(("label", "N", "what"), ("moved", "Q+.3f", "moves warmth by"),
                   ("from_level", "Q+.2f", "from"), ("to_level", "Q+.2f", "to"))  # fmt: skip
    low, high = (
        min(0.0, float(data[["from_level", "to_level"]].min().min())),
        float(data["right"].max()),
    )
    pad = max((high - low) * 0.14, 0.1)
    scale = alt.Scale(domain=[low - pad * 0.3, high + pad], nice=False)
    chart = alt.layer(
        base.mark_bar(height=12).encode(
            x=alt.X("from_level:Q", title=None, scale=scale, axis=alt.Axis(format="+.1f")),
            x2="to_level:Q",
            color=alt.Color("colour:N", scale=None),
            tooltip=tip,
        ),
        base.mark_text(align="left", dx=4, color=palette.ink, fontSize=10).encode(
            x=alt.X("right:Q", scale=scale), text="words:N"
        ),
    )
    return finish(chart, palette, 19 * len(data) + 28)


def lanes(rows: pd.DataFrame, palette: Palette, start: date, end: date) -> alt.TopLevelMixin:
    """Draw announced acts as lanes: from report, over confirmations, to what became of them."""
    data = frame_of(rows, ["watch_id", "lane", "outcome", "p_occurs"])
    for name in ("reported_at", "source_confirmed_at", "target_confirmed_at", "settled_at",
                 "window_start", "window_end"):  # fmt: skip
        data[name] = pd.to_datetime(rows[name])
    data["until"] = data["settled_at"].fillna(pd.Timestamp(end))
    height = 21 * len(data) + 26
    y = alt.Y("lane:N", sort=list(data["lane"]), title=None,
              axis=alt.Axis(labelLimit=330, minExtent=250, maxExtent=330, labelColor=palette.ink, ticks=False, grid=False))  # fmt: skip
    axis = alt.Axis(grid=True, format="%Y", labelOverlap=True)
    scale = alt.Scale(domain=[start.isoformat(), end.isoformat()], nice=False)
    base = alt.Chart(data).encode(y=y)
    tip = tooltip(
        ("lane", "N", "act"), ("reported_at", "T%d %b %Y", "reported"),
        ("source_confirmed_at", "T%d %b %Y", "confirmed by the guest"),
        ("target_confirmed_at", "T%d %b %Y", "confirmed by the host"),
        ("settled_at", "T%d %b %Y", "settled"), ("outcome", "N", "outcome"),
        ("p_occurs", "Q.2f", "probability when reported"),
    )  # fmt: skip

    layers: list[Any] = [
        base.mark_rule(color=palette.weak, strokeWidth=2, opacity=0.7).encode(
            x=alt.X("reported_at:T", scale=scale, title=None, axis=axis), x2="until:T"
        )
    ]
    outcomes = ["occurred", "cancelled", "postponed", "substituted", "unresolved"]
    # A layer without marks would be an image without a name to a screen reader: none is drawn.
    for name, shape, colour, filled in (
        ("reported_at", "circle", palette.faint, False),
        ("source_confirmed_at", "circle", palette.ink, True),
        ("target_confirmed_at", "square", palette.ink, False),
    ):
        if (some := data[data[name].notna()]).shape[0]:
            layers.append(
                alt.Chart(some)
                .mark_point(shape=shape, filled=filled, size=70, color=colour, opacity=1)
                .encode(y=y, x=alt.X(f"{name}:T", scale=scale), tooltip=tip)
            )
    if (settled := data[data["settled_at"].notna()]).shape[0]:
        shapes = ["triangle-up", "cross", "square", "diamond", "stroke"]
        colours = [palette.cooperative, palette.hostile, palette.span, palette.span, palette.weak]
        layers.append(
            alt.Chart(settled)
            .mark_point(filled=True, size=85, opacity=1)
            .encode(
                y=y,
                x=alt.X("settled_at:T", scale=scale),
                shape=alt.Shape(
                    "outcome:N", legend=None, scale=alt.Scale(domain=outcomes, range=shapes)
                ),
                color=alt.Color(
                    "outcome:N", legend=None, scale=alt.Scale(domain=outcomes, range=colours)
                ),
                tooltip=tip,
            )
        )
    return finish(alt.layer(*layers, data=data), palette, height)


def calibration(rows: pd.DataFrame, palette: Palette) -> alt.TopLevelMixin:
    """Draw what was said against what came: on the diagonal the probabilities were right."""
    scale = alt.Scale(domain=[0, 1])
    tip = tooltip(("mean_probability", "Q.2f", "said"), ("occurred_share", "Q.2f", "came"),
                   ("item_count", "Q", "items"))  # fmt: skip
    line = alt.Chart(pd.DataFrame({"x": [0, 1], "y": [0, 1]}))
    chart = alt.layer(
        line.mark_line(color=palette.faint, strokeDash=[4, 3], strokeWidth=1).encode(
            x=alt.X("x:Q", scale=scale, title="probability given"),
            y=alt.Y("y:Q", scale=scale, title="share that occurred"),
        ),
        alt.Chart(rows).mark_point(filled=True, color=palette.cooperative, opacity=1).encode(
            x=alt.X("mean_probability:Q", scale=scale), y=alt.Y("occurred_share:Q", scale=scale),
            size=alt.Size("item_count:Q", legend=None, scale=alt.Scale(range=[40, 400])), tooltip=tip,
        ),
    )  # fmt: skip
    return finish(chart, palette, 260)


def matrix(
    rows: pd.DataFrame, order: Sequence[str], names: Mapping[str, str], palette: Palette
) -> alt.TopLevelMixin:
    """Draw warmth of all pairs of ``order`` as a matrix; insufficient cells bear a grey cross.

    The colours are fixed and symmetric: red -4, blue +4 points; never the middle colour for a
    pair of which too little is known.
    """
    inside = rows[rows["country_a_code"].isin(order) & rows["country_b_code"].isin(order)]
    kept = ["warmth", "warmth_lo", "warmth_hi", "prior_share", "evidence_level", "event_count_52w", "pair_id"]  # fmt: skip
    cells = pd.concat(
        [
            inside.assign(row=inside["country_a_code"], column=inside["country_b_code"]),
            inside.assign(row=inside["country_b_code"], column=inside["country_a_code"]),
        ]
    )[["row", "column", *kept]]
    cells["row_name"] = cells["row"].map(lambda c: names.get(c, c))
    cells["column_name"] = cells["column"].map(lambda c: names.get(c, c))
    labels = [names.get(c, c) for c in order]
    known = cells[cells["evidence_level"] != "insufficient"]
    unknown = cells[cells["evidence_level"] == "insufficient"]
    x = alt.X("column_name:N", sort=labels, title=None, scale=alt.Scale(domain=labels),
              axis=alt.Axis(orient="top", labelAngle=-40, labelLimit=110, ticks=False, domain=False))  # fmt: skip
    y = alt.Y("row_name:N", sort=labels, title=None, scale=alt.Scale(domain=labels),
              axis=alt.Axis(minExtent=90, maxExtent=140, labelLimit=130, ticks=False))  # fmt: skip
    tip = tooltip(
        ("row_name", "N", "between"), ("column_name", "N", "and"), ("warmth", "Q+.2f", "warmth"),
        ("warmth_lo", "Q+.2f", "90 % from"), ("warmth_hi", "Q+.2f", "to"),
        ("event_count_52w", "Q", "events in 52 weeks"), ("prior_share", "Q.2f", "prior share"),
        ("evidence_level", "N", "evidence"),
    )  # fmt: skip
    pick = alt.selection_point(name="point", fields=["pair_id"], on="click", empty=False)
    layers: list[alt.Chart] = []
    if not unknown.empty:  # an empty layer would be an image without a name to a screen reader
        base = alt.Chart(unknown).encode(x=x, y=y, tooltip=tip)
        layers += [
            base.mark_rect(color=palette.grid, stroke=palette.paper, cursor="pointer"),
            base.mark_text(text="╳", color=palette.weak, fontSize=11),
        ]
    if not known.empty:
        base = alt.Chart(known).encode(x=x, y=y, tooltip=tip)
        colour = alt.Color(
            "warmth:Q",
            legend=None,
            scale=alt.Scale(scheme="redblue", domain=[-4, 4], clamp=True),
        )
        ink = alt.condition("abs(datum.warmth) > 2.2", alt.value("#ffffff"), alt.value("#1d1d1b"))
        layers += [
            base.mark_rect(stroke=palette.paper, cursor="pointer").encode(color=colour),
            base.mark_text(fontSize=10).encode(text=alt.Text("warmth:Q", format="+.1f"), color=ink),
        ]
    layers[0] = layers[0].add_params(pick)
    if len(layers) == 4:
        layers[2] = layers[2].add_params(
            alt.selection_point(name="point_known", fields=["pair_id"], on="click", empty=False)
        )
    return finish(alt.layer(*layers), palette, max(len(order) * 30 + 110, 200))


def coverage(rows: pd.DataFrame, palette: Palette, start: date, end: date) -> alt.TopLevelMixin:
    """Draw documents per source and month: an empty cell is a month without a document."""
    data = rows[["source_id", "month", "document_count", "duplicate_count"]].copy()
    data["week_start"] = pd.to_datetime(data["month"])
    data["until"] = data["week_start"] + pd.Timedelta(days=30)
    count = data["source_id"].nunique()
    chart = (
        alt.Chart(data)
        .mark_rect(opacity=0.95)
        .encode(
            x=time_axis(start, end),
            x2="until:T",
            y=alt.Y("source_id:N", title=None, axis=alt.Axis(labelLimit=150, minExtent=110, maxExtent=150, ticks=False)),
            color=alt.Color("document_count:Q", legend=None,
                            scale=alt.Scale(type="sqrt", interpolate="rgb", range=[palette.grid, palette.cooperative])),
            tooltip=tooltip(("source_id", "N", "source"), ("month", "T%b %Y", "month"),
                             ("document_count", "Q", "documents"), ("duplicate_count", "Q", "duplicates")),
        )
    )  # fmt: skip
    return finish(chart, palette, 22 * max(count, 1) + 28)


def partner_bars(rows: pd.DataFrame, palette: Palette) -> alt.TopLevelMixin:
    """Draw a hub's partners by their share of its acts, with intervals, largest first."""
    data = rows.copy()
    y = alt.Y("partner:N", sort=list(data["partner"]), title=None,
              axis=alt.Axis(minExtent=90, maxExtent=140, labelLimit=130, ticks=False, labelColor=palette.ink))  # fmt: skip
    base = alt.Chart(data).encode(y=y)
    scale = alt.Scale(domain=[0, 1])
    tip = tooltip(
        ("partner", "N", "partner"), ("attention_share", "Q.2f", "share"),
        ("attention_lo", "Q.2f", "90 % from"), ("attention_hi", "Q.2f", "to"),
        ("event_count_26w", "Q", "acts in 26 weeks"),
        ("country_event_count_26w", "Q", "of all the hub's"),
    )  # fmt: skip
    return finish(
        alt.layer(
            base.mark_bar(color=palette.cooperative, opacity=0.55, height=10).encode(
                x=alt.X("attention_share:Q", scale=scale, title=None), tooltip=tip
            ),
            base.mark_rule(color=palette.ink, strokeWidth=1.2).encode(
                x=alt.X("attention_lo:Q", scale=scale), x2="attention_hi:Q", tooltip=tip
            ),
        ),
        palette,
        21 * len(data) + 28,
    )
