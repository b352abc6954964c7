"""The brief: what the marts say about a hub and its partners, on one page.

`read_brief` gathers rows and sentences (the dashboard's first page shows them); `write_brief`
prints them as one HTML file that needs nothing else and fits a sheet of paper.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from typing import Any

import duckdb

from detente import verdict
from detente.output import Result
from detente.reading import ReadError, choose_dataset, named_query
from detente.settings import Settings
from detente.warehouse.reader import held_marts, missing_marts, open_snapshot, snapshot_path

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One hub between two partners: what can be said of the share, and how firm it is.

    ``years`` are rows of `fct_hub_share_years` (k of n); ``specifications`` of
    `fct_specifications`; ``share_shift`` and ``change`` are None where there is none.
    """

    hub: str
    partner: str
    other: str
    sentence: str
    years: tuple[Row, ...] = ()
    change: Row | None = None
    share_shift: Row | None = None
    specifications: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything the brief says about one hub, its partners and one data set."""

    dataset: str
    hub: str
    partners: tuple[str, ...]
    names: Mapping[str, str]
    until: date
    caption: str | None
    comparisons: tuple[Comparison, ...]
    warmth: tuple[tuple[str, str, Row | None], ...]
    """(pair, sentence, latest row of `fct_pair_warmth`)"""
    evidence: str
    shifts: tuple[Row, ...]
    watch: tuple[Row, ...]
    events: tuple[Row, ...]
    coverage: Row
    doubts: tuple[str, ...] = ()
    missing: tuple[str, ...] = field(default=())
    """Marts that the snapshot lacks, so that parts of the brief are silent."""

    def name(self, code: str) -> str:
        """Return a country's name, else its code."""
        return self.names.get(code, code)


