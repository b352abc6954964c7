"""One small picture a metric for `docs/concepts`, from simulated pairs whose changes are known.

    python scripts/concept_pictures.py [--simulated HOME] [--sample HOME]

Needs the homes of `detente demo --generated` and of `detente demo` (defaults: `data/generated` and
`data`). What no simulation holds (visits, announcements, sources) is drawn from the sample. The
queries read marts only, so a picture shows what a user gets.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import altair as alt
import pandas as pd
import vl_convert

from detente.picture import LIGHT
from detente.settings import Settings, get_settings
from detente.warehouse.reader import open_snapshot, snapshot_path

OUT = Path(__file__).resolve().parents[1] / "docs" / "img" / "metrics"
WIDTH, HEIGHT = 560, 150
INK = {"a": LIGHT.cooperative, "b": LIGHT.hostile, "grey": LIGHT.weak, "span": LIGHT.span}

Frame = pd.DataFrame
TIME = alt.Axis(format="%b %Y", tickCount=7, labelOverlap=True)

Draw = Callable[[Frame], alt.LayerChart | alt.Chart]


def ribbon(title: str, *, low: float | None = None, high: float | None = None) -> Draw:
    """Lines with their 90 % interval, one a series: columns x, y, lo, hi, series."""

    def draw(rows: Frame) -> alt.LayerChart:
        scale = alt.Scale(domain=[low, high], clamp=True) if low is not None else alt.Undefined
        x = alt.X("x:T", title=None, axis=TIME)
        color = _series(rows)
        base = alt.Chart(rows)
        area = base.mark_area(opacity=0.2).encode(
            x=x, y=alt.Y("lo:Q", title=title, scale=scale), y2="hi:Q", color=color
        )
        line = base.mark_line(strokeWidth=1.5).encode(x=x, y="y:Q", color=color)
        return area + line

    return draw


def points(title: str, *, rules: tuple[float, ...] = ()) -> Draw:
    """Dots with their interval where there is one: columns x, y, series, perhaps lo and hi."""

    def draw(rows: Frame) -> alt.LayerChart:
        x = alt.X("x:T", title=None, axis=TIME)
        base = alt.Chart(rows)
        layers = [
            base.mark_circle(size=22, opacity=1).encode(
                x=x, y=alt.Y("y:Q", title=title), color=_series(rows)
            )
        ]
        if "lo" in rows:
            layers.insert(0, base.mark_rule().encode(x=x, y="lo:Q", y2="hi:Q", color=_series(rows)))
        if "note" in rows:
            layers.append(base.mark_text(dx=16, fontSize=10).encode(x=x, y="y:Q", text="note:N"))
        at = alt.Chart(pd.DataFrame({"at": list(rules)}))
        layers.append(at.mark_rule(strokeDash=[3, 3], color=LIGHT.faint).encode(y="at:Q"))
        return alt.layer(*layers)

    return draw


def bars(title: str) -> Draw:
    """Stacked bars: columns x, y, series."""

    def draw(rows: Frame) -> alt.Chart:
        return (
            alt.Chart(rows)
            .mark_bar(width=7)
            .encode(
                x=alt.X("x:T", title=None, axis=TIME),
                y=alt.Y("y:Q", title=title),
                color=_series(rows),
            )
        )

    return draw


def ranking(title: str) -> Draw:
    """Horizontal bars from a rule: columns name, y."""

    def draw(rows: Frame) -> alt.LayerChart:
        name = alt.Y("name:N", title=None, sort=None)
        color = alt.condition("datum.y < datum.base", alt.value(INK["b"]), alt.value(INK["a"]))
        base = alt.Chart(rows)
        bar = base.mark_bar(height=9).encode(
            x=alt.X("y:Q", title=title), x2="base:Q", y=name, color=color
        )
        return bar + base.mark_rule(color=LIGHT.faint).encode(x="base:Q")

    return draw


def spans(title: str) -> Draw:
    """A line an item from first report to settling: columns name, x, x2, series."""

    def draw(rows: Frame) -> alt.LayerChart:
        name = alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=210))
        base = alt.Chart(rows)
        x = alt.X("x:T", title=title, axis=TIME)
        rule = base.mark_rule(strokeWidth=3).encode(x=x, x2="x2:T", y=name, color=_series(rows))
        return rule + base.mark_point(size=26).encode(x="x2:T", y=name, color=_series(rows))

    return draw


def alarms(rows: Frame) -> alt.LayerChart:
    """Warmth with the start that was estimated (shaded) up to the alarm (line)."""
    series, found = rows[rows.start.isna()], rows[rows.start.notna()]
    x = alt.X("x:T", title=None, axis=TIME)
    band = alt.Chart(found).mark_rect(opacity=0.35, color=INK["span"]).encode(x="start:T", x2="x:T")
    at = alt.Chart(found).mark_rule(color=LIGHT.ink).encode(x=x)
    return band + ribbon("warmth")(series) + at


def _series(rows: Frame) -> alt.Color:
    names = list(dict.fromkeys(rows.series.dropna()))
    legend = alt.Legend(title=None, orient="top") if len(names) > 1 else None
    colors = [INK["a"], INK["b"], INK["grey"], INK["span"]][: len(names)]
    return alt.Color("series:N", scale=alt.Scale(domain=names, range=colors), legend=legend)


_PAIR = "dataset = 'simulated' and pair_id = '{}' and week_start between '{}' and '{}'"
_UKR = _PAIR.format("RUS-UKR", "2012-01-01", "2017-01-01")
_TUR = _PAIR.format("RUS-TUR", "2014-06-01", "2017-12-31")
_CHN = _PAIR.format("CHN-PRK", "2012-06-01", "2019-12-31")
_PRINTED = "scale = 'detente' and acts = 'all'"

# Metric -> data set, query, drawing. Rows are thinned to a month where a week would show no more.
PICTURES: dict[str, tuple[str, str, Draw]] = {
    "m01_counts": (
        "simulated",
        f"""
        select date_trunc('quarter', week_start)::timestamp as x, series, sum(n) as y from (
            unpivot (from marts.fct_pair_weeks where {_UKR})
            on cooperation_count as cooperative, conflict_count as hostile into name series value n
        ) group by all order by x, series
        """,
        bars("events per quarter"),
    ),
    "m02_rates": (
        "simulated",
        f"""
        select week_start::timestamp as x, cooperation_rate as y, cooperation_rate_lo as lo,
            cooperation_rate_hi as hi, 'cooperative' as series
        from marts.fct_pair_metrics where {_UKR} and week(week_start) % 4 = 0
        union all
        select week_start, conflict_rate, conflict_rate_lo, conflict_rate_hi, 'hostile'
        from marts.fct_pair_metrics where {_UKR} and week(week_start) % 4 = 0
        order by series, x
        """,
        ribbon("per 1,000 events"),
    ),
    "m03_warmth": (
        "simulated",
        f"""
        select week_start::timestamp as x, warmth as y, warmth_lo as lo, warmth_hi as hi,
            pair_id as series
        from marts.fct_pair_warmth where {_CHN} and {_PRINTED} and week_index % 3 = 0 order by x
        """,
        ribbon("warmth"),
    ),
    "m04_net_cooperation": (
        "simulated",
        f"""
        select week_start::timestamp as x, net_cooperation_ratio as y, net_cooperation_lo as lo,
            net_cooperation_hi as hi, pair_id as series
        from marts.fct_pair_metrics where {_TUR} and week(week_start) % 3 = 0 order by x
        """,
        ribbon("net cooperation", low=-1, high=1),
    ),
    "m05_share": (
        "sample",
        """
        select make_date(year, 7, 1)::timestamp as x, share_raw as y, share_lo as lo,
            share_hi as hi, partner_code as series, k || '/' || n as note
        from marts.fct_hub_share_years
        where dataset = 'sample' and hub_code = 'PRK' and partner_code = 'RUS'
            and other_code = 'CHN' and acts = 'all' and n > 0
        order by x
        """,
        points("Russia's share, k of n"),
    ),
    "m06_tilt": (
        "simulated",
        """
        select week_start::timestamp as x, tilt_warmth as y, tilt_lo as lo, tilt_hi as hi,
            'RUS over CHN' as series
        from marts.fct_hub_shares
        where dataset = 'simulated' and hub_code = 'PRK' and partner_code = 'RUS'
            and other_code = 'CHN' and acts = 'all' and week(week_start) % 4 = 0
        order by x
        """,
        ribbon("tilt"),
    ),
    "m07_shifts": (
        "simulated",
        f"""
        select week_start::timestamp as x, warmth as y, warmth_lo as lo, warmth_hi as hi,
            pair_id as series, null::timestamp as start
        from marts.fct_pair_warmth where {_CHN} and {_PRINTED} and week_index % 3 = 0
        union all
        select alarm_week, null, null, null, null, estimated_start from marts.fct_pair_shifts
        where dataset = 'simulated' and pair_id = 'CHN-PRK' and measure = 'level'
            and alarm_week between '2012-06-01' and '2019-12-31' and status = 'active'
        order by x
        """,
        alarms,
    ),
    "m08_surprise": (
        "simulated",
        f"""
        select week_start::timestamp as x, conflict_surprise as y, 'hostile' as series
        from marts.fct_pair_metrics
        where {_UKR} and conflict_surprise is not null and year(week_start) < 2016 order by x
        """,
        points("surprise z", rules=(-3, 3)),
    ),
    "m09_attention": (
        "simulated",
        """
        select partner_code as name, observed_expected as y, 1.0 as base
        from marts.fct_country_attention
        where dataset = 'simulated' and country_code = 'PRK'
        qualify row_number() over (partition by partner_code order by week_start desc) = 1
        order by y desc
        """,
        ranking("observed over expected"),
    ),
    "m10_direction": (
        "simulated",
        """
        select week_start::timestamp as x, asymmetry as y, asymmetry_lo as lo, asymmetry_hi as hi,
            source_code || ' before ' || target_code as series
        from marts.fct_direction_weeks
        where dataset = 'simulated' and source_code = 'RUS' and target_code = 'UKR'
            and week_start between '2012-01-01' and '2017-01-01' and week(week_start) % 4 = 0
            and asymmetry is not null
        order by x
        """,
        ribbon("asymmetry"),
    ),
    "m11_sources": (
        "sample",
        """
        select week_start::timestamp as x, source_mix as y, 'origins in effect' as series
        from marts.fct_pair_metrics
        where dataset = 'sample' and pair_id = 'CHN-PRK' and source_mix is not null
            and week(week_start) % 4 = 0
        order by x
        """,
        points("origins in effect", rules=(1,)),
    ),
    "m12_announced": (
        "sample",
        """
        select pair_id || ' ' || coalesce(event_mode, event_type) || ' ' || reported_at::date as name,
            reported_at as x, coalesce(settled_at, lapsed_at)::timestamp as x2, outcome as series
        from marts.fct_watch_items
        where dataset = 'sample' and coalesce(settled_at, lapsed_at) is not null
            and reported_at between '2014-01-01' and '2019-12-31'
        order by outcome = 'unresolved', reported_at limit 14
        """,
        spans("from report to outcome"),
    ),
    "m13_visits": (
        "sample",
        """
        select start_date::timestamp as x, visits_12m as y,
            case when guest_code = 'PRK' then 'from the DPRK' else 'to the DPRK' end as series
        from marts.fct_leader_visits
        where dataset = 'sample' and 'PRK' in (guest_code, host_code) order by x
        """,
        points("visits in 12 months"),
    ),
    "m14_triads": (
        "simulated",
        """
        select week_start::timestamp as x, triad_balance as y, null as lo, null as hi,
            hub_code || ', ' || partner_code || ', ' || other_code as series
        from marts.fct_triads
        where dataset = 'simulated' and triad_balance is not null and week(week_start) % 4 = 0
            and (hub_code, partner_code, other_code) = (
                select (hub_code, partner_code, other_code) from marts.fct_triads
                where dataset = 'simulated' and triad_balance is not null
                group by all order by count(*) desc, 1 limit 1
            )
        order by x
        """,
        ribbon("balance"),
    ),
    "m15_drivers": (
        "simulated",
        """
        select strftime(e.event_date_start, '%d %b') || ' ' || e.event_type || ' '
            || row_number() over (order by abs(d.contribution) desc) as name,
            d.contribution as y, 0.0 as base
        from drivers('RUS', 'TUR', '2015-12-07', dataset_name := 'simulated') as d
        inner join marts.fct_events as e on d.event_id = e.event_id
        order by abs(d.contribution) desc limit 12
        """,
        ranking("points of warmth"),
    ),
}


def save(chart: alt.LayerChart | alt.Chart, path: Path) -> None:
    """Write a chart as SVG."""
    spec = (
        chart.properties(width=WIDTH, height=HEIGHT)
        .configure(background=LIGHT.paper, font="DejaVu Sans, Arial, sans-serif")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=LIGHT.faint, titleColor=LIGHT.faint, gridColor=LIGHT.grid,
            titleFontWeight="normal", titleFontSize=11, domain=False,
        )
        .to_dict()
    )  # fmt: skip
    path.write_text(vl_convert.vegalite_to_svg(spec), encoding="utf-8")


def main() -> int:
    """Draw all pictures; exit code 1 where one has no rows."""
    home = get_settings().home
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulated", type=Path, default=home / "generated")
    parser.add_argument("--sample", type=Path, default=home)
    parser.add_argument("names", nargs="*", help="pictures to draw; none: all")
    args = parser.parse_args()
    homes = {"simulated": args.simulated, "sample": args.sample}
    OUT.mkdir(parents=True, exist_ok=True)
    empty = []
    for name, (dataset, query, draw) in PICTURES.items():
        if args.names and name not in args.names:
            continue
        with open_snapshot(snapshot_path(Settings(home=homes[dataset]))) as con:
            rows = con.execute(query).df()
        if rows.empty:
            empty.append(name)
            continue
        save(draw(rows), OUT / f"{name}.svg")
        print(f"{name}: {len(rows)} rows, {(OUT / f'{name}.svg').stat().st_size / 1000:.0f} kB")
    if empty:
        print(f"no rows for {', '.join(empty)}", file=sys.stderr)
    return 1 if empty else 0


if __name__ == "__main__":
    sys.exit(main())
