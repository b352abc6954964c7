"""Tilt: one hub, two or three partners, on one time axis. Every mark leads to its sentences."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from components import drawing, exports, frame, text, warehouse
from components.state import View
from detente import charts, verdict
from detente.picture import GAP_WEEKS, Palette

KEY_EVENTS = 14


def _to_window(pair: str, since: date, until: date, **more: str) -> None:
    frame.go(
        "evidence", pair=pair, since=since.isoformat(), until=until.isoformat(), **more
    )  # the weeks that carry the point, not the whole history


def _follow(picked: dict[str, Any], pair: str) -> None:
    """Go where a clicked mark leads: a span to its explanation, a week to its sentences."""
    if picked.get("shift_id"):
        frame.go("shift", shift=str(picked["shift_id"]))
    elif picked.get("week_start"):
        week = drawing.day(picked["week_start"])
        _to_window(pair, week - timedelta(weeks=12), week + timedelta(days=6))


def _years(view: View, scope: dict[str, Any], palette: Palette) -> None:
    years = warehouse.frame(view.path, "share_years", **scope)
    if years.empty:
        _years_of_any(view, palette)
        return
    for (partner, other), rows in years.groupby(["partner_code", "other_code"], sort=False):
        names = (view.name(partner), view.name(other))
        text.heading(
            f"{verdict.possessive(names[0])} share of {verdict.possessive(view.name(view.hub))} "
            f"cooperative acts with {names[0]} and {names[1]}, by year",
            "k of n, with 90 % intervals. Click a year for its sentences.",
        )
        chart = charts.share_years(rows, str(partner), palette, names)
        _choose_year(chart, f"years_{partner}_{other}", _years_alt(rows, view, names))
        exports.downloads(rows, view, f"share_years_{partner}_{other}", chart=chart)


def _years_alt(rows: pd.DataFrame, view: View, names: tuple[str, str]) -> str:
    first, last = rows.iloc[0], rows.iloc[-1]
    return (
        f"Share by year of {names[0]} among {view.name(view.hub)}'s cooperative acts with "
        f"{names[0]} and {names[1]}: {verdict.part_of(first.k, first.n)} in {first.year}, "
        f"{verdict.part_of(last.k, last.n)} in {last.year}; "
        f"{verdict.part_of(rows['k'].sum(), rows['n'].sum())} in all."
    )


def _choose_year(chart: Any, name: str, alt: str) -> None:
    if (picked := drawing.ask(chart, name, alt)).get("year"):
        year = int(picked["year"])
        _to_window("both", date(year, 1, 1), date(year, 12, 31), kind="cooperative")


def _years_of_any(view: View, palette: Palette) -> None:
    """Count any comparison by year, watched or not."""
    if len(view.partners) < 2:
        text.note("A share needs two partners.")
        return
    rows = warehouse.frame(
        view.path, "tilt_any", dataset=view.dataset, hub=view.hub, partners=view.partners,
        start=view.start, end=view.end,
    )  # fmt: skip
    partner = view.partners[-1]
    names = (view.name(partner), " and ".join(view.name(p) for p in view.partners[:-1]))
    text.heading(
        f"{verdict.possessive(names[0])} share of {verdict.possessive(view.name(view.hub))} "
        f"cooperative acts with {names[0]} and {names[1]}, by year",
        "This comparison is not watched: raw k of n with Wilson's 90 % intervals, without "
        "correction for bursts. Click a year for its sentences.",
    )
    if rows.empty:
        text.note("No cooperative act with these partners is on record in this window.")
        return
    chart = charts.share_years(rows, partner, palette, names)
    _choose_year(chart, "years_any", _years_alt(rows, view, names))
    exports.downloads(rows, view, "share_years_any", chart=chart)


def _weekly(view: View, scope: dict[str, Any], shifts: pd.DataFrame, palette: Palette) -> None:
    shares = warehouse.frame(view.path, "shares", **scope)
    fades = warehouse.constants(view.path).get("share_half_life_weeks", "some")
    for (partner, other), rows in shares.groupby(["partner_code", "other_code"], sort=False):
        names = (view.name(partner), view.name(other))
        mine = shifts[
            (shifts["measure"] == "share")
            & (shifts["pair_id"] == view.pair(str(partner)))
            & (shifts["other_pair_id"] == view.pair(str(other)))
        ]
        text.heading(
            f"Engagement share, week by week: {names[0]} against {names[1]}",
            f"Acts fade with a half-life of {fades} weeks. Ribbon: 90 %; grey and dotted: evidence "
            "insufficient; shaded: from a shift's estimated start to its alarm. Click a week for "
            "the sentences behind it.",
        )
        chart = charts.share(rows, mine, str(partner), palette, view.start, view.end, names)
        last = warehouse.plain(rows.tail(1))[0]
        alt = (
            f"Weekly engagement share of {names[0]} against {names[1]}; last week "
            f"{verdict.share(last['share_raw'])} "
            f"{verdict.bounds(last['share_lo'], last['share_hi'])}, evidence {last['evidence_level']}."
        )
        _follow(drawing.ask(chart, f"share_{partner}_{other}", alt), "both")
        _explained(mine, view)
        exports.downloads(rows, view, f"share_{partner}_{other}", chart=chart)


def _explained(shifts: pd.DataFrame, view: View) -> None:
    for shift in warehouse.plain(shifts):
        left, right = st.columns([5, 1])
        with left:
            text.show(
                f'<p class="dt-note"><b>{text.esc(verdict.shift_title(shift, view.names))}</b>: '
                f"{text.esc(verdict.shift_reason(shift))}</p>"
            )
        with right:
            frame.way("shift", "Explain", shift=shift["shift_id"])


def _warmth(view: View, shifts: pd.DataFrame, palette: Palette) -> None:
    rows = warehouse.frame(
        view.path, "warmth", dataset=view.dataset, pairs=view.pairs, start=view.start,
        end=view.end, acts=view.acts,
    )  # fmt: skip
    text.heading(
        "Warmth",
        "Decayed mean weight of acts, points from \N{MINUS SIGN}10 to +10, every pair to the same "
        "scale. Ribbon: 90 %; grey and dotted: insufficient, the prior outweighs the events; "
        f"blank: no document for more than {GAP_WEEKS} weeks. Click a week for its sentences.",
    )
    domain = charts.warmth_domain(rows)
    for position, partner in enumerate(view.partners):
        pair = view.pair(partner)
        mine = rows[rows["pair_id"] == pair]
        if mine.empty:
            text.note(f"{view.name(partner)}: no weekly series in this window.")
            continue
        last = mine.iloc[-1]
        state = (
            f"{verdict.points(last.warmth)} [{verdict.points(last.warmth_lo)}, "
            f"{verdict.points(last.warmth_hi)}]"
        )
        text.show(
            f'<p class="dt-panel"><b>{text.esc(view.name(partner))}</b> {state}, '
            f"{verdict.count(int(last.event_count_52w), 'event')} in 52 weeks "
            f"{text.badge(last.evidence_level)}</p>"
        )
        level = shifts[(shifts["measure"] == "level") & (shifts["pair_id"] == pair)]
        chart = charts.warmth(
            mine, level, partner, palette, view.start, view.end, domain, position,
            labels=position == len(view.partners) - 1,
        )  # fmt: skip
        alt = (
            f"Warmth between {view.name(view.hub)} and {view.name(partner)}; last week {state}, "
            f"evidence {last.evidence_level}."
        )
        _follow(drawing.ask(chart, f"warmth_{partner}", alt), pair)
        _explained(level, view)
        exports.downloads(mine, view, f"warmth_{partner}", chart=chart)


def _counts(view: View, palette: Palette) -> None:
    rows = warehouse.frame(
        view.path, "counts", dataset=view.dataset, pairs=view.pairs, start=view.start, end=view.end
    )
    if rows.empty:
        return
    text.heading(
        "Acts by quarter",
        "Cooperative above the line, conflictual below, every pair to the same scale; an empty "
        "stretch on the ground line is a quarter without acts. Click a bar for its sentences.",
    )
    largest = rows[["cooperation_count", "conflict_count"]].max().max()
    limit = max(float(largest) if pd.notna(largest) else 0.0, 2.0) * 1.05
    for position, partner in enumerate(view.partners):
        pair = view.pair(partner)
        mine = rows[rows["pair_id"] == pair]
        coop, conflict = int(mine["cooperation_count"].sum()), int(mine["conflict_count"].sum())
        text.show(
            f'<p class="dt-panel"><b>{text.esc(view.name(partner))}</b> {coop:,} cooperative, '
            f"{conflict:,} conflictual</p>"
        )
        chart = charts.counts(
            mine, palette, view.start, view.end, limit, labels=position == len(view.partners) - 1
        )
        alt = (
            f"Acts by quarter between {view.name(view.hub)} and {view.name(partner)}: "
            f"{coop} cooperative and {conflict} conflictual in all."
        )
        if (picked := drawing.ask(chart, f"counts_{partner}", alt)).get("quarter"):
            quarter = drawing.day(picked["quarter"])
            _to_window(pair, quarter, quarter + timedelta(days=91))
    exports.downloads(rows, view, "counts")


def _key_events(view: View, palette: Palette) -> None:
    rows = warehouse.frame(
        view.path, "key_events", dataset=view.dataset, pairs=view.pairs, start=view.start,
        end=view.end, min_confidence=view.min_confidence, origins=view.origins, limit=KEY_EVENTS,
    )  # fmt: skip
    if rows.empty:
        return
    text.heading(
        "Key acts",
        f"The {KEY_EVENTS} weightiest of each pair, by size times confidence; up: cooperative, "
        "down: conflictual. Click one for its sentences.",
    )
    labels = {view.pair(p): view.name(p) for p in view.partners}
    chart = charts.key_events(rows, view.pairs, labels, palette, view.start, view.end)
    alt = "Key acts over time: " + "; ".join(
        f"{labels[p]} {len(rows[rows['pair_id'] == p])}" for p in view.pairs
    )
    if (picked := drawing.ask(chart, "key_events", alt)).get("event_id"):
        frame.go("evidence", event=str(picked["event_id"]))
    exports.downloads(rows, view, "key_acts", chart=chart)


def _split(view: View, scope: dict[str, Any]) -> None:
    changes = warehouse.rows(view.path, "share_changes", **scope)
    if not changes:
        return
    text.heading(
        "More with the one, or less with the other",
        "Change of the share against the year before, split into the two counts.",
    )
    text.table(
        ("Year", "Comparison", "Before", "After", "Change, 90 %", "Partner", "Other", "Verdict"),
        [
            (
                c["year"],
                f"{view.name(c['partner_code'])} against {view.name(c['other_code'])}",
                verdict.part_of(c["k_before"], c["n_before"]),
                verdict.part_of(c["k_after"], c["n_after"]),
                f"{_signed(c['change'])} [{_signed(c['change_lo'])}, {_signed(c['change_hi'])}]",
                _signed(c["more_with_partner"]),
                _signed(c["less_with_other"]),
                c["verdict"],
            )
            for c in changes[:12]
        ],
        numeric=(2, 3, 4, 5, 6),
        label="Changes of the share by year",
    )
    exports.downloads(pd.DataFrame(changes), view, "share_changes")


def _signed(value: float | None) -> str:
    return "\N{EN DASH}" if value is None else verdict.change_of_share(value)


def _attention(view: View) -> None:
    rows = warehouse.rows(view.path, "attention", dataset=view.dataset, hub=view.hub, end=view.end)
    if not rows:
        return
    text.heading(
        "Observed against expected",
        "Acts of the last 26 weeks over what both countries' activity alone would give; above 1 "
        "the pair is closer than attention explains.",
    )
    text.table(
        ("Partner", "Acts", "Share of attention, 90 %", "Expected", "Ratio"),
        [
            (
                view.name(r["partner_code"]),
                verdict.part_of(r["event_count_26w"], r["country_event_count_26w"]),
                f"{verdict.share(r['attention_share'])} "
                f"{verdict.bounds(r['attention_lo'], r['attention_hi'])}",
                _number(r["expected_count"]),
                _number(r["observed_expected"]),
            )
            for r in rows[:10]
        ],
        numeric=(1, 2, 3, 4),
        label="Observed against expected engagement",
    )
    exports.downloads(pd.DataFrame(rows), view, "attention")


def _controls(view: View) -> None:
    rows = warehouse.rows(
        view.path, "controls", dataset=view.dataset, hub=view.hub, partners=view.partners,
        end=view.end, acts=view.acts,
    )  # fmt: skip
    rows = [r for r in rows if r["control_count"]]
    if not rows:
        return
    text.heading(
        "Control partners: is it the hub, or everybody?",
        "Change of a partner's warmth in twelve months: with the hub, and with its other partners "
        "that have enough evidence at both ends.",
    )
    text.table(
        ("Partner", "With the hub", "Median of the others", "Least to most", "Warmer", "Others"),
        [
            (
                view.name(r["partner_code"]),
                "evidence insufficient"
                if r["hub_change"] is None
                else verdict.points(r["hub_change"]),
                verdict.points(r["control_median"]),
                f"{verdict.points(r['control_least'])} to {verdict.points(r['control_most'])}",
                f"{r['warmer_count']} of {r['control_count']}",
                ", ".join(view.name(c) for c in r["control_codes"].split(", ")[:6])
                + (" ..." if r["control_count"] > 6 else ""),
            )
            for r in rows
        ],
        numeric=(1, 2, 3, 4),
        label="Change of warmth with the hub and with control partners",
    )
    exports.downloads(pd.DataFrame(rows), view, "controls")


def _number(value: float | None) -> str:
    return "\N{EN DASH}" if value is None else f"{value:.1f}"


def _assessments(view: View) -> None:
    rows = warehouse.rows(
        view.path, "assessments", dataset=view.dataset, pairs=view.pairs, start=view.start,
        end=view.end,
    )  # fmt: skip
    text.heading("What is said of the ties", "Opinions by speaker: never scored, shown beside.")
    if not rows:
        text.note("None in this window.")
        return
    text.table(
        ("Published", "Pair", "Says", "Speaker", "Sentence"),
        [
            (
                verdict.long_date(r["published_date"]),
                view.pair_name(r["pair_id"]),
                f"{r['direction']}{' (denied)' if r['polarity'] == 'negated' else ''}",
                f"{_bloc(r, view)}: {r['speaker_name'] or r['speaker_kind']}",
                r["sentence"],
            )
            for r in rows[:12]
        ],
        label="Assessments",
    )
    exports.downloads(pd.DataFrame(rows), view, "assessments")


def _bloc(row: dict[str, Any], view: View) -> str:
    parties = dict(zip(("party_a", "party_b"), row["pair_id"].split("-", 1), strict=True))
    bloc = row["speaker_bloc"]
    return view.name(parties[bloc]) if bloc in parties else str(bloc)


def _body(view: View) -> None:
    if not view.partners:
        text.notice(f"{view.name(view.hub)} has no partner with an event in this data set.")
        return
    palette = frame.palette()
    scope = {
        "dataset": view.dataset, "hub": view.hub, "partners": view.partners,
        "start": view.start, "end": view.end, "acts": view.acts,
    }  # fmt: skip
    shifts = warehouse.frame(
        view.path, "pair_shifts", dataset=view.dataset, pairs=view.pairs, until=view.end
    )
    frame.part(_years, view, scope, palette)
    frame.part(_weekly, view, scope, shifts, palette)
    frame.part(_warmth, view, shifts, palette)
    frame.part(_counts, view, palette)
    frame.part(_key_events, view, palette)
    frame.part(_split, view, scope)
    frame.part(_attention, view)
    frame.part(_controls, view)
    frame.part(_assessments, view)


frame.run("Tilt", _body, "How a hub divides its acts among partners, and how warm each tie is.")
