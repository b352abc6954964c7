"""Stretches of the calendar that expressions of time stand for, counted from publication.

Each resolver takes a match, the publication day (None: unknown) and whether the act lies ahead, and
returns first day, last day, precision and basis, or None where it means nothing.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta

from detente.model import DatePrecision

MONTHS = {name.lower(): i for i, name in enumerate(calendar.month_name) if name}
MONTHS |= {name.lower(): i for i, name in enumerate(calendar.month_abbr) if name}
MONTHS["sept"] = 9
WEEKDAYS = {name.lower(): i for i, name in enumerate(calendar.day_name)}
NUMBERS = {
    w: i
    for i, w in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), start=1
    )
} | {"a": 1, "an": 1, "a couple of": 2, "several": 3, "a few": 3, "few": 3, "couple of": 2}

SEASONS = {
    "spring": (3, 5),
    "summer": (6, 8),
    "autumn": (9, 11),
    "fall": (9, 11),
    "winter": (12, 2),
}
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4}
STEPS = {"last": -1, "past": -1, "previous": -1, "this": 0, "next": 1, "coming": 1}
FEW = {"hour": 24, "day": 7, "week": 4, "month": 4, "year": 3, "decade": 2}
"""How many 'the coming days' or 'recent months' are."""

DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30.4, "year": 365.25, "decade": 3652}
PERIODS = {
    "cold war": (date(1947, 3, 12), date(1991, 12, 26)),
    "korean war": (date(1950, 6, 25), date(1953, 7, 27)),
    "vietnam war": (date(1955, 11, 1), date(1975, 4, 30)),
    "world war i": (date(1914, 7, 28), date(1918, 11, 11)),
    "first world war": (date(1914, 7, 28), date(1918, 11, 11)),
    "world war ii": (date(1939, 9, 1), date(1945, 9, 2)),
    "world war two": (date(1939, 9, 1), date(1945, 9, 2)),
    "second world war": (date(1939, 9, 1), date(1945, 9, 2)),
    "falklands war": (date(1982, 4, 2), date(1982, 6, 14)),
    "iran-iraq war": (date(1980, 9, 22), date(1988, 8, 20)),
    "yom kippur war": (date(1973, 10, 6), date(1973, 10, 25)),
    "six-day war": (date(1967, 6, 5), date(1967, 6, 10)),
}
"""Periods that date an act by their name ('during the Cold War')."""


def month_range(year: int, month: int) -> tuple[date, date]:
    """Return the first and last day of a month."""
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def shift_month(day: date, by: int) -> tuple[date, date]:
    """Return the first and last day of the month so many months away from a day."""
    index = day.year * 12 + day.month - 1 + by
    return month_range(index // 12, index % 12 + 1)


def week_of(day: date) -> tuple[date, date]:
    """Return Monday and Sunday of the day's week."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def group(m: re.Match[str], name: str) -> str:
    """Return a group of the match in lower case, '' where the pattern has none."""
    return (m.groupdict().get(name) or "").lower()


def third(part: str) -> int | None:
    """Return 0, 1 or 2 for 'early', 'mid' or 'late', 'the beginning', 'middle' or 'end of'."""
    for number, words in enumerate((("early", "beginning", "start"), ("mid",), ("late", "end"))):
        if any(word in part for word in words):
            return number
    return None


def weekend_of(published: date, step: int, future: bool) -> tuple[date, date]:
    """Return the weekend so many weeks away; this one's is the last unless the act lies ahead."""
    saturday = week_of(published)[0] + timedelta(days=5 + 7 * step)
    if step == 0 and not future and saturday > published:
        saturday -= timedelta(days=7)
    return saturday, saturday + timedelta(days=1)


Resolved = tuple[date, date, DatePrecision, str] | None
Resolver = Callable[[re.Match[str], date | None, bool], Resolved]


def month_number(text: str) -> int:
    """Return 1 to 12 for a month's name or abbreviation."""
    return MONTHS[text.lower().rstrip(".")]


def year_near(month: int, published: date, future: bool, day: int = 1) -> int:
    """The year of a month or day named without one: the nearest in the direction of the tense."""
    year = published.year
    start, end = month_range(year, month)
    if future:
        return year if end >= published else year + 1
    limit = start if day == 1 else date(year, month, min(day, end.day))
    return year if limit <= published + timedelta(days=1) else year - 1


