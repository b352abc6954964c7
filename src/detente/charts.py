"""The panels of the tilt: pure functions from rows to a picture.

Rules (docs/how-to/dashboard.md): one time axis for all panels of a view, equal scales wherever
pairs are compared, intervals as ribbons, gaps as gaps, grey where evidence is insufficient, direct
labels, no second axis. Texts from documents enter as data only, never in an expression.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import altair as alt
import pandas as pd

from detente.picture import (
    CANVAS_FROM,
    SLOTS,
    Palette,
    Picture,
    blank_gaps,
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
from detente.verdict import part_of


def _ribbon(base: alt.Chart, value: str, scale: alt.Scale, axis: alt.Axis) -> list[Any]:
    """Draw a series with its 90 % ribbon twice: grey for all of it, in colour where it is known.

    Expects the columns ``<value>_lo``, ``<value>_hi`` and the three with the ending ``_ok``.
    """
    stem = value.removesuffix("_raw")
    y = alt.Y(f"{value}:Q", title=None, scale=scale, axis=axis)
    return [
        base.mark_area(color=SLOTS.weak, opacity=0.17).encode(
            y=alt.Y(f"{stem}_lo:Q", scale=scale, title=None), y2=f"{stem}_hi:Q"
        ),
        base.mark_area(color="$colour", opacity=0.22).encode(
            y=alt.Y(f"{stem}_lo_ok:Q", scale=scale, title=None), y2=f"{stem}_hi_ok:Q"
        ),
        base.mark_line(color=SLOTS.weak, strokeWidth=1.1, strokeDash=[2, 2]).encode(y=y),
        base.mark_line(color="$colour", strokeWidth=2).encode(
            y=alt.Y(f"{value}_ok:Q", scale=scale, title=None)
        ),
    ]


def _known(source: pd.DataFrame, columns: Sequence[str]) -> None:
    """Add, in place, a copy of each column that is NULL where evidence is insufficient."""
    enough = source["evidence_level"] != "insufficient"
    for name in columns:
        source[f"{name}_ok"] = source[name].where(enough)


def _week_points(base: alt.Chart, y: alt.Y, tip: list[alt.Tooltip]) -> Any:
    """Draw the marks that answer a click or a hover with the nearest week."""
    pick = click("week_start", nearest=True)
    return (
        base.mark_point(size=60, filled=True, color="$colour")
        .encode(y=y, opacity=alt.condition(pick, alt.value(1), alt.value(0)), tooltip=tip)
        .add_params(pick)
    )


_SPAN_TIP = (
    ("estimated_start", "T%d %b %Y", "start, estimated"), ("alarm_week", "T%d %b %Y", "alarm"),
    ("delta", "Q+.2f", "difference"), ("strength", "N", "strength"), ("status", "N", "standing"),
)  # fmt: skip


def _with_spans(layers: list[Any], spans: bool) -> Any:
    """Lay shaded spans below the layers, and their signs, which answer a click, above them.

    The weeks' marks cover the whole panel, so a span itself would never be clicked.
    """
    if not spans:
        return alt.layer(*layers)
    base = rows("shifts").encode(x="estimated_start:T", tooltip=tooltip(*_SPAN_TIP))
    shade = base.mark_rect(color=SLOTS.span, opacity=0.35).encode(x2="alarm_week:T")
    sign = (
        base.mark_text(baseline="top", dy=1, align="left", dx=2, fontSize=14, cursor="pointer")
        .encode(y=alt.value(0), text="label:N")
        .add_params(click("shift_id", name="span"))
    )
    return alt.layer(shade, *layers, sign)


def _spans(shifts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return alarms as spans from the estimated start to the alarm, labelled up or down."""
    if shifts.empty:
        return {}
    data = frame_of(
        shifts, ["estimated_start", "alarm_week", "delta", "strength", "status", "shift_id"]
    )
    data["label"] = [
        ("▲" if d > 0 else "▼") + (" withdrawn" if s == "withdrawn" else "")
        for d, s in zip(data["delta"], data["status"], strict=True)
    ]
    return {"shifts": data}


# -- warmth -----------------------------------------------------------------------------------


