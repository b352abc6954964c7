"""Frames from seed CSVs: what a political scientist edits, and a loader that reports conflicts.

A lemma field may list lemmas with ``|`` and name classes of ``classes.csv`` with ``@class``.
Where two rows claim one trigger, the one that names it more plainly is tried first: a lemma
outranks a class. Two rows of one rank that disagree on a slot are an error: one of them would never
fire. ``seeds/frames/README.md`` describes the columns.
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

NEEDED_CLASSES = (
    "quantity_n", "sum_n", "framing_n", "support_v", "flow_n", "done_v", "border_line_n",
    "of_a_group_n", "standing_in_n", "party_n", "located_n", "person_n", "dwell_v", "member_n",
    "posted_n", "academy_n", "festive_n", "troop_n", "munition_n", "war_n", "arms_n", "vessel_n",
)  # fmt: skip
"""Lists of words that the matcher itself uses."""


STATE_ONLY = "-"
"""As ``doer``: none but the state."""

PREPOSITIONS = frozenset({
    "about", "across", "against", "along", "alongside", "around", "at", "back to", "behind",
    "between", "by", "close to", "for", "from", "in", "into", "near", "of", "off", "on", "onto",
    "opposite",
    "outside", "over", "past", "through", "to", "together with", "toward", "towards", "up with",
    "upon", "with",
})  # fmt: skip
"""Those that can be a slot; after ``*`` within another phrase."""

_SLOT_WISHES = {
    "obj": ("", "person", "act", "told", "blamed", "festive", "military", "CLASS"),
    "subj": ("", "CLASS"),
    "ctx": ("", "CLASS"),
    "named": ("CLASS",),
    "purpose": ("CLASS",),
    "iobj": ("",),
    "pair": ("",),
    "poss": ("",),
    "comp": ("",),
    "place": ("",),
    "unless": ("",),
}
"""What may follow a slot's colon; prepositions take the like."""


@dataclass(frozen=True, slots=True)
class Frame:
    """How one predicate (or predicate and noun) is an event.

    Attributes:
        rule_id: file and key, e.g. ``verb:accuse``.
        target: argument slots in order of preference ('obj', 'iobj', 'subj', a preposition, 'poss',
            'comp', 'pair').
        source: likewise; without one a verb takes its subject.
        reach: what the target's head may be besides a state actor: letters c(ivilian), a(ct),
            p(lace), t(hing), o(rganisation: company, party, media), r(ebel).
        doer: likewise for the source.
        rank: how many of its words were named through a class; low ranks are tried first.
        reciprocal: both act; a plural subject without target is its own pair, unless
            ``needs_partner``.
    """

    rule_id: str
    type: str
    mode: str | None
    cameo: str | None
    target: tuple[str, ...]
    source: tuple[str, ...] = ()
    reach: str = ""
    reciprocal: bool = False
    doer: str = ""
    rank: int = 0
    needs_partner: bool = False


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
    nominals: dict[str, tuple[str, ...]] = field(default_factory=dict)
    patient_nouns: set[str] = field(default_factory=set)
    operators: dict[str, list[Operator]] = field(default_factory=dict)
    relation_words: dict[tuple[str, str], RelationWord] = field(default_factory=dict)
    relation_nouns: dict[str, str] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    classes: dict[str, frozenset[str]] = field(default_factory=dict)
    light_verbs: frozenset[str] = frozenset()
    verb_frames: dict[str, list[Frame]] = field(default_factory=dict)
    fingerprint: str = ""


def _expand(text: str, classes: dict[str, frozenset[str]], where: str) -> Iterator[tuple[str, int]]:
    """Yield every lemma of a field with its rank: 0 where it stands itself, 1 through a class."""
    items = [item.strip() for item in text.split("|") if item.strip()]
    named = {item for item in items if not item.startswith("@")}
    yield from ((item, 0) for item in items if item in named)
    for item in items:
        if item in named:
            continue
        if item[1:] not in classes:
            raise SeedError(f"{where}: unknown class {item}")
        yield from ((member, 1) for member in sorted(classes[item[1:]] - named))


def _words(text: str) -> tuple[str, ...]:
    return tuple(s.strip() for s in text.split("|") if s.strip())


def _slots(text: str, classes: dict[str, frozenset[str]], where: str) -> tuple[str, ...]:
    """Return the slots of a field; one of an unknown name or class is an error."""
    slots = _words(text)
    for slot in slots:
        name, colon, wish = slot.partition(":")
        if name not in _SLOT_WISHES and name.removeprefix("*") not in PREPOSITIONS:
            raise SeedError(f"{where}: no slot {slot!r}")
        wishes = _SLOT_WISHES.get(name, ("", "military", "igo", "festive", "CLASS"))
        if wish in wishes and wish != "CLASS":
            continue
        if colon and ("CLASS" not in wishes or wish not in classes):
            raise SeedError(f"{where}: slot {slot!r}: {wish!r} is no class and nothing it can ask")
        if not colon and "" not in wishes:
            raise SeedError(f"{where}: slot {slot!r} needs a class")
    return slots


def _check_type(event_type: str, where: str) -> str:
    if event_type not in EVENT_TYPES:
        raise SeedError(f"{where}: unknown event type {event_type!r}")
    return event_type


