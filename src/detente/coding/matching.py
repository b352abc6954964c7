"""Frames against one parsed sentence: which predicates are acts, and who stands in their slots.

Strict: a frame fires only where its slots are filled by actors through the argument structure
(`arguments.py`). A word near two countries is no event.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from detente.coding.actors import OFFICE_ROLES, Actor
from detente.coding.arguments import FLOWS, Arguments
from detente.coding.lexicon import STATE_ONLY, Frame, Lexicon
from detente.coding.predicates import Predicates
from detente.coding.slots import Slots
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

_ON_FLOWS = frozenset({"SANCTION", "COERCE", "YIELD", "COOPERATE", "AID", "REJECT", "SUPPORT"})
"""What is done to 'exports to X' is done to X; condemning them is not."""

_ON_OTHERS = frozenset({"ASSAULT", "COERCE", "AGREE"})
"""Nobody does these to what is his own: 'its' in 'shelled its territory' is another's."""

_VISITOR_ROLES = OFFICE_ROLES | {"igo"}
_FROM_TO_NOUNS = frozenset({"visit", "trip", "tour", "pilgrimage"})
_ADVERB_PARTICLES = frozenset(
    {"back", "out", "off", "up", "down", "in", "home", "away", "over", "together"}
)
_AMONG = ("between", "pair", "subj")
"""Slots whose members act with one another, without a source."""

_HELD_MODES = {
    "detain": ("in",),
    "release": ("in", "from"),
    "deport": ("from",),
    "judicial": ("from",),
}
"""Where the authorities that did it stand, if nobody is named."""

_ANSWERED = frozenset(
    "invitation invite request demand appeal proposal plea bid overture entreaty".split()
)
"""Who accepts or declines one says that it was given: an act of its own."""

_MISSIONS = frozenset({"embassy", "consulate", "mission"})
_IN_LINE = frozenset("line accordance compliance base consistent respect keeping accord".split())
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


def _is_same(a: Act, b: Act) -> bool:
    """Tell whether two acts are one kind of act by the same on the same; force and accord have many names."""
    pair = (a.source.code, a.target.code)
    turned = b.frame.reciprocal and pair == (b.target.code, b.source.code)
    return (
        a.frame.type == b.frame.type
        and (a.frame.mode == b.frame.mode or a.frame.type in ("ASSAULT", "AGREE"))
        and (turned or pair == (b.source.code, b.target.code))
    )


