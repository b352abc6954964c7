"""Further pictures: a pair's quads and source mix, a shift's waterfall, watch lanes, coverage.

The same rules as in `detente.charts`; apart from it because those panels share one time axis.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import altair as alt
import pandas as pd

from detente.picture import (
    CANVAS_FROM,
    SLOTS,
    Palette,
    Picture,
    click,
    constant,
    finish,
    frame_of,
    picture,
    rows,
    template,
    time_axis,
    time_slots,
    tooltip,
)
from detente.verdict import points

QUADS = {
    "material_cooperation_count": ("material cooperation", 2),
    "verbal_cooperation_count": ("verbal cooperation", 1),
    "verbal_conflict_count": ("verbal conflict", -1),
    "material_conflict_count": ("material conflict", -2),
}


def names_axis(extent: int, limit: int, *, ink: bool = False) -> alt.Axis:
    """Return an axis of names: ``extent`` pixels at least, ``limit`` at most."""
    colour = SLOTS.ink if ink else SLOTS.faint
    return alt.Axis(
        labelLimit=limit - 10, minExtent=extent, maxExtent=limit, ticks=False, grid=False,
        labelColor=colour,
    )  # fmt: skip


LANE = 34
"""Pixels of a lane that bears its name above its marks: beside them, a telephone has no room."""


def _lane(order: Any) -> alt.Y:
    """Return the axis of lanes that bear their names inside."""
    axis = alt.Axis(labels=False, ticks=False, grid=False, domain=False, minExtent=0, maxExtent=0)
    return alt.Y("lane:N", sort=order, title=None, axis=axis)


def _lane_names(source: str, order: Any) -> Any:
    """Write each lane's name above its marks."""
    text = rows(source).mark_text(align="left", dx=2, dy=-12, color=SLOTS.ink, limit=520)
    return text.encode(x=alt.value(0), y=_lane(order), text="lane:N")


@template
def _quads_template() -> Any:
    colours = [SLOTS.cooperative, SLOTS.light_cooperative, SLOTS.light_hostile, SLOTS.hostile]
    axis = alt.Axis(labelExpr="abs(datum.value)", tickCount=5, format="d")
    tip = tooltip(
        ("quarter", "T%b %Y", "quarter from"), ("label", "N", "kind"), ("count", "Q", "acts")
    )
    scale = alt.Scale(domain="$domain", nice=False)
    kinds = alt.Scale(domain=[label for label, _ in QUADS.values()], range=colours)
    bars = (
        rows()
        .mark_rect(cursor="pointer")
        .encode(
            x=time_axis(),
            x2="until:T",
            y=alt.Y("near:Q", title=None, scale=scale, axis=axis),
            y2="far:Q",
            color=alt.Color("label:N", legend=None, scale=kinds),
            tooltip=tip,
        )
        .add_params(click("quarter"))
    )
    zero = constant(y=0).mark_rule(color=SLOTS.faint).encode(y="y:Q")
    return finish(alt.layer(bars, zero), 190)


def quads(source: pd.DataFrame, palette: Palette, start: date, end: date) -> Picture:
    """Draw quad counts by quarter as bars that diverge around zero; dark is material."""
    data = frame_of(source, ["quarter", *QUADS])
    long = data.melt("quarter", var_name="quad", value_name="count")
    long["label"] = long["quad"].map(lambda q: QUADS[q][0])
    long["order"] = long["quad"].map(lambda q: QUADS[q][1])
    long = long.sort_values("order", key=abs)
    up = long["order"] > 0
    sign = up.map({True: 1, False: -1})
    long["far"] = long.groupby(["quarter", up])["count"].cumsum() * sign
    long["near"] = long["far"] - long["count"] * sign
    long["week_start"] = long["quarter"]
    long["until"] = long["quarter"] + pd.Timedelta(days=80)
    limit = max(float(long["far"].abs().max() or 0), 2.0) * 1.08
    return picture(
        _quads_template(),
        palette,
        {"rows": long},
        domain=[-limit, limit],
        **time_slots(start, end),
    )


