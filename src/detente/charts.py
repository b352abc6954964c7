"""The charts, as Altair specifications: pure functions from rows to a picture.

Rules (docs/how-to/dashboard.md): one time axis for all panels of a view, equal scales wherever
pairs are compared, intervals as ribbons, gaps as gaps, grey where evidence is insufficient, direct
labels, no second axis. Texts from documents enter as data only, never in an expression.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import altair as alt
import pandas as pd

alt.data_transformers.disable_max_rows()

# Okabe-Ito, assigned by country so that a country keeps its colour from view to view.
_LIGHT = {"CHN": "#0072B2", "RUS": "#D55E00", "KOR": "#009E73", "USA": "#CC79A7", "JPN": "#E69F00"}
_DARK = {"CHN": "#56B4E9", "RUS": "#FF8C42", "KOR": "#2DC79A", "USA": "#E3A1C4", "JPN": "#F2B84B"}
_REST = ("#56B4E9", "#8A6D00", "#5E4FA2", "#4D4D4D")
_REST_DARK = ("#9AD1F5", "#D9C65B", "#B3A6E6", "#C2C2C2")
_DASHES: tuple[list[int], ...] = ([1, 0], [6, 3], [2, 2])

LEFT_MARGIN = 44
"""Pixels left of every panel's axis, so that panels drawn one by one share their time axis."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one theme. Text on ``paper`` has a contrast of at least 4.5:1."""

    paper: str
    ink: str
    faint: str
    grid: str
    weak: str
    cooperative: str
    hostile: str
    span: str
    dark: bool

    def country(self, code: str, position: int = 0) -> str:
        """Return a country's colour; ``position`` picks one for countries without their own."""
        own, rest = (_DARK, _REST_DARK) if self.dark else (_LIGHT, _REST)
        return own.get(code, rest[position % len(rest)])


LIGHT = Palette(
    "#fffefb", "#1d1d1b", "#5f5c55", "#e6e2d8", "#9b978d", "#2166AC", "#B2182B", "#c9b27c", False
)
DARK = Palette(
    "#16181b", "#ecebe7", "#a9a69e", "#33373d", "#8b8880", "#6FA8DC", "#E5848C", "#8a7740", True
)


def dash(position: int) -> list[int]:
    """Return the dash pattern of the n-th series: colour is never the only difference."""
    return _DASHES[position % len(_DASHES)]


# Layers are given ``data`` once more at the top: Altair then converts the rows once, not per layer
# (60 ms of a panel's 100).


CANVAS_FROM = 150
"""Rows from which a panel is drawn on a canvas: thousands of SVG nodes cost half a second."""


def finish(
    chart: Any, palette: Palette, height: int, title: str = "", *, weeks: int = 0
) -> alt.TopLevelMixin:
    """Give a chart the house's type, paper and margins.

    Args:
        chart: the layers.
        palette: colours.
        height: pixels.
        title: text alternative.
        weeks: rows of a weekly series; many are drawn on a canvas.
    """
    axis = alt.AxisConfig(
        labelColor=palette.faint,
        titleColor=palette.faint,
        gridColor=palette.grid,
        domainColor=palette.faint,
        tickColor=palette.grid,
        labelFontSize=11,
        titleFontSize=11,
        titleFontWeight="normal",
    )
    # Set at once: each `.properties` or `.configure_...` would copy all layers (5 ms a time).
    chart.height, chart.width, chart.description = height, "container", title
    chart.padding = {"left": 4, "right": 12, "top": 6, "bottom": 2}
    if weeks > CANVAS_FROM:
        chart.usermeta = {"embedOptions": {"renderer": "canvas"}}
    chart.config = alt.Config(
        background=palette.paper,
        font="Source Sans, Source Sans Pro, Arial, DejaVu Sans, sans-serif",
        view=alt.ViewConfig(stroke=None),
        axis=axis,
        axisY=alt.AxisConfig(
            minExtent=LEFT_MARGIN, maxExtent=LEFT_MARGIN, domain=False, ticks=False
        ),
        text=alt.MarkConfig(color=palette.ink, fontSize=11),
    )
    return chart  # type: ignore[no-any-return]


def time_axis(start: date, end: date, *, labels: bool = True) -> alt.X:
    """Return the time axis that all panels of a view share."""
    return alt.X(
        "week_start:T",
        title=None,
        scale=alt.Scale(domain=[_iso(start), _iso(end)], nice=False, clamp=False),
        axis=alt.Axis(
            grid=False,
            labels=labels,
            ticks=labels,
            domain=labels,
            format="%Y",
            tickCount={"interval": "year", "step": _year_step(start, end)},
            labelOverlap=True,
        ),
    )