@template
def _warmth_template(spans: bool, labels: bool, canvas: bool) -> Any:
    scale = alt.Scale(domain="$domain", nice=False)
    axis = alt.Axis(tickCount=4, format="+d")
    base = rows().encode(x=time_axis(labels=labels))
    tip = tooltip(
        ("week_start", "T%d %b %Y", "week of"), ("warmth", "Q+.2f", "warmth"),
        ("warmth_lo", "Q+.2f", "90 % from"), ("warmth_hi", "Q+.2f", "to"),
        ("event_count", "Q", "events this week"), ("event_count_52w", "Q", "events in 52 weeks"),
        ("prior_share", "Q.2f", "prior share"), ("evidence_level", "N", "evidence"),
    )  # fmt: skip
    zero = constant(y=0.0).mark_rule(color=SLOTS.faint, strokeWidth=0.7)
    y = alt.Y("warmth:Q", title=None, scale=scale, axis=axis)
    layers = [
        zero.encode(y=alt.Y("y:Q", scale=scale)),
        *_ribbon(base, "warmth", scale, axis),
        _week_points(base, y, tip),
    ]
    return finish(_with_spans(layers, spans), 118, canvas=canvas)


def warmth(
    source: pd.DataFrame,
    shifts: pd.DataFrame,
    code: str,
    palette: Palette,
    start: date,
    end: date,
    domain: tuple[float, float],
    position: int = 0,
    *,
    labels: bool = False,
) -> Picture:
    """Draw one pair's warmth with its 90 % ribbon; grey where evidence is insufficient.

    ``domain`` is the same for all pairs that are compared. Selection ``point`` picks a week,
    ``span`` an alarm.
    """
    columns = ["warmth", "warmth_lo", "warmth_hi"]
    data = frame_of(
        source,
        ["week_start", *columns, "prior_share", "evidence_level", "event_count",
         "event_count_52w"],
    )  # fmt: skip
    blank_gaps(data, "event_count", columns)
    _known(data, columns)
    return picture(
        _warmth_template(not shifts.empty, labels, len(data) > CANVAS_FROM),
        palette,
        {"rows": data, **_spans(shifts)},
        colour=palette.country(code, position),
        domain=list(domain),
        **time_slots(start, end),
    )


def warmth_domain(source: pd.DataFrame) -> tuple[float, float]:
    """Return limits that hold every pair's ribbon: symmetric, whole points, at least +/-4."""
    if source.empty:
        return (-4.0, 4.0)
    size = max(abs(source["warmth_lo"].min()), abs(source["warmth_hi"].max()), 4.0)
    limit = float(min(10, int(size) + (size > int(size))))
    return (-limit, limit)


# -- share ------------------------------------------------------------------------------------


@template
def _share_template(spans: bool, canvas: bool) -> Any:
    scale = alt.Scale(domain=[0, 1])
    axis = alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".2~f")
    base = rows().encode(x=time_axis())
    tip = tooltip(
        ("week_start", "T%d %b %Y", "week of"), ("share_raw", "Q.2f", "share"),
        ("share_lo", "Q.2f", "90 % from"), ("share_hi", "Q.2f", "to"),
        ("decayed_n", "Q.1f", "acts, decayed"), ("effective_n", "Q.1f", "effective n"),
        ("cooperation_count", "Q", "$this_week"), ("other_cooperation_count", "Q", "$other_week"),
        ("evidence_level", "N", "evidence"),
    )  # fmt: skip
    half = constant(y=0.5).mark_rule(color=SLOTS.ink, strokeWidth=0.8, strokeDash=[4, 3])
    ends = alt.Chart(
        alt.InlineData(values=[{"y": 0.97, "label": "$upper"}, {"y": 0.03, "label": "$lower"}])
    )
    layers = [
        *_ribbon(base, "share_raw", scale, axis),
        half.encode(y=alt.Y("y:Q", scale=scale)),
        ends.mark_text(align="right", dx=-4, color=SLOTS.faint).encode(
            x=alt.value("width"), y=alt.Y("y:Q", scale=scale), text="label:N"
        ),
        _week_points(base, alt.Y("share_raw:Q", title=None, scale=scale, axis=axis), tip),
    ]
    return finish(_with_spans(layers, spans), 190, canvas=canvas)


