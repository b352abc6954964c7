"""Frames against one parsed sentence: which predicates are acts, and who stands in their slots.

Strict: a frame fires only where its slots are filled by actors through the argument structure
(`arguments.py`). A word near two countries is no event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from detente.coding.actors import OFFICE_ROLES
from detente.coding.arguments import Actor, Arguments
from detente.coding.lexicon import Frame, Lexicon
from detente.coding.predicates import Predicates, fits_slot
from detente.coding.syntax import Tree

_AUXILIARY = frozenset({"aux", "auxpass"})
_ATTRIBUTIVE = frozenset({"amod", "pcomp"})
"""A bare participle here is an adjective: 'in occupied X'."""

# Who may act besides the state; the role stays on the row, so states can be told from others.
# Strikes and missiles ('a Turkish airstrike killed') act for their owner.
_SOURCE_REACH = {
    "ASSAULT": "rat",
    "COERCE": "r",
    "THREATEN": "r",
    "ACCUSE": "o",
    "PROTEST": "co",
    "CONSULT": "r",
    "AGREE": "r",
    "YIELD": "r",
    "REQUEST": "r",
    "REJECT": "r",
}
_PEOPLES_ACTS = frozenset({"ACCUSE", "PROTEST", "REQUEST", "REJECT", "THREATEN", "ASSAULT"})
"""What a people may do without its state: 'Palestinians blame X' (and what two do together)."""

_VISITOR_ROLES = OFFICE_ROLES | {"igo"}
_FROM_TO_NOUNS = frozenset({"visit", "trip", "tour", "pilgrimage"})
_ADVERB_PARTICLES = frozenset(
    {"back", "out", "off", "up", "down", "in", "home", "away", "over", "together"}
)
_OWN = frozenset({"his", "her", "its", "their"})
_PLACES = ("in", "inside", "across", "throughout", "near", "within", "over")
_PURPOSE_PREPOSITIONS = ("in", "to", "for", "with", "across", "from", "between")
_AMONG = ("between", "pair", "subj")
"""Slots whose members act with one another, without a source."""

_HELD_MODES = frozenset({"detain", "release", "deport"})
_COPULAS = frozenset({"be", "become", "remain", "stay", "feel", "seem", "appear"})
_TAKING = frozenset({"receive", "get", "need", "await", "expect", "want"})
_CHANGING = frozenset({"back", "off", "down", "in", "away"})
"""'beat back', 'hold off': with these particles a verb needs a row of its own."""

_PAIRS_LIMIT = 12
"""More (source, target) combinations than this are a misread list."""


@dataclass(frozen=True, slots=True)
class Act:
    """A frame that fired.

    Attributes:
        trigger: the token whose words state the act; axes are read there.
        refers_to: the embedded act's type and mode, for acts about acts.
        refers_token: the embedded act's predicate, for its date.
    """

    frame: Frame
    trigger: int
    source: Actor
    target: Actor
    party_count: int = 2
    noun: int | None = None
    refers_to: tuple[str, str | None] | None = None
    refers_token: int | None = None


class Matcher:
    """Finds the acts that predicates of one sentence state (acts about acts: `embedding.py`)."""

    def __init__(self, tree: Tree, arguments: Arguments, lexicon: Lexicon) -> None:
        self.tree, self.arguments, self.lexicon = tree, arguments, lexicon
        self.predicates = Predicates(tree, lexicon)
        self.used_nouns: set[int] = set()
        self.misses: list[tuple[int, str]] = []

    def acts(self) -> list[Act]:
        """Return the acts of all predicates, verbs first."""
        tree, found = self.tree, []
        for i in range(len(tree)):
            if not tree.is_verb(i) or tree.deps[i] in _AUXILIARY:
                continue
            adjective = tree.deps[i] in _ATTRIBUTIVE or (
                tree.deps[i] == "acl" and tree.child(i, "dobj") is not None
            )
            bare = tree.tags[i] in ("VBN", "VBD") and tree.child(i, "aux", "auxpass") is None
            if not (bare and adjective):
                found += self._verb(i)
        for i in range(len(tree)):
            if tree.is_noun(i) and i not in self.used_nouns:
                found += self._noun(i)
        return found

    # -- predicates -------------------------------------------------------------------------

    def _particles(self, i: int) -> dict[str, int | None]:
        """Return particles and prepositions of a verb, with the object of a mere preposition."""
        tree = self.tree
        found: dict[str, int | None] = {tree.lower[k]: None for k in tree.children(i, "prt")}
        for k in tree.children(i, "advmod"):
            if tree.lower[k] in _ADVERB_PARTICLES:
                found.setdefault(tree.lower[k], None)
        for preposition, obj in tree.prepositions(i):
            found.setdefault(preposition, obj)
        return found

    def _verb(self, i: int) -> list[Act]:
        lemma = self.tree.lemmas[i]
        acts = self._light(i, lemma)
        if acts:
            return acts
        if (lemma in _COPULAS or self.tree.is_passive(i)) and (acts := self._adjective(i)):
            return acts
        if lemma not in self.lexicon.verb_frames:
            return []
        seen: Frame | None = None
        particles = self._particles(i)
        changed = any(self.tree.lower[k] in _CHANGING for k in self.tree.children(i, "prt"))
        for particle, inner in (*particles.items(), *(() if changed else (("", None),))):
            for frame in self.lexicon.verbs.get((lemma, particle), ()):
                seen = seen or frame
                if got := self._fill(frame, i, None, inner):
                    return got
        if seen is not None:
            self.misses.append((i, f"{seen.rule_id}: a slot holds no state"))
        return []

    def _adjective(self, i: int) -> list[Act]:
        """'is critical of X', 'was angered by X': frames of 'be' and the adjective or participle."""
        tree = self.tree
        for k in [i] if tree.tags[i] == "VBN" else tree.children(i, "acomp"):
            for frame in self.lexicon.verbs.get(("be", tree.lower[k]), ()):
                sources = self.arguments.resolve(tree.surface_subject(i), "")
                _, targets = self._from_slots(frame.target, i, k, frame.reach)
                if got := self._paired(frame, k, None, sources, targets):
                    return got
        return []

    def _light(self, i: int, lemma: str) -> list[Act]:
        acts: list[Act] = []
        if lemma not in self.lexicon.light_verbs:
            return acts
        for noun in self.predicates.light_nouns(i):
            for frame in self._light_frames(lemma, noun):
                if got := self._fill(frame, i, noun):
                    self.used_nouns.add(noun)
                    acts += got
                    break
        return acts

    def _light_frames(self, verb: str, noun: int) -> Iterator[Frame]:
        """Frames of the noun with a modifier ('military equipment'), then of the noun alone."""
        tree, light = self.tree, self.lexicon.light
        for k in tree.children(noun, "amod", "compound"):
            yield from light.get((verb, f"{tree.lower[k]} {tree.lemmas[noun]}"), ())
        yield from light.get((verb, tree.lemmas[noun]), ())

    def _noun(self, i: int) -> list[Act]:
        lemma = self.tree.lemmas[i]
        for frame in self.lexicon.nouns.get(lemma, ()):
            if got := self._fill_noun(frame, i):
                return got
        if lemma not in self.lexicon.nominals:
            return []
        governor = self.tree.governor(i)
        if governor is not None and self.tree.lemmas[governor] in _TAKING:
            return []  # of 'received its shipment' the possessor is the receiver
        for verb in self.lexicon.nominals.get(lemma, ()):
            got = self._light(i, verb)
            for frame in () if got else self.lexicon.verbs.get((verb, ""), ()):
                if got := self._fill(frame, i, None):
                    break
            if got:
                return [
                    replace(a, frame=replace(a.frame, rule_id=f"nominal:{lemma}={a.frame.rule_id}"))
                    for a in got
                ]
        return []

    # -- frames -----------------------------------------------------------------------------

    def sources(self, i: int, frame: Frame | None = None) -> list[Actor]:
        """Return who does what predicate ``i`` states."""
        reach = "" if frame is None else frame.doer or _SOURCE_REACH.get(frame.type, "")
        if frame is not None and (frame.reciprocal or frame.type in _PEOPLES_ACTS):
            reach += "n"
        if self.tree.is_noun(i):
            subject = next((o for p, o in self.tree.prepositions(i) if p == "by"), None)
            patient = self.tree.lemmas[i] in self.lexicon.patient_nouns
            if patient and subject is None:
                subject = self.predicates.subject(i)
                patient = subject is not None or self.predicates.object(i) == self.tree.child(
                    i, "poss"
                )
            if subject is None and not patient and (owners := self.arguments.owners(i)):
                return [a for a in owners if a.is_state or a.role in ("rebel", "civilian")]
        return self.arguments.resolve(self.predicates.subject(i), reach)

    def _fill(self, frame: Frame, i: int, noun: int | None, inner: int | None = None) -> list[Act]:
        tree = self.tree
        if frame.source and noun is not None:  # 'receive aid from': the giver stands in a slot
            sources = self._from_slots(frame.source, i, noun, "")[1]
        else:
            sources = self.sources(i, frame)
        if any(s.endswith(":military") for s in frame.target):
            sources = [s for s in sources if s.role == "military"]
        if frame.mode == "visit":
            sources = [s for s in sources if s.role in _VISITOR_ROLES and s.via != "thing"]
        if not sources and frame.mode in _HELD_MODES and tree.is_passive(i):
            # 'was arrested in X', 'were freed from prison in X': by its authorities
            places = [o for p, o in tree.prepositions(i) if p in ("in", "from")]
            sources = next((got for o in places if (got := self.arguments.resolve(o, "t"))), [])
        invited = frame.mode == "invite" and not sources and tree.is_passive(i)
        if not sources and not frame.reciprocal and not invited:
            return []
        slot, targets = self._from_slots(frame.target, i, noun, frame.reach, inner)
        if invited:  # 'Kim has been invited to Moscow': who is invited to a capital
            sources = self._from_slots(("to",), i, None, "p")[1]
        if frame.reciprocal:
            if not sources and slot not in _AMONG:
                return []  # 'you met X and Y': the two did not meet each other
            if slot == "between" and len(targets) == 1:
                return []  # the other of the two is nobody we know
            if slot in _AMONG and len(targets) > 1:
                sources = []  # 'X approved a deal between Y and Z' makes X no party to it
            return self._mutual(frame, i, noun, sources, targets)
        if frame.mode == "call" and targets and targets[0].via == "thing":
            return []
        return self._paired(frame, i, noun, sources, targets)

    @staticmethod
    def _paired(
        frame: Frame, i: int, noun: int | None, sources: list[Actor], targets: list[Actor]
    ) -> list[Act]:
        if len(sources) * len(targets) > _PAIRS_LIMIT:
            return []
        return [
            Act(frame, i, s, t, noun=noun) for s in sources for t in targets if s.code != t.code
        ]

    def _mutual(
        self,
        frame: Frame,
        trigger: int,
        noun: int | None,
        sources: list[Actor],
        targets: list[Actor],
    ) -> list[Act]:
        """Mutual acts: with a partner, or among the members of a plural subject or a pair.

        A list of guests is no cross product of meetings: beyond three parties only the pairs that
        hold the first-named one count.
        """
        parties: list[Actor] = []
        for actor in [*sources, *targets]:
            if all(actor.code != p.code for p in parties):
                parties.append(actor)
        right = [t for t in targets if all(t.code != s.code for s in sources)]
        if frame.needs_partner and not (sources and right):
            return []
        if sources and right:
            pairs = [(s, t) for s in sources for t in right]
        else:
            pairs = [(a, b) for k, a in enumerate(parties) for b in parties[k + 1 :]]
        n = len(parties)
        if n > 3:
            pairs = [(a, b) for a, b in pairs if a.code == parties[0].code]
        return [Act(frame, trigger, a, b, party_count=n, noun=noun) for a, b in pairs]

    # -- slots ------------------------------------------------------------------------------

    def _from_slots(
        self,
        slots: Iterable[str],
        i: int,
        noun: int | None,
        reach: str,
        inner: int | None = None,
    ) -> tuple[str, list[Actor]]:
        for slot in slots:
            if got := self._slot(slot, i, noun, reach, inner):
                return slot, got
        return "", []

    def _slot(
        self, slot: str, i: int, noun: int | None, reach: str, inner: int | None
    ) -> list[Actor]:
        tree, arguments = self.tree, self.arguments
        name, _, wish = slot.partition(":")
        if name == "obj":
            # of 'turn down X' the object is X, of 'call on X' as well
            obj = self.predicates.object(i) if inner is None else inner
            return self._object_slot(i, obj, wish, reach)
        if name == "iobj":
            dative = tree.child(i, "dative")
            return arguments.resolve(dative, reach) if dative and tree.is_noun(dative) else []
        if name == "subj":
            return arguments.resolve(tree.surface_subject(i), reach)
        if name == "pair":
            return [] if noun is None else arguments.pair_of(noun)
        if name in ("poss", "comp"):
            wanted = "poss" if name == "poss" else "modifier"
            return [] if noun is None else self._owners_of(noun, wanted)
        if name == "named":
            return self._named_slot(i, wish, reach)
        if name == "purpose":
            return self._purpose_slot(i, noun, wish, reach)
        if name == "place":
            return self._place_slot(i, noun, reach)
        if name == "unless":
            return self._unless_slot(i)
        if name.startswith("*"):
            for preposition, obj in self.predicates.nested(i, noun):
                if preposition == name[1:] and (got := arguments.resolve(obj, reach)):
                    return got
            return []
        for preposition, obj in self.predicates.phrases(i, noun):
            if fits_slot(preposition, name) and (got := arguments.resolve(obj, reach)):
                if name == "in":  # 'in their countries' is where the doers are
                    got = [a for a in got if tree.text[a.start : a.end].lower() not in _OWN]
                if got:
                    return got
        return []

    def _owners_of(self, noun: int, wanted: str) -> list[Actor]:
        return [a for a in self.arguments.owners(noun) if a.via == wanted]

    def _object_slot(self, i: int, obj: int | None, wish: str, reach: str) -> list[Actor]:
        tree, arguments = self.tree, self.arguments
        if obj is None:
            return []
        if wish == "person":
            return [
                a
                for a in arguments.resolve(obj, "")
                if a.via not in ("thing", "act", "deed")
                and a.kind != "igo"
                and arguments.is_person(a, obj)
            ]
        if wish == "act":
            return [a for a in arguments.resolve(obj, "a") if a.via in ("act", "deed")]
        if wish == "told":
            commanded = any(
                tree.deps[k] in ("xcomp", "ccomp") and tree.tags[k] == "VB" for k in tree.kids[i]
            )
            return arguments.resolve(obj, reach) if commanded else []
        if wish and wish != "military":
            members = self.lexicon.classes.get(wish, frozenset())
            held = [k for j in tree.conjuncts(obj) for k in self.predicates.contents(j)]
            got = [k for k in held if tree.lemmas[k] in members]
            return arguments.resolve(got[0], reach + "ct") if got else []
        return arguments.resolve(obj, reach)

    def _named_slot(self, verb: int, wish: str, reach: str) -> list[Actor]:
        """'called China a turncoat': the object is the target where its predicate is in the class."""
        tree = self.tree
        members = self.lexicon.classes.get(wish, frozenset())
        predicates = tree.children(verb, "oprd", "attr", "xcomp", "ccomp", "dobj")
        predicates += [o for p, o in tree.prepositions(verb) if p == "as"]
        named = None
        for k in predicates:
            for j in tree.conjuncts(k):
                if tree.lemmas[j] in members or tree.lower[j] in members:
                    named = k
        if named is None:
            return []
        inner = tree.child(named, "nsubj")  # small clause: 'China' is the subject of 'turncoat'
        obj = inner if inner is not None else tree.child(verb, "dobj", "dative")
        if obj is None and tree.is_passive(verb):
            obj = tree.surface_subject(verb)
        if obj is None or obj == named:
            return []
        return self.arguments.resolve(obj, reach + "a")

    def _place_slot(self, i: int, noun: int | None, reach: str) -> list[Actor]:
        """'killed a worker in X', 'strikes on rebels across X': force used on X's soil."""
        phrases = self.predicates.phrases(i, noun) + self.predicates.nested(i, noun)
        for preposition, obj in phrases:
            if preposition in _PLACES and (got := self.arguments.resolve(obj, reach)):
                # who is hit there is unknown: not the state itself
                return [replace(a, role="civilian") for a in got]
        return []

    def _unless_slot(self, i: int) -> list[Actor]:
        """'will not lift the embargo until X reforms': the act waits for X."""
        tree = self.tree
        for k in tree.children(i, "advcl"):
            if any(tree.lower[m] in ("until", "unless") for m in tree.children(k, "mark")):
                return self.arguments.resolve(tree.child(k, "nsubj"), "")
        return []

    def _purpose_slot(self, i: int, noun: int | None, wish: str, reach: str) -> list[Actor]:
        """'gave 3 million euros to promote investment in X': whom the infinitive's act is for."""
        tree = self.tree
        members = self.lexicon.classes.get(wish, frozenset())
        anchors = self.predicates.anchors(i, noun)
        clauses = [k for j in anchors for k in tree.children(j, "advcl", "xcomp", "acl", "relcl")]
        clauses += [k for j in clauses for k in tree.children(j, "xcomp")]
        for k in clauses:
            for verb in tree.conjuncts(k):
                if tree.lemmas[verb] not in members:
                    continue
                obj = tree.object(verb)
                if got := self.arguments.resolve(obj, reach):
                    return got
                for preposition, inner in self.predicates.phrases(verb, obj):
                    if preposition in _PURPOSE_PREPOSITIONS:
                        got = self.arguments.resolve(inner, reach)
                        if got:
                            return got
        return []

    # -- nouns ------------------------------------------------------------------------------

    def _fill_noun(self, frame: Frame, i: int) -> list[Act]:
        targets: list[Actor] = []
        slot = ""
        for slot in frame.target:
            if targets := self._noun_slot(slot, i, frame.reach):
                break
        sources: list[Actor] = []
        name = ""
        for name in frame.source:
            sources = self._noun_slot(name, i, frame.doer)
            sources = [s for s in sources if all(s.code != t.code for t in targets)]
            if sources:
                break
        if frame.reciprocal:
            among = slot in _AMONG if targets else name == "of"
            if not among and (not sources or not targets):
                return []
            if slot == "between" and len(targets) == 1:
                return []
            return self._mutual(frame, i, i, [] if slot == "pair" else sources, targets)
        if not sources:
            sources = self._support_subject(i)
        if frame.mode == "visit":
            sources = [s for s in sources if s.role in _VISITOR_ROLES]
        if len(sources) * len(targets) > _PAIRS_LIMIT // 2:
            return []
        return self._paired(frame, i, None, sources, targets)

    def _support_subject(self, i: int) -> list[Actor]:
        """'on a visit to', 'during his trip to': the subject of the clause the noun hangs in."""
        tree = self.tree
        if tree.lemmas[i] not in _FROM_TO_NOUNS:
            return []
        owner = tree.child(i, "poss")
        if owner is not None:
            return self.arguments.resolve(owner, "")
        verb = tree.governor(i)
        if verb is None or tree.deps[tree.heads[i]] != "prep" or tree.is_passive(verb):
            return []
        if tree.lower[tree.heads[i]] not in ("on", "during", "after", "in", "for"):
            return []
        return self.arguments.resolve(tree.surface_subject(verb), "")

    def _noun_slot(self, slot: str, i: int, reach: str) -> list[Actor]:
        tree, arguments = self.tree, self.arguments
        if slot == "pair":
            return arguments.pair_of(i)
        if slot in ("poss", "comp"):
            return self._owners_of(i, "poss" if slot == "poss" else "modifier")
        if slot == "ctx":
            verb = tree.governor(i)
            if verb is None or tree.deps[i] not in ("pobj", "dobj"):
                return []
            return arguments.resolve(tree.surface_subject(verb), "")
        for preposition, obj in tree.prepositions(i):
            if preposition == slot and (got := arguments.resolve(obj, reach)):
                return got
        return []