def _year_step(start: date, end: date) -> int:
    return 2 if (end - start).days > 366 * 18 else 1


def _iso(day: date) -> str:
    return day.isoformat()


def tooltip(*fields: tuple[str, str, str]) -> list[alt.Tooltip]:
    """Make a hover of fields: (column, type letter and d3 format, words)."""
    return [
        alt.Tooltip(f"{name}:{kind[0]}", title=title, format=kind[1:])
        if kind[1:]
        else alt.Tooltip(f"{name}:{kind[0]}", title=title)
        for name, kind, title in fields
    ]


def frame_of(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Take columns, with dates as timestamps, so that every chart carries only what it draws."""
    data = rows[list(columns)].copy()
    for name in data.columns:
        if name in ("week_start", "quarter", "event_date_start", "estimated_start", "alarm_week",
                    "published_date", "start_date"):  # fmt: skip
            data[name] = pd.to_datetime(data[name])
    return data


GAP_WEEKS = 8
"""Weeks without any document in a row beyond which a line is interrupted. Single uncovered weeks
of a small corpus would cut it to pieces; a longer silence must not be drawn over."""


def blank_gaps(data: pd.DataFrame, covered: str, columns: Sequence[str]) -> None:
    """Set columns to NULL, in place, in stretches of more than `GAP_WEEKS` uncovered weeks."""
    uncovered = data[covered].isna()
    stretch = (uncovered != uncovered.shift()).cumsum()
    long = uncovered & (uncovered.groupby(stretch).transform("size") > GAP_WEEKS)
    data.loc[long, list(columns)] = None


# -- panels of the tilt -----------------------------------------------------------------------


def spans(shifts: pd.DataFrame, palette: Palette, end: date) -> list[alt.Chart]:
    """Draw alarms as shaded spans from the estimated start to the alarm, labelled up or down.

    Args:
        shifts: rows of `fct_pair_shifts` for this panel.
        palette: colours.
        end: last day of the axis (a span at the edge keeps its label inside).
    """
    if shifts.empty:
        return []
    data = frame_of(
        shifts, ["estimated_start", "alarm_week", "delta", "strength", "status", "shift_id"]
    )
    data["label"] = [
        ("▲" if d > 0 else "▼") + (" withdrawn" if s == "withdrawn" else "")
        for d, s in zip(data["delta"], data["status"], strict=True)
    ]
    base = alt.Chart(data)
    tip = tooltip(
        ("estimated_start", "T%d %b %Y", "start, estimated"), ("alarm_week", "T%d %b %Y", "alarm"),
        ("delta", "Q+.2f", "difference"), ("strength", "N", "strength"), ("status", "N", "standing"),
    )  # fmt: skip
    return [
        base.mark_rect(color=palette.span, opacity=0.35).encode(
            x="estimated_start:T", x2="alarm_week:T", tooltip=tip
        ),
        base.mark_text(baseline="top", dy=2, align="left", dx=2, fontSize=11).encode(
            x="estimated_start:T", y=alt.value(0), text="label:N", tooltip=tip
        ),
    ]


def warmth(
    rows: pd.DataFrame,
    shifts: pd.DataFrame,
    code: str,
    palette: Palette,
    start: date,
    end: date,
    domain: tuple[float, float],
    position: int = 0,
    *,
    labels: bool = False,
) -> alt.TopLevelMixin:
    """Draw one pair's warmth with its 90 % ribbon; grey where evidence is insufficient.

    ``domain`` is the same for all pairs that are compared. Selection ``point`` picks a week.
    """
    data = frame_of(
        rows,
        ["week_start", "warmth", "warmth_lo", "warmth_hi", "prior_share", "evidence_level",
         "event_count", "event_count_52w"],
    )  # fmt: skip
    blank_gaps(data, "event_count", ["warmth", "warmth_lo", "warmth_hi"])
    enough = data["evidence_level"] != "insufficient"
    for name in ("warmth", "warmth_lo", "warmth_hi"):
        data[f"{name}_ok"] = data[name].where(enough)
    colour = palette.country(code, position)
    x = time_axis(start, end, labels=labels)
    y_scale = alt.Scale(domain=list(domain), nice=False)
    y = alt.Y("warmth:Q", title=None, scale=y_scale, axis=alt.Axis(tickCount=4, format="+d"))
    base = alt.Chart(data).encode(x=x)
    tip = tooltip(
        ("week_start", "T%d %b %Y", "week of"), ("warmth", "Q+.2f", "warmth"),
        ("warmth_lo", "Q+.2f", "90 % from"), ("warmth_hi", "Q+.2f", "to"),
        ("event_count", "Q", "events this week"), ("event_count_52w", "Q", "events in 52 weeks"),
        ("prior_share", "Q.2f", "prior share"), ("evidence_level", "N", "evidence"),
    )  # fmt: skip
    pick = alt.selection_point(
        name="point", fields=["week_start"], nearest=True, on="click", empty=False
    )
    rule = alt.Chart(pd.DataFrame({"y": [0.0]})).mark_rule(color=palette.faint, strokeWidth=0.7)
    layers = [
        *spans(shifts, palette, end),
        rule.encode(y=alt.Y("y:Q", scale=y_scale)),
        base.mark_area(color=palette.weak, opacity=0.16).encode(
            y=alt.Y("warmth_lo:Q", scale=y_scale, title=None), y2="warmth_hi:Q"
        ),
        base.mark_area(color=colour, opacity=0.22).encode(
            y=alt.Y("warmth_lo_ok:Q", scale=y_scale, title=None), y2="warmth_hi_ok:Q"
        ),
        base.mark_line(color=palette.weak, strokeWidth=1.1, strokeDash=[2, 2]).encode(y=y),
        base.mark_line(color=colour, strokeWidth=2).encode(
            y=alt.Y("warmth_ok:Q", scale=y_scale, title=None)
        ),
        base.mark_point(size=60, filled=True, color=colour)
        .encode(
            y=y,
            opacity=alt.condition(pick, alt.value(1), alt.value(0)),
            tooltip=tip,
        )
        .add_params(pick),
    ]
    return finish(alt.layer(*layers, data=data), palette, 118, weeks=len(data))


def warmth_domain(rows: pd.DataFrame) -> tuple[float, float]:
    """Return limits that hold every pair's ribbon: symmetric, whole points, at least +/-4."""
    if rows.empty:
        return (-4.0, 4.0)
    size = max(abs(rows["warmth_lo"].min()), abs(rows["warmth_hi"].max()), 4.0)
    limit = float(min(10, int(size) + (size > int(size))))
    return (-limit, limit)


def share(
    rows: pd.DataFrame,
    shifts: pd.DataFrame,
    code: str,
    palette: Palette,
    start: date,
    end: date,
    names: tuple[str, str],
) -> alt.TopLevelMixin:
    """Draw the weekly engagement share (0..1) with its ribbon and a rule at one half.

    Args:
        rows: rows of `fct_hub_shares` of one comparison.
        shifts: share shifts of that comparison.
        code: the partner whose share it is.
        palette: colours.
        start: first day of the axis.
        end: last day of the axis.
        names: partner and other, for the direct labels above and below the rule.
    """
    data = frame_of(
        rows,
        ["week_start", "share_raw", "share_lo", "share_hi", "evidence_level", "decayed_n",
         "effective_n", "cooperation_count", "other_cooperation_count"],
    )  # fmt: skip
    blank_gaps(data, "cooperation_count", ["share_raw", "share_lo", "share_hi"])
    enough = data["evidence_level"] != "insufficient"
    for name in ("share_raw", "share_lo", "share_hi"):
        data[f"{name}_ok"] = data[name].where(enough)
    colour = palette.country(code)
    scale = alt.Scale(domain=[0, 1])
    y = alt.Y(
        "share_raw:Q",
        title=None,
        scale=scale,
        axis=alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".2~f"),
    )
    base = alt.Chart(data).encode(x=time_axis(start, end))
    tip = tooltip(
        ("week_start", "T%d %b %Y", "week of"), ("share_raw", "Q.2f", "share"),
        ("share_lo", "Q.2f", "90 % from"), ("share_hi", "Q.2f", "to"),
        ("decayed_n", "Q.1f", "acts, decayed"), ("effective_n", "Q.1f", "effective n"),
        ("cooperation_count", "Q", f"this week: {names[0]}"),
        ("other_cooperation_count", "Q", f"this week: {names[1]}"),
        ("evidence_level", "N", "evidence"),
    )  # fmt: skip
    pick = alt.selection_point(
        name="point", fields=["week_start"], nearest=True, on="click", empty=False
    )
    half = alt.Chart(pd.DataFrame({"y": [0.5]})).mark_rule(
        color=palette.ink, strokeWidth=0.8, strokeDash=[4, 3]
    )
    labels = pd.DataFrame(
        {"y": [0.97, 0.03], "label": [f"all with {names[0]}", f"all with {names[1]}"]}
    )
    layers = [
        *spans(shifts, palette, end),
        base.mark_area(color=palette.weak, opacity=0.18).encode(
            y=alt.Y("share_lo:Q", scale=scale, title=None), y2="share_hi:Q"
        ),
        base.mark_area(color=colour, opacity=0.2).encode(
            y=alt.Y("share_lo_ok:Q", scale=scale, title=None), y2="share_hi_ok:Q"
        ),
        half.encode(y=alt.Y("y:Q", scale=scale)),
        base.mark_line(color=palette.weak, strokeWidth=1.1, strokeDash=[2, 2]).encode(y=y),
        base.mark_line(color=colour, strokeWidth=2).encode(
            y=alt.Y("share_raw_ok:Q", scale=scale, title=None)
        ),
        alt.Chart(labels)
        .mark_text(align="right", dx=-4, color=palette.faint)
        .encode(x=alt.value("width"), y=alt.Y("y:Q", scale=scale), text="label:N"),
        base.mark_point(size=60, filled=True, color=colour)
        .encode(y=y, opacity=alt.condition(pick, alt.value(1), alt.value(0)), tooltip=tip)
        .add_params(pick),
    ]
    return finish(alt.layer(*layers, data=data), palette, 190, weeks=len(data))


