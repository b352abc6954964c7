"""What the marts' rows say, in sentences: verdicts, one-line reasons, and why they may be wrong.

Pure: rows in, words out. Every number comes with its n and its 90 % interval, 'unchanged' is never
said, insufficient evidence is said plainly, and no sentence claims a cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

Row = Mapping[str, Any]
Z90 = 1.645
"""Standard normal quantile of the 90 % intervals."""

_MINUS = "\N{MINUS SIGN}"
_ARROW = "\N{RIGHTWARDS ARROW}"


def points(value: float | None, digits: int = 1) -> str:
    """Write warmth points with their sign: ``+1.2``; an en dash where there is none."""
    if value is None:
        return "\N{EN DASH}"
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0:
        return text
    return f"+{text}" if value > 0 else f"{_MINUS}{text}"


def share(value: float | None, digits: int = 2) -> str:
    """Write a share (0..1) as newspapers of record do: ``.71``, ``1.00``, ``0``."""
    if value is None:
        return "\N{EN DASH}"
    if value == 0:
        return "0"
    return f"{value:.{digits}f}".removeprefix("0") if value > 0 else f"{value:.{digits}f}"


def bounds(low: float, high: float) -> str:
    """Write the interval of a share."""
    return f"[{share(low)}, {share(high)}]"


def change_of_share(value: float) -> str:
    """Write a difference of shares with its sign: ``+.45``."""
    text = f"{abs(value):.2f}".removeprefix("0")
    if float(text) == 0:
        return text
    return f"+{text}" if value > 0 else f"{_MINUS}{text}"


def month(day: date | datetime | None) -> str:
    """Write ``Aug 2022``."""
    return f"{day:%b %Y}" if day else "an unknown date"


def long_date(day: date | datetime | None) -> str:
    """Write ``19 Jan 2015``."""
    return f"{day.day} {day:%b %Y}" if day else "no date"


def possessive(name: str) -> str:
    """Return ``China's``, ``the Netherlands'``."""
    return f"{name}\N{RIGHT SINGLE QUOTATION MARK}" + ("" if name.endswith("s") else "s")


def part_of(k: float, n: float) -> str:
    """Write a count out of a count: ``4 of 8``, ``835 of 1,326``."""
    return f"{k:,.0f} of {n:,.0f}"


def count(number: int | None, one: str, many: str | None = None) -> str:
    """Write a number with its noun: ``1 event``, ``2,300 events``."""
    number = number or 0
    return f"{number:,} {one if number == 1 else many or one + 's'}"


# -- verdicts -------------------------------------------------------------------------------


def share_verdict(
    hub: str,
    partner: str,
    other: str,
    *,
    shift: Row | None,
    change: Row | None,
    years: Sequence[Row] = (),
) -> str:
    """Say how the hub's cooperative acts divide between partner and other.

    Args:
        hub: name of the hub; likewise ``partner`` and ``other``.
        shift: newest active row of `fct_pair_shifts` with measure 'share', if any.
        change: the last complete year's row of `fct_share_changes`, if any.
        years: rows of `fct_hub_share_years`, for the raw k of n of the last year with an act.
    """
    what = f"{possessive(partner)} share of {possessive(hub)} cooperative acts with both"
    tail = _last_year(years)
    if shift is not None:
        delta, margin = shift["delta"], Z90 * shift["delta_se"]
        verb = "rose" if delta > 0 else "fell"
        return (
            f"Since {month(shift['estimated_start'])} {what} ({partner} and {other}) {verb} "
            f"{share(shift['before_level'])} {_ARROW} {share(shift['after_level'])}, a difference "
            f"of {change_of_share(delta)} [{change_of_share(delta - margin)}, "
            f"{change_of_share(delta + margin)}]{tail}."
        )
    if change is None or change["verdict"] == "not enough data":
        return (
            f"Not enough data to say whether {what} ({partner} and {other}) moved: "
            f"{_two_years(years, change)}."
        )
    sides = (
        f"{part_of(change['k_before'], change['n_before'])} in {change['year'] - 1}, "
        f"{part_of(change['k_after'], change['n_after'])} in {change['year']}"
    )
    difference = (
        f"{change_of_share(change['change'])} [{change_of_share(change['change_lo'])}, "
        f"{change_of_share(change['change_hi'])}]"
    )
    if change["verdict"] == "no change detected":
        return (
            f"{what[0].upper()}{what[1:]} ({partner} and {other}): no change detected between "
            f"{change['year'] - 1} and {change['year']} (smallest detectable here "
            f"{share(change['smallest_detectable'])}); {sides}, a difference of {difference}."
        )
    return (
        f"{what[0].upper()}{what[1:]} ({partner} and {other}) {change['verdict']} between "
        f"{change['year'] - 1} and {change['year']}: {sides}, a difference of {difference}."
    )


def _two_years(years: Sequence[Row], change: Row | None) -> str:
    if change is not None:
        return (
            f"{part_of(change['k_after'], change['n_after'])} in {change['year']}, "
            f"{part_of(change['k_before'], change['n_before'])} the year before"
        )
    last = sorted((row for row in years if row["n"]), key=lambda row: row["year"])[-2:]
    if not last:
        return "no cooperative act with either is on record"
    return ", ".join(
        f"{part_of(row['k'], row['n'])} in {row['year']} {bounds(row['share_lo'], row['share_hi'])}"
        for row in last
    )


def _last_year(years: Sequence[Row]) -> str:
    with_acts = [row for row in years if row["n"]]
    if not with_acts:
        return ""
    last = max(with_acts, key=lambda row: row["year"])
    return (
        f"; {part_of(last['k'], last['n'])} acts in {last['year']} "
        f"{bounds(last['share_lo'], last['share_hi'])}"
        + ("" if last["evidence_level"] == "ok" else f", evidence {last['evidence_level']}")
    )


def warmth_verdict(
    first: str, second: str, *, state: Row | None, readiness: Row | None, shift: Row | None
) -> str:
    """Say how warmth between two countries stands and whether it shifted.

    Args:
        first: name of one country; ``second`` of the other.
        state: latest row of `fct_pair_warmth`, if any.
        readiness: row of `fct_shift_readiness`, if any.
        shift: newest active row of `fct_pair_shifts` with measure 'level', if any.
    """
    head = f"Warmth between {first} and {second}"
    if state is None:
        return f"{head}: not enough data, too few events for a weekly series."
    if state["evidence_level"] == "insufficient":
        return (
            f"{head}: not enough data; {count(state['event_count_52w'], 'event')} in the last 52 "
            f"weeks, and the prior outweighs them (its share {share(state['prior_share'])})."
        )
    level = (
        f"{points(state['warmth'])} [{points(state['warmth_lo'])}, {points(state['warmth_hi'])}]"
    )
    if shift is not None:
        delta, margin = shift["delta"], Z90 * shift["delta_se"]
        verb = "rose" if delta > 0 else "fell"
        moved = (
            f"{verb} {points(shift['before_level'])} {_ARROW} {points(shift['after_level'])} "
            f"since {month(shift['estimated_start'])}, a difference of {points(delta)} "
            f"[{points(delta - margin)}, {points(delta + margin)}]"
        )
        return f"{head} {moved}; now {level}."
    if readiness is None or readiness["verdict"] not in ("no shift detected", "shift"):
        why = (readiness or {}).get("verdict") or "not enough data"
        return f"{head}: {level}; {why} for a shift to be seen."
    detectable = readiness["smallest_detectable"]
    limit = "" if detectable is None else f" (smallest detectable here {detectable:.1f})"
    return f"{head}: {level}; no shift detected{limit}."


def evidence_line(events: int | None, origins: int | None, weeks: int = 52) -> str:
    """Say what the verdict rests on."""
    if not events:
        return f"No event of record in the last {weeks} weeks."
    return (
        f"{count(events, 'event')} of record from {count(origins, 'independent origin')} "
        f"in the last {weeks} weeks."
    )


# -- shifts ---------------------------------------------------------------------------------


def shift_title(shift: Row, names: Mapping[str, str]) -> str:
    """Name a shift: what moved, between whom, which way."""
    a, b = shift["pair_id"].split("-", 1)
    if shift["measure"] == "share":
        hub, partner, other = comparison_codes(shift)
        direction = partner if shift["delta"] > 0 else other
        return f"{_name(hub, names)}: towards {_name(direction, names)}"
    return f"{_name(a, names)} and {_name(b, names)}: {shift['direction']}"


def comparison_codes(shift: Row) -> tuple[str, str, str]:
    """Return hub, partner and other of a share shift: the hub is in both pairs."""
    first = shift["pair_id"].split("-", 1)
    second = shift["other_pair_id"].split("-", 1)
    hub = next(code for code in first if code in second)
    partner = next(code for code in first if code != hub)
    other = next(code for code in second if code != hub)
    return hub, partner, other


def _name(code: str, names: Mapping[str, str]) -> str:
    return names.get(code, code)


def shift_reason(shift: Row) -> str:
    """Give one line for one alarm: size with interval, dates, events, strength, standing."""
    delta, margin = shift["delta"], Z90 * shift["delta_se"]
    if shift["measure"] == "share":
        size = (
            f"share {share(shift['before_level'])} {_ARROW} {share(shift['after_level'])}, "
            f"{change_of_share(delta)} [{change_of_share(delta - margin)}, "
            f"{change_of_share(delta + margin)}]"
        )
    elif shift["measure"] == "level":
        size = (
            f"warmth {points(shift['before_level'])} {_ARROW} {points(shift['after_level'])}, "
            f"{points(delta)} [{points(delta - margin)}, {points(delta + margin)}]"
        )
    else:
        size = (
            f"{shift['before_level']:.1f} {_ARROW} {shift['after_level']:.1f} events per week, "
            f"log ratio {points(delta)} [{points(delta - margin)}, {points(delta + margin)}]"
        )
    events = f"{count(shift['events_before'], 'event')} before, {shift['events_after']:,} since"
    line = (
        f"{size}; start estimated {month(shift['estimated_start'])}, "
        f"alarm {long_date(shift['alarm_week'])}; {events}; {shift['strength']}"
    )
    return f"{line}; withdrawn by a later build" if shift["status"] == "withdrawn" else line


def shift_doubts(shift: Row) -> list[str]:
    """List other explanations of an alarm that the marts themselves give reason for."""
    doubts = []
    ratio = shift.get("coverage_ratio")
    if ratio is not None and not 2 / 3 <= ratio <= 1.5:
        doubts.append(
            f"Coverage changed: {ratio:.1f} times as many documents per week since the start."
        )
    overlap = shift.get("source_overlap")
    if overlap is not None and overlap < 0.75:
        doubts.append(
            f"The panel of sources changed: {share(overlap)} of the events before come from "
            "origins that are active in both windows."
        )
    if (shift.get("coder_versions") or 1) > 1:
        doubts.append(
            f"{shift['coder_versions']} versions of the coder read the two windows: the "
            "difference may be theirs."
        )
    if (shift.get("active_weeks_after") or 0) < 8:
        doubts.append(
            f"It rests on {count(shift.get('active_weeks_after'), 'week')} with an event "
            "since the start."
        )
    rate = shift.get("false_alarms_per_year")
    if rate is not None:
        doubts.append(f"{rate:.2f} false alarms per pair-year are expected at this volume.")
    if shift["status"] == "withdrawn":
        doubts.append("A later build, on later or corrected data, no longer finds it.")
    return doubts


# -- how firm -------------------------------------------------------------------------------


def specification_line(rows: Sequence[Row]) -> str:
    """Say in how many specifications the finding of the last two years holds."""
    tried = [r for r in rows if r["specification"] != "headline"]
    if not tried:
        return "No other specification was tried."
    head = next((r for r in rows if r["specification"] == "headline"), None)
    holds = sum(bool(r["holds"]) for r in tried)
    finding = (
        f"\N{LEFT SINGLE QUOTATION MARK}{head['verdict']}\N{RIGHT SINGLE QUOTATION MARK} "
        if head
        else ""
    )
    return f"The finding {finding}holds in {holds} of {len(tried)} other specifications."


def fragility_line(change: Row | None) -> str:
    """Say how many events carry the last change of the share."""
    if change is None or change["verdict"] == "not enough data":
        return "Fragility cannot be stated: not enough data."
    vanish = change["events_to_vanish"]
    if vanish is None:
        return "The interval of the last yearly change includes 0: there is no change to vanish."
    return (
        f"The change from {change['year'] - 1} to {change['year']} would no longer be told from "
        f"none if {count(vanish, 'event')} went."
    )


def split_line(change: Row | None, partner: str, other: str) -> str:
    """Split a change of the share into more with the partner and less with the other."""
    if change is None or change.get("more_with_partner") is None:
        return ""
    return (
        f"Of the change {change_of_share(change['change'])} from {change['year'] - 1} to "
        f"{change['year']}, {change_of_share(change['more_with_partner'])} is the count with "
        f"{partner} and {change_of_share(change['less_with_other'])} the count with {other}."
    )


def watch_line(item: Row, names: Mapping[str, str]) -> str:
    """Give one line for an announced or rumoured act."""
    source, target = _name(item["source_code"], names), _name(item["target_code"], names)
    who = f" ({item['principal_name']})" if item.get("principal_name") else ""
    window = (
        f"for {long_date(item['window_start'])}"
        + (
            f"{chr(0x2013)}{long_date(item['window_end'])}"
            if item["window_end"] and item["window_end"] != item["window_start"]
            else ""
        )
        if item["window_start"]
        else "without a date"
    )
    said = [side for side, flag in (("guest", "guest_confirmed"), ("host", "host_confirmed"))
            if item[flag]]  # fmt: skip
    confirmed = f"confirmed by {' and '.join(said)}" if said else "not confirmed by either side"
    act = (item.get("event_mode") or item["event_type"]).replace("_", " ").lower()
    return f"{source} {_ARROW} {target}{who}: {act}, announced {window}; {confirmed}"


def probability_line(item: Row) -> str:
    """Say how likely an announced act was when it was reported, with its class's record."""
    lo, hi = share(item["p_occurs_lo"]), share(item["p_occurs_hi"])
    basis = (
        f"{item['class_occurred']} of {item['class_n']} of its class occurred"
        if item["class_n"]
        else "no record of its class yet"
    )
    return f"{share(item['p_occurs'])} [{lo}, {hi}], {basis}"


def age(hours: float) -> str:
    """Write an age in the unit people would use."""
    if hours < 1:
        return count(max(round(hours * 60), 0), "minute")
    if hours < 48:
        return count(round(hours), "hour")
    return count(round(hours / 24), "day")
