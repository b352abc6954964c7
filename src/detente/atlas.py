"""Many countries at once: the matrix of warmth, a hub's attention, a hub's partners on a map.

Colours of warmth are fixed and symmetric (red -4, blue +4 points) in all of them; a pair of which
too little is known is grey, never the middle colour.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import altair as alt
import pandas as pd

from detente.picture import SLOTS, Palette, Picture, click, finish, picture, rows, template, tooltip
from detente.pictures import names_axis

_WARMTH = alt.Scale(scheme="redblue", domain=[-4, 4], clamp=True)


@template
def _matrix_template(unknown: bool, known: bool) -> Any:
    labels: Any = "$labels"
    x = alt.X(
        "column_name:N", sort=labels, title=None, scale=alt.Scale(domain=labels),
        axis=alt.Axis(orient="top", labelAngle=-40, labelLimit=110, ticks=False, domain=False),
    )  # fmt: skip
    y = alt.Y(
        "row_name:N", sort=labels, title=None, scale=alt.Scale(domain=labels),
        axis=names_axis(90, 140),
    )  # fmt: skip
    tip = tooltip(
        ("row_name", "N", "between"), ("column_name", "N", "and"), ("warmth", "Q+.2f", "warmth"),
        ("warmth_lo", "Q+.2f", "90 % from"), ("warmth_hi", "Q+.2f", "to"),
        ("event_count_52w", "Q", "events in 52 weeks"), ("prior_share", "Q.2f", "prior share"),
        ("evidence_level", "N", "evidence"),
    )  # fmt: skip
    layers: list[Any] = []
    if unknown:
        base = rows("unknown").encode(x=x, y=y, tooltip=tip)
        layers += [
            base.mark_rect(color=SLOTS.grid, stroke=SLOTS.paper, cursor="pointer").add_params(
                click("pair_id")
            ),
            base.mark_text(text="╳", color=SLOTS.weak, fontSize=11),
        ]
    if known:
        base = rows("known").encode(x=x, y=y, tooltip=tip)
        ink = alt.condition("abs(datum.warmth) > 2.2", alt.value("#ffffff"), alt.value("#1d1d1b"))
        layers += [
            base.mark_rect(stroke=SLOTS.paper, cursor="pointer")
            .encode(color=alt.Color("warmth:Q", legend=None, scale=_WARMTH))
            .add_params(click("pair_id", name="point_known")),
            base.mark_text(fontSize=10).encode(text=alt.Text("warmth:Q", format="+.1f"), color=ink),
        ]
    return finish(alt.layer(*layers), "$height")


_FACTS = ("warmth", "warmth_lo", "warmth_hi", "evidence_level", "event_count_52w", "pair_id")
"""What both the matrix and the map say of a pair."""


def matrix(
    source: pd.DataFrame, order: Sequence[str], names: Mapping[str, str], palette: Palette
) -> Picture:
    """Draw warmth of all pairs of ``order`` as a matrix; insufficient cells bear a grey cross.

    The colours are fixed and symmetric: red -4, blue +4 points; never the middle colour for a
    pair of which too little is known.
    """
    inside = source[source["country_a_code"].isin(order) & source["country_b_code"].isin(order)]
    a, b = (inside[f"country_{end}_code"].map(lambda c: names.get(c, c)) for end in "ab")
    cells = pd.concat(
        [inside.assign(row_name=a, column_name=b), inside.assign(row_name=b, column_name=a)]
    )[["row_name", "column_name", *_FACTS, "prior_share"]]
    known = cells["evidence_level"] != "insufficient"
    parts = {"unknown": cells[~known], "known": cells[known]}
    data = {name: part for name, part in parts.items() if len(part)}
    return picture(
        _matrix_template("unknown" in data, "known" in data),
        palette,
        data,
        labels=[names.get(c, c) for c in order],
        height=max(len(order) * 30 + 110, 200),
    )


@template
def _partner_bars_template() -> Any:
    y = alt.Y("partner:N", sort="$partners", title=None, axis=names_axis(90, 140, ink=True))
    base = rows().encode(y=y)
    scale = alt.Scale(domain=[0, 1])
    tip = tooltip(
        ("partner", "N", "partner"), ("attention_share", "Q.2f", "share"),
        ("attention_lo", "Q.2f", "90 % from"), ("attention_hi", "Q.2f", "to"),
        ("event_count_26w", "Q", "acts in 26 weeks"),
        ("country_event_count_26w", "Q", "of all the hub's"),
    )  # fmt: skip
    return finish(
        alt.layer(
            base.mark_bar(color=SLOTS.cooperative, opacity=0.55, height=10).encode(
                x=alt.X(
                    "attention_share:Q",
                    scale=scale,
                    title=None,
                    axis=alt.Axis(tickCount=5, format=".1f"),
                ),
                tooltip=tip,
            ),
            base.mark_rule(color=SLOTS.ink, strokeWidth=1.2).encode(
                x=alt.X("attention_lo:Q", scale=scale), x2="attention_hi:Q", tooltip=tip
            ),
        ),
        "$height",
    )


def partner_bars(source: pd.DataFrame, palette: Palette) -> Picture:
    """Draw a hub's partners by their share of its acts, with intervals, largest first."""
    return picture(
        _partner_bars_template(),
        palette,
        {"rows": source},
        partners=list(source["partner"]),
        height=21 * len(source) + 28,
    )