def share_years(
    rows: pd.DataFrame, code: str, palette: Palette, names: tuple[str, str]
) -> alt.TopLevelMixin:
    """Draw k of n by year: the raw share as a dot, its 90 % interval as a bar, k of n beneath."""
    data = rows[["year", "k", "n", "share_raw", "share_lo", "share_hi", "evidence_level"]].copy()
    data["k_of_n"] = [f"{k:.0f} of {n:.0f}" for k, n in zip(data["k"], data["n"], strict=True)]
    years = list(range(int(data["year"].min()), int(data["year"].max()) + 1))
    colour = palette.country(code)
    scale = alt.Scale(domain=[0, 1.08], nice=False)
    tip = tooltip(
        ("year", "O", "year"), ("k_of_n", "N", f"with {names[0]}, of both"),
        ("share_raw", "Q.2f", "share"), ("share_lo", "Q.2f", "90 % from"),
        ("share_hi", "Q.2f", "to"), ("evidence_level", "N", "evidence"),
    )  # fmt: skip
    pick = alt.selection_point(name="point", fields=["year"], on="click", empty=False)
    weak = alt.condition(
        "datum.evidence_level === 'insufficient'", alt.value(palette.weak), alt.value(colour)
    )
    x = alt.X(
        "year:O",
        title=None,
        scale=alt.Scale(domain=years),
        axis=alt.Axis(labelAngle=0, grid=False, domain=True, labelOverlap=True),
    )
    base = alt.Chart(data).encode(x=x)
    half = alt.Chart(pd.DataFrame({"y": [0.5]})).mark_rule(
        color=palette.ink, strokeWidth=0.8, strokeDash=[4, 3]
    )
    layers = [
        half.encode(y=alt.Y("y:Q", scale=scale)),
        base.mark_rule(strokeWidth=5, opacity=0.35).encode(
            y=alt.Y(
                "share_lo:Q",
                scale=scale,
                title=None,
                axis=alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".2~f"),
            ),
            y2="share_hi:Q",
            color=weak,
        ),
        base.mark_point(size=90, filled=True, opacity=1, cursor="pointer")
        .encode(y=alt.Y("share_raw:Q", scale=scale), color=weak, tooltip=tip)
        .add_params(pick),
        base.mark_text(
            baseline="bottom",
            dy=-3,
            color=palette.faint,
            fontSize=10,
            opacity=alt.ExprRef("width < 480 ? 0 : 1"),  # on a telephone they would overlap
        ).encode(y=alt.Y("share_hi:Q", scale=scale), text="k_of_n:N"),
    ]
    return finish(alt.layer(*layers, data=data), palette, 184)


