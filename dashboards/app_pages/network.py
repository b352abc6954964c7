"""Network: warmth of all pairs at once, a hub's attention, and triangles of three states."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pandas as pd

from components import drawing, exports, frame, text, warehouse
from components.state import View
from detente import atlas, verdict

LARGEST = 14


def _order(rows: list[dict[str, Any]], view: View) -> list[str]:
    """Return the hub, its partners and the busiest others: the matrix's order."""
    busy: dict[str, int] = {}
    for row in rows:
        for code in (row["country_a_code"], row["country_b_code"]):
            busy[code] = busy.get(code, 0) + (row["event_count_52w"] or 0)
    first = [view.hub, *view.partners]
    rest = sorted((c for c in busy if c not in first), key=lambda c: (-busy[c], c))
    return [c for c in first if c in busy] + rest[: max(LARGEST - len(first), 0)]


def _matrix(view: View) -> None:
    rows = warehouse.frame(view.path, "matrix", dataset=view.dataset, end=view.end, acts=view.acts)
    text.heading(
        "Warmth of all pairs",
        f"In the last week up to {verdict.long_date(view.end)}; red \N{MINUS SIGN}4 to blue +4, "
        "fixed. A cross: evidence insufficient. Click a cell for its sentences.",
    )
    if rows.empty:
        text.note("No pair has a weekly series in the year before.")
        return
    plain = warehouse.plain(rows)
    order = _order(plain, view)
    known = sum(r["evidence_level"] != "insufficient" for r in plain)
    chart = atlas.matrix(rows, order, view.names, frame.palette())
    picked = drawing.ask(
        chart,
        "matrix",
        f"Matrix of warmth of {len(order)} countries: {known} of {len(plain)} pairs with "
        "enough evidence.",
    )
    if picked.get("pair_id"):
        frame.go("evidence", pair=str(picked["pair_id"]))
    text.note(f"{known} of {verdict.count(len(plain), 'pair')} with enough evidence.")
    exports.downloads(rows, view, "matrix", chart=chart)
    _changes(plain, view)


def _changes(rows: list[dict[str, Any]], view: View) -> None:
    """List changes against twelve months ago; pairs with insufficient evidence are left out."""
    fit = [r for r in rows if r["warmth_change"] is not None]
    text.heading(
        "Against twelve months ago",
        "Only pairs with enough evidence at both ends; differences without intervals are not "
        "shifts: the shift explainer has those.",
    )
    if not fit:
        text.note("No pair has enough evidence at both ends.")
        return
    fit.sort(key=lambda r: -abs(r["warmth_change"]))
    text.table(
        ("Pair", "Then", "Now, 90 %", "Difference", "Events in 52 weeks"),
        [
            (
                view.pair_name(r["pair_id"]),
                verdict.points(r["warmth_before"]),
                f"{verdict.points(r['warmth'])} [{verdict.points(r['warmth_lo'])}, "
                f"{verdict.points(r['warmth_hi'])}]",
                verdict.points(r["warmth_change"]),
                r["event_count_52w"],
            )
            for r in fit[:20]
        ],
        numeric=(1, 2, 3, 4),
        label="Warmth against twelve months ago",
    )


def _map(view: View) -> None:
    rows = warehouse.frame(view.path, "matrix", dataset=view.dataset, end=view.end, acts=view.acts)
    mine = rows[(rows["country_a_code"] == view.hub) | (rows["country_b_code"] == view.hub)]
    text.heading(
        f"{verdict.possessive(view.name(view.hub))} partners",
        "Warmth in the last week, the same colours as above; grey with a broken border: evidence "
        "insufficient; the hub in ink. Click a country for its sentences. Borders are Natural "
        "Earth's and take no side.",
    )
    chart = atlas.world(mine, view.hub, view.names, frame.palette()) if len(mine) else None
    if chart is None:
        text.note("No partner with a weekly series to draw." if mine.empty else
                  "The map has no outline of this hub.")  # fmt: skip
        return
    enough = int((mine["evidence_level"] != "insufficient").sum())
    words = (
        f"Map of {verdict.count(len(mine), 'partner')} of {view.name(view.hub)}, {enough} with "
        "enough evidence."
    )
    picked = drawing.ask(chart, "world", words)
    if pair := picked.get("properties.pair_id"):
        frame.go("evidence", pair=str(pair))
    codes = [c for pair in mine["pair_id"] for c in pair.split("-", 1) if c != view.hub]
    small = [view.name(c) for c in atlas.without_outline(codes)]
    text.note(f"{words}{' Too small to draw: ' + ', '.join(small) + '.' if small else ''}")
    exports.downloads(mine, view, "map", chart=chart)


