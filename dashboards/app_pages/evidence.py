"""Evidence: events of record, their reports, the sentences with actors and trigger marked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from components import exports, frame, state, text, warehouse
from components.state import View
from detente import overrides, verdict

PER_PAGE = 20
KINDS = {
    "": "all", "scored": "scored", "cooperative": "cooperative", "other": "not cooperative"
}  # fmt: skip
SHOWN = {"events": "events of record", "uncounted": "reports that count for none"}
OUTCOMES = (
    "planned", "possible", "hypothetical", "negated", "historical", "retelling", "assessment",
    "no_date", "coarse_date", "ambiguous_date", "future_date", "standing_state", "same_country",
    "unknown_type", "statement", "duplicate", "overridden",
)  # fmt: skip


def _event_html(event: dict[str, Any], mentions: list[dict[str, Any]], view: View) -> str:
    act = event["event_type"].capitalize()
    if event["event_mode"]:
        act += f" ({event['event_mode']})"
    head = " · ".join(
        (
            verdict.long_date(event["event_date_start"]),
            f"{_party(event, 'source', view)} → {_party(event, 'target', view)}",
            act,
        )
    )
    facts = [
        f"weight {verdict.points(event['weight'])}",
        event["acknowledgement"],
        f"confidence {verdict.share(event['confidence'])}",
        verdict.count(event["report_count"], "report"),
        verdict.count(event["origin_count"], "independent origin"),
        f"dated to the {event['date_precision']}",
        f"known {verdict.long_date(event['known_at'])}",
        "" if event["is_scored"] else "not scored",
        "disclosed late" if event["is_late_disclosure"] else "",
        f"{event['party_count']} parties" if (event["party_count"] or 2) > 2 else "",
    ]
    best = next((m for m in mentions if m["report_id"] == event["headline_report_id"]), None)
    sentence = text.highlighted(best) if best else text.esc(event["headline_sentence"])
    body = (
        f'<article class="dt-event" data-event="{text.esc(event["event_id"])}">'
        f"<h4>{text.esc(head)}</h4>"
        f"<blockquote>{sentence or 'The data set gives no sentence.'}</blockquote>"
        f'<p class="dt-facts">{text.esc(", ".join(f for f in facts if f))}</p>'
    )
    if mentions:
        inner = "".join(_mention_html(m) for m in mentions)
        opened = " open" if state.get("event") else ""
        label = verdict.count(len(mentions), "report")
        body += f"<details{opened}><summary>{label}, with sources</summary>{inner}</details>"
    return body + "</article>"


def _party(event: dict[str, Any], side: str, view: View) -> str:
    country, name = view.name(event[f"{side}_code"]), event[f"{side}_name"]
    return f"{country} ({name})" if name else country


def _mention_html(m: dict[str, Any]) -> str:
    origin = m["origin_publisher"] or m["publisher"] or m["origin_id"] or m["dataset"]
    said = " ".join(str(m[c]) for c in ("attribution_kind", "attribution_name") if m[c])
    copy = (m["copy_number"] or 1) > 1
    facts = [
        text.esc(m["publisher"] or m["dataset"])
        + (", state-run" if m["is_state_controlled"] else ""),
        text.link(m["address"], m["title"] or m["document_id"] or m["report_id"]),
        verdict.long_date(m["published_at"] or m["known_at"]),
        text.esc(f"says so: {said or 'the outlet'} ({m['speaker_relation'] or 'unknown'})"),
        text.esc(f"origin {origin}"),
        text.esc(f"status {m['status']}, outcome {m['outcome']}, dated by {m['date_basis']}"),
        text.esc(f"rule {m['rule_id']}, confidence {verdict.share(m['confidence'])}"),
        text.esc(f"coder {m['coder_name']} {m['coder_version'] or ''}".strip()),
    ]
    if copy:
        facts.append(f"copy {m['copy_number']:.0f} of the same story, adds no weight")
    return (
        f'<div class="dt-mention{" copy" if copy else ""}" '
        f'data-report="{text.esc(m["report_id"])}">'
        f"<blockquote>{text.highlighted(m) or 'no sentence'}</blockquote>"
        f'<p class="dt-facts">{" · ".join(facts)}</p></div>'
    )


def _facets(view: View) -> dict[str, Any]:
    """Draw the facets; all of them stand in the address."""
    chosen = state.get("pair", "both")
    pairs = ("both", *view.pairs)
    if chosen not in pairs and len(chosen.split("-")) == 2:
        pairs = (*pairs, chosen)
    types = [
        t["event_type"] for t in warehouse.rows(view.path, "event_types", dataset=view.dataset)
    ]

    def pair_label(pair: str) -> str:
        return "all shown" if pair == "both" else view.pair_name(pair)

    columns = st.columns([2, 1, 1, 1, 1])
    with columns[0]:
        pair = state.widget(
            "pair", chosen if chosen in pairs else "both",
            lambda **k: st.selectbox("Pair", pairs, format_func=pair_label, **k),
            default="both", resets=("page",),
        )  # fmt: skip
    with columns[1]:
        since = state.widget(
            "since", state.get_date("since", view.start),
            lambda **k: st.date_input("Since", format="YYYY-MM-DD", min_value=date(1900, 1, 1), **k),
            default=view.start, resets=("page",),
        )  # fmt: skip
    with columns[2]:
        until = state.widget(
            "until", state.get_date("until", view.end),
            lambda **k: st.date_input("Until", format="YYYY-MM-DD", min_value=date(1900, 1, 1), **k),
            default=view.end, resets=("page",),
        )  # fmt: skip
    with columns[3]:
        event_type = state.widget(
            "type", state.get("type", "", types),
            lambda **k: st.selectbox(
                "Type", ("", *types), format_func=lambda t: t.capitalize() or "all", **k
            ),
            default="", resets=("page",),
        )  # fmt: skip
    with columns[4]:
        kind = state.widget(
            "kind", state.get("kind", "", tuple(KINDS)),
            lambda **k: st.selectbox("Kind", tuple(KINDS), format_func=lambda x: KINDS[x], **k),
            default="", resets=("page",),
        )  # fmt: skip
    contains = state.widget(
        "q", state.get("q")[:200],
        lambda **k: st.text_input("Sentence contains", max_chars=200, **k),
        default="", resets=("page",),
    )  # fmt: skip
    return {
        "pairs": view.pairs if pair == "both" else (pair,), "start": since or view.start,
        "end": until or view.end, "event_type": event_type, "kind": kind, "contains": contains,
    }  # fmt: skip


def _page_number() -> int:
    number = state.get("page", "1")
    return max(int(number), 1) if number.isdecimal() and len(number) < 7 else 1


def _turn(page: int) -> None:
    state.put("page", page, 1)


def _pager(total: int, page: int) -> None:
    pages = max((total + PER_PAGE - 1) // PER_PAGE, 1)
    left, middle, right = st.columns([1, 3, 1])
    if page > 1:
        left.button("Previous page", key="previous", on_click=_turn, args=(page - 1,))
    with middle:
        text.note(f"{verdict.count(total, 'row')}, page {min(page, pages)} of {pages}")
    if page < pages:
        right.button("Next page", key="next", on_click=_turn, args=(page + 1,))


def _show(view: View, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    mentions = warehouse.rows(
        view.path, "reports", dataset=view.dataset,
        event_ids=tuple(r["event_id"] for r in rows),
        pairs=tuple({r["pair_id"]: None for r in rows}),
        start=view.start, end=view.end, outcome="", contains="", limit=0, offset=0,
    )  # fmt: skip
    for row in rows:
        text.show(_event_html(row, [m for m in mentions if m["event_id"] == row["event_id"]], view))
    return mentions


def _events(view: View, facets: dict[str, Any]) -> None:
    page = _page_number()
    rows = warehouse.rows(
        view.path, "events", dataset=view.dataset, min_confidence=view.min_confidence,
        origins=view.origins, acts=view.acts, limit=PER_PAGE, offset=(page - 1) * PER_PAGE,
        **facets,
    )  # fmt: skip
    if not rows:
        text.note(
            "No event of record meets this. Documents may have been read and held none, or none "
            "was read: Data and method shows which."
        )
        return
    mentions = _show(view, rows)
    _pager(rows[0]["total_count"], page)
    exports.downloads(pd.DataFrame(mentions or rows), view, "evidence")
    _flag(rows, mentions)


def _one(view: View, event_id: str) -> None:
    rows = warehouse.rows(view.path, "event_by_id", dataset=view.dataset, event_id=event_id)
    if not rows:
        text.notice("This version holds no event with that id; it may be of another data set.")
        return
    mentions = _show(view, rows)
    week = warehouse.as_day(rows[0]["week_start"]) or view.start
    frame.way(
        "evidence", "All acts around that week", pair=rows[0]["pair_id"],
        since=(week - timedelta(weeks=6)).isoformat(), until=(week + timedelta(weeks=7)).isoformat(),
    )  # fmt: skip
    exports.downloads(pd.DataFrame(mentions or rows), view, "evidence")
    _flag(rows, mentions)


def _uncounted(view: View, facets: dict[str, Any]) -> None:
    outcome = state.widget(
        "outcome", state.get("outcome", "", OUTCOMES),
        lambda **k: st.selectbox(
            "Reason", ("", *OUTCOMES), format_func=lambda o: o.replace("_", " ") or "all", **k
        ),
        default="", resets=("page",),
    )  # fmt: skip
    page = _page_number()
    rows = warehouse.rows(
        view.path, "reports", dataset=view.dataset, event_ids=(), pairs=facets["pairs"],
        start=facets["start"], end=facets["end"], contains=facets["contains"], outcome=outcome,
        limit=PER_PAGE, offset=(page - 1) * PER_PAGE,
    )  # fmt: skip
    if not rows:
        text.note("No such report in this window.")
        return
    text.show("".join(_mention_html(row) for row in rows))
    _pager(rows[0]["total_count"], page)
    exports.downloads(pd.DataFrame(rows), view, "not_counted")
    _flag([], rows)


def _flag(events: list[dict[str, Any]], mentions: list[dict[str, Any]]) -> None:
    """Let a reader call a mention or an event wrong; a reviewer decides on Data and method."""
    config = warehouse.settings()
    with st.expander("Flag as wrong", key="flagging"):
        if not config.allow_overrides:
            text.note("Off. DETENTE_ALLOW_OVERRIDES=true lets readers flag mentions and events.")
            return
        targets = [("event", e["event_id"]) for e in events]
        targets += [("mention", m["report_id"]) for m in mentions if m["document_id"]]
        with st.form("flag", clear_on_submit=True):
            target = st.selectbox("What", targets, format_func=lambda t: f"{t[0]} {t[1]}")
            what = st.selectbox("Verdict", overrides.VERDICTS)
            replacement = st.text_input("Replacement (type, status or date)", max_chars=80)
            remark = st.text_input("Note", max_chars=300)
            author = st.text_input("Your name", max_chars=80)
            if st.form_submit_button("Flag") and target:
                try:
                    made = overrides.flag(
                        config, target[0], target[1], what, note=remark, replacement=replacement,
                        author=author,
                    )  # fmt: skip
                except overrides.OverrideError as error:
                    text.notice(f"Not recorded. {error}")
                else:
                    text.notice(
                        f"Recorded as pending ({made.override_id}); it applies when accepted."
                    )
        frame.way("data", "Review what was flagged")


def _body(view: View) -> None:
    text.show(
        '<p class="dt-note">Marks: <mark class="dt-source">source</mark>, '
        '<mark class="dt-target">target</mark>, <mark class="dt-trigger">trigger</mark>.</p>'
    )
    if event_id := state.get("event"):
        _one(view, event_id)
        return
    facets = _facets(view)
    shown = state.widget(
        "show", state.get("show", "events", tuple(SHOWN)),
        lambda **k: st.segmented_control(
            "Show", tuple(SHOWN), required=True, format_func=lambda s: SHOWN[s], **k
        ),
        default="events", resets=("page",),
    )  # fmt: skip
    (_uncounted if shown == "uncounted" else _events)(view, facets)


frame.run(
    "Evidence", _body, "From a number to its sentences: acts of record and every report of them."
)
