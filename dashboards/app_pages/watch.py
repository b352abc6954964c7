"""Watch list and visits: what is announced, what became of it, who went where."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from components import drawing, exports, frame, state, text, warehouse
from components.state import View
from detente import pictures, verdict

OUTCOMES = ("open", "occurred", "cancelled", "postponed", "substituted", "unresolved")
RANKS = {1: "leaders", 2: "and heads of government or envoys", 3: "and foreign ministers", 4: "all"}
LANES = 40


def _lane(item: dict[str, Any], view: View) -> str:
    who = item["principal_name"] or view.name(item["source_code"])
    act = (item["event_mode"] or item["event_type"]).replace("_", " ").lower()
    when = item["window_start"] or item["reported_at"]
    return f"{who} → {view.name(item['target_code'])}, {act}, {verdict.month(when)}"[:80]


def _watch(view: View) -> None:
    text.heading(
        "Announced and rumoured acts",
        "○ reported, ● confirmed by the guest, □ confirmed by the host; the end: ▲ occurred, "
        "✚ cancelled, ■ postponed, ◆ somebody else went, – unresolved (nothing settled it: that is "
        "not to say it did not happen).",
    )
    outcome = state.widget(
        "outcome", state.get("outcome", "", OUTCOMES),
        lambda **k: st.selectbox(
            "Outcome", ("", *OUTCOMES), format_func=lambda o: o or "all", **k
        ),
        default="",
    )  # fmt: skip
    items = warehouse.rows(
        view.path, "watch_items", dataset=view.dataset, pairs=view.pairs, start=view.start,
        end=view.end, outcome=outcome,
    )  # fmt: skip
    if not items:
        text.note("Nothing announced or rumoured in this window.")
        return
    shown = items[:LANES]
    lanes = pd.DataFrame(shown)
    lanes["lane"] = [f"{_lane(i, view)} ({n})" for n, i in enumerate(shown, start=1)]
    end = max(view.end, view.last_week) + timedelta(days=60)
    chart = pictures.lanes(lanes, frame.palette(), view.start, end)
    tally = {o: sum(i["outcome"] == o for i in items) for o in OUTCOMES}
    words = ", ".join(f"{n} {o}" for o, n in tally.items() if n)
    drawing.draw(chart, "lanes", f"Watch items as lanes from report to outcome: {words}.")
    text.note(f"{verdict.count(len(items), 'item')}: {words}.")
    exports.downloads(pd.DataFrame(items), view, "watch_items", chart=chart)
    text.heading("One by one")
    for number, item in enumerate(shown, start=1):
        text.show(
            f'<article class="dt-event"><h4>({number}) '
            f"{text.esc(verdict.watch_line(item, view.names))}</h4>"
            f"<blockquote>{text.esc(item['sentence'])}</blockquote>"
            f'<p class="dt-facts">reported {verdict.long_date(item["reported_at"])}; best source '
            f"{text.esc(item['best_source'])}; {verdict.count(item['report_count'], 'report')}, "
            f"{verdict.count(item['origin_count'], 'origin')}; outcome "
            f"<b>{text.esc(item['outcome'])}</b>"
            f"{' ' + verdict.long_date(item['settled_at']) if item['settled_at'] else ''}; "
            f"probability when reported {text.esc(verdict.probability_line(item))}"
            f"{text.esc(_countdown(item, view))}</p></article>"
        )
        if item["event_id"]:
            frame.way("evidence", "The act that settled it", event=item["event_id"])


def _countdown(item: dict[str, Any], view: View) -> str:
    if item["outcome"] != "open" or not item["window_start"]:
        return ""
    days = (warehouse.as_day(item["window_start"]) - view.last_week).days
    return f"; {verdict.count(abs(days), 'day')} {'to go' if days >= 0 else 'overdue'}"


def _visits(view: View) -> None:
    text.heading("Visits of record", "Guest to host; counts are of this direction and level.")
    rank = state.widget(
        "rank", int(state.get("rank", "4", ("1", "2", "3", "4"))),
        lambda **k: st.selectbox("Level", tuple(RANKS), format_func=lambda r: RANKS[r], **k),
        default=4,
    )  # fmt: skip
    visits = warehouse.rows(
        view.path, "leader_visits", dataset=view.dataset, pairs=view.pairs, start=view.start,
        end=view.end, max_rank=rank,
    )  # fmt: skip
    if not visits:
        text.note("0 visits in this window.")
        return
    text.table(
        ("Date", "Guest → host", "Who", "Level", "In 12 months", "Days since last", "Standing"),
        [
            (
                verdict.long_date(v["start_date"]),
                f"{view.name(v['guest_code'])} → {view.name(v['host_code'])}",
                v["guest_name"] or "",
                v["level"],
                v["visits_12m"],
                "first" if v["days_since_last"] is None else f"{v['days_since_last']:.0f}",
                v["acknowledgement"],
            )
            for v in visits[:60]
        ],
        numeric=(4, 5),
        label="Visits of record",
    )
    if len(visits) > 60:
        text.note(f"The last 60 of {verdict.count(len(visits), 'visit')}; the downloads hold all.")
    exports.downloads(pd.DataFrame(visits), view, "visits")


def _calendar(view: View) -> None:
    found = warehouse.frame(
        view.path,
        "protocol",
        dataset=view.dataset,
        pairs=view.pairs,
        start=view.start,
        end=view.end,
    )
    text.heading(
        "Protocol calendar",
        "Greetings on days on which this sender wrote in two years or more: ● sent, ▼ sent by a "
        "lower role than before, ✚ absent from what was read (no proof that none was sent), – no "
        "document of that week. Click a mark for its sentence.",
    )
    if found.empty:
        text.note("No greeting of these states recurs in this window.")
        return
    names = {c: view.name(c) for c in {*found["source_code"], *found["target_code"]}}
    found = found.assign(
        lane=[
            f"{names[r.source_code]} → {names[r.target_code]}: {r.occasion}"
            for r in found.itertuples()
        ]
    )
    tally = found["standing"].value_counts()
    words = ", ".join(f"{tally[s]} {s}" for s in pictures.STANDINGS if s in tally)
    chart = pictures.calendar(found, frame.palette())
    picked = drawing.ask(chart, "calendar", f"Expected greetings by year: {words}.")
    if picked.get("event_id"):
        frame.go("evidence", event=str(picked["event_id"]))
    text.note(f"{verdict.count(len(found), 'expected greeting')}: {words}.")
    exports.downloads(found, view, "protocol_calendar", chart=chart)


def _calibration(view: View) -> None:
    rows = warehouse.frame(view.path, "calibration", dataset=view.dataset)
    text.heading("How good the probabilities were", "On the diagonal they were right.")
    if rows.empty:
        text.note("No settled item with a probability yet.")
        return
    if view.caption:
        text.note("Items of this corpus were written: the figure shows the method, not a skill.")
    score = rows["brier_score_all"].iloc[0]
    chart = pictures.calibration(rows, frame.palette())
    left, _ = st.columns(2)
    with left:
        drawing.draw(
            chart,
            "calibration",
            f"Calibration of {int(rows['item_count'].sum())} settled items.",
        )
    text.note(
        f"Brier score {verdict.share(score)} over "
        f"{verdict.count(int(rows['item_count'].sum()), 'settled item')} "
        "(0 is perfect; .25 is what a coin gives)."
    )
    exports.downloads(rows, view, "calibration", chart=chart)


def _body(view: View) -> None:
    if not view.partners:
        text.notice(f"{view.name(view.hub)} has no partner with an event in this data set.")
        return
    frame.part(_watch, view)
    frame.part(_visits, view)
    frame.part(_calendar, view)
    frame.part(_calibration, view)


frame.run("Watch list and visits", _body, "Planned apart from actual: nothing here enters a score.")