@template
def _ribbon_template(interval: bool, rule: bool, form: str, height: int, canvas: bool) -> Any:
    scale = alt.Scale(domain="$domain", nice=False)
    base = rows().encode(x=time_axis())
    ends = (("lo", f"Q{form}", "90 % from"), ("hi", f"Q{form}", "to")) if interval else ()
    tip = tooltip(
        ("week_start", "T%d %b %Y", "week of"), ("value", f"Q{form}", "$title"), *ends,
        ("count", "Q", "$count_title"),
    )  # fmt: skip
    layers: list[Any] = []
    if rule:
        zero = constant(y="$rule").mark_rule(color=SLOTS.faint, strokeWidth=0.8)
        layers.append(zero.encode(y=alt.Y("y:Q", scale=scale)))
    if interval:
        area = base.mark_area(color="$colour", opacity=0.2)
        layers.append(area.encode(y=alt.Y("lo:Q", scale=scale, title=None), y2="hi:Q"))
    line = base.mark_line(color="$colour", strokeWidth=1.6)
    axis = alt.Axis(tickCount=4)
    layers.append(line.encode(y=alt.Y("value:Q", scale=scale, title=None, axis=axis), tooltip=tip))
    return finish(alt.layer(*layers), height, canvas=canvas)


def ribbon(
    source: pd.DataFrame,
    columns: tuple[str, str | None, str | None, str],
    palette: Palette,
    colour: str,
    start: date,
    end: date,
    domain: tuple[float, float],
    *,
    title: str = "value",
    count_title: str = "acts",
    rule: float | None = None,
    form: str = ".2f",
    height: int = 110,
) -> Picture:
    """Draw one weekly series with its interval; NULL interrupts the line.

    Args:
        source: with ``week_start`` and the named columns.
        columns: of the line, the interval's lower and upper end (or None), and of n.
        palette: colours.
        colour: of this series.
        start: first day of the axis.
        end: last day of the axis.
        domain: limits of the y axis.
        title: what the line is, in the hover.
        count_title: what n counts, in the hover.
        rule: value at which a thin rule is drawn.
        form: d3 number format.
        height: pixels.
    """
    value, lo, hi, count = columns
    data = frame_of(source, ["week_start"])
    data["value"], data["count"] = source[value], source[count]
    interval = lo is not None and hi is not None
    if interval:
        data["lo"], data["hi"] = source[lo], source[hi]
    return picture(
        _ribbon_template(interval, rule is not None, form, height, len(data) > CANVAS_FROM),
        palette,
        {"rows": data},
        colour=colour,
        domain=list(domain),
        rule=rule,
        title=title,
        count_title=count_title,
        **time_slots(start, end),
    )


@template
def _waterfall_template() -> Any:
    order = alt.SortField("position")
    base = rows().encode(y=_lane(order))
    tip = tooltip(
        ("lane", "N", "what"), ("moved", "Q+.3f", "moves warmth by"),
        ("from_level", "Q+.2f", "from"), ("to_level", "Q+.2f", "to"),
    )  # fmt: skip
    scale = alt.Scale(domain="$domain", nice=False)
    levels = alt.Axis(format="+.2~f", tickCount=6)
    ends = rows("ends").encode(y=_lane(order))
    return finish(
        alt.layer(
            _lane_names("rows", order),
            base.mark_bar(height=11).encode(
                x=alt.X("from_level:Q", title=None, scale=scale, axis=levels),
                x2="to_level:Q",
                color=alt.Color("colour:N", scale=None),
                tooltip=tip,
            ),
            ends.mark_tick(color=SLOTS.ink, thickness=4, size=15).encode(
                x=alt.X("to_level:Q", scale=scale), tooltip=tip
            ),
            base.mark_text(align="left", dx=6, color=SLOTS.ink, fontSize=10).encode(
                x=alt.X("right:Q", scale=scale), text="words:N"
            ),
        ),
        "$height",
    )


def waterfall(source: pd.DataFrame, palette: Palette) -> Picture:
    """Draw how single events move warmth from before to after.

    The two levels are marks, not bars, so that the axis need not begin at 0: beside a level, the
    parts of a small change would be too thin to see.

    Args:
        source: ``label``, ``from_level``, ``to_level``, ``kind`` (start, event, other, prior, end)
            and ``moved``, in drawing order.
        palette: colours.
    """
    data = source.reset_index(drop=True)
    data["lane"] = data["label"]
    data["position"] = range(len(data))
    data["colour"] = [
        palette.faint if k in ("start", "end") else palette.weak if k in ("prior", "other")
        else palette.cooperative if m >= 0 else palette.hostile
        for k, m in zip(data["kind"], data["moved"], strict=True)
    ]  # fmt: skip
    whole = data["kind"].isin(("start", "end"))
    data.loc[whole, "from_level"] = data.loc[whole, "to_level"]
    data["words"] = [points(m, 2) for m in data["moved"]]
    data["right"] = data[["from_level", "to_level"]].max(axis=1)
    low = float(data[["from_level", "to_level"]].min().min())
    high = float(data["right"].max())
    pad = max((high - low) * 0.14, 0.05)
    return picture(
        _waterfall_template(),
        palette,
        {"rows": data, "ends": data[whole]},
        domain=[low - pad * 0.3, high + pad],
        height=LANE * len(data) + 28,
    )


