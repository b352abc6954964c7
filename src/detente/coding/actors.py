"""Who is named in a text: countries, offices, persons and organisations, with their roles.

One Aho-Corasick automaton over all aliases (leftmost-longest, case-sensitive, word boundaries).
An alias resolves by the date of the document; a surname by the person named before it.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from ahocorasick_rs import AhoCorasick, MatchKind

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
PERSON_KINDS = frozenset({"person"})

_COMPOUND_AFTER = re.compile(r"[-\u2010\u2011][a-z]")
_PREFIX_BEFORE = re.compile(r"(?i)\b(?:anti|pro|non|ex|trans|intra|un|mid)[-\u2010]$")
_CAPITALISED_BEFORE = re.compile(r"([A-Z][a-z]+)[ \u00a0]$")
_CAPITALISED_AFTER = re.compile(r"[ \u00a0]([A-Z][a-z]+)")
# Country names that are also given names, surnames or other places.
_AMBIGUOUS = frozenset(
    {
        "Jordan",
        "Chad",
        "Georgia",
        "Israel",
        "Washington",
        "Paris",
        "Victoria",
        "London",
        "Lima",
        "Santiago",
        "Kingston",
        "Austin",
        "Ireland",
        "Holland",
        "Sydney",
        "Sofia",
        "Milan",
        "Brazil",
        "India",
        "Malta",
        "Cuba",
        "English",
        "France",
        "Dominica",
        "Guinea",
        "Niger",
        "Mali",
        "Wellington",
        "Nelson",
        "Hamilton",
        "Georgetown",
        "Jamestown",
        "Stanley",
        "Valletta",
    }
)
_TITLES = frozenset(
    (
        "President Prime Premier Minister King Queen Prince Princess Foreign Defence Defense "
        "Secretary General Supreme Crown Chancellor Ambassador Senator Army Navy Air Parliament "
        "Government Interior Finance Central National State House Embassy Ministry Vice Deputy "
        "Sheikh Emir Sultan Congress Senate Police Court Chief Admiral Marshal Leader Dictator "
        "Treasury Pentagon Special Monday Tuesday Wednesday Thursday Friday Saturday Sunday "
        "January February March April May June July August September October November December "
        "Energy Trade Economy Economic Home Security Speaker Justice Health Border Military "
        "Republic Head Oil Naval "
    ).split()
)
# Words that stand capitalised before a country without being a given name.
_NOT_A_GIVEN_NAME = _TITLES | frozenset(
    (
        "The In On At From To For With And But Of By As Why How When While After Before Since "
        "Both North South East West Northern Southern Eastern Western New Central Meanwhile Today "
        "Also Yesterday However Although Although Because If Neither Former Democratic Federal "
        "Kingdom Between Against Over Under Into About Via Near Inside Outside Could Will Should "
        "Can Does Did Is Are Was Were Has Have Had Let Many Most Some All No Not Visit Ask Help "
        "Stop Leave Mr Mrs Syria Iraq Iran Egypt Lebanon Russia China Ukraine Armenia Azerbaijan "
        "Turkey Japan Korea Saudi Kuwait Qatar Sudan Nigeria Libya Pakistan Britain Germany "
        "Moscow Beijing Tehran "
    ).split()
)
# Family names shared by too many people to stand alone without the full name in the document.
_WEAK_SURNAMES = frozenset(
    (
        "Kim Park Lee Li May Brown Rice Powell Johnson Smith Jones Moon Roh Ban Chen Wang Zhang "
        "Yang Hu Wen Xi Ma Zhu Ali Khan Singh Ahmed Hassan Hussein Shah Santos Silva Garcia Lopez "
        "Perez Martinez King Prince Young Clark Cook White Black Green Hunt Straw Hague Carter "
        "Martin Major Bush Day Case Key Bishop Rudd Turnbull Abbott Morrison Harper Costa Rocha "
        "Costello Austin Vance Marshall Hill Rivera Castro Chung Choi Kang Jung Cho Song Han Han "
        "Yoon Noda Mori Aso Hamad Salman Abdullah Mohammed Mohamed Ibrahim Mahmoud Saleh Nasser "
        "Zia Bhutto Yang Tsai Trần Nguyen Pham Sato Ito Abe Kono Blair Berger Fischer Wallace "
        "Scholz Baker Ford Truss Cameron Raab Cleverly Lammy Healey Starmer Reynolds Power Mann "
        "Wolf Fox Beck Sullivan Rubio Gates Hagel Panetta Perry Cohen Miller Carr Evans Downer "
        "Hayden Beazley "
    ).split()
) - {"Blair", "Scholz", "Starmer", "Cameron", "Xi", "Truss", "Rubio", "Castro", "Abe", "Bush"}


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
            for surname in {self._surname(full), self._surname(alias.text)}:
                # a prime minister called Friday is no reason to find him in every week
                if len(surname) > 1 and surname not in table and surname not in _TITLES:
                    self._surnames.setdefault(surname, []).append(alias)

    @staticmethod
    def _surname(full: str) -> str:
        words = full.split()
        if len(words) < 2:
            return ""
        # Chinese, Korean, Vietnamese: family name first ('Kim Jong-un', 'Xi Jinping')
        if words[0] in _FAMILY_FIRST and len(words[0]) <= 6:
            return words[0]
        for i, word in enumerate(words[1:], 1):
            if word.lower() in ("van", "von", "de", "bin", "al", "der", "da", "di"):
                return " ".join(words[i:])
        return words[-1]

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
            if surface in _AMBIGUOUS and _is_name_part(text, start, end):
                continue
            alias = self._choose(options, on)
            if alias is not None:
                found.append(
                    ActorMention(
                        start, end, surface, alias.code, alias.role, alias.kind, alias.name
                    )
                )
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

    def surname_lookup(self, on: date | None) -> _Surnames:
        return _Surnames(self._surnames, on)


class _Surnames:
    """Surnames of leaders in office, for documents that never give the full name."""

    def __init__(self, table: dict[str, list[Alias]], on: date | None) -> None:
        self._table, self._on = table, on

    def get(self, surname: str, seen: dict[str, ActorMention]) -> Alias | None:
        if surname in seen:
            m = seen[surname]
            return Alias(surname, m.code, m.role, m.kind, m.name)
        options = [
            a
            for a in self._table.get(surname, ())
            if a.is_valid(self._on) and a.role in ("state_leader", "government")
        ]
        if not options or (surname in _WEAK_SURNAMES and self._on is None):
            return None
        leaders = [a for a in options if a.role == "state_leader"]
        if surname in _WEAK_SURNAMES or len({a.code for a in options}) > 1:
            options = leaders
        if len({a.code for a in options}) != 1:
            return None
        return options[-1]


_FAMILY_FIRST = frozenset(
    (
        "Kim Park Lee Li Xi Hu Wen Jiang Zhu Yang Wang Moon Roh Ban Yoon Han Hwang Chung Kang Yun "
        "Cho Choe Choi Pak Jang Jong Hong Song Hyon Hyun Ri Kang Ro Paek Tsai Ma Lai Chen Zhang "
        "Zhao Zhou Liu Sun Wu Xu Qin Qian Dai Cui Nguyen Pham Tran Vo To Truong Luong Hun Lam "
        "Liang Dong Chang Mao Deng Zeng Tang Ding He Wei Cai Guo Liao Jon Choo Pham Le Phan Bui "
        "Do "
    ).split()
)
_CAPITALISED = re.compile(r"\b[A-Z][\w\u2019'-]+")
_NEXT_WORD = re.compile(r"[ \u00a0]([A-Z][a-z]+)")


def _is_name_part(text: str, start: int, end: int) -> bool:
    """'Michael Jordan', 'Jordan Peterson', 'Georgia Smith', 'Washington Irving'."""
    after = _CAPITALISED_AFTER.match(text, end)
    if after and after[1] not in _TITLES and after[1] not in _NOT_A_GIVEN_NAME:
        return True
    before = _CAPITALISED_BEFORE.search(text, max(0, start - 20), start)
    if before and before[1] not in _NOT_A_GIVEN_NAME:
        at = before.start()
        # a capital that opens the sentence says nothing
        return at > 1 and text[at - 2] not in '.!?\n"\u201c:'
    return False


class DocumentActors:
    """Finds actors in one document: full aliases first, then surnames of persons named before."""

    def __init__(self, index: ActorIndex, on: date | None) -> None:
        self._index, self._on = index, on
        self._seen: dict[str, ActorMention] = {}
        self._surnames = index.surname_lookup(on)

    def find(self, text: str) -> list[ActorMention]:
        """Return all actors of a text (call it once, with the whole body)."""
        full = self._index.find(text, self._on)
        covered = {i for m in full for i in range(m.start, m.end)}
        for m in full:
            if m.kind in PERSON_KINDS and m.name:
                for surname in {ActorIndex._surname(m.name), ActorIndex._surname(m.text)}:
                    if surname:
                        self._seen.setdefault(surname, m)
        extra = []
        table = self._index._surnames
        for match in _CAPITALISED.finditer(text):
            word, end = match[0], match.end()
            for suffix in ("'s", "\u2019s", "'", "\u2019"):
                if word.endswith(suffix):
                    word, end = word[: -len(suffix)], end - len(suffix)
                    break
            if word.endswith("-"):
                continue
            if word not in self._seen and word not in table:
                # 'Xi-Kim meeting', 'Trump-Putin summit'
                if "-" in word and all(p in self._seen or p in table for p in word.split("-")):
                    at = match.start()
                    for part in word.split("-"):
                        alias = self._surnames.get(part, self._seen)
                        if alias is not None:
                            extra.append(
                                ActorMention(
                                    at,
                                    at + len(part),
                                    part,
                                    alias.code,
                                    alias.role,
                                    alias.kind,
                                    alias.name,
                                )
                            )
                        at += len(part) + 1
                continue
            if match.start() in covered:
                continue
            if self._is_other_person(text, match.start(), end):
                continue
            alias = self._surnames.get(word, self._seen)
            if alias is not None:
                extra.append(
                    ActorMention(
                        match.start(), end, word, alias.code, alias.role, alias.kind, alias.name
                    )
                )
        return sorted(full + extra, key=lambda m: m.start)

    def _is_other_person(self, text: str, start: int, end: int) -> bool:
        """'Melania Trump', 'Bush Jr', 'Trump Tower': a longer name than the surname."""
        after = _NEXT_WORD.match(text, end)
        if after and after[1] not in _NOT_A_GIVEN_NAME:
            return True
        before = _CAPITALISED_BEFORE.search(text, max(0, start - 24), start)
        if before and before[1] not in _NOT_A_GIVEN_NAME:
            at = before.start()
            return at > 1 and text[at - 2] not in '.!?\n"\u201c:'
        return False


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