@cache
def outlines() -> dict[str, dict[str, Any]]:
    """Return the outline of each country as a GeoJSON geometry, by ISO alpha-3 code.

    From Natural Earth 1:110m (public domain), simplified to a third of a degree and without
    Antarctica; states smaller than that have none. How borders in dispute run is Natural Earth's.
    """
    text = (resources.files("detente") / "world.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)
    return found


@template
def _map_template(unknown: bool, known: bool) -> Any:
    tip = tooltip(
        ("properties.name", "N", "with"), ("properties.warmth", "Q+.2f", "warmth"),
        ("properties.warmth_lo", "Q+.2f", "90 % from"), ("properties.warmth_hi", "Q+.2f", "to"),
        ("properties.event_count_52w", "Q", "events in 52 weeks"),
        ("properties.evidence_level", "N", "evidence"),
    )  # fmt: skip
    # The land says nothing; each partner is named by its own mark.
    land = rows("land").mark_geoshape(
        aria=False, fill=SLOTS.grid, stroke=SLOTS.paper, strokeWidth=0.5
    )
    spoken = alt.Description("properties.name:N")
    layers: list[Any] = [land]
    if unknown:
        layers.append(
            rows("unknown")
            .mark_geoshape(fill=SLOTS.grid, stroke=SLOTS.weak, strokeDash=[2, 2], cursor="pointer")
            .encode(tooltip=tip, description=spoken)
            .add_params(click("properties.pair_id", name="unknown"))
        )
    if known:
        layers.append(
            rows("known")
            .mark_geoshape(stroke=SLOTS.ink, strokeWidth=0.7, cursor="pointer")
            .encode(
                color=alt.Color("properties.warmth:Q", legend=None, scale=_WARMTH),
                tooltip=tip,
                description=spoken,
            )
            .add_params(click("properties.pair_id", name="known"))
        )
    layers.append(
        rows("hub")
        .mark_geoshape(fill=SLOTS.ink, stroke=SLOTS.ink)
        .encode(tooltip=tooltip(("properties.name", "N", "hub")), description=spoken)
    )
    return finish(alt.layer(*layers).project(type="equalEarth"), 300)


def world(
    source: pd.DataFrame, hub: str, names: Mapping[str, str], palette: Palette
) -> Picture | None:
    """Draw a hub's partners on a map of the world; None where the hub has no outline.

    Args:
        source: rows of pairs that the hub is in, as `matrix` takes them.
        hub: ISO alpha-3 code; drawn in ink.
        names: of countries.
        palette: colours.
    """
    shapes = outlines()
    if hub not in shapes:
        return None
    parts: dict[str, list[dict[str, Any]]] = {"known": [], "unknown": []}
    for row in source.to_dict("records"):
        code = row["country_b_code"] if row["country_a_code"] == hub else row["country_a_code"]
        if code in shapes:
            facts = {k: None if pd.isna(row[k]) else row[k] for k in _FACTS}
            which = "unknown" if row["evidence_level"] == "insufficient" else "known"
            parts[which].append(_feature(shapes[code], name=names.get(code, code), **facts))
    drawn = {k: v for k, v in parts.items() if v}
    drawn["hub"] = [_feature(shapes[hub], name=names.get(hub, hub))]
    drawn["land"] = [_feature(shape) for shape in shapes.values()]
    made = picture(_map_template("unknown" in drawn, "known" in drawn), palette, {})
    return Picture(made.with_data(drawn))


def without_outline(codes: Sequence[str]) -> list[str]:
    """Return the codes that the map has no outline for."""
    return [c for c in codes if c not in outlines()]


def _feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}
