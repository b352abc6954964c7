"""Who is named in a text: countries, offices, persons and organisations, with their roles.

One Aho-Corasick automaton over all aliases (leftmost-longest, case-sensitive, word boundaries).
An alias resolves by the date of the document; a surname by the person named before it.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from ahocorasick_rs import AhoCorasick, MatchKind

from detente.coding import names

STATE_ROLES = frozenset(
    {
        "state_leader",
        "nominal_head_of_state",
        "government",
        "ruling_party",
        "military",
        "parliament",
        "state_company",
    }
)
OFFICE_ROLES = STATE_ROLES - {"state_company"}
"""Who speaks and travels for a state."""
PERSON_KINDS = frozenset({"person"})

_COMPOUND_AFTER = re.compile(r"[-\u2010\u2011][a-z]")
_PREFIX_BEFORE = re.compile(r"(?i)\b(?:anti|pro|non|ex|trans|intra|un|mid)[-\u2010]$")


@dataclass(frozen=True, slots=True)
class Alias:
    """One surface form and whom it means while it is valid."""

    text: str
    code: str
    role: str
    kind: str
    name: str | None
    valid_from: date | None = None
    valid_to: date | None = None

    def is_valid(self, on: date | None) -> bool:
        return on is None or (
            (self.valid_from is None or self.valid_from <= on)
            and (self.valid_to is None or on <= self.valid_to)
        )


@dataclass(frozen=True, slots=True)
class ActorMention:
    """An actor at a place in a text (character offsets, end exclusive).

    ``kind`` is that of ``actors.csv`` or 'country', 'demonym', 'capital' from ``countries.csv``.
    """

    start: int
    end: int
    text: str
    code: str
    role: str
    kind: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor in an argument. Offsets are characters of the sentence."""

    code: str
    role: str
    kind: str
    name: str | None
    start: int
    end: int
    token: int
    via: str = "self"

    @property
    def is_state(self) -> bool:
        return self.role in STATE_ROLES or self.role == "igo"


@dataclass(slots=True)
class Context:
    """What earlier sentences of the document lend to the next ones."""

    subject: Actor | None = None
    pair: tuple[Actor, Actor] | None = None
    speaker: Actor | None = None
    subjects: tuple[Actor, ...] = ()
    """The last sentence's subject, where it was plural: what 'they' means."""
    group: tuple[Actor, ...] = ()
    """The last states that were listed together: what 'the four' means."""
    offices: dict[str, Actor | None] = field(default_factory=dict)
    """By noun, whose office was named ('ministry'); None where there were two."""


class SeedError(ValueError):
    """A seed file has a row that cannot be used; the message names file and line."""


def _parse_date(text: str, where: str) -> date | None:
    text = text.strip()
    if not text:
        return None
    try:
        return date.fromisoformat(
            text if len(text) > 7 else f"{text}-01" if len(text) == 7 else f"{text}-01-01"
        )
    except ValueError as error:
        raise SeedError(f"{where}: not a date: {text!r}") from error


def read_rows(path: Path) -> Iterable[tuple[str, dict[str, str]]]:
    """Yield (file:line, row) of a seed CSV."""
    with path.open(encoding="utf-8", newline="") as f:
        reader = csv.DictReader(f)
        for row in reader:
            where = f"{path.name}:{reader.line_num}"
            if None in row:
                raise SeedError(f"{where}: more fields than the header has")
            yield where, {k: (v or "").strip() for k, v in row.items()}


def _load_countries(path: Path) -> list[Alias]:
    aliases = []
    for _, row in read_rows(path):
        code = row["country_code"]
        for column, kind in (("names", "country"), ("demonyms", "demonym"), ("capital", "capital")):
            for text in row[column].split("|"):
                if text := text.strip():
                    aliases.append(Alias(text, code, "government", kind, None))
        if row["name"] and row["name"] not in row["names"].split("|"):
            aliases.append(Alias(row["name"], code, "government", "country", None))
    return aliases


def _load_actors(path: Path) -> list[Alias]:
    return [
        Alias(
            row["alias"],
            row["country_code"],
            row["role"] or "government",
            row["kind"],
            row.get("canonical_name") or None,
            _parse_date(row.get("valid_from", ""), where),
            _parse_date(row.get("valid_to", ""), where),
        )
        for where, row in read_rows(path)
        if row["alias"]
    ]


BOTH = "+"
"""Joins the codes of an alias that names two states at once ('the two Koreas')."""


