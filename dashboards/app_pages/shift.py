"""Shift explainer: what moved a pair's warmth between two weeks, event by event."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from components import drawing, exports, frame, state, text, warehouse
from components.state import View
from detente import pictures, verdict

OWN_WEEKS = "own"
"""Instead of an alarm: two weeks that the reader chooses."""


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _choose_shift(view: View) -> dict[str, Any] | None:
    shifts = warehouse.rows(view.path, "shift_list", dataset=view.dataset)
    if not shifts:
        text.note("No alarm is on record in this data set: choose two weeks to compare.")
        return None
    known = {s["shift_id"]: s for s in shifts}
    ids = (OWN_WEEKS, *known)
    chosen_weeks = any(state.get(name) for name in ("before", "after", "pair"))
    latest = next((s["shift_id"] for s in shifts if s["pair_id"] in view.pairs), OWN_WEEKS)
    usual = OWN_WEEKS if chosen_weeks else latest

    def label(shift_id: str) -> str:
        if shift_id == OWN_WEEKS:
            return "none: two weeks of my choice"
        shift = known[shift_id]
        return f"{verdict.shift_title(shift, view.names)}, {verdict.month(shift['alarm_week'])}"

    chosen = state.widget(
        "shift", state.get("shift", usual, ids),
        lambda **k: st.selectbox("Alarm", ids, format_func=label, **k),
        default=usual, resets=("before", "after", "pair"),
    )  # fmt: skip
    return known.get(chosen)


def _weeks(view: View, shift: dict[str, Any] | None) -> tuple[str, date, date]:
    """Return the pair and the two weeks to compare, from the alarm or from the address."""
    if shift is not None:
        pair = shift["pair_id"]
        start = warehouse.as_day(shift["estimated_start"]) or view.start
        alarm = warehouse.as_day(shift["alarm_week"]) or view.end
        return pair, _monday(start - timedelta(weeks=1)), _monday(alarm)
    pairs = tuple(view.pair(p) for p in view.candidates)
    columns = st.columns(3)
    with columns[0]:
        pair = state.widget(
            "pair", state.get("pair", view.pairs[0], pairs),
            lambda **k: st.selectbox("Pair", pairs, format_func=view.pair_name, **k),
            default=view.pairs[0],
        )  # fmt: skip
    usual_after = _monday(view.end)
    usual_before = usual_after - timedelta(weeks=52)
    with columns[1]:
        before = state.widget(
            "before", state.get_date("before", usual_before),
            lambda **k: st.date_input("Before: week of", format="YYYY-MM-DD", min_value=date(1979, 1, 1), **k),
            default=usual_before,
        )  # fmt: skip
    with columns[2]:
        after = state.widget(
            "after", state.get_date("after", usual_after),
            lambda **k: st.date_input("After: week of", format="YYYY-MM-DD", min_value=date(1979, 1, 1), **k),
            default=usual_after,
        )  # fmt: skip
    return pair, _monday(before or usual_before), _monday(after or usual_after)


def _label(row: dict[str, Any], view: View) -> str:
    act = (row["event_mode"] or row["event_type"] or "").replace("_", " ").lower()
    return (
        f"{verdict.long_date(row['event_date_start'])} {row['source_code']} → "
        f"{row['target_code']} {act}"
    )


def _waterfall(
    rows: list[dict[str, Any]], start: float, end: float, view: View
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Return the steps from before to after: the largest events, the others, the prior."""
    top = [r for r in rows if r["kind"] == "event"]
    rest = {r["kind"]: r for r in rows if r["kind"] != "event"}
    moves = [(f"{n}. {_label(r, view)}", r["moved"], "event") for n, r in enumerate(top, start=1)]
    if "other" in rest:
        others = rest["other"]
        moves.append((f"{others['event_count']:,} further events", others["moved"], "other"))
    if "prior" in rest:
        moves.append(("prior (nothing known)", rest["prior"]["moved"], "prior"))
    steps: list[dict[str, Any]] = []
    level = start
    for label, moved, kind in moves:
        steps.append(
            {"label": label, "from_level": level, "to_level": level + moved, "kind": kind,
             "moved": moved}
        )  # fmt: skip
        level += moved

    def whole(label: str, kind: str, value: float) -> dict[str, Any]:
        return {"label": label, "from_level": 0.0, "to_level": value, "kind": kind, "moved": value}

    return pd.DataFrame([whole("before", "start", start), *steps, whole("after", "end", end)]), top