def share(
    source: pd.DataFrame,
    shifts: pd.DataFrame,
    code: str,
    palette: Palette,
    start: date,
    end: date,
    names: tuple[str, str],
) -> Picture:
    """Draw the weekly engagement share (0..1) with its ribbon and a rule at one half.

    Args:
        source: rows of `fct_hub_shares` of one comparison.
        shifts: share shifts of that comparison.
        code: the partner whose share it is.
        palette: colours.
        start: first day of the axis.
        end: last day of the axis.
        names: partner and other, for the direct labels above and below the rule.
    """
    columns = ["share_raw", "share_lo", "share_hi"]
    data = frame_of(
        source,
        ["week_start", *columns, "evidence_level", "decayed_n", "effective_n",
         "cooperation_count", "other_cooperation_count"],
    )  # fmt: skip
    blank_gaps(data, "cooperation_count", columns)
    _known(data, columns)
    return picture(
        _share_template(not shifts.empty, len(data) > CANVAS_FROM),
        palette,
        {"rows": data, **_spans(shifts)},
        colour=palette.country(code),
        this_week=f"this week: {names[0]}",
        other_week=f"this week: {names[1]}",
        upper=f"all with {names[0]}",
        lower=f"all with {names[1]}",
        **time_slots(start, end),
    )


@template
def _share_years_template() -> Any:
    scale = alt.Scale(domain=[0, 1.08], nice=False)
    tip = tooltip(
        ("year", "O", "year"), ("k_of_n", "N", "$k_of_n"), ("share_raw", "Q.2f", "share"),
        ("share_lo", "Q.2f", "90 % from"), ("share_hi", "Q.2f", "to"),
        ("evidence_level", "N", "evidence"),
    )  # fmt: skip
    weak = alt.condition(
        "datum.evidence_level === 'insufficient'", alt.value(SLOTS.weak), alt.value("$colour")
    )
    x = alt.X(
        "year:O",
        title=None,
        scale=alt.Scale(domain="$years"),
        axis=alt.Axis(labelAngle=0, grid=False, domain=True, labelOverlap=True),
    )
    axis = alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".2~f")
    base = rows().encode(x=x)
    half = constant(y=0.5).mark_rule(color=SLOTS.ink, strokeWidth=0.8, strokeDash=[4, 3])
    layers = [
        half.encode(y=alt.Y("y:Q", scale=scale)),
        base.mark_rule(strokeWidth=5, opacity=0.35).encode(
            y=alt.Y("share_lo:Q", scale=scale, title=None, axis=axis), y2="share_hi:Q", color=weak
        ),
        base.mark_point(size=90, filled=True, opacity=1, cursor="pointer")
        .encode(y=alt.Y("share_raw:Q", scale=scale), color=weak, tooltip=tip)
        .add_params(click("year")),
        base.mark_text(
            baseline="bottom",
            dy=-3,
            color=SLOTS.faint,
            fontSize=10,
            opacity=alt.ExprRef("width < 480 ? 0 : 1"),  # on a telephone they would overlap
        ).encode(y=alt.Y("share_hi:Q", scale=scale), text="k_of_n:N"),
    ]
    return finish(alt.layer(*layers), 184)


def share_years(
    source: pd.DataFrame, code: str, palette: Palette, names: tuple[str, str]
) -> Picture:
    """Draw k of n by year: the raw share as a dot, its 90 % interval as a bar, k of n beneath."""
    data = source[["year", "k", "n", "share_raw", "share_lo", "share_hi", "evidence_level"]].copy()
    data["k_of_n"] = [part_of(k, n) for k, n in zip(data["k"], data["n"], strict=True)]
    return picture(
        _share_years_template(),
        palette,
        {"rows": data},
        colour=palette.country(code),
        k_of_n=f"with {names[0]}, of both",
        years=list(range(int(data["year"].min()), int(data["year"].max()) + 1)),
    )


# -- acts -------------------------------------------------------------------------------------