class ActorIndex:
    """All aliases, ready to search.

    Args:
        aliases: countries and actors; a later row beats an earlier one that is equally fit.
        blockers: phrases that hold a country's name and name no actor ('Persian Gulf').
    """

    def __init__(self, aliases: Sequence[Alias], blockers: Iterable[str] = ()) -> None:
        table: dict[str, list[Alias]] = {}
        for alias in aliases:
            table.setdefault(alias.text, []).append(alias)
            if "'" in alias.text:
                table.setdefault(alias.text.replace("'", "\u2019"), []).append(alias)
            if alias.kind == "country" and len(alias.text) > 3 and not alias.text.isupper():
                table.setdefault(alias.text.upper(), []).append(alias)
        for phrase in blockers:
            table[phrase] = []
        self._table = table
        self._patterns = list(table)
        self._automaton = AhoCorasick(self._patterns, matchkind=MatchKind.LeftmostLongest)
        self._surnames: dict[str, list[Alias]] = {}
        for alias in aliases:
            if alias.kind not in PERSON_KINDS or " " not in (full := alias.name or alias.text):
                continue
            for surname in {names.surname_of(full), names.surname_of(alias.text)}:
                # a prime minister called Friday is no reason to find him in every week
                if (
                    len(surname) > 1
                    and surname not in table
                    and surname not in names.NO_ONES_SURNAMES
                ):
                    self._surnames.setdefault(surname, []).append(alias)

    @property
    def known_surnames(self) -> Mapping[str, list[Alias]]:
        return self._surnames

    @cached_property
    def fingerprint(self) -> str:
        """Short hash of everything that decides output."""
        text = repr(sorted(self._table.items(), key=lambda kv: kv[0]))
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def find(self, text: str, on: date | None = None) -> list[ActorMention]:
        """Return the actors named in ``text``, in order.

        Args:
            text: any text.
            on: the document's date; None means undated, then every term counts.
        """
        found: list[ActorMention] = []
        for index, start, end in self._automaton.find_matches_as_indexes(text):
            if start and (text[start - 1].isalnum() or text[start - 1] in "@#_"):
                continue
            if end < len(text) and (text[end].isalnum() or text[end] == "_"):
                continue
            surface = self._patterns[index]
            options = self._table[surface]
            if (
                not options
                or _COMPOUND_AFTER.match(text, end)
                or _PREFIX_BEFORE.search(text, max(0, start - 8), start)
            ):
                continue
            if surface in names.AMBIGUOUS_PLACES and names.is_name_part(text, start, end):
                continue
            alias = self._choose(options, on)
            if (
                alias is not None
                and alias.kind in PERSON_KINDS
                and " " not in surface
                and names.is_other_person(text, start, end, alias.name or "")
            ):
                continue
            if alias is not None:
                found += [
                    ActorMention(start, end, surface, code, alias.role, alias.kind, alias.name)
                    for code in alias.code.split(BOTH)
                ]
        return found

    @staticmethod
    def _choose(options: list[Alias], on: date | None) -> Alias | None:
        valid = [a for a in options if a.is_valid(on)]
        if valid:
            # the latest term first; undated texts are read as of today
            if on is None and len(valid) > 1:
                now = datetime.now(UTC).date()
                valid = [a for a in valid if a.is_valid(now)] or valid
            return valid[-1]
        if all(a.kind in PERSON_KINDS for a in options) and len({a.code for a in options}) == 1:
            # before or after the term it is the same person without the office
            return replace(options[-1], role="civilian")
        return None

    def by_surname(
        self, surname: str, on: date | None, named: frozenset[str], title: str | None
    ) -> Alias | None:
        """Return who in office is meant by a surname whose full name the text never gives.

        Args:
            surname: as written.
            on: the document's date.
            named: codes of the countries that the document names otherwise.
            title: the office before the name ('President'), if any.
        """
        if on is None:
            return None
        everywhere = surname in names.KNOWN_EVERYWHERE or title in names.LEADING
        options = [
            a
            for a in self._surnames.get(surname, ())
            if a.is_valid(on)
            and a.role in ("state_leader", "government")
            and (everywhere or a.code in named)
        ]
        if surname in names.WEAK_SURNAMES:
            role = "government" if title and title not in names.LEADING else "state_leader"
            options = [a for a in options if a.role == role]
        options = [a for a in options if a.code in named] or options
        if len({a.code for a in options}) > 1:
            options = [a for a in options if a.role == "state_leader"]
        if len({a.code for a in options}) != 1:
            return None
        return options[-1]


_POSSESSIVES = ("'s", "\u2019s", "'", "\u2019")
_CAPITALISED = re.compile(r"\b[A-Z][\w\u2019'-]+")