class _Asker:
    """Asks the query files; remembers which marts are missing instead of failing."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._held = held_marts(con)
        self.missing: list[str] = []

    def __call__(self, query: str, **parameters: Any) -> list[Row]:
        sql = named_query(query)
        if lacking := missing_marts(self._held, sql):
            self.missing += [name for name in lacking if name not in self.missing]
            return []
        found = Result.of(self._con, sql, parameters).dicts()
        return [{k: _known(v) for k, v in row.items()} for row in found]


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def read_brief(
    con: duckdb.DuckDBPyConnection,
    hub: str,
    partners: Sequence[str],
    dataset: str,
    until: date | None = None,
) -> Brief:
    """Gather what the marts say.

    Args:
        con: a reader of a published snapshot.
        hub: ISO alpha-3 code.
        partners: one to three codes.
        dataset: which data set.
        until: last day that counts; default the data set's last week.

    Raises:
        ReadError: there is no such data set.
    """
    ask = _Asker(con)
    coverage = ask("brief_coverage", dataset=dataset)
    if not coverage:
        raise ReadError(f"there is no data set {dataset!r} in this snapshot")
    last = until or coverage[0]["last_week"] or date.today()
    names = {r["country_code"]: r["country_name"] for r in ask("countries")}
    pairs = ["-".join(sorted((hub, p))) for p in partners]
    scope = {"dataset": dataset, "pairs": pairs}
    window = {**scope, "start": date.min, "end": last}
    shifts = ask("pair_shifts", **scope, until=last)
    origins = ask("brief_origins", **scope, until=last)
    states = {r["pair_id"]: r for r in ask("brief_warmth", **scope, until=last)}
    ready = {r["pair_id"]: r for r in ask("brief_readiness", **scope)}
    watch = ask("watch_items", **window, outcome="open")
    events = ask(
        "events", **window, kind="scored", min_confidence=0.0, origins="all", acts="all",
        event_type="", contains="", limit=6, offset=0,
    )  # fmt: skip
    hub_scope = {"dataset": dataset, "hub": hub, "partners": list(partners)}
    comparisons = _comparisons(ask, hub, names, hub_scope, last, shifts)
    warmth = tuple(
        (
            pair,
            verdict.warmth_verdict(
                *(names.get(c, c) for c in (hub, partner)),
                state=states.get(pair),
                readiness=ready.get(pair),
                shift=_newest(shifts, "level", pair),
            ),
            states.get(pair),
        )
        for pair, partner in zip(pairs, partners, strict=True)
    )
    counted = origins[0] if origins else {"event_count": 0, "origin_count": 0}
    return Brief(
        dataset, hub, tuple(partners), names, last, coverage[0]["caption"], comparisons, warmth,
        verdict.evidence_line(counted["event_count"], counted["origin_count"]),
        tuple(shifts), tuple(sorted(watch, key=_nearest)[:8]), tuple(events), coverage[0],
        tuple(_doubts(shifts, states, comparisons, names)), tuple(ask.missing),
    )  # fmt: skip


def _nearest(item: Row) -> tuple[bool, date]:
    return item["window_start"] is None, item["window_start"] or date.max


def _newest(
    shifts: Sequence[Row], measure: str, pair: str, other_pair: str | None = None
) -> Row | None:
    return next(
        (
            s
            for s in shifts
            if s["measure"] == measure
            and s["pair_id"] == pair
            and s["status"] != "withdrawn"
            and (other_pair is None or s["other_pair_id"] == other_pair)
        ),
        None,
    )


def _comparisons(
    ask: _Asker,
    hub: str,
    names: Mapping[str, str],
    scope: Mapping[str, Any],
    last: date,
    shifts: Sequence[Row],
) -> tuple[Comparison, ...]:
    """Make one comparison per watched pairing of the partners, in the order it is watched."""
    window = {**scope, "acts": "all", "start": date.min, "end": last}
    years = ask("share_years", **window)
    # Newest first; a year counts when it is over, or in its last week.
    changes = [c for c in ask("share_changes", **window) if date(c["year"], 12, 25) <= last]
    specifications = ask("brief_specifications", **scope)
    found = []
    for partner, other in dict.fromkeys((y["partner_code"], y["other_code"]) for y in years):

        def mine(
            rows: Sequence[Row], pairing: tuple[str, str] = (partner, other)
        ) -> tuple[Row, ...]:
            return tuple(r for r in rows if (r["partner_code"], r["other_code"]) == pairing)

        change = next(iter(mine(changes)), None)
        shift = _newest(
            shifts, "share",
            "-".join(sorted((hub, partner))), "-".join(sorted((hub, other))),
        )  # fmt: skip
        sentence = verdict.share_verdict(
            *(names.get(c, c) for c in (hub, partner, other)),
            shift=shift, change=change, years=mine(years),
        )  # fmt: skip
        found.append(
            Comparison(
                hub, partner, other, sentence, mine(years), change, shift, mine(specifications)
            )
        )
    return tuple(found)


def _doubts(
    shifts: Sequence[Row],
    states: Mapping[str, Row],
    comparisons: Sequence[Comparison],
    names: Mapping[str, str],
) -> list[str]:
    doubts = []
    for shift in [s for s in shifts if s["status"] != "withdrawn"][:2]:
        title = verdict.shift_title(shift, names)
        doubts += [f"{title}. {doubt}" for doubt in verdict.shift_doubts(shift)]
    for pair, state in states.items():
        if state["evidence_level"] != "ok":
            both = " and ".join(names.get(c, c) for c in pair.split("-", 1))
            doubts.append(
                f"Warmth of {both} rests on {verdict.count(state['event_count_52w'], 'event')} in "
                f"52 weeks; the prior's share of it is {verdict.share(state['prior_share'])}."
            )
    for comparison in comparisons:
        if comparison.change is not None:
            doubts.append(verdict.fragility_line(comparison.change))
    doubts.append(
        "A share counts acts, not their size, and it is zero-sum: see what moved, the one count "
        "or the other."
    )
    return doubts


# -- printed ----------------------------------------------------------------------------------


def write_brief(
    settings: Settings, hub: str, partners: Sequence[str], dataset: str | None, out: Path
) -> Path:
    """Write the brief as one HTML file without anything to load; return its path.

    Args:
        settings: where the snapshot is.
        hub: ISO alpha-3 code, any case.
        partners: one to three codes other than the hub.
        dataset: which data set; None for the one with the newest week.
        out: the file to write; folders are made.

    Raises:
        ReadError: a code or data set is unknown, or the number of partners is wrong.
        NothingPublishedError: there is nothing to read yet.
    """
    codes = [c.upper() for c in (hub, *partners)]
    if not 1 <= len(partners) <= 3 or len(set(codes)) != len(codes):
        raise ReadError("a brief needs a hub and one to three partners, all different")
    path = snapshot_path(settings)
    with open_snapshot(path) as con:
        known = {
            c for (c,) in con.execute("select country_code from marts.dim_countries").fetchall()
        }
        if unknown := [c for c in codes if c not in known]:
            raise ReadError(
                f"no event on record names {', '.join(unknown)}; countries: "
                f"{', '.join(sorted(known)) or 'none'}"
            )
        dataset, _ = choose_dataset(con, dataset)
        brief = read_brief(con, codes[0], codes[1:], dataset)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(brief_html(brief, vintage=path.parent.name), encoding="utf-8")
    return out


def brief_html(brief: Brief, vintage: str) -> str:
    """Return the brief as a page; ``vintage`` names the published version it was read from."""
    title = f"{brief.name(brief.hub)}: {' and '.join(brief.name(p) for p in brief.partners)}"
    verdicts = [c.sentence for c in brief.comparisons] + [s for _, s, _ in brief.warmth]
    parts = [
        f"<p class=caption>{escape(brief.caption)}</p>" if brief.caption else "",
        f"<h1>{escape(title)}</h1>",
        f"<p class=deck>{escape(brief.evidence)} Data set {escape(brief.dataset)}, up to the week "
        f"of {verdict.long_date(brief.until)}.</p>",
        _list(verdicts, "verdicts"),
        *[_years_figure(brief, c) for c in brief.comparisons[:2]],
        _section(
            "Last shifts",
            [
                f"{verdict.shift_title(s, brief.names)}: {verdict.shift_reason(s)}"
                for s in brief.shifts[:4]
            ],
            "No shift detected, or not enough data for one to be seen.",
        ),
        _section(
            "Announced, not yet settled",
            [
                f"{verdict.watch_line(w, brief.names)}; probability {verdict.probability_line(w)}"
                for w in brief.watch[:4]
            ],
            "Nothing is announced.",
        ),
        _section(
            "Last acts of record",
            [
                f"{verdict.long_date(e['event_date_start'])}: "
                f"\N{LEFT DOUBLE QUOTATION MARK}{e['headline_sentence'] or e['event_type']}"
                f"\N{RIGHT DOUBLE QUOTATION MARK} ({e['acknowledgement']}, "
                f"{verdict.count(e['origin_count'], 'origin')})"
                for e in brief.events[:4]
            ],
            "None.",
        ),
        _section(
            "How firm",
            [verdict.specification_line(c.specifications) for c in brief.comparisons]
            + list(brief.doubts),
            "",
        ),
        f"<p class=foot>D&eacute;tente, version {escape(vintage)}, printed "
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC. Brackets are 90&nbsp;% intervals. Warmth is in "
        "points from \N{MINUS SIGN}10 to +10; shares count acts that happened.</p>",
    ]
    return _PAGE.format(title=escape(title), body="\n".join(p for p in parts if p))


def _list(items: Sequence[str], css: str = "") -> str:
    return f"<ul class='{css}'>" + "".join(f"<li>{escape(i)}</li>" for i in items) + "</ul>"


def _section(title: str, items: Sequence[str], empty: str) -> str:
    body = _list(items) if items else f"<p>{escape(empty)}</p>"
    return f"<h2>{escape(title)}</h2>{body}"


def _years_figure(brief: Brief, comparison: Comparison) -> str:
    """Draw k of n by year with 90 % intervals: years on the x axis, share 0..1 on the y axis."""
    rows = [r for r in comparison.years if r["n"]]
    if not rows:
        return ""
    width, height, left, bottom = 640, 170, 34, 34
    step = (width - left - 8) / max(len(rows), 1)

    def y(value: float) -> float:
        return 8 + (1 - value) * (height - bottom - 8)

    marks = [
        f'<line x1="{left}" x2="{width}" y1="{y(v):.1f}" y2="{y(v):.1f}" class="{css}"/>'
        f'<text x="{left - 6}" y="{y(v) + 4:.1f}" text-anchor="end">{verdict.share(v, 1)}</text>'
        for v, css in ((0.0, "axis"), (0.5, "half"), (1.0, "grid"))
    ]
    for position, row in enumerate(rows):
        x = left + step * (position + 0.5)
        css = "weak" if row["evidence_level"] == "insufficient" else "mark"
        marks.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y(row["share_lo"]):.1f}" '
            f'y2="{y(row["share_hi"]):.1f}" class="{css}"/>'
            f'<circle cx="{x:.1f}" cy="{y(row["share_raw"]):.1f}" r="3.5" class="{css}"/>'
            f'<text x="{x:.1f}" y="{height - 18}" text-anchor="middle">{row["year"]}</text>'
            f'<text x="{x:.1f}" y="{height - 5}" text-anchor="middle" class="small">'
            f"{verdict.part_of(row['k'], row['n'])}</text>"
        )
    partner, other = (escape(brief.name(c)) for c in (comparison.partner, comparison.other))
    label = (
        f"Share of {partner} in {escape(brief.name(brief.hub))}\N{RIGHT SINGLE QUOTATION MARK}s "
        f"cooperative acts with {partner} and {other}, by year, k of n with 90 % intervals"
    )
    return (
        f'<figure><figcaption>{label}</figcaption><svg viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{label}">{"".join(marks)}</svg></figure>'
    )


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
@page {{ size: A4; margin: 14mm 16mm }}
body {{ font: 10.5pt/1.4 Georgia, "Source Serif 4", "DejaVu Serif", serif; color: #1d1d1b;
  background: #fff; max-width: 178mm; margin: 2rem auto; padding: 0 1rem }}
h1 {{ font-size: 20pt; line-height: 1.1; margin: .3em 0 .1em; border-top: 3px solid #1d1d1b;
  padding-top: .3em }}
h2 {{ font-size: 11pt; margin: 1em 0 .2em; border-bottom: 1px solid #b9b4a7 }}
ul {{ margin: .2em 0 0; padding-left: 1.1em }} li {{ margin: .15em 0 }}
.verdicts {{ font-size: 12pt; padding: 0; list-style: none }} .verdicts li {{ margin: .45em 0 }}
.deck, .foot {{ color: #55534c; font-size: 9pt }} .caption {{ font-weight: 700; font-size: 9pt;
  border: 1px solid #1d1d1b; padding: .3em .6em }}
figure {{ margin: .8em 0 }} figcaption {{ font-size: 9pt; color: #55534c }}
svg {{ width: 100%; height: auto; font: 9px Arial, "DejaVu Sans", sans-serif }}
svg text {{ fill: #3b3a36 }} svg .small {{ font-size: 8px }}
.axis {{ stroke: #1d1d1b }} .grid {{ stroke: #e3dfd5 }}
.half {{ stroke: #8d897e; stroke-dasharray: 3 3 }}
line.mark {{ stroke: #b34f00; stroke-width: 2.5; opacity: .5 }} circle.mark {{ fill: #b34f00 }}
line.weak {{ stroke: #a5a29a; stroke-width: 2.5; opacity: .6 }} circle.weak {{ fill: #a5a29a }}
@media print {{ body {{ margin: 0; padding: 0; font-size: 9.2pt; line-height: 1.33 }}
  h1 {{ font-size: 16pt }} h2 {{ font-size: 9.5pt; margin-top: .8em }} figure {{ margin: .4em 0 }}
  .verdicts {{ font-size: 10.3pt }} .verdicts li {{ margin: .3em 0 }}
  p {{ margin: .4em 0 }} .deck, .foot, .caption, figcaption {{ font-size: 8pt }}
  h2, figure, li {{ break-inside: avoid }} }}
</style></head><body>
{body}
</body></html>
"""
