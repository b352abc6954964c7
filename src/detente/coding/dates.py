"""When an act takes place: expressions of time in a sentence, resolved against the publication day.

A small set of own patterns: general parsers give instants where news gives intervals ('in May',
'over the past year'), and got 13 of 22 of our probes.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from detente.model import DatePrecision

MONTHS = {name.lower(): i for i, name in enumerate(calendar.month_name) if name}
MONTHS |= {name.lower(): i for i, name in enumerate(calendar.month_abbr) if name}
MONTHS["sept"] = 9
WEEKDAYS = {name.lower(): i for i, name in enumerate(calendar.day_name)}
_NUMBERS = {
    w: i
    for i, w in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), start=1
    )
} | {"a": 1, "an": 1, "a couple of": 2, "several": 3, "a few": 3}

_MONTH = (
    r"(?P<month>January|February|March|April|May|June|July|August|September|October|November|"
    r"December|Jan\.|Feb\.|Mar\.|Apr\.|Jun\.|Jul\.|Aug\.|Sept?\.|Oct\.|Nov\.|Dec\.)"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DAY_TO = r"(?:\s?(?:-|\u2013|to|and|through|until)\s?(?P<day2>\d{1,2})(?:st|nd|rd|th)?)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_WEEKDAY = r"(?P<weekday>Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
_COUNT = (
    r"(?P<count>\d+|a couple of|several|a few|one|two|three|four|five|six|seven|eight|nine|ten|"
    r"eleven|twelve|an?)"
)


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


def _month_range(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _shift_month(day: date, by: int) -> tuple[date, date]:
    index = day.year * 12 + day.month - 1 + by
    return _month_range(index // 12, index % 12 + 1)


def _week_of(day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


Resolved = tuple[date, date, DatePrecision, str] | None
_Resolver = Callable[[re.Match[str], date | None, bool], Resolved]


def _month_number(text: str) -> int:
    return MONTHS[text.lower().rstrip(".")]


def _year_near(month: int, published: date, future: bool, day: int = 1) -> int:
    """The year of a month or day named without one: the nearest in the direction of the tense."""
    year = published.year
    start, end = _month_range(year, month)
    if future:
        return year if end >= published else year + 1
    limit = start if day == 1 else date(year, month, min(day, end.day))
    return year if limit <= published + timedelta(days=1) else year - 1


def _day_month(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    month, day = _month_number(m["month"]), int(m["day"])
    named = m.groupdict().get("year")
    if named is None and published is None:
        return None
    year = int(named) if named else _year_near(month, published or date.min, future, day)
    last = calendar.monthrange(year, month)[1]
    if not 1 <= day <= last:
        return None
    until = m.groupdict().get("day2")
    end = int(until) if until and day <= int(until) <= last else day
    return date(year, month, day), date(year, month, end), "day", "explicit"


def _month_year(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    month = _month_number(m["month"])
    named = m.groupdict().get("year")
    which = (m.groupdict().get("which") or "").lower()
    if named:
        year = int(named)
    elif published is None:
        return None
    elif which == "last":
        year = published.year if month < published.month else published.year - 1
    elif which == "next":
        year = published.year if month > published.month else published.year + 1
    else:
        year = _year_near(month, published, future)
    start, end = _month_range(year, month)
    part = (m.groupdict().get("part") or "").lower()
    if part == "early":
        end = start.replace(day=10)
    elif part == "mid":
        start, end = start.replace(day=10), start.replace(day=20)
    elif part == "late":
        start = start.replace(day=20)
    return start, end, "month", "explicit"


def _year(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    year = int(m["year"])
    if published is not None and year > published.year + 15:
        return None
    start, end = date(year, 1, 1), date(year, 12, 31)
    part = (m.groupdict().get("part") or "").lower()
    precision: DatePrecision = "year"
    if part.startswith("early"):
        end, precision = date(year, 4, 30), "quarter"
    elif part.startswith("mid"):
        start, end, precision = date(year, 5, 1), date(year, 8, 31), "quarter"
    elif part.startswith("late") or part.startswith("the end"):
        start, precision = date(year, 9, 1), "quarter"
    return start, end, precision, "explicit"


def _weekday(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    if published is None:
        return None
    wanted = WEEKDAYS[m["weekday"].lower()]
    which = (m.groupdict().get("which") or "").lower()
    back = (published.weekday() - wanted) % 7
    if which == "next" or (future and which != "last"):
        day = published + timedelta(
            days=(wanted - published.weekday()) % 7 or 7 * (which == "next")
        )
    elif which == "last" and back == 0:
        day = published - timedelta(days=7)
    else:
        day = published - timedelta(days=back)
    return day, day, "day", "relative"


def _fixed_day(offset: int) -> _Resolver:
    def resolve(m: re.Match[str], published: date | None, future: bool) -> Resolved:
        if published is None:
            return None
        day = published + timedelta(days=offset)
        return day, day, "day", "relative"

    return resolve


def _unit(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'last week', 'this month', 'next year', 'earlier this month', 'later this year'."""
    if published is None:
        return None
    which, unit = m["which"].lower(), m["unit"].lower()
    step = {"last": -1, "this": 0, "next": 1, "coming": 1, "past": -1, "previous": -1}[which]
    part = (m.groupdict().get("part") or "").lower()
    if unit == "week":
        start, end = _week_of(published + timedelta(days=7 * step))
        precision: DatePrecision = "week"
    elif unit == "weekend":
        saturday = _week_of(published)[0] + timedelta(days=5 + 7 * step)
        if step == 0 and not future and saturday > published:
            saturday -= timedelta(days=7)
        start, end, precision = saturday, saturday + timedelta(days=1), "day"
    elif unit == "month":
        start, end = _shift_month(published, step)
        precision = "month"
    else:
        start, end = date(published.year + step, 1, 1), date(published.year + step, 12, 31)
        precision = "year"
    if part == "earlier" and start <= published <= end:
        end = published
    elif part == "later" and start <= published <= end:
        start = published
    return start, end, precision, "relative"