def _attention(view: View) -> None:
    rows = warehouse.frame(
        view.path, "attention", dataset=view.dataset, hub=view.hub, end=view.end
    ).head(12)
    if rows.empty:
        return
    rows = rows.assign(partner=[view.name(c) for c in rows["partner_code"]])
    text.heading(
        f"Where {verdict.possessive(view.name(view.hub))} acts go",
        "Share of its acts of the last 26 weeks, with 90 % intervals.",
    )
    chart = atlas.partner_bars(rows, frame.palette())
    drawing.draw(
        chart,
        "attention",
        "; ".join(f"{r.partner} {verdict.share(r.attention_share)}" for r in rows.itertuples()),
    )
    effective = rows["effective_partners"].iloc[0]
    if pd.notna(effective):
        text.note(f"Partners in effect: {effective:.1f}.")
    exports.downloads(rows, view, "attention", chart=chart)


def _triads(view: View) -> None:
    rows = warehouse.rows(view.path, "triads", dataset=view.dataset, hub=view.hub, end=view.end)
    text.heading(
        "Triangles",
        "Warmth less the prior mean on each side; descriptive. Width is size, a broken line is "
        "below the mean.",
    )
    rows = [r for r in rows if r["triad_balance"] is not None]
    if not rows:
        text.note("No watched triangle of this hub has enough evidence on all three sides.")
        return
    cells = "".join(_triangle(r, view) for r in rows[:6])
    text.show(f'<div class="dt-triads">{cells}</div>')


def _triangle(row: dict[str, Any], view: View) -> str:
    """Draw one triangle: hub at the top, partners at the base.

    An image, because Streamlit takes SVG out of HTML.
    """
    colours = frame.palette()
    corners = {"hub": (110, 26), "partner": (30, 130), "other": (190, 130)}
    sides = (
        ("hub", "partner", row["hub_partner_warmth"]),
        ("hub", "other", row["hub_other_warmth"]),
        ("partner", "other", row["partner_other_warmth"]),
    )
    parts, spoken = [], []
    for a, b, value in sides:
        (x1, y1), (x2, y2) = corners[a], corners[b]
        colour = colours.cooperative if value >= 0 else colours.hostile
        dash = "" if value >= 0 else ' stroke-dasharray="6 4"'
        # Words stand outside of the triangle, beside the middle of their side.
        side = (x1 + x2) / 2 - 110
        anchor = "end" if side < 0 else "start" if side > 0 else "middle"
        x, y = (x1 + x2) / 2 + (-8 if side < 0 else 8 if side > 0 else 0), (y1 + y2) / 2 - 5
        parts.append(
            f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" '
            f'stroke-width="{min(1 + abs(value) * 2, 10):.1f}"{dash}/>'
            f'<text x="{x}" y="{y}" text-anchor="{anchor}">{verdict.points(value)}</text>'
        )
        spoken.append(
            f"{view.name(row[f'{a}_code'])} and {view.name(row[f'{b}_code'])} {value:+.1f}"
        )
    for corner, (x, y) in corners.items():
        up = -10 if corner == "hub" else 18
        anchor = {"hub": "middle", "partner": "start", "other": "end"}[corner]
        x += {"hub": 0, "partner": -28, "other": 28}[corner]
        parts.append(
            f'<text x="{x}" y="{y + up}" text-anchor="{anchor}" font-weight="600">'
            f"{text.esc(view.name(row[f'{corner}_code']))}</text>"
        )
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 220 155" width="300" height="211" '
        f'font-family="sans-serif" font-size="10" fill="{colours.ink}">{"".join(parts)}</svg>'
    )
    source = f"data:image/svg+xml;base64,{b64encode(drawn.encode()).decode()}"
    return (
        f'<figure><img src="{source}" alt="{text.esc("; ".join(spoken))}">'
        f"<figcaption>balance {verdict.points(row['triad_balance'])}</figcaption></figure>"
    )


def _body(view: View) -> None:
    frame.part(_matrix, view)
    frame.part(_map, view)
    frame.part(_attention, view)
    frame.part(_triads, view)


frame.run("Network", _body, "All pairs at once, where enough is known of them.")