def load_lexicon(folder: Path) -> Lexicon:
    """Read the tables of ``seeds/frames``.

    Raises:
        SeedError: a row is malformed, or rows contradict one another (the message names them).
    """
    lexicon = Lexicon()
    conflicts: list[str] = []
    classes: dict[str, frozenset[str]] = {}
    for where, row in read_rows(folder / "classes.csv"):
        members = frozenset(m for m, _ in _expand(row["members"], classes, where))
        classes[row["class"]] = classes.get(row["class"], frozenset()) | members
    if missing := [name for name in NEEDED_CLASSES if name not in classes]:
        raise SeedError(f"classes.csv lacks {', '.join(missing)}, which the matcher asks for")
    lexicon.classes = classes
    for where, row in read_rows(folder / "heads.csv"):
        for noun, _ in _expand(row["nouns"], classes, where):
            _put(lexicon.heads, noun, row["role"], where, conflicts)
    for where, row in read_rows(folder / "verbs.csv"):
        for key, rank in _expand(row["verbs"], classes, where):
            verb, _, particle = key.partition(" ")
            frame = _frame(f"verb:{key}", row, where, rank, classes)
            _add(lexicon.verbs.setdefault((verb, particle), []), frame, where, conflicts)
    for where, row in read_rows(folder / "light.csv"):
        nouns = list(_expand(row["nouns"], classes, where))
        for verb, verb_rank in _expand(row["verbs"], classes, where):
            for noun, noun_rank in nouns:
                rule, rank = f"light:{verb}+{noun}", verb_rank + noun_rank
                frame = _frame(rule, row, where, rank, classes)
                _add(lexicon.light.setdefault((verb, noun), []), frame, where, conflicts)
    for where, row in read_rows(folder / "nouns.csv"):
        for noun, rank in _expand(row["nouns"], classes, where):
            frame = _frame(f"noun:{noun}", row, where, rank, classes)
            _add(lexicon.nouns.setdefault(noun, []), frame, where, conflicts)
    for where, row in read_rows(folder / "nominals.csv"):
        if row["possessor"] not in ("", "object"):
            raise SeedError(f"{where}: possessor must be empty or object")
        for noun in _words(row["nouns"]):
            if row["possessor"]:
                lexicon.patient_nouns.add(noun)
            verbs = lexicon.nominals.get(noun, ())
            lexicon.nominals[noun] = (*verbs, *(v for v in _words(row["verbs"]) if v not in verbs))
    for where, row in read_rows(folder / "operators.csv"):
        _add_operators(lexicon, row, where)
    for where, row in read_rows(folder / "relations.csv"):
        for lemma, _ in _expand(row["lemmas"], classes, where):
            if row["part"] == "noun":
                lexicon.relation_nouns[lemma] = row["direction"]
            else:
                word = RelationWord(lemma, row["part"], row["mode"], row["direction"])
                _put(lexicon.relation_words, (row["part"], lemma), word, where, conflicts)
    for table in (lexicon.verbs, lexicon.light, lexicon.nouns):
        for frames in table.values():
            frames.sort(key=lambda f: f.rank)
    if conflicts:
        raise SeedError(f"{len(conflicts)} contradictions: " + "; ".join(conflicts[:20]))
    lexicon.light_verbs = frozenset(verb for verb, _ in lexicon.light)
    for (verb, _), frames in lexicon.verbs.items():
        lexicon.verb_frames.setdefault(verb, []).extend(frames)
    lexicon.fingerprint = _fingerprint(folder)
    return lexicon


def _add_operators(lexicon: Lexicon, row: dict[str, str], where: str) -> None:
    if row["kind"] not in ("axes", "act", "block"):
        raise SeedError(f"{where}: kind must be axes, act or block, not {row['kind']!r}")
    if row["kind"] == "act":
        _check_type(row["type"], where)
    for lemma, _ in _expand(row["lemmas"], lexicon.classes, where):
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


def _frame(
    rule_id: str, row: dict[str, str], where: str, rank: int, classes: dict[str, frozenset[str]]
) -> Frame:
    if not row["target"]:
        raise SeedError(f"{where}: a frame needs a target slot")
    if row["recip"] not in ("", "1", "partner"):
        raise SeedError(f"{where}: recip must be empty, 1 or partner, not {row['recip']!r}")
    return Frame(
        rule_id,
        _check_type(row["type"], where),
        row["mode"] or None,
        row["cameo"] or None,
        _slots(row["target"], classes, where),
        _slots(row["source"], classes, where),
        row["reach"],
        row["recip"] in ("1", "partner"),
        row["doer"],
        rank,
        row["recip"] == "partner",
    )


def _add(frames: list[Frame], frame: Frame, where: str, conflicts: list[str]) -> None:
    for other in frames:
        shared = set(other.target) & set(frame.target)
        hidden = set(frame.reach) <= set(other.reach) and other.rank == frame.rank
        hidden = hidden and other.source in ((), frame.source) and other.doer != STATE_ONLY
        if shared and hidden and (other.type, other.mode) != (frame.type, frame.mode):
            conflicts.append(
                f"{where}: {frame.rule_id} is {frame.type} on {'|'.join(sorted(shared))}, "
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