def day_month(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'15 January', 'January 15th, 2013', '6-8 March'."""
    month, day = month_number(m["month"]), int(m["day"])
    named = m.groupdict().get("year")
    which = group(m, "which")
    if named:
        year = int(named)
    elif published is None:
        return None
    elif which:
        year = published.year + STEPS[which]
    else:
        year = year_near(month, published, future, day)
    last = calendar.monthrange(year, month)[1]
    if not 1 <= day <= last:
        return None
    until = m.groupdict().get("day2")
    end = int(until) if until and day <= int(until) <= last else day
    return date(year, month, day), date(year, month, end), "day", "explicit"


def month_year(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'In May', 'last July', 'early March 2014', 'the end of June'."""
    month = month_number(m["month"])
    named = m.groupdict().get("year")
    which = group(m, "which")
    if named:
        year = int(named)
    elif published is None:
        return None
    elif which == "last":
        year = published.year if month < published.month else published.year - 1
    elif which == "next":
        year = published.year if month > published.month else published.year + 1
    else:
        year = year_near(month, published, future)
    start, end = month_range(year, month)
    part = third(group(m, "part"))
    if part is not None:
        ends = start, start.replace(day=10), start.replace(day=20), end
        start, end = ends[part], ends[part + 1]
    return start, end, "month", "explicit"


def week_of_month(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'The last week of May 2014': seven days counted from the month's start or end."""
    month, number = month_number(m["month"]), m["nth"].lower()
    if m["year"]:
        year = int(m["year"])
    elif published is None:
        return None
    else:
        year = year_near(month, published, future)
    first, last = month_range(year, month)
    start = (
        last - timedelta(days=6)
        if number == "last"
        else first + timedelta(days=7 * (ORDINALS[number] - 1))
    )
    return start, start + timedelta(days=6), "week", "explicit"


def month_of(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'July last year', 'May this year'."""
    if published is None:
        return None
    return (
        *month_range(published.year + STEPS[m["when"].lower()], month_number(m["month"])),
        "month",
        "explicit",
    )


def month_span(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'From March to June 2014', 'between March and June', 'in January and March 2014'."""
    first, last = month_number(m["first"]), month_number(m["month"])
    if m["year"]:
        year = int(m["year"])
    elif published is None:
        return None
    else:
        year = year_near(last, published, future)
    start, end = month_range(year - (first > last), first)[0], month_range(year, last)[1]
    return start, end, "quarter" if (end - start).days < 100 else "year", "explicit"


def year_span(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'Between 2010 and 2013'."""
    first, last = int(m["first"]), int(m["year"])
    return (date(first, 1, 1), date(last, 12, 31), "year", "explicit") if first < last else None


def decade(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'The 1990s', 'the late 1980s'."""
    year = int(m["year"])
    low, high = {"early": (0, 3), "mid": (4, 6), "late": (7, 9)}.get(
        (m["part"] or "").lower(), (0, 9)
    )
    return date(year + low, 1, 1), date(year + high, 12, 31), "year", "explicit"


def iso_day(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'2014-12-30'."""
    try:
        day = date.fromisoformat(m[0])
    except ValueError:
        return None
    return day, day, "day", "explicit"


def season(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'Last summer', 'the spring of 2014'."""
    first, last = SEASONS[m["season"].lower()]
    which = group(m, "which")
    if m["year"]:
        year, basis = int(m["year"]), "explicit"
    elif published is None or not (which or group(m, "bare")):
        return None
    else:
        year, basis = published.year, "relative"
        if not which and not future:  # 'in spring', told of the past: the last one that has begun
            year -= date(year, first, 1) > published
        elif not which:
            year += month_range(year + (last < first), last)[1] < published
        elif which == "last":
            year -= published.month <= (last if last > 2 else 11)
        elif which == "next":
            year += published.month >= first
    start = date(year, first, 1)
    return start, month_range(year + (last < first), last)[1], "quarter", basis


def part_of_year(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'The first half of 2014', 'the third quarter of last year'."""
    if m["year"]:
        year = int(m["year"])
    elif published is None:
        return None
    else:
        year = published.year + STEPS[m["which"].lower()]
    length = 6 if m["unit"].lower() == "half" else 3
    number = min(ORDINALS[m["nth"].lower()], 12 // length)
    last = number * length
    return date(year, last - length + 1, 1), month_range(year, last)[1], "quarter", "explicit"


def period(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'During the Cold War'."""
    start, end = PERIODS[m[1].lower()]
    return start, end, "year", "explicit"


def turn_of_year(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'At the turn of the year'."""
    if published is None:
        return None
    year = published.year + (published.month > 6 and future)
    return date(year - 1, 12, 20), date(year, 1, 10), "month", "relative"


def year(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'2014', 'early 2014', 'the end of 2014'."""
    year = int(m["year"])
    if published is not None and year > published.year + 15:
        return None
    part = third(group(m, "part"))
    if part is None:
        return date(year, 1, 1), date(year, 12, 31), "year", "explicit"
    first = 4 * part + 1
    return date(year, first, 1), month_range(year, first + 3)[1], "quarter", "explicit"


def weekday(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'On Tuesday', 'last Friday', 'next Wednesday'."""
    if published is None:
        return None
    wanted = WEEKDAYS[m["weekday"].lower()]
    which = group(m, "which")
    back = (published.weekday() - wanted) % 7
    if which in ("next", "coming") or (future and which not in ("last", "past")):
        day = published + timedelta(
            days=(wanted - published.weekday()) % 7 or 7 * (which == "next")
        )
    elif which == "last" and back == 0:
        day = published - timedelta(days=7)
    else:
        day = published - timedelta(days=back)
    return day, day, "day", "relative"


def fixed_day(offset: int) -> Resolver:
    """Return a resolver for the day so many days from publication ('yesterday')."""

    def resolve(m: re.Match[str], published: date | None, future: bool) -> Resolved:
        if published is None:
            return None
        day = published + timedelta(days=offset)
        return day, day, "day", "relative"

    return resolve


def unit(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'last week', 'this month', 'next year', 'earlier this month', 'later this year'."""
    if published is None:
        return None
    which, unit = m["which"].lower(), m["unit"].lower()
    step = STEPS[which]
    part = group(m, "part")
    if unit == "week":
        start, end = week_of(published + timedelta(days=7 * step))
        precision: DatePrecision = "week"
    elif unit == "weekend":
        (start, end), precision = weekend_of(published, step, future), "day"
    elif unit == "month":
        start, end = shift_month(published, step)
        precision = "month"
    else:
        start, end = date(published.year + step, 1, 1), date(published.year + step, 12, 31)
        precision = "year"
    if part == "earlier" and start <= published <= end:
        end = published
    elif part == "later" and start <= published <= end:
        start = published
    return start, end, precision, "relative"


def counted(m: re.Match[str]) -> int:
    """Return the number that the group 'count' names."""
    text = (m["count"] or "one").lower()
    return NUMBERS.get(text) or int(text)


def counted_from(anchor: date, m: re.Match[str], sign: int) -> Resolved:
    """So many units before (-1) or after (+1) a day."""
    count, unit = counted(m), m["unit"].lower()
    if unit == "day":
        day = anchor + timedelta(days=sign * count)
        return day, day, "day", "relative"
    if unit == "week":
        return *week_of(anchor + timedelta(days=sign * 7 * count)), "week", "relative"
    if unit == "month":
        return *shift_month(anchor, sign * count), "month", "relative"
    year = anchor.year + sign * (count if unit == "year" else 10 * count)
    if not 1 <= year <= 9999:
        return None
    return date(year, 1, 1), date(year, 12, 31), "year", "relative"


def ago(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'Two weeks ago'."""
    return None if published is None else counted_from(published, m, -1)


def ahead(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'In three days', 'two weeks from now': only of what lies ahead ('built in two years')."""
    return counted_from(published, m, 1) if published is not None and future else None


def within(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'Within two weeks', 'in the coming days', 'over the next few months'."""
    if published is None or not future:
        return None
    unit = m["unit"].lower()
    # what lies ahead is said more loosely than what is past: 'the coming hours' are two days
    count = counted(m) if m["count"] else 48 if unit == "hour" else FEW[unit]
    days = 365 * count if unit == "year" else DAYS[unit] * count
    end = published + timedelta(days=round(days))
    return published, end, precision_of(end - published), "relative"


def span_back(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'Over the past year', 'in recent months', 'for three months': what reaches until now."""
    if published is None:
        return None
    unit = m["unit"].lower()
    many = m["unit"] + "s" == m[0][-len(unit) - 1 :] or m[0].endswith("s")
    count = counted(m) if m["count"] else FEW[unit] if many else 1
    start = published - timedelta(days=min(round(DAYS[unit] * count), published.toordinal() - 1))
    return start, published, precision_of(published - start), "relative"


def precision_of(span: timedelta) -> DatePrecision:
    """Return the precision of a stretch of so many days."""
    days = span.days
    return (
        "day" if days <= 1 else "week" if days <= 9 else "month" if days <= 45
        else "quarter" if days <= 130 else "year"
    )  # fmt: skip


def weekend(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'Over the weekend': the last one, or the next of what lies ahead."""
    if published is None:
        return None
    return *weekend_of(published, 0, future), "day", "relative"


def overnight(m: re.Match[str], published: date | None, future: bool) -> Resolved:
    """'Overnight': between the day before and the day of publication."""
    if published is None:
        return None
    return published - timedelta(days=1), published, "day", "relative"