@template
def _counts_template(labels: bool) -> Any:
    tip = tooltip(
        ("quarter", "T%b %Y", "quarter from"), ("cooperation_count", "Q", "cooperative acts"),
        ("conflict_count", "Q", "conflictual acts"), ("event_count", "Q", "events of record"),
        ("report_count", "Q", "reports"),
    )  # fmt: skip
    scale = alt.Scale(domain="$domain", nice=False)
    axis = alt.Axis(tickCount=3, format="d", labelExpr="abs(datum.value)")
    base = rows().encode(x=time_axis(labels=labels), x2="until:T", tooltip=tip)
    return finish(
        alt.layer(
            base.mark_rect(color=SLOTS.cooperative, opacity=0.85, cursor="pointer")
            .encode(
                y=alt.Y("cooperation_count:Q", scale=scale, axis=axis, title=None),
                y2=alt.datum(0),
            )
            .add_params(click("quarter")),
            base.mark_rect(color=SLOTS.hostile, opacity=0.85, cursor="pointer").encode(
                y=alt.Y("conflict_down:Q", scale=scale, title=None), y2=alt.datum(0)
            ),
            constant(y=0)
            .mark_rule(color=SLOTS.faint)
            .encode(y=alt.Y("y:Q", scale=scale)),
        ),
        86,
    )  # fmt: skip


def counts(
    source: pd.DataFrame,
    palette: Palette,
    start: date,
    end: date,
    limit: float,
    *,
    labels: bool = False,
) -> Picture:
    """Draw cooperative acts above and conflictual acts below zero, by quarter.

    ``limit`` is the same for all pairs that are compared. Selection ``point`` picks a quarter.
    """
    data = frame_of(
        source, ["quarter", "event_count", "cooperation_count", "conflict_count", "report_count"]
    )
    data["week_start"] = data["quarter"]
    data["until"] = data["quarter"] + pd.Timedelta(days=80)
    data["conflict_down"] = -data["conflict_count"]
    return picture(
        _counts_template(labels),
        palette,
        {"rows": data},
        domain=[-limit, limit],
        **time_slots(start, end),
    )


@template
def _key_events_template() -> Any:
    tip = tooltip(
        ("event_date_start", "T%d %b %Y", "day"), ("lane", "N", "pair"),
        ("event_type", "N", "type"), ("weight", "Q+.1f", "weight"),
        ("confidence", "Q.2f", "confidence"), ("acknowledgement", "N", "standing"),
        ("words", "N", "sentence"),
    )  # fmt: skip
    kinds = ["cooperative", "conflictual"]
    lanes: Any = "$lanes"
    shapes = alt.Scale(domain=kinds, range=["triangle-up", "triangle-down"])
    colours = alt.Scale(domain=kinds, range=[SLOTS.cooperative, SLOTS.hostile])
    axis = alt.Axis(labels=False, ticks=False, grid=True)
    marks = (
        rows()
        .mark_point(filled=True, opacity=0.9, cursor="pointer")
        .encode(
            x=time_axis(),
            y=alt.Y("lane:N", title=None, sort=lanes, axis=axis),
            shape=alt.Shape("kind:N", legend=None, scale=shapes),
            color=alt.Color("kind:N", legend=None, scale=colours),
            size=alt.Size("size:Q", legend=None, scale=alt.Scale(domain=[0, 10], range=[40, 170])),
            tooltip=tip,
        )
        .add_params(click("event_id"))
    )
    names = (
        rows("lanes")
        .mark_text(align="left", dx=2, dy=-11, color=SLOTS.faint)
        .encode(x=alt.value(0), y=alt.Y("lane:N", sort=lanes), text="lane:N")
    )
    return finish(alt.layer(names, marks), "$height")


def key_events(
    source: pd.DataFrame,
    order: Sequence[str],
    labels: Mapping[str, str],
    palette: Palette,
    start: date,
    end: date,
) -> Picture:
    """Draw the weightiest acts as a strip, a lane per pair: up cooperative, down conflictual."""
    data = frame_of(
        source,
        ["pair_id", "event_id", "week_start", "event_date_start", "weight", "is_cooperative",
         "event_type", "event_mode", "confidence", "acknowledgement", "headline_sentence"],
    )  # fmt: skip
    data["lane"] = data["pair_id"].map(lambda p: labels.get(p, p))
    data["kind"] = ["cooperative" if w >= 0 else "conflictual" for w in data["weight"]]
    data["words"] = [str(t or "")[:160] for t in data["headline_sentence"]]
    data["size"] = data["weight"].abs()
    lanes = [labels[p] for p in order if p in labels]
    return picture(
        _key_events_template(),
        palette,
        {"rows": data.drop(columns="headline_sentence"), "lanes": pd.DataFrame({"lane": lanes})},
        lanes=lanes,
        height=44 * max(len(order), 1) + 26,
        **time_slots(start, end),
    )