class Matcher:
    """Finds the acts that predicates of one sentence state (acts about acts: `embedding.py`)."""

    def __init__(self, tree: Tree, arguments: Arguments, lexicon: Lexicon) -> None:
        self.tree, self.arguments, self.lexicon = tree, arguments, lexicon
        self.predicates = Predicates(tree, lexicon)
        self.slots = Slots(tree, arguments, self.predicates, lexicon)
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
                found += [a for a in self._noun(i) if not self._is_told(a, found)]
        return [a for a in found if not self._is_purpose(a, found)]

    def _is_purpose(self, act: Act, found: list[Act]) -> bool:
        """'Met to discuss' is one meeting."""
        head = self.tree.heads[act.trigger]
        return (
            act.frame.mode == "meet"
            and self.tree.deps[act.trigger] in ("advcl", "xcomp")
            and any(a.trigger == head and _is_same(a, act) for a in found)
        )

    def _is_told(self, act: Act, found: list[Act]) -> bool:
        """The verb above says the same: 'killed by Y's airstrike', 'met for talks'."""
        verb = self.tree.governor(act.trigger)
        return any(a.trigger == verb and _is_same(a, act) for a in found)

    def _is_against_group(self, i: int, noun: int | None) -> bool:
        """'Killed militants in X', 'struck the group's base in X': X is where, not who."""
        tree = self.tree
        obj = self.predicates.object(i if noun is None else noun) or (
            next((o for p, o in tree.prepositions(noun) if p in ("on", "against")), None)
            if noun is not None
            else None
        )
        if obj is None:
            return False
        near = [obj, *tree.children(obj, "amod", "compound", "poss", "nmod")]
        named = [self.arguments.at[k].role for k in near if k in self.arguments.at]
        return "rebel" in [*named, *map(self.arguments.roles.of_head, near)]

    def _has_partner(self, i: int, noun: int | None) -> bool:
        """There is a 'with' whose partner is somebody else than the states we know."""
        tree = self.tree
        return any(
            preposition == "with"
            and (
                tree.tags[obj] in ("NNP", "NNPS", "PRP")
                or self.arguments.roles.of_head(obj) not in (None, "void")
            )
            and not self.arguments.resolve(obj, "caotr")
            for preposition, obj in self.predicates.phrases(i, noun)
        )

    def _is_elsewhere(self, i: int, noun: int | None) -> bool:
        """'X and Y reached a ceasefire in Z': theirs to agree, not to keep."""
        return any(
            preposition in ("in", "for") and self.arguments.resolve(obj, "p")
            for preposition, obj in self.predicates.phrases(i, noun)
        )

    # -- predicates -------------------------------------------------------------------------

    def _particles(self, i: int, lemma: str) -> dict[str, int | None]:
        """Return particles and prepositions of a verb, with the object of a mere preposition."""
        tree = self.tree
        found: dict[str, int | None] = {tree.lower[k]: None for k in tree.children(i, "prt")}
        for k in tree.children(i, "advmod"):
            if tree.lower[k] in _ADVERB_PARTICLES or (lemma, tree.lower[k]) in self.lexicon.verbs:
                found.setdefault(tree.lower[k], None)
        for preposition, obj in tree.prepositions(i):
            found.setdefault(preposition, obj)
        return found

    def _verb(self, i: int) -> list[Act]:
        lemma = self.tree.lemmas[i]
        if lemma == "agree" and self.predicates.is_opinion(i):
            return []
        acts = self._light(i, lemma)
        if acts:
            return acts
        if (lemma in _COPULAS or self.tree.is_passive(i)) and (acts := self._adjective(i)):
            return acts
        if lemma not in self.lexicon.verb_frames:
            return []
        seen: Frame | None = None
        particles = self._particles(i, lemma)
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
                _, targets = self.slots.fill(frame.target, i, k, frame.reach)
                if got := self._paired(frame, k, None, sources, targets):
                    return got
        return []

    def _light(self, i: int, lemma: str) -> list[Act]:
        tree = self.tree
        acts: list[Act] = []
        if lemma not in self.lexicon.light_verbs:
            return acts
        for noun in self.predicates.light_nouns(i):
            for frame in self._light_frames(lemma, noun):
                if got := self._fill(frame, i, noun):
                    if tree.lemmas[noun] not in _ANSWERED or frame.mode == "cancel":
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
        if frame is not None and reach != STATE_ONLY:
            reach += "n" if frame.reciprocal or frame.type in _PEOPLES_ACTS else ""
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

    def _locals(self, i: int) -> list[Actor]:
        """'Students stoned X's embassy in Cairo': whose country it is, where no other is theirs."""
        subject = self.predicates.subject(i)
        if subject is None or self.arguments.roles.of_head(subject) != "civilian":
            return []
        obj = self.predicates.object(i)
        for k in (i, *(() if obj is None else self.tree.conjuncts(obj))):
            for preposition, place in self.tree.prepositions(k):
                if preposition in ("in", "at", "outside") and (
                    got := self.arguments.resolve(place, "p")
                ):
                    return [replace(a, role="civilian") for a in got[:1]]
        return []

    def _is_armed(self, i: int) -> bool:
        """The thing that strikes is a weapon or carries them."""
        tree, classes = self.tree, self.lexicon.classes
        weapons = classes["munition_n"] | classes["war_n"] | classes["arms_n"] | classes["vessel_n"]
        subject = self.predicates.subject(i)
        heads = [] if subject is None else tree.conjuncts(subject)
        return tree.is_noun(i) or any(tree.lemmas[k] in weapons for k in heads)

    def _fill(self, frame: Frame, i: int, noun: int | None, inner: int | None = None) -> list[Act]:
        tree = self.tree
        if frame.source:  # 'receive aid from': the giver stands in a slot
            sources = self.slots.fill(frame.source, i, noun, frame.doer)[1]
        else:
            sources = self.sources(i, frame)
        if any(s.endswith(":military") for s in frame.target):
            sources = [s for s in sources if s.role == "military"]
        if frame.mode == "visit":
            troops = self.lexicon.classes["troop_n"]  # they come, they do not visit
            sources = [
                s
                for s in sources
                if s.role in _VISITOR_ROLES
                and s.via != "thing"
                and (s.token < 0 or tree.lemmas[s.token] not in troops)
            ]
        if frame.type == "ASSAULT":  # 'Japanese knotweed', 'a cold front from X' strike nobody
            armed = self._is_armed(i)
            sources = [s for s in sources if s.via != "thing" or armed or s.role == "military"]
        if not sources and frame.mode in _HELD_MODES and tree.is_passive(i):
            # 'was arrested in X', 'were freed from prison in X': by its authorities
            where = _HELD_MODES[frame.mode]
            places = [o for p, o in tree.prepositions(i) if p in where]
            sources = next((got for o in places if (got := self.arguments.resolve(o, "t"))), [])
        if not sources and frame.mode == "demonstration":
            sources = self._locals(i)
        invited = frame.mode == "invite" and not sources and tree.is_passive(i)
        if not sources and not frame.reciprocal and not invited:
            return []
        reach = frame.reach + (FLOWS if frame.type in _ON_FLOWS else "")
        slot, targets = self.slots.fill(frame.target, i, noun, reach, inner)
        if slot == "place" and self._is_against_group(i, noun):
            return []
        if invited:  # 'Kim has been invited to Moscow': who is invited to a capital
            sources = self.slots.fill(("to", "to:festive"), i, None, "p")[1]
        if frame.reciprocal:
            if not targets and self._has_partner(i, noun):
                return []  # 'X and Y held talks with the rebels'
            if frame.type == "ASSAULT" and not targets and self.predicates.object(i) is not None:
                return []  # 'X and Y fight disease'
            if not sources and slot not in _AMONG:
                return []  # 'you met X and Y': the two did not meet each other
            if slot == "between" and len(targets) == 1:
                return []  # the other of the two is nobody we know
            if slot in _AMONG and len(targets) > 1:
                sources = []  # 'X approved a deal between Y and Z' makes X no party to it
            if frame.mode == "ceasefire" and not targets and self._is_elsewhere(i, noun):
                frame = replace(frame, type="AGREE", mode="agree", cameo="030")
            return self._mutual(frame, i, noun, sources, targets, slot == "between")
        if frame.mode == "visit" and targets and tree.lemmas[targets[0].token] in _MISSIONS:
            frame = replace(frame, mode="meet", cameo="040")  # a call at X's embassy, no journey
        if frame.mode == "release" and noun is not None and slot not in ("poss", "comp"):
            held = {a.code for a in self.arguments.owners(noun)}
            sources = [s for s in sources if s.code not in held]  # nobody frees his own hostages
        if tree.lemmas[i] == "hold" and any(
            tree.lemmas[o] == "account" for _, o in tree.prepositions(i)
        ):
            return []  # 'hold X to account' holds nobody
        if (
            tree.lemmas[i] == "join"
            and frame.mode == "meet"
            and any(p == "in" and tree.is_verb(o) for p, o in tree.prepositions(i))
        ):
            return []  # 'joined X in allowing'
        if frame.mode == "call" and (
            (targets and targets[0].via == "thing") or tree.child(i, "oprd", "attr", "ccomp")
        ):
            return []  # 'called the leader a shrewd man'
        return self._paired(frame, i, noun, sources, targets)

    def _paired(
        self, frame: Frame, i: int, noun: int | None, sources: list[Actor], targets: list[Actor]
    ) -> list[Act]:
        if len(sources) * len(targets) > _PAIRS_LIMIT:
            return []
        if (
            len(sources) == 1 and frame.type in _ON_OTHERS
        ):  # 'X says that a drone of Y's violated its airspace': not Y's own
            targets = [
                self.arguments.antecedents.other_than(t, sources[0].code)
                if t.code == sources[0].code
                else t
                for t in targets
            ]
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
        is_between: bool = False,
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
        text = self.tree.text[parties[0].end : parties[1].start] if n > 2 else ""
        if n > 3 or (is_between and " and " in text):  # 'between X and Y and Z'
            pairs = [(a, b) for a, b in pairs if a.code == parties[0].code]
        return [Act(frame, trigger, a, b, party_count=n, noun=noun) for a, b in pairs]

    # -- nouns ------------------------------------------------------------------------------

    def _is_standing(self, i: int) -> bool:
        """'In line with the treaty between X and Y', 'under the accords': no act of today."""
        tree, head = self.tree, self.tree.heads[i]
        if tree.tags[i] in ("NNS", "NNPS") or any(
            tree.lower[k] in ("no", "any") for k in tree.children(i, "det")
        ):
            return True
        return tree.deps[i] == "pobj" and (
            tree.lower[head] in ("under", "without", "per", "for", "by")
            or tree.lemmas[tree.heads[head]] in _IN_LINE
        )

    def _fill_noun(self, frame: Frame, i: int) -> list[Act]:
        targets: list[Actor] = []
        slot = ""
        for slot in frame.target:
            if targets := self.slots.of_noun(slot, i, frame.reach):
                break
        sources: list[Actor] = []
        name = ""
        for name in frame.source:
            sources = self.slots.of_noun(name, i, frame.doer)
            sources = [s for s in sources if all(s.code != t.code for t in targets)]
            if sources:
                break
        if frame.mode == "sign" and self._is_standing(i):
            return []
        if frame.reciprocal:
            among = slot in _AMONG if targets else name == "of"
            if not among and (not sources or not targets):
                return []
            if slot == "between" and len(targets) == 1:
                return []
            if slot == "pair" or (slot == "between" and len(targets) > 1):
                sources = []  # 'X supports dialogue between Y and Z' makes X no party to it
            return self._mutual(frame, i, i, sources, targets)
        if not sources:
            sources = self._support_subject(i)
        if frame.mode == "demonstration":  # 'Iraqi riots against X': the people's, not the state's
            sources = [replace(s, role="civilian") if s.is_state else s for s in sources]
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