def counts(
    rows: pd.DataFrame,
    palette: Palette,
    start: date,
    end: date,
    limit: float,
    *,
    labels: bool = False,
) -> alt.TopLevelMixin:
    """Draw cooperative acts above and conflictual acts below zero, by quarter.

    ``limit`` is the same for all pairs that are compared. Selection ``point`` picks a quarter.
    """
    data = frame_of(
        rows, ["quarter", "event_count", "cooperation_count", "conflict_count", "report_count"]
    )
    data["week_start"] = data["quarter"]
    data["until"] = data["quarter"] + pd.Timedelta(days=80)
    data["conflict_down"] = -data["conflict_count"]
    tip = tooltip(
        ("quarter", "T%b %Y", "quarter from"), ("cooperation_count", "Q", "cooperative acts"),
        ("conflict_count", "Q", "conflictual acts"), ("event_count", "Q", "events of record"),
        ("report_count", "Q", "reports"),
    )  # fmt: skip
    scale = alt.Scale(domain=[-limit, limit], nice=False)
    axis = alt.Axis(tickCount=3, format="d", labelExpr="abs(datum.value)")
    base = alt.Chart(data).encode(x=time_axis(start, end, labels=labels), x2="until:T", tooltip=tip)
    pick = alt.selection_point(name="point", fields=["quarter"], on="click", empty=False)
    return finish(
        alt.layer(
            base.mark_rect(color=palette.cooperative, opacity=0.85, cursor="pointer")
            .encode(
                y=alt.Y("cooperation_count:Q", scale=scale, axis=axis, title=None),
                y2=alt.datum(0),
            )
            .add_params(pick),
            base.mark_rect(color=palette.hostile, opacity=0.85, cursor="pointer").encode(
                y=alt.Y("conflict_down:Q", scale=scale, title=None), y2=alt.datum(0)
            ),
            alt.Chart(pd.DataFrame({"y": [0]}))
            .mark_rule(color=palette.faint)
            .encode(y=alt.Y("y:Q", scale=scale)),
            data=data,
        ),
        palette,
        86,
    )