def _without_story(view: View, scope: dict[str, Any], difference: float) -> str:
    """Say what is left of the difference if the story that moves it most were not there."""
    heaviest = warehouse.rows(view.path, "driver_stories", **scope)
    if not heaviest:
        return "No single story carries the difference."
    moved = heaviest[0]["moved"]
    return (
        f"Leaving out the story that moves it most ({verdict.points(moved, 2)}), "
        f"{verdict.points(difference - moved, 2)} of the difference "
        f"{verdict.points(difference, 2)} remains (its weight in the mean kept as it is)."
    )


def _explain(view: View, pair: str, before: date, after: date) -> None:
    a, b = pair.split("-", 1)
    states = {
        warehouse.as_day(s["week_start"]): s
        for s in warehouse.rows(
            view.path, "warmth_at", dataset=view.dataset, pair=pair, weeks=(before, after)
        )
    }
    if before not in states or after not in states:
        gap = before if before not in states else after
        text.notice(
            f"{view.pair_name(pair)}: no warmth in the week of {verdict.long_date(gap)}; the series "
            "begins later, or ends before."
        )
        return
    first, last = states[before], states[after]
    scope = {
        "dataset": view.dataset, "a": a, "b": b, "pair": pair, "before_week": before,
        "after_week": after,
    }  # fmt: skip
    rows = warehouse.rows(view.path, "drivers", **scope)
    steps, top = _waterfall(rows, first["warmth"], last["warmth"], view)
    difference = last["warmth"] - first["warmth"]
    events = sum(r["event_count"] for r in rows if r["kind"] != "prior")
    text.heading(
        f"{view.pair_name(pair)}: {verdict.long_date(before)} to {verdict.long_date(after)}",
        "How each act moves warmth: by entering, or by fading. The parts sum to the difference.",
    )
    text.tiles(
        [
            (name, verdict.points(s["warmth"], 2),
             f"[{verdict.points(s['warmth_lo'])}, {verdict.points(s['warmth_hi'])}], "
             f"{verdict.count(s['event_count_52w'], 'event')} in 52 weeks", s["evidence_level"])
            for name, s in (("before", first), ("after", last))
        ]
        + [("difference", verdict.points(difference, 2), f"of {verdict.count(events, 'event')} and the prior", None)]
    )  # fmt: skip
    chart = pictures.waterfall(steps, frame.palette())
    drawing.draw(
        chart,
        f"waterfall_{pair}",
        f"Waterfall from {first['warmth']:.2f} to {last['warmth']:.2f} in {len(steps)} steps.",
    )
    text.note(_without_story(view, scope, difference))
    exports.downloads(pd.DataFrame(rows), view, f"drivers_{pair}", chart=chart)
    text.heading("The sentences", "In the order of the steps above.")
    for number, row in enumerate(top, start=1):
        text.show(
            f'<article class="dt-event"><h4>{number}. {text.esc(_label(row, view))} · '
            f"{verdict.points(row['moved'], 2)}</h4>"
            f"<blockquote>{text.esc(row['sentence'] or 'The data set gives no sentence.')}"
            f'</blockquote><p class="dt-facts">{text.esc(row["publisher"] or view.dataset)} · '
            f"{text.link(row['address'], row['title'] or 'source')} · "
            f"{text.esc(row['acknowledgement'])}, confidence {verdict.share(row['confidence'])}, "
            f"weight {verdict.points(row['weight'])}, {verdict.count(row['report_count'], 'report')}"
            f", {verdict.count(row['origin_count'], 'origin')}; part before "
            f"{verdict.points(row['before_part'], 2)}, after {verdict.points(row['after_part'], 2)}"
            "</p></article>"
        )
        frame.way("evidence", "Evidence", event=row["event_id"])


def _body(view: View) -> None:
    if not view.partners:
        text.notice(f"{view.name(view.hub)} has no partner with an event in this data set.")
        return
    shift = _choose_shift(view)
    if shift is not None:
        text.show(f'<p class="dt-verdict second">{text.esc(verdict.shift_reason(shift))}</p>')
        text.heading("Other explanations")
        text.lines(verdict.shift_doubts(shift) or ["None that the marts give reason for."])
    pair, before, after = _weeks(view, shift)
    _explain(view, pair, before, after)
    if shift is not None and shift["other_pair_id"]:
        _explain(view, shift["other_pair_id"], before, after)


frame.run("Shift explainer", _body, "What a change is made of, down to its sentences.")
