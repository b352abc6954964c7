"""Frames from seed CSVs: what a political scientist edits, and a loader that reports conflicts.

A lemma field may list lemmas with ``|`` and name classes of ``classes.csv`` with ``@class``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from detente.coding.actors import SeedError, read_rows
from detente.model import EVENT_TYPES

K = TypeVar("K")
V = TypeVar("V")

COOPERATIVE = frozenset({"AGREE", "CONSULT", "SUPPORT", "COOPERATE", "AID", "YIELD"})
QUADS = {
    "AGREE": 1,
    "CONSULT": 1,
    "SUPPORT": 1,
    "COOPERATE": 2,
    "AID": 2,
    "YIELD": 2,
    "REQUEST": 3,
    "ACCUSE": 3,
    "REJECT": 3,
    "THREATEN": 3,
    "PROTEST": 4,
    "SANCTION": 4,
    "MOBILIZE": 4,
    "COERCE": 4,
    "ASSAULT": 4,
    "ASSESS": 0,
}
"""PLOVER's quad classes: 1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4
material conflict; 0 for ASSESS, which is no act."""


@dataclass(frozen=True, slots=True)
class Frame:
    """How one predicate (or predicate and noun) is an event.

    Attributes:
        rule_id: file and key, e.g. ``verb:accuse``.
        target: argument slots in order of preference ('obj', 'iobj', 'subj', a preposition, 'poss',
            'comp', 'pair').
        source: likewise, for nominal frames; verbs take their subject.
        reach: what the target's head may be besides a state actor: letters c(ivilian), a(ct),
            p(lace), t(hing), o(rganisation: company, party, media), r(ebel).
        reciprocal: both act; a plural subject without target is its own pair.
    """

    rule_id: str
    type: str
    mode: str | None
    cameo: str | None
    target: tuple[str, ...]
    source: tuple[str, ...] = ()
    reach: str = ""
    reciprocal: bool = False


@dataclass(frozen=True, slots=True)
class Operator:
    """A verb (or adjective) whose complement is an act.

    ``kind``: 'axes' lets the act through and sets its axes; 'act' makes an act of its own
    (refuse, agree, threaten, cancel, deny) that refers to the complement; 'block' hides it.
    """

    rule_id: str
    kind: str
    form: str
    when: str
    type: str | None
    mode: str | None
    realis: str | None
    temporality: str | None
    polarity: str | None


@dataclass(frozen=True, slots=True)
class RelationWord:
    """A word that says how a relation stands ('level') or moves ('change')."""

    lemma: str
    part: str
    mode: str
    direction: str


@dataclass(slots=True)
class Lexicon:
    """All frames, by the word that triggers them."""

    verbs: dict[tuple[str, str], list[Frame]] = field(default_factory=dict)
    light: dict[tuple[str, str], list[Frame]] = field(default_factory=dict)
    nouns: dict[str, list[Frame]] = field(default_factory=dict)
    operators: dict[str, list[Operator]] = field(default_factory=dict)
    relation_words: dict[tuple[str, str], RelationWord] = field(default_factory=dict)
    relation_nouns: dict[str, str] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    classes: dict[str, frozenset[str]] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    fingerprint: str = ""


def _expand(text: str, classes: dict[str, frozenset[str]], where: str) -> Iterator[str]:
    for item in text.split("|"):
        if not (item := item.strip()):
            continue
        if item.startswith("@"):
            if item[1:] not in classes:
                raise SeedError(f"{where}: unknown class {item}")
            yield from sorted(classes[item[1:]])
        else:
            yield item


def _slots(text: str) -> tuple[str, ...]:
    return tuple(s.strip() for s in text.split("|") if s.strip())


def _check_type(event_type: str, where: str) -> str:
    if event_type not in EVENT_TYPES:
        raise SeedError(f"{where}: unknown event type {event_type!r}")
    return event_type


def load_lexicon(folder: Path) -> Lexicon:
    """Read ``classes, heads, verbs, light, nouns, operators, relations`` from ``seeds/frames``.

    Raises:
        SeedError: a row is malformed. Two rows that claim the same trigger are no error: the
            first one wins where both fit, and ``conflicts`` lists them.
    """
    lexicon = Lexicon()
    classes: dict[str, frozenset[str]] = {}
    for where, row in read_rows(folder / "classes.csv"):
        members = frozenset(_expand(row["members"], classes, where))
        classes[row["class"]] = classes.get(row["class"], frozenset()) | members
    lexicon.classes = classes
    for where, row in read_rows(folder / "heads.csv"):
        for noun in _expand(row["nouns"], classes, where):
            _put(lexicon.heads, noun, row["role"], where, lexicon.conflicts)
    for where, row in read_rows(folder / "verbs.csv"):
        for key in _expand(row["verbs"], classes, where):
            verb, _, particle = key.partition(" ")
            frame = _frame(f"verb:{key}", row, where)
            _add(lexicon.verbs.setdefault((verb, particle), []), frame, where, lexicon.conflicts)
    for where, row in read_rows(folder / "light.csv"):
        nouns = list(_expand(row["nouns"], classes, where))
        for verb in _expand(row["verbs"], classes, where):
            for noun in nouns:
                frame = _frame(f"light:{verb}+{noun}", row, where)
                _add(lexicon.light.setdefault((verb, noun), []), frame, where, lexicon.conflicts)
    for where, row in read_rows(folder / "nouns.csv"):
        for noun in _expand(row["nouns"], classes, where):
            frame = _frame(f"noun:{noun}", row, where)
            _add(lexicon.nouns.setdefault(noun, []), frame, where, lexicon.conflicts)
    for where, row in read_rows(folder / "operators.csv"):
        if row["kind"] not in ("axes", "act", "block"):
            raise SeedError(f"{where}: kind must be axes, act or block, not {row['kind']!r}")
        if row["kind"] == "act":
            _check_type(row["type"], where)
        for lemma in _expand(row["lemmas"], classes, where):
            lexicon.operators.setdefault(lemma, []).append(
                Operator(
                    f"operator:{lemma}",
                    row["kind"],
                    row["form"] or "any",
                    row["when"] or "any",
                    row["type"] or None,
                    row["mode"] or None,
                    row["realis"] or None,
                    row["temporality"] or None,
                    row["polarity"] or None,
                )
            )
    for where, row in read_rows(folder / "relations.csv"):
        for lemma in _expand(row["lemmas"], classes, where):
            if row["part"] == "noun":
                lexicon.relation_nouns[lemma] = row["direction"]
            else:
                word = RelationWord(lemma, row["part"], row["mode"], row["direction"])
                _put(lexicon.relation_words, (row["part"], lemma), word, where, lexicon.conflicts)
    lexicon.fingerprint = _fingerprint(folder)
    return lexicon


def _frame(rule_id: str, row: dict[str, str], where: str) -> Frame:
    if not row["target"]:
        raise SeedError(f"{where}: a frame needs a target slot")
    return Frame(
        rule_id,
        _check_type(row["type"], where),
        row["mode"] or None,
        row["cameo"] or None,
        _slots(row["target"]),
        _slots(row.get("source", "")),
        row["reach"],
        row["recip"] in ("1", "true", "yes"),
    )


def _add(frames: list[Frame], frame: Frame, where: str, conflicts: list[str]) -> None:
    for other in frames:
        if set(other.target) & set(frame.target) and other.type != frame.type:
            conflicts.append(
                f"{where}: {frame.rule_id} is {frame.type} on {'|'.join(frame.target)}, "
                f"an earlier row says {other.type}"
            )
    frames.append(frame)


def _put(table: dict[K, V], key: K, value: V, where: str, conflicts: list[str]) -> None:
    if key in table and table[key] != value:
        conflicts.append(f"{where}: {key} is {value}, an earlier row says {table[key]}")
        return
    table[key] = value


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.csv")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