MOMENTS = {
    "reported_at": ("circle", SLOTS.faint, False),
    "source_confirmed_at": ("circle", SLOTS.ink, True),
    "target_confirmed_at": ("square", SLOTS.ink, False),
}
OUTCOMES = {
    "occurred": ("triangle-up", SLOTS.cooperative),
    "cancelled": ("cross", SLOTS.hostile),
    "postponed": ("square", SLOTS.span),
    "substituted": ("diamond", SLOTS.span),
    "unresolved": ("stroke", SLOTS.weak),
}


@template
def _lanes_template(moments: tuple[str, ...], settled: bool) -> Any:
    y = _lane("$lanes")
    axis = alt.Axis(grid=True, format="%Y", labelOverlap=True)
    scale = alt.Scale(domain=["$start", "$end"], nice=False)
    tip = tooltip(
        ("lane", "N", "act"), ("reported_at", "T%d %b %Y", "reported"),
        ("source_confirmed_at", "T%d %b %Y", "confirmed by the guest"),
        ("target_confirmed_at", "T%d %b %Y", "confirmed by the host"),
        ("settled_at", "T%d %b %Y", "settled"), ("outcome", "N", "outcome"),
        ("p_occurs", "Q.2f", "probability when reported"),
    )  # fmt: skip
    line = rows().mark_rule(color=SLOTS.weak, strokeWidth=2, opacity=0.7)
    layers: list[Any] = [
        _lane_names("rows", "$lanes"),
        line.encode(
            y=y, x=alt.X("reported_at:T", scale=scale, title=None, axis=axis), x2="until:T"
        ),
    ]
    for name in moments:
        shape, colour, filled = MOMENTS[name]
        point = rows(name).mark_point(shape=shape, filled=filled, size=70, color=colour, opacity=1)
        layers.append(point.encode(y=y, x=alt.X(f"{name}:T", scale=scale), tooltip=tip))
    if settled:
        kinds = list(OUTCOMES)
        shapes = alt.Scale(domain=kinds, range=[s for s, _ in OUTCOMES.values()])
        colours = alt.Scale(domain=kinds, range=[c for _, c in OUTCOMES.values()])
        layers.append(
            rows("settled")
            .mark_point(filled=True, size=85, opacity=1)
            .encode(
                y=y,
                x=alt.X("settled_at:T", scale=scale),
                shape=alt.Shape("outcome:N", legend=None, scale=shapes),
                color=alt.Color("outcome:N", legend=None, scale=colours),
                tooltip=tip,
            )
        )
    return finish(alt.layer(*layers), "$height")


def lanes(source: pd.DataFrame, palette: Palette, start: date, end: date) -> Picture:
    """Draw announced acts as lanes: from report, over confirmations, to what became of them."""
    data = source[["watch_id", "lane", "outcome", "p_occurs"]].copy()
    for name in ("reported_at", "source_confirmed_at", "target_confirmed_at", "settled_at",
                 "window_start", "window_end"):  # fmt: skip
        data[name] = pd.to_datetime(source[name])
    data["until"] = data["settled_at"].fillna(pd.Timestamp(end))
    # A layer without marks would be an image without a name to a screen reader: none is drawn.
    parts = {name: data[data[name].notna()] for name in (*MOMENTS, "settled_at")}
    settled = parts.pop("settled_at")
    moments = {name: part for name, part in parts.items() if len(part)}
    return picture(
        _lanes_template(tuple(moments), len(settled) > 0),
        palette,
        {"rows": data, **moments, **({"settled": settled} if len(settled) else {})},
        lanes=list(data["lane"]),
        start=start.isoformat(),
        end=end.isoformat(),
        height=LANE * len(data) + 26,
    )