class DocumentActors:
    """Finds actors in one document: full aliases first, then surnames of persons named before."""

    def __init__(self, index: ActorIndex, on: date | None) -> None:
        self._index, self._on = index, on
        self._seen: dict[str, ActorMention] = {}

    def find(self, text: str) -> list[ActorMention]:
        """Return all actors of a text (call it once, with the whole body)."""
        full = self._index.find(text, self._on)
        for m in full:
            if m.kind in PERSON_KINDS and m.name:
                for surname in {names.surname_of(m.name), names.surname_of(m.text)}:
                    if surname:
                        self._seen.setdefault(surname, m)
        named = frozenset(m.code for m in full if m.code)
        # each form is judged once: most capitalised words of a text are nobody's name
        known = {w: c for w in set(_CAPITALISED.findall(text)) if (c := self._cut(w)) is not None}
        extra: list[ActorMention] = []
        spans = iter([*((m.start, m.end) for m in full), (len(text), len(text))])
        low, high = next(spans)
        for match in _CAPITALISED.finditer(text) if known else ():
            cut = known.get(match[0])
            if cut is None:
                continue
            word, parts = cut
            start = match.start()
            while high <= start:
                low, high = next(spans)
            if start >= low:
                continue  # part of a name found already
            end = start + len(word)
            at = start
            for part in parts:  # 'the Xi-Kim meeting', 'Trump-Putin summit'
                alias = self._person(part, text, start, end, named, is_pair=len(parts) > 1)
                if alias is not None:
                    extra.append(
                        ActorMention(
                            at, at + len(part), part, alias.code, alias.role, alias.kind, alias.name
                        )
                    )
                at += len(part) + 1
        extra += _halves(text, full)
        return sorted(full + extra, key=lambda m: m.start)

    def _cut(self, word: str) -> tuple[str, list[str]] | None:
        """Return a word without its possessive, and the surnames that it consists of, if it does."""
        seen, table = self._seen, self._index.known_surnames
        suffix = next((s for s in _POSSESSIVES if word.endswith(s)), "")
        word = word.removesuffix(suffix)
        if word in table or (word in seen and "-" not in word):
            return word, [word]
        if "-" not in word:
            return None
        parts = word.split("-")
        return (word, parts) if all(p in seen or p in table for p in parts) else None

    def _person(
        self, surname: str, text: str, start: int, end: int, named: frozenset[str], is_pair: bool
    ) -> Alias | None:
        seen = self._seen.get(surname)
        if seen is not None:
            alias: Alias | None = Alias(surname, seen.code, seen.role, seen.kind, seen.name)
        else:
            title = names.title_before(text, start)
            alias = self._index.by_surname(surname, self._on, named, title)
        if alias is None or names.is_month(text, start, end):
            return None
        if not is_pair and names.is_other_person(text, start, end, alias.name or ""):
            return None
        return alias


_HALF = re.compile(r"\b[Tt]he (North|South)(?=[\u2019']s\b|[.,;:]| [a-z])")
_KOREAS = {"North": "PRK", "South": "KOR"}
_OTHER_HALVES = frozenset({"SDN", "SSD", "YEM", "VNM", "CYP"})


def _halves(text: str, named: Sequence[ActorMention]) -> list[ActorMention]:
    """'The North', 'the South' in a text that names a Korea and no other divided country."""
    codes = {m.code for m in named}
    if not codes & set(_KOREAS.values()) or codes & _OTHER_HALVES:
        return []
    taken = [(m.start, m.end) for m in named]
    return [
        ActorMention(m.start(1), m.end(1), m[1], _KOREAS[m[1]], "government", "country")
        for m in _HALF.finditer(text)
        if all(m.end(1) <= s or m.start(1) >= e for s, e in taken)
    ]


def count_countries(mentions: Iterable[ActorMention]) -> dict[str, int]:
    """Return how often each country (or organisation) is named."""
    return dict(Counter(m.code for m in mentions if m.code))


def load_actor_index(seeds: Path, overlay: Path | None = None) -> ActorIndex:
    """Build the index from ``countries.csv``, ``actors.csv``, blockers and the user's overlay.

    Raises:
        SeedError: a row cannot be used.
        FileNotFoundError: ``countries.csv`` is missing.
    """
    aliases = _load_countries(seeds / "countries.csv")
    for path in (seeds / "actors.csv", overlay):
        if path is not None and path.exists():
            aliases += _load_actors(path)
    blockers_path = seeds / "frames" / "blockers.csv"
    blockers = [r["phrase"] for _, r in read_rows(blockers_path)] if blockers_path.exists() else []
    return ActorIndex(aliases, blockers)
