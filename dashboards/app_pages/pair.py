"""Pair: one tie from near: warmth, kinds of acts, sources, who begins, and how long a memory."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from components import drawing, exports, frame, state, text, warehouse
from components.state import View
from detente import charts, pictures, verdict
from detente.picture import Palette

HALF_LIVES = (4, 13, 26, 52)


def _choose(view: View) -> str:
    """Return the pair in the address, else the hub with its first partner."""
    pairs = tuple(view.pair(p) for p in view.candidates)
    return str(
        state.widget(
            "pair", state.get("pair", view.pairs[0], pairs),
            lambda **k: st.selectbox("Pair", pairs, format_func=view.pair_name, **k),
            default=view.pairs[0],
        )
    )  # fmt: skip


def _series(view: View, pair: str, half_life: int, stored: int) -> pd.DataFrame:
    """Return the stored series, or the one with another half-life, in the same columns."""
    if half_life == stored:
        return warehouse.frame(
            view.path, "warmth", dataset=view.dataset, pairs=(pair,), start=view.start,
            end=view.end, acts=view.acts,
        )  # fmt: skip
    return warehouse.frame(
        view.path, "memory", dataset=view.dataset, pair=pair, start=view.start, end=view.end,
        half_lives=(half_life,),
    )  # fmt: skip


def _warmth(view: View, pair: str, palette: Palette, code: str) -> None:
    text.heading(
        "Warmth",
        "Points from \N{MINUS SIGN}10 to +10 with 90 % ribbon; grey and dotted: insufficient.",
    )
    stored = int(warehouse.constants(view.path).get("half_life_weeks", 0))
    choices = tuple(sorted({*HALF_LIVES, *((stored,) if stored else ())}))
    half_life = state.widget(
        "half", int(state.get("half", str(stored), tuple(map(str, choices)))),
        lambda **k: st.segmented_control(
            "Half-life of an act", choices, required=True,
            format_func=lambda w: f"{w} weeks", **k,
        ),
        default=stored,
    )  # fmt: skip
    if half_life != stored:
        text.note(f"Over all acts, with a half-life of {half_life} weeks, not the stored {stored}.")
    rows = _series(view, pair, half_life, stored)
    if rows.empty:
        text.note("No weekly series in this window.")
        return
    shifts = warehouse.frame(
        view.path, "pair_shifts", dataset=view.dataset, pairs=(pair,), until=view.end
    )
    level = shifts[(shifts["measure"] == "level") & (shifts["pair_id"] == pair)]
    last = rows.iloc[-1]
    words = (
        f"{verdict.points(last.warmth)} [{verdict.points(last.warmth_lo)}, "
        f"{verdict.points(last.warmth_hi)}], "
        f"{verdict.count(int(last.event_count_52w), 'event')} in 52 weeks"
    )
    text.show(f'<p class="dt-panel">{words} {text.badge(last.evidence_level)}</p>')
    chart = charts.warmth(
        rows, level, code, palette, view.start, view.end, charts.warmth_domain(rows), labels=True
    )
    drawing.draw(
        chart,
        "pair_warmth",
        f"Warmth of {view.pair_name(pair)}: {words}, evidence {last.evidence_level}.",
    )
    exports.downloads(rows, view, f"warmth_{pair}", chart=chart)


def _quads(view: View, pair: str, palette: Palette) -> None:
    rows = warehouse.frame(
        view.path, "pair_quarters", dataset=view.dataset, pair=pair, start=view.start, end=view.end
    )
    text.heading(
        "Kinds of acts, by quarter",
        "Above the line cooperation, below conflict; dark material, light verbal. Click a bar for "
        "its sentences.",
    )
    if rows.empty or not rows["event_count"].sum():
        text.note("No event of record in this window.")
        return
    chart = pictures.quads(rows, palette, view.start, view.end)
    totals = {label: int(rows[column].sum()) for column, (label, _) in pictures.QUADS.items()}
    text.show(
        '<p class="dt-panel">' + ", ".join(f"{n:,} {label}" for label, n in totals.items()) + "</p>"
    )
    picked = drawing.ask(
        chart, "quads", "Acts by kind: " + ", ".join(f"{n} {k}" for k, n in totals.items())
    )
    if picked.get("quarter"):
        quarter = drawing.day(picked["quarter"])
        frame.go("evidence", pair=pair, since=quarter.isoformat(),
                 until=(quarter + pd.Timedelta(days=91)).isoformat())  # fmt: skip
    exports.downloads(rows, view, f"quads_{pair}", chart=chart)


def _sources(view: View, pair: str, palette: Palette) -> None:
    rows = warehouse.frame(
        view.path, "pair_metrics", dataset=view.dataset, pair=pair, start=view.start, end=view.end
    )
    if rows.empty:
        return
    text.heading(
        "Net cooperation, 13 weeks",
        "(cooperative \N{MINUS SIGN} conflictual) / both; \N{MINUS SIGN}1 to 1, 90 % ribbon; it "
        "stands at 0 with a full-width ribbon where there is nothing.",
    )
    net = pictures.ribbon(
        rows,
        ("net_cooperation_ratio", "net_cooperation_lo", "net_cooperation_hi", "document_count"),
        palette, palette.cooperative, view.start, view.end, (-1, 1), rule=0.0, form="+.2f",
        title="net cooperation", count_title="documents this week",
    )  # fmt: skip
    drawing.draw(net, "net", "Net cooperation by week")
    text.heading(
        "Sources",
        "How many origins there are in effect over 26 weeks, and the share of the parties' own "
        "state media. A shift of the mix can look like a shift of the tie.",
    )
    top = max(float(rows["source_mix"].max() or 1), 2.0)
    for column, domain, words in (
        ("source_mix", (1.0, top), "origins in effect"),
        ("state_media_share", (0.0, 1.0), "share from the parties' state media"),
    ):
        if rows[column].isna().all():
            text.note(f"Not known in this data set: {words}.")
            continue
        text.show(f'<p class="dt-panel">{text.esc(words)}</p>')
        chart = pictures.ribbon(
            rows, (column, None, None, "document_count"), palette, palette.ink, view.start,
            view.end, domain, height=80, title=words, count_title="documents this week",
        )  # fmt: skip
        drawing.draw(chart, column, words)
    exports.downloads(rows, view, f"metrics_{pair}")


def _memory(view: View, pair: str) -> None:
    variants = warehouse.rows(
        view.path, "acts_variants", dataset=view.dataset, pair=pair, end=view.end
    )
    stored = warehouse.constants(view.path).get("half_life_weeks")
    last = next(
        (v["week_start"] for v in variants if (v["scale"], v["acts"]) == ("detente", "all")), None
    )
    rows = warehouse.rows(
        view.path, "memory", dataset=view.dataset, pair=pair, start=last, end=last,
        half_lives=HALF_LIVES,
    )  # fmt: skip
    text.heading(
        "With another memory, another scale",
        "The last week's warmth if acts faded faster or slower, on Goldstein's scale, and from "
        "acknowledged acts only. A finding should not hang on one row.",
    )
    table: list[tuple[Any, ...]] = [
        (f"half-life {r['half_life']:.0f} weeks", *_levels(r))
        for r in rows
        if r["half_life"] != stored
    ]
    table += [
        (f"{v['scale']} scale, {state.ACTS.get(v['acts'], v['acts'])}", *_levels(v))
        for v in variants
    ]
    text.table(
        ("Variant", "Warmth", "90 %", "Prior share"), table, numeric=(1, 2, 3), label="Variants"
    )
    exports.downloads(pd.DataFrame(rows + variants), view, f"variants_{pair}")


def _levels(row: dict[str, Any]) -> tuple[str, str, str]:
    return (
        verdict.points(row["warmth"]),
        f"[{verdict.points(row['warmth_lo'])}, {verdict.points(row['warmth_hi'])}]",
        verdict.share(row["prior_share"]),
    )


def _direction(view: View, pair: str) -> None:
    rows = warehouse.rows(
        view.path, "pair_direction", dataset=view.dataset, pair=pair, end=view.end
    )
    text.heading(
        "Who begins", "Over acts that are not mutual by nature (a meeting has no beginner)."
    )
    if not rows:
        text.note("No such act on record.")
        return
    text.table(
        ("Direction", "Initiative, 90 %", "Asymmetry, 90 %"),
        [
            (
                f"{view.name(r['source_code'])} → {view.name(r['target_code'])}",
                f"{verdict.share(r['initiative_share'])} "
                f"{verdict.bounds(r['initiative_lo'], r['initiative_hi'])}",
                f"{verdict.points(r['asymmetry'])} [{verdict.points(r['asymmetry_lo'])}, "
                f"{verdict.points(r['asymmetry_hi'])}]"
                if r["asymmetry"] is not None
                else "evidence insufficient",
            )
            for r in rows
        ],
        numeric=(1, 2),
        label="Initiative by direction",
    )


def _body(view: View) -> None:
    if not view.partners:
        text.notice(f"{view.name(view.hub)} has no partner with an event in this data set.")
        return
    pair = _choose(view)
    palette = frame.palette()
    code = next((c for c in pair.split("-", 1) if c != view.hub), view.hub)
    frame.part(_warmth, view, pair, palette, code)
    frame.part(_quads, view, pair, palette)
    frame.part(_sources, view, pair, palette)
    frame.part(_direction, view, pair)
    frame.part(_memory, view, pair)
    frame.way("evidence", "All sentences of this pair", pair=pair)


frame.run("Pair", _body, "One tie from near.")
