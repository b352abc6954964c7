"""HTML for what people read. Every value that comes from data goes through `esc`.

Texts, titles, names and addresses are written by strangers. They are never handed to Streamlit as
Markdown: it would read links and images in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

Row = Mapping[str, Any]

LEVELS = {
    "ok": ("●", "evidence ok"),
    "thin": ("◐", "evidence thin"),
    "insufficient": ("○", "evidence insufficient"),
}


def esc(value: object) -> str:
    """Escape a value for HTML; NULL is empty."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = f"{value:.0f}"  # sums of counts
    return escape(str(value), quote=True)


def show(html: str) -> None:
    """Put finished HTML on the page."""
    st.html(html)


def link(url: object, label: object) -> str:
    """Return a link where the address is plain http(s), else the label alone."""
    text = esc(label)
    try:
        parts = urlsplit(str(url or "").strip())
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        return text
    return (
        f'<a href="{esc(parts.geturl())}" target="_blank" '
        f'rel="noopener noreferrer nofollow">{text}</a>'
    )


def badge(level: str | None) -> str:
    """Return the mark of an evidence level, as a shape and a word (never colour alone)."""
    shape, words = LEVELS.get(level or "", ("○", "no evidence"))
    return f'<span class="dt-badge dt-{esc(level or "none")}">{shape} {words}</span>'


def tiles(items: Iterable[tuple[str, str, str, str | None]]) -> None:
    """Show tiles: label, value, what stands beneath, evidence level."""
    cells = "".join(
        f'<div class="dt-tile"><div class="dt-label">{esc(label)}</div>'
        f'<div class="dt-value">{esc(value)}</div>'
        f'<div class="dt-sub">{esc(below)}</div>{badge(level) if level else ""}</div>'
        for label, value, below, level in items
    )
    show(f'<div class="dt-tiles">{cells}</div>')


def lines(items: Sequence[str], *, css: str = "dt-list") -> None:
    """Show a list of plain sentences."""
    show(f'<ul class="{css}">' + "".join(f"<li>{esc(i)}</li>" for i in items) + "</ul>")


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    label: str,
    numeric: Sequence[int] = (),
) -> None:
    """Show a small table; ``numeric`` are the positions of columns set flush right."""

    def row(cells: Sequence[object], tag: str) -> str:
        return "".join(
            f"<{tag}{' class=n' if i in numeric else ''}>{esc(c)}</{tag}>"
            for i, c in enumerate(cells)
        )

    body = "".join(f"<tr>{row(r, 'td')}</tr>" for r in rows)
    show(
        f'<div class="dt-wrap" tabindex="0" role="region" aria-label="{esc(label)}">'
        f'<table class="dt-table{" wide" if len(head) > 4 else ""}"><thead><tr>{row(head, "th")}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def note(text: str) -> None:
    """Show a plain remark in small type."""
    show(f'<p class="dt-note">{esc(text)}</p>')


def notice(text: str) -> None:
    """Show a plain remark that must be seen (a state of the data, a lack)."""
    show(f'<p class="dt-notice" role="status">{esc(text)}</p>')


def heading(title: str, deck: str = "") -> None:
    """Show the head of a chart: what it is, and how to read it."""
    show(
        f'<div class="dt-head"><h3>{esc(title)}</h3>'
        + (f"<p>{esc(deck)}</p>" if deck else "")
        + "</div>"
    )


def highlighted(mention: Row) -> str:
    """Return the sentence with its actors and its trigger marked.

    Offsets are of the document; those that do not fit the sentence are left out.
    """
    sentence = str(mention["sentence"] or "")
    base = mention["sentence_start"]
    spans = []
    if base is not None:
        for kind in ("source", "target", "trigger"):
            start, end = mention[f"{kind}_start"], mention[f"{kind}_end"]
            if start is not None and end is not None:
                at, to = int(start) - int(base), int(end) - int(base)
                if 0 <= at < to <= len(sentence):
                    spans.append((at, to, kind))
    parts, position = [], 0
    for at, to, kind in sorted(spans):
        if at < position:
            continue
        parts.append(esc(sentence[position:at]))
        parts.append(f'<mark class="dt-{kind}">{esc(sentence[at:to])}</mark>')
        position = to
    parts.append(esc(sentence[position:]))
    return "".join(parts)
