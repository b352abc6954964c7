"""What a chart is here: a specification with slots, made once, and the rows that fill it.

Building and validating a layered specification with Altair costs 60-300 ms, its rows 5. So each
kind of chart is built once per process with slots in place of colours, limits and words, and a
picture is that template with its slots filled, beside its rows. The filled specifications are
validated against Vega-Lite's schema in the tests. Texts from documents enter as rows only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from functools import lru_cache
from typing import Any, ParamSpec, cast

import altair as alt
import pandas as pd
from altair.utils import schemapi

P = ParamSpec("P")
Spec = dict[str, Any]

# Okabe-Ito, assigned by country so that a country keeps its colour from view to view.
_LIGHT = {"CHN": "#0072B2", "RUS": "#D55E00", "KOR": "#009E73", "USA": "#CC79A7", "JPN": "#E69F00"}
_DARK = {"CHN": "#56B4E9", "RUS": "#FF8C42", "KOR": "#2DC79A", "USA": "#E3A1C4", "JPN": "#F2B84B"}
_REST = ("#56B4E9", "#8A6D00", "#5E4FA2", "#4D4D4D")
_REST_DARK = ("#9AD1F5", "#D9C65B", "#B3A6E6", "#C2C2C2")

LEFT_MARGIN = 44
"""Pixels left of every panel's axis, so that panels drawn one by one share their time axis."""

CANVAS_FROM = 150
"""Rows from which a panel is drawn on a canvas: thousands of SVG nodes cost half a second."""

GAP_WEEKS = 8
"""Weeks without any document in a row beyond which a line is interrupted. Single uncovered weeks
of a small corpus would cut it to pieces; a longer silence must not be drawn over."""


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
    light_cooperative: str
    light_hostile: str
    span: str
    dark: bool

    def country(self, code: str, position: int = 0) -> str:
        """Return a country's colour; ``position`` picks one for countries without their own."""
        own, rest = (_DARK, _REST_DARK) if self.dark else (_LIGHT, _REST)
        return own.get(code, rest[position % len(rest)])


LIGHT = Palette(
    "#fffefb", "#1d1d1b", "#5f5c55", "#e6e2d8", "#9b978d", "#2166AC", "#B2182B", "#92b6d9",
    "#e4a3a0", "#c9b27c", False,
)  # fmt: skip
DARK = Palette(
    "#16181b", "#ecebe7", "#a9a69e", "#33373d", "#8b8880", "#6FA8DC", "#E5848C", "#3f6b99",
    "#8f4a50", "#8a7740", True,
)  # fmt: skip
SLOTS = Palette(**{f.name: f"${f.name}" for f in fields(Palette)})  # type: ignore[arg-type]
"""The palette that templates are drawn with: every colour a slot."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A Vega-Lite specification that names its data sets, and their rows."""

    spec: Spec
    data: dict[str, pd.DataFrame] = field(default_factory=dict)

    def with_data(self, data: Mapping[str, Any]) -> Spec:
        """Return the specification with these data sets beside its own."""
        return {**self.spec, "datasets": {**self.spec.get("datasets", {}), **data}}

    def inline(self) -> Spec:
        """Return one specification that holds its rows, for converters to SVG and PNG."""
        datasets = {
            name: alt.utils.sanitize_pandas_dataframe(rows).to_dict("records")
            for name, rows in self.data.items()
        }
        return self.with_data(datasets)


_building = threading.Lock()


def template(make: Callable[P, Any]) -> Callable[P, Spec]:
    """Make a specification once per combination of arguments, without validating each part.

    The lock is there because Altair's switch for validation is one for all threads.
    """

    def made(*args: P.args, **kwargs: P.kwargs) -> Spec:
        with _building, schemapi.debug_mode(False):
            spec: Spec = make(*args, **kwargs).to_dict(validate=False)
        return spec

    return cast("Callable[P, Spec]", lru_cache(maxsize=64)(made))


def fill(spec: Any, slots: Mapping[str, Any]) -> Any:
    """Return the specification with every string that is a slot's name replaced by its value."""
    if isinstance(spec, dict):
        return {k: fill(v, slots) for k, v in spec.items()}
    if isinstance(spec, list):
        return [fill(v, slots) for v in spec]
    if isinstance(spec, str) and spec.startswith("$"):
        return slots.get(spec[1:], spec)
    return spec


