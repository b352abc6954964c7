"""Brief: the verdict, what it rests on, and why it may be wrong. The landing page."""

from __future__ import annotations

from datetime import date

import streamlit as st

from components import exports, frame, text, warehouse
from components.state import View
from detente import verdict
from detente.brief import Brief, Comparison, brief_html, read_brief


@st.cache_data(max_entries=128, show_spinner=False)
def _brief(path: str, hub: str, partners: tuple[str, ...], dataset: str, until: date) -> Brief:
    with warehouse.cursor(path) as con:
        return read_brief(con, hub, partners, dataset, until)


def _verdicts(brief: Brief) -> None:
    sentences = [c.sentence for c in brief.comparisons] + [s for _, s, _ in brief.warmth]
    text.show(
        "".join(
            f'<p class="dt-verdict{" second" if i else ""}">{text.esc(s)}</p>'
            for i, s in enumerate(sentences)
        )
        + f'<p class="dt-note">{text.esc(brief.evidence)}</p>'
    )
    if not brief.comparisons and len(brief.partners) > 1:
        text.note(
            "This comparison is not among the watched ones, so no weekly share is stored; Tilt "
            "counts it by year. config/watched_hubs.csv is where to add it."
        )


def _tiles(brief: Brief, view: View) -> None:
    tiles: list[tuple[str, str, str, str | None]] = []
    for comparison in brief.comparisons[:2]:
        last = next((y for y in reversed(comparison.years) if y["n"]), None)
        if last:
            tiles.append(
                (
                    f"{verdict.possessive(view.name(comparison.partner))} share, {last['year']}",
                    verdict.part_of(last["k"], last["n"]),
                    f"{verdict.share(last['share_raw'])} "
                    f"{verdict.bounds(last['share_lo'], last['share_hi'])}",
                    last["evidence_level"],
                )
            )
    for pair, _, row in brief.warmth:
        if row:
            known = row["evidence_level"] != "insufficient"
            tiles.append(
                (
                    f"Warmth, {view.pair_name(pair)}",
                    verdict.points(row["warmth"]) if known else "\N{EN DASH}",
                    f"[{verdict.points(row['warmth_lo'])}, {verdict.points(row['warmth_hi'])}], "
                    f"{verdict.count(row['event_count_52w'], 'event')} in 52 weeks",
                    row["evidence_level"],
                )
            )
    text.tiles(tiles)


def _shifts(brief: Brief) -> None:
    text.heading("Last shifts", "One line of reasons for every alarm; none is ever deleted.")
    if not brief.shifts:
        text.note("No shift detected, or not enough data for one to be seen.")
    for shift in brief.shifts[:5]:
        text.show(
            f'<div class="dt-shift"><b>{text.esc(verdict.shift_title(shift, brief.names))}</b>'
            f"<p>{text.esc(verdict.shift_reason(shift))}</p></div>"
        )
        left, right = st.columns(2)
        with left:
            frame.way("shift", "What it is made of", shift=shift["shift_id"])
        with right:
            frame.way(
                "evidence", "Its sentences", pair=shift["pair_id"],
                since=f"{shift['estimated_start']:%Y-%m-%d}", until=f"{shift['alarm_week']:%Y-%m-%d}",
            )  # fmt: skip


def _events(brief: Brief, view: View) -> None:
    text.heading("Last acts of record", "The sentence behind each; the link leads to all reports.")
    for event in brief.events:
        text.show(
            f'<div class="dt-event"><h4>{verdict.long_date(event["event_date_start"])} · '
            f"{text.esc(view.name(event['source_code']))} → "
            f"{text.esc(view.name(event['target_code']))} · "
            f"{text.esc(event['event_type'].capitalize())}</h4>"
            f"<blockquote>{text.esc(event['headline_sentence'])}</blockquote>"
            f'<p class="dt-facts">{text.esc(event["acknowledgement"])}, '
            f"{verdict.count(event['report_count'], 'report')}, "
            f"{verdict.count(event['origin_count'], 'independent origin')}</p></div>"
        )
        frame.way("evidence", "Evidence", event=event["event_id"])


def _firmness(comparison: Comparison, view: View) -> None:
    pairing = f"{view.name(comparison.partner)} against {view.name(comparison.other)}"
    text.heading(f"How firm: {pairing}", verdict.specification_line(comparison.specifications))
    chips = "".join(
        f'<li class="{"yes" if s["holds"] else "no"}">{"✓" if s["holds"] else "✗"} '
        f"{text.esc(s['specification'])}: {text.esc(s['verdict'])}"
        + (f", {verdict.change_of_share(s['change'])}" if s["change"] is not None else "")
        + "</li>"
        for s in comparison.specifications
        if s["specification"] != "headline"
    )
    if chips:
        text.show(f'<ul class="dt-strip">{chips}</ul>')
    split = verdict.split_line(
        comparison.change, view.name(comparison.partner), view.name(comparison.other)
    )
    if split:
        text.note(split)


def _side(brief: Brief, view: View) -> None:
    for comparison in brief.comparisons[:2]:
        _firmness(comparison, view)
    text.heading("Why this may be wrong")
    text.lines(list(brief.doubts))
    text.heading("Announced, not yet settled")
    if brief.watch:
        text.lines(
            [
                f"{verdict.watch_line(w, brief.names)}; probability {verdict.probability_line(w)}"
                for w in brief.watch[:5]
            ]
        )
    else:
        text.note("Nothing is open.")
    frame.way("watch", "Watch list")
    text.heading("Coverage")
    text.lines(
        [
            f"{verdict.count(brief.coverage['document_count'], 'document')}, "
            f"{verdict.count(brief.coverage['report_count'], 'report')}, "
            f"{verdict.count(brief.coverage['event_count'], 'event')} of record",
            f"read up to the week of {verdict.long_date(brief.coverage['last_week'])}",
        ]
    )
    if brief.missing:
        text.note(f"Silent for lack of tables: {', '.join(brief.missing)}.")


def _body(view: View) -> None:
    if not view.partners:
        text.notice(f"{view.name(view.hub)} has no partner with an event in this data set.")
        return
    brief = _brief(view.path, view.hub, view.partners, view.dataset, view.end)
    _verdicts(brief)
    _tiles(brief, view)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        frame.way("tilt", "See it over time")
        st.download_button(
            "Printable brief (HTML)",
            lambda: brief_html(brief, exports.vintage(view.path)),
            f"brief_{view.hub}_{'_'.join(view.partners)}.html",
            "text/html", on_click="ignore",
        )  # fmt: skip
    main, side = st.columns([3, 2], gap="large")
    with main:
        _shifts(brief)
        _events(brief, view)
    with side:
        _side(brief, view)


frame.run("Brief", _body)
