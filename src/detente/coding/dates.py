"""When an act takes place: expressions of time in a sentence, resolved against the publication day.

A small set of own patterns: general parsers give instants where news gives intervals ('in May',
'over the past year'), and got 13 of 22 of our probes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from detente.coding import periods
from detente.model import DatePrecision

_MONTH = (
    r"(?P<month>January|February|March|April|May|June|July|August|September|October|November|"
    r"December|Jan\.|Feb\.|Mar\.|Apr\.|Jun\.|Jul\.|Aug\.|Sept?\.|Oct\.|Nov\.|Dec\.)"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DAY_TO = r"(?:\s?(?:-|\u2013|to|and|through|until)\s?(?P<day2>\d{1,2})(?:st|nd|rd|th)?)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_WHICH_YEAR = r"(?:of )?(?P<which>last|this|next) year"
_WEEKDAY = r"(?P<weekday>Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
_COUNT = (
    r"(?P<count>\d{1,3}|(?i:a couple of|couple of|several|a few|few|one|two|three|four|five|six|seven|"
    r"eight|nine|ten|eleven|twelve|an?))"
)
_UNIT = r"(?P<unit>day|week|month|year|decade)s?"
_PART = r"(?P<part>[Ee]arly|[Mm]id|[Ll]ate|(?:the )?(?:beginning|start|middle|end) of)"


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """An expression of time. Offsets are characters of the sentence.

    ``basis`` is 'explicit' where the text names a calendar date, 'relative' where it counts from
    the publication day. ``is_since`` marks the start of something that goes on.
    """

    start: int
    end: int
    date_start: date
    date_end: date
    precision: DatePrecision
    basis: str
    is_since: bool = False


_MONTH_FIRST = _MONTH.replace("<month>", "<first>")
_YEAR_FIRST = _YEAR.replace("<year>", "<first>")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YEARS = ("19", "20")
_UNITS = ("day", "week", "month", "year", "decade", "hour")
# Pattern, what it means, and strings one of which every match holds: looking for those is fifty
# times as fast as the pattern.
_PATTERNS: tuple[tuple[re.Pattern[str], periods.Resolver, tuple[str, ...]], ...] = tuple(
    (re.compile(p), r, hints)
    for p, r, hints in (
        (r"\b\d{4}-\d\d-\d\d\b", periods.iso_day, ("-",)),
        (
            rf"\b(?:[Ff]rom|[Bb]etween|[Ii]n|[Dd]uring) {_MONTH_FIRST}(?: to | and |-|\u2013){_MONTH}"
            rf"(?: (?:of )?{_YEAR})?(?! \d)",
            periods.month_span,
            _MONTHS,
        ),
        (
            rf"\b(?:[Ff]rom|[Bb]etween) {_YEAR_FIRST} (?:to|and|until) {_YEAR}\b",
            periods.year_span,
            _YEARS,
        ),
        (rf"\b(?:[Ii]n|[Dd]uring) {_YEAR_FIRST}[-\u2013]{_YEAR}\b", periods.year_span, _YEARS),
        (
            rf"\b[Tt]he (?P<nth>first|second|third|fourth|last) week of {_MONTH}(?:,?(?: of)? {_YEAR})?(?!\w)",
            periods.week_of_month,
            _MONTHS,
        ),
        (
            rf"\b{_DAY}{_DAY_TO} (?:of )?{_MONTH},?(?: {_YEAR}| {_WHICH_YEAR})?(?!\w)",
            periods.day_month,
            _MONTHS,
        ),
        (
            rf"\b{_MONTH} {_DAY}{_DAY_TO}(?:,? {_YEAR}|,? {_WHICH_YEAR})?(?!\w|\s?%)",
            periods.day_month,
            _MONTHS,
        ),
        (rf"\b{_MONTH}(?:,| of)? (?P<when>last|this|next) year\b", periods.month_of, _MONTHS),
        (
            rf"\b(?:{_PART}[ -])?(?:(?P<which>last|next|this) )?"
            rf"(?<!\w){_MONTH}(?: (?:of )?{_YEAR})?(?![\w'])",
            periods.month_year,
            _MONTHS,
        ),
        (
            rf"\b(?:(?P<which>last|next|this|coming|past|on|On|since|from|by|late|until|before) )?"
            rf"{_WEEKDAY}\b",
            periods.weekday,
            ("day",),
        ),
        (r"\b[Tt]he day before yesterday\b", periods.fixed_day(-2), ("yesterday",)),
        (r"\b[Tt]he day after tomorrow\b", periods.fixed_day(2), ("tomorrow",)),
        (r"\b(?:[Yy]esterday|[Ll]ast night)\b", periods.fixed_day(-1), ("esterday", "ast night")),
        (r"\b[Oo]vernight\b", periods.overnight, ("vernight",)),
        (
            r"\b(?:[Tt]oday|[Tt]onight|[Tt]his (?:morning|afternoon|evening))\b",
            periods.fixed_day(0),
            ("oday", "onight", "his "),
        ),
        (r"\b[Tt]omorrow\b", periods.fixed_day(1), ("omorrow",)),
        (
            r"\b(?:(?P<part>[Ee]arlier|[Ll]ater) )?(?:the )?(?P<which>[Ll]ast|[Tt]his|[Nn]ext|coming|previous) "
            r"(?P<unit>week|weekend|month|year)\b",
            periods.unit,
            _UNITS,
        ),
        (r"\b(?:[Oo]ver|[Dd]uring|[Aa]t|[Oo]n) the weekend\b", periods.weekend, ("weekend",)),
        (rf"\b{_COUNT} {_UNIT} ago\b", periods.ago, (" ago",)),
        (
            rf"\b[Ww]ithin (?:the (?:next|coming) )?{_COUNT} (?P<unit>hour|day|week|month|year)s?\b",
            periods.within,
            ("ithin",),
        ),
        (
            r"\b(?:[Ii]n|[Oo]ver|[Dd]uring) the (?:next|coming|following) "
            rf"(?:{_COUNT} )?(?P<unit>hour|day|week|month|year)s?\b",
            periods.within,
            ("next", "coming", "following"),
        ),
        (
            rf"\b(?:[Oo]ver|[Ii]n|[Dd]uring|[Ff]or|[Ww]ithin) (?:the )?(?:past|last|recent)(?: {_COUNT})? "
            r"(?P<unit>hour|day|week|month|year|decade)s?\b",
            periods.span_back,
            _UNITS,
        ),
        (
            rf"\b[Ff]or (?:more than |over |nearly |almost |about |the )?{_COUNT} {_UNIT}\b",
            periods.span_back,
            _UNITS,
        ),
        (
            rf"\b(?:[Ii]n|[Aa]fter) {_COUNT} {_UNIT}(?: from now)?\b(?!['\u2019])",
            periods.ahead,
            _UNITS,
        ),
        (
            rf"\b(?:(?P<which>[Ll]ast|[Tt]his|[Nn]ext) |(?:(?P<bare>[Ii]n) )?(?:the )?)(?P<season>[Ss]pring|[Ss]ummer|"
            rf"[Aa]utumn|[Ff]all|[Ww]inter)(?: (?:of )?{_YEAR})?\b",
            periods.season,
            ("pring", "ummer", "utumn", "all", "inter"),
        ),
        (
            rf"\b[Tt]he (?P<nth>first|second|third|fourth|last) (?P<unit>half|quarter) of "
            rf"(?:{_YEAR}|(?P<which>last|this|next) year)\b",
            periods.part_of_year,
            ("half", "quarter"),
        ),
        (r"\b[Tt]he turn of the year\b", periods.turn_of_year, ("turn of",)),
        (
            r"\b(?:(?P<part>[Ee]arly|[Mm]id|[Ll]ate)[ -])?(?:the )?(?P<year>(?:19|20)\d0)s\b",
            periods.decade,
            ("0s",),
        ),
        (
            r"\b([Cc]old [Ww]ar|Korean War|Vietnam War|World War (?:II|I|Two)\b|"
            r"(?:First|Second) World War|Falklands War|Iran-Iraq War|Yom Kippur War|Six-Day War)\b",
            periods.period,
            ("War", "war"),
        ),
        (rf"(?<![\d/-])\b(?:{_PART}[ -])?{_YEAR}\b(?![\d/-])", periods.year, _YEARS),
    )
)
_EARLIER = re.compile(rf"\b{_COUNT} {_UNIT} (?P<way>earlier|before|previously|later|after)\b")
_SAME_YEAR = re.compile(r"\b(?:that|the same) year\b")
_SINCE = re.compile(r"\b(?:since|beginning (?:with|in)|ever since|starting)\b[^,.;]{0,120}$", re.I)
_UNTIL = re.compile(r"\b(?:by|before|until|till)\s(?:the )?$", re.I)
_NO_DATE_AFTER = re.compile(r"\s*(?:troops|soldiers|people|million|percent|per cent|km|dollars)\b")
_MAY_VERB = re.compile(r"\bMay\b(?! \d)")


@lru_cache(maxsize=1024)
def find_times(
    text: str, published: date | None, future: bool = False
) -> tuple[TimeExpression, ...]:
    """Return the expressions of time of a sentence, in order, none inside another.

    Args:
        text: the sentence.
        published: the day against which relative expressions count; None leaves them out.
        future: whether the act lies ahead (decides which 'Friday' or 'May' is meant).
    """
    found: list[TimeExpression] = []
    for pattern, resolve, hints in _PATTERNS:
        if not any(map(text.__contains__, hints)):
            continue
        for m in pattern.finditer(text):
            if any(m.start() < f.end and f.start < m.end() for f in found):
                continue
            if _NO_DATE_AFTER.match(text, m.end()) or _is_may_verb(m, text):
                continue
            resolved = resolve(m, published, future)
            if resolved is None:
                continue
            start, end, precision, basis = resolved
            before = text[max(0, m.start() - 130) : m.start()]
            is_since = bool(_SINCE.search(before)) or m[0].lower().startswith("since")
            is_until = bool(_UNTIL.search(before)) or m[0].lower().startswith(("by ", "until "))
            if is_until and future and published is not None and start > published:
                start = published
            found.append(TimeExpression(m.start(), m.end(), start, end, precision, basis, is_since))
    found.sort(key=lambda t: t.start)
    found = [
        t
        for t, after in zip(found, [*found, None][1:], strict=True)
        if not (after and _names_weekday_of(text, t, after))
    ]
    found = [
        t
        for before, t in zip([None, *found], found, strict=False)
        if not (before and _is_anniversary(text, before, t))
    ]
    return tuple(sorted(found + _anchored(text, found, published), key=lambda t: t.start))


def _is_may_verb(m: re.Match[str], text: str) -> bool:
    return bool(_MAY_VERB.fullmatch(m[0])) and not re.search(
        r"\b(?:in|of|by|since|until|for|from|late|early|a|next|last|the)\s$", text[: m.start()]
    )


def _names_weekday_of(text: str, day: TimeExpression, after: TimeExpression) -> bool:
    """'On Tuesday, January 13': the calendar date says more."""
    return (
        day.basis == "relative"
        and day.precision == "day"
        and after.basis == "explicit"
        and after.precision == "day"
        and text[day.end : after.start] in (", ", " ", " (", ", the ", " the ")
    )


def _is_anniversary(text: str, before: TimeExpression, t: TimeExpression) -> bool:
    """'Six years ago on Monday': the weekday says which day of now, not of then."""
    return (
        t.basis == "relative"
        and text[before.start : before.end].endswith("ago")
        and text[before.end : t.start].strip() in ("", "on", "this")
    )


def _anchored(
    text: str, found: list[TimeExpression], published: date | None
) -> list[TimeExpression]:
    """'A week earlier', 'the same year': counted from the expression before, else publication."""
    more: list[TimeExpression] = []
    for m in _EARLIER.finditer(text) if any(map(text.__contains__, _UNITS)) else ():
        if any(m.start() < f.end and f.start < m.end() for f in found):
            continue
        near = [f for f in found if f.end <= m.start()]
        anchor = near[-1].date_start if near else published
        if anchor is None or (not near and m["way"] in ("later", "after", "before")):
            continue
        exact = near and near[-1].precision == "day" and m["unit"] == "week"
        if exact:  # a week before Monday is a Monday
            sign = 1 if m["way"] in ("later", "after") else -1
            day = anchor + timedelta(days=7 * sign * periods.counted(m))
            resolved: periods.Resolved = (day, day, "day", "relative")
        else:
            resolved = periods.counted_from(anchor, m, 1 if m["way"] in ("later", "after") else -1)
        if resolved is not None:
            more.append(TimeExpression(m.start(), m.end(), *resolved))
    for m in _SAME_YEAR.finditer(text):
        near = [f for f in found if f.end <= m.start()]
        if near:
            year = near[-1].date_start.year
            more.append(
                TimeExpression(m.start(), m.end(), date(year, 1, 1), date(year, 12, 31),
                               "year", "explicit")
            )  # fmt: skip
    return more