def picture(
    spec: Spec, palette: Palette, data: Mapping[str, pd.DataFrame], **slots: Any
) -> Picture:
    """Fill a template with a theme's colours and the chart's own values."""
    return Picture(fill(spec, {**asdict(palette), **slots}), dict(data))


def rows(name: str = "rows") -> alt.Chart:
    """Return a chart on a data set that is given later, by name."""
    return alt.Chart(alt.NamedData(name=name))


def constant(**values: Any) -> alt.Chart:
    """Return a chart on one row of values (numbers or slots) of the chart's own."""
    return alt.Chart(alt.InlineData(values=[values]))


def finish(chart: Any, height: int | str, *, canvas: bool = False) -> Any:
    """Give a chart the house's type, paper and margins.

    Args:
        chart: the layers.
        height: pixels, or a slot.
        canvas: drawn on a canvas instead of as SVG.
    """
    axis = alt.AxisConfig(
        labelColor=SLOTS.faint,
        titleColor=SLOTS.faint,
        gridColor=SLOTS.grid,
        domainColor=SLOTS.faint,
        tickColor=SLOTS.grid,
        labelFontSize=11,
        titleFontSize=11,
        titleFontWeight="normal",
    )
    chart.height, chart.width = height, "container"
    chart.padding = {"left": 4, "right": 12, "top": 6, "bottom": 2}
    if canvas:
        chart.usermeta = {"embedOptions": {"renderer": "canvas"}}
    chart.config = alt.Config(
        background=SLOTS.paper,
        font="Source Sans, Source Sans Pro, Arial, DejaVu Sans, sans-serif",
        view=alt.ViewConfig(stroke=None),
        axis=axis,
        axisY=alt.AxisConfig(
            minExtent=LEFT_MARGIN, maxExtent=LEFT_MARGIN, domain=False, ticks=False
        ),
        text=alt.MarkConfig(color=SLOTS.ink, fontSize=11),
    )
    return chart


def time_axis(*, labels: bool = True) -> alt.X:
    """Return the time axis that all panels of a view share; its limits are slots."""
    return alt.X(
        "week_start:T",
        title=None,
        scale=alt.Scale(domain=["$start", "$end"], nice=False, clamp=False),
        axis=alt.Axis(
            grid=False,
            labels=labels,
            ticks=labels,
            domain=labels,
            format="%Y",
            tickCount={"interval": "year", "step": "$year_step"},
            labelOverlap=True,
        ),
    )


def time_slots(start: date, end: date) -> dict[str, Any]:
    """Return what fills the slots of `time_axis`."""
    step = 2 if (end - start).days > 366 * 18 else 1
    return {"start": start.isoformat(), "end": end.isoformat(), "year_step": step}


def tooltip(*wanted: tuple[str, str, str]) -> list[alt.Tooltip]:
    """Make a hover of fields: (column, type letter and d3 format, words)."""
    return [
        alt.Tooltip(f"{name}:{kind[0]}", title=title, format=kind[1:])
        if kind[1:]
        else alt.Tooltip(f"{name}:{kind[0]}", title=title)
        for name, kind, title in wanted
    ]


def click(*columns: str, name: str = "point", nearest: bool = False) -> alt.Parameter:
    """Return a selection of one mark by click, which gives the page these columns."""
    return alt.selection_point(
        name=name, fields=list(columns), on="click", empty=False, nearest=nearest
    )


_DAYS = {"week_start", "quarter", "month", "event_date_start", "estimated_start", "alarm_week"}


def frame_of(source: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Take columns, with dates as timestamps, so that every chart carries only what it draws."""
    data = source[list(columns)].copy()
    for name in data.columns:
        if name in _DAYS:
            data[name] = pd.to_datetime(data[name])
    return data


def blank_gaps(data: pd.DataFrame, covered: str, columns: Sequence[str]) -> None:
    """Set columns to NULL, in place, in stretches of more than `GAP_WEEKS` uncovered weeks."""
    uncovered = data[covered].isna()
    if not uncovered.any():
        return
    stretch = (uncovered != uncovered.shift()).cumsum()
    long = uncovered & (uncovered.groupby(stretch).transform("size") > GAP_WEEKS)
    data.loc[long, list(columns)] = None