@template
def _calibration_template() -> Any:
    scale = alt.Scale(domain=[0, 1])
    tip = tooltip(
        ("mean_probability", "Q.2f", "said"), ("occurred_share", "Q.2f", "came"),
        ("item_count", "Q", "items"),
    )  # fmt: skip
    diagonal = alt.Chart(alt.InlineData(values=[{"x": 0, "y": 0}, {"x": 1, "y": 1}]))
    sizes = alt.Size("item_count:Q", legend=None, scale=alt.Scale(range=[40, 400]))
    return finish(
        alt.layer(
            diagonal.mark_line(color=SLOTS.faint, strokeDash=[4, 3], strokeWidth=1).encode(
                x=alt.X("x:Q", scale=scale, title="probability given"),
                y=alt.Y("y:Q", scale=scale, title="share that occurred"),
            ),
            rows()
            .mark_point(filled=True, color=SLOTS.cooperative, opacity=1)
            .encode(
                x=alt.X("mean_probability:Q", scale=scale),
                y=alt.Y("occurred_share:Q", scale=scale),
                size=sizes,
                tooltip=tip,
            ),
        ),
        260,
    )


def calibration(source: pd.DataFrame, palette: Palette) -> Picture:
    """Draw what was said against what came: on the diagonal the probabilities were right."""
    return picture(_calibration_template(), palette, {"rows": source})


@template
def _coverage_template() -> Any:
    scale = alt.Scale(type="sqrt", interpolate="rgb", range=[SLOTS.grid, SLOTS.cooperative])
    chart = (
        rows()
        .mark_rect(opacity=0.95)
        .encode(
            x=time_axis(),
            x2="until:T",
            y=alt.Y("source_id:N", title=None, axis=names_axis(110, 160)),
            color=alt.Color("document_count:Q", legend=None, scale=scale),
            tooltip=tooltip(
                ("source_id", "N", "source"), ("month", "T%b %Y", "month"),
                ("document_count", "Q", "documents"), ("duplicate_count", "Q", "duplicates"),
            ),
        )
    )  # fmt: skip
    return finish(chart, "$height")


def coverage(source: pd.DataFrame, palette: Palette, start: date, end: date) -> Picture:
    """Draw documents per source and month: an empty cell is a month without a document."""
    data = frame_of(source, ["source_id", "month", "document_count", "duplicate_count"])
    data["week_start"] = data["month"]
    data["until"] = data["month"] + pd.Timedelta(days=30)
    return picture(
        _coverage_template(),
        palette,
        {"rows": data},
        height=22 * max(data["source_id"].nunique(), 1) + 28,
        **time_slots(start, end),
    )


STANDINGS = {
    "present": ("circle", SLOTS.cooperative),
    "downgraded": ("triangle-down", SLOTS.span),
    "absent": ("cross", SLOTS.hostile),
    "not covered": ("stroke", SLOTS.weak),
}


@template
def _calendar_template() -> Any:
    kinds = list(STANDINGS)
    shapes = alt.Scale(domain=kinds, range=[s for s, _ in STANDINGS.values()])
    colours = alt.Scale(domain=kinds, range=[c for _, c in STANDINGS.values()])
    years = alt.Axis(orient="top", labelAngle=0, labelOverlap=True, ticks=False, domain=False)
    tip = tooltip(
        ("lane", "N", "greeting"), ("year", "O", "year"), ("standing", "N", "standing"),
        ("event_date_start", "T%d %b %Y", "sent"), ("letter_count", "Q", "letters on record"),
    )  # fmt: skip
    marks = (
        rows()
        .mark_point(filled=True, size=80, opacity=1, cursor="pointer")
        .encode(
            x=alt.X("year:O", title=None, axis=years, scale=alt.Scale(domain="$years")),
            y=_lane("$lanes"),
            shape=alt.Shape("standing:N", legend=None, scale=shapes),
            color=alt.Color("standing:N", legend=None, scale=colours),
            tooltip=tip,
        )
        .add_params(click("event_id"))
    )
    return finish(alt.layer(_lane_names("lanes", "$lanes"), marks), "$height")


def calendar(source: pd.DataFrame, palette: Palette) -> Picture:
    """Draw expected greetings by year: sent, sent by a lower role, absent, not covered.

    Args:
        source: rows of `fct_protocol_calendar` with ``lane``, the words of direction and occasion.
        palette: colours.
    """
    data = frame_of(
        source, ["lane", "year", "standing", "event_date_start", "letter_count", "event_id"]
    )
    lanes_in_order = list(dict.fromkeys(data["lane"]))
    return picture(
        _calendar_template(),
        palette,
        {"rows": data, "lanes": pd.DataFrame({"lane": lanes_in_order})},
        lanes=lanes_in_order,
        years=list(range(int(data["year"].min()), int(data["year"].max()) + 1)),
        height=LANE * len(lanes_in_order) + 34,
    )