def _ago(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    if published is None:
        return None
    count = _NUMBERS.get(m["count"].lower()) or int(m["count"])
    unit = m["unit"].lower()
    if unit == "day":
        day = published - timedelta(days=count)
        return day, day, "day", "relative"
    if unit == "week":
        start, end = _week_of(published - timedelta(days=7 * count))
        return start, end, "week", "relative"
    if unit == "month":
        start, end = _shift_month(published, -count)
        return start, end, "month", "relative"
    year = published.year - (count if unit == "year" else 10 * count)
    return date(year, 1, 1), date(year, 12, 31), "year", "relative"


def _span_back(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'over the past year', 'in recent months': coarse; it dates no event by itself."""
    if published is None:
        return None
    days = {"day": 7, "week": 30, "month": 120, "year": 365, "decade": 3650}[m["unit"].lower()]
    return published - timedelta(days=days), published, "year", "relative"


_PATTERNS: tuple[tuple[re.Pattern[str], _Resolver], ...] = tuple(
    (re.compile(p), r)
    for p, r in (
        (rf"\b{_DAY}{_DAY_TO} (?:of )?{_MONTH},?(?: {_YEAR})?(?!\w)", _day_month),
        (rf"\b{_MONTH} {_DAY}{_DAY_TO}(?:,? {_YEAR})?(?!\w|\s?%)", _day_month),
        (
            rf"\b(?:(?P<part>[Ee]arly|[Mm]id|[Ll]ate)[ -])?(?:(?P<which>last|next|this) )?"
            rf"(?<!\w){_MONTH}(?: (?:of )?{_YEAR})?(?![\w'])",
            _month_year,
        ),
        (
            rf"\b(?:(?P<which>last|next|this|on|On|since|from|by|late|until|before) )?{_WEEKDAY}\b",
            _weekday,
        ),
        (r"\b[Yy]esterday\b", _fixed_day(-1)),
        (r"\b(?:[Tt]oday|[Tt]onight|this (?:morning|afternoon|evening))\b", _fixed_day(0)),
        (r"\b[Tt]omorrow\b", _fixed_day(1)),
        (
            r"\b(?:(?P<part>[Ee]arlier|[Ll]ater) )?(?:the )?(?P<which>[Ll]ast|[Tt]his|[Nn]ext|coming|previous) "
            r"(?P<unit>week|weekend|month|year)\b",
            _unit,
        ),
        (rf"\b{_COUNT} (?P<unit>day|week|month|year|decade)s? (?:ago|earlier|before)\b", _ago),
        (
            r"\b(?:over|in|during|for) (?:the )?(?:past|last|recent)(?: \w+)? (?P<unit>day|week|month|year|decade)s?\b",
            _span_back,
        ),
        (
            rf"(?<![\d/-])\b(?:(?P<part>[Ee]arly|[Mm]id|[Ll]ate|the end of)[ -])?{_YEAR}\b(?![\d/-])",
            _year,
        ),
    )
)
_SINCE = re.compile(r"\b(?:since|beginning with|ever since|starting)\b[^,.;]{0,80}$", re.I)
_NO_DATE_AFTER = re.compile(r"\s*(?:troops|soldiers|people|million|percent|per cent|km|dollars)\b")
_MAY_VERB = re.compile(r"\bMay\b(?! \d)")


def find_times(text: str, published: date | None, future: bool = False) -> list[TimeExpression]:
    """Return the expressions of time of a sentence, in order, none inside another.

    Args:
        text: the sentence.
        published: the day against which relative expressions count; None leaves them out.
        future: whether the act lies ahead (decides which 'Friday' or 'May' is meant).
    """
    found: list[TimeExpression] = []
    for pattern, resolve in _PATTERNS:
        for m in pattern.finditer(text):
            if any(m.start() < f.end and f.start < m.end() for f in found):
                continue
            if _NO_DATE_AFTER.match(text, m.end()):
                continue
            if (
                _MAY_VERB.fullmatch(m[0])
                and not re.search(r"\b(?:in|of|by|since|until|for|late|early|a|next|last|the)\s$",
                                  text[: m.start()])
            ):  # fmt: skip
                continue
            resolved = resolve(m, published, future)
            if resolved is None:
                continue
            since = bool(_SINCE.search(text[max(0, m.start() - 90) : m.start()])) or m[
                0
            ].startswith(("since", "Since"))
            found.append(TimeExpression(m.start(), m.end(), *resolved, is_since=since))
    return sorted(found, key=lambda t: t.start)