def key_events(
    rows: pd.DataFrame,
    order: Sequence[str],
    labels: Mapping[str, str],
    palette: Palette,
    start: date,
    end: date,
) -> alt.TopLevelMixin:
    """Draw the weightiest acts as a strip, a lane per pair: up cooperative, down conflictual."""
    data = frame_of(
        rows,
        ["pair_id", "event_id", "week_start", "event_date_start", "weight", "is_cooperative",
         "event_type", "event_mode", "confidence", "acknowledgement", "headline_sentence"],
    )  # fmt: skip
    data["lane"] = data["pair_id"].map(lambda p: labels.get(p, p))
    data["kind"] = ["cooperative" if w >= 0 else "conflictual" for w in data["weight"]]
    data["words"] = [str(t or "")[:160] for t in data["headline_sentence"]]
    data["size"] = data["weight"].abs()
    tip = tooltip(
        ("event_date_start", "T%d %b %Y", "day"), ("lane", "N", "pair"),
        ("event_type", "N", "type"), ("weight", "Q+.1f", "weight"),
        ("confidence", "Q.2f", "confidence"), ("acknowledgement", "N", "standing"),
        ("words", "N", "sentence"),
    )  # fmt: skip
    pick = alt.selection_point(name="point", fields=["event_id"], on="click", empty=False)
    chart = (
        alt.Chart(data)
        .mark_point(filled=True, opacity=0.9, cursor="pointer")
        .encode(
            x=time_axis(start, end),
            y=alt.Y("lane:N", title=None, sort=[labels[p] for p in order if p in labels],
                    axis=alt.Axis(labels=False, ticks=False, grid=True)),
            shape=alt.Shape(
                "kind:N", legend=None,
                scale=alt.Scale(domain=["cooperative", "conflictual"],
                                range=["triangle-up", "triangle-down"]),
            ),
            color=alt.Color(
                "kind:N", legend=None,
                scale=alt.Scale(domain=["cooperative", "conflictual"],
                                range=[palette.cooperative, palette.hostile]),
            ),
            size=alt.Size("size:Q", legend=None, scale=alt.Scale(domain=[0, 10], range=[40, 170])),
            tooltip=tip,
        )
        .add_params(pick)
    )  # fmt: skip
    names = (
        alt.Chart(pd.DataFrame({"lane": [labels[p] for p in order if p in labels]}))
        .mark_text(align="left", dx=2, dy=-11, color=palette.faint)
        .encode(x=alt.value(0), y=alt.Y("lane:N", sort=[labels[p] for p in order if p in labels]),
                text="lane:N")
    )  # fmt: skip
    return finish(alt.layer(names, chart, data=data), palette, 44 * max(len(order), 1) + 26)
