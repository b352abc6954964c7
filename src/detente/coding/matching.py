"""Frames against one parsed sentence: which predicates are acts, and who stands in their slots.

Strict: a frame fires only where its slots are filled by actors through the argument structure
(`arguments.py`). A word near two countries is no event.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from detente.coding.arguments import Actor, Arguments
from detente.coding.lexicon import COOPERATIVE, Frame, Lexicon, Operator
from detente.coding.syntax import Tree

_AUXILIARY = frozenset({"aux", "auxpass"})
# Who may act besides the state; the role stays on the row, so states can be told from others.
# Strikes and missiles ('a Turkish airstrike killed') act for their owner.
_SOURCE_REACH = {"ASSAULT": "ra", "COERCE": "r", "THREATEN": "r", "ACCUSE": "o", "PROTEST": "co"}
_VISITOR_ROLES = frozenset(
    "state_leader nominal_head_of_state government ruling_party military parliament igo".split()
)
_FROM_TO_NOUNS = frozenset({"visit", "trip", "tour", "pilgrimage"})
_CONTROL_OF_OTHERS = frozenset(
    {"urge", "ask", "call", "tell", "order", "press", "demand", "invite"}
)


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
    """Finds the acts of one sentence."""

    def __init__(self, tree: Tree, arguments: Arguments, lexicon: Lexicon) -> None:
        self.tree, self.arguments, self.lexicon = tree, arguments, lexicon
        self.used_nouns: set[int] = set()
        self.blocked: set[int] = set()
        self.misses: list[tuple[int, str]] = []

    def acts(self) -> list[Act]:
        """Return every act, operators applied, duplicates of one predicate and pair removed."""
        found: list[Act] = []
        for i in range(len(self.tree)):
            if self.tree.is_verb(i) and self.tree.deps[i] not in _AUXILIARY:
                found += self._verb(i)
        for i in range(len(self.tree)):
            if self.tree.is_noun(i) and i not in self.used_nouns:
                found += self._noun(i)
        found = self._operators(found)
        unique: dict[tuple[int, str, str], Act] = {}
        for act in found:
            if act.trigger in self.blocked or act.source.code == act.target.code:
                continue
            if not (act.source.code and act.target.code):
                continue
            unique.setdefault((act.trigger, act.source.code, act.target.code), act)
        return list(unique.values())

    # -- verbs ------------------------------------------------------------------------------

    def _particles(self, i: int) -> list[str]:
        tree = self.tree
        words = [tree.lower[k] for k in tree.children(i, "prt")]
        words += [p for p, _ in tree.prepositions(i)]
        words += [tree.lower[k] for k in tree.children(i, "advmod") if tree.lower[k] in (
            "back", "out", "off", "up", "down", "in", "home")]  # fmt: skip
        return words

    def _verb(self, i: int) -> list[Act]:
        lemma = self.tree.lemmas[i]
        acts: list[Act] = []
        for noun in self._light_nouns(i):
            for frame in self.lexicon.light.get((lemma, self.tree.lemmas[noun]), ()):
                got = self._fill(frame, i, noun)
                if got:
                    self.used_nouns.add(noun)
                    acts += got
                    break
        if acts:
            return acts
        frames: list[Frame] = []
        for particle in self._particles(i):
            frames += self.lexicon.verbs.get((lemma, particle), ())
        frames += self.lexicon.verbs.get((lemma, ""), ())
        for frame in frames:
            got = self._fill(frame, i, None)
            if got:
                return got
        if frames:
            self.misses.append((i, f"{frames[0].rule_id}: a slot holds no state"))
        return []

    def _light_nouns(self, i: int) -> Iterator[int]:
        """Nouns that may make the verb a light one: its object, or what it enters, joins, takes part in."""
        tree = self.tree
        obj = tree.object(i)
        if obj is not None:
            for j in tree.conjuncts(obj):
                yield j
                if tree.lemmas[j] in (
                    "round",
                    "series",
                    "set",
                    "number",
                    "kind",
                    "range",
                    "package",
                ):
                    for preposition, inner in tree.prepositions(j):
                        if preposition == "of":
                            yield inner
        for preposition, inner in tree.prepositions(i):
            if preposition in ("in", "into", "for", "from", "out", "off", "on", "to", "out of"):
                yield inner

    def _sources(self, i: int, event_type: str = "") -> list[Actor]:
        subject = self.tree.subject(i)
        if subject is None:
            return []
        return self.arguments.resolve(subject, _SOURCE_REACH.get(event_type, ""))

    def _fill(self, frame: Frame, verb: int, noun: int | None) -> list[Act]:
        tree = self.tree
        if frame.source and noun is not None:  # 'receive aid from': the giver stands in a slot
            sources = self._from_slots(frame.source, verb, noun, "")
        else:
            sources = self._sources(verb, frame.type)
        military_only = any(s.endswith(":military") for s in frame.target)
        if military_only:
            sources = [s for s in sources if s.role == "military" or s.via in ("modifier", "poss")]
        if frame.mode == "visit":
            sources = [s for s in sources if s.role in _VISITOR_ROLES and s.via != "thing"]
        targets = self._from_slots(frame.target, verb, noun, frame.reach)
        trigger = verb
        if frame.mode == "invite" and not sources and tree.is_passive(verb):
            # 'Kim has been invited to Moscow': who is invited to a capital is invited by it
            sources = self._from_slots(("to",), verb, None, "p")
        if frame.reciprocal:
            return self._mutual(frame, trigger, noun, sources, targets)
        if not sources or not targets or len(sources) * len(targets) > 12:
            return []
        if tree.lemmas[verb] in ("call",) and frame.type == "CONSULT" and targets[0].via == "thing":
            return []
        return [
            Act(frame, trigger, s, t, noun=noun)
            for s in sources
            for t in targets
            if s.code != t.code
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
        if len(parties) < 2:
            return []
        n = len(parties)
        if sources and targets:
            left = [s for s in sources]
            right = [t for t in targets if all(t.code != s.code for s in sources)]
            pairs = [(s, t) for s in left for t in right]
            if not right:
                pairs = [(a, b) for k, a in enumerate(parties) for b in parties[k + 1 :]]
        else:
            pairs = [(a, b) for k, a in enumerate(parties) for b in parties[k + 1 :]]
        if n > 3:
            pairs = [(a, b) for a, b in pairs if a.code == parties[0].code]
        return [Act(frame, trigger, a, b, party_count=n, noun=noun) for a, b in pairs]

    # -- slots ------------------------------------------------------------------------------

    def _from_slots(
        self, slots: tuple[str, ...], verb: int, noun: int | None, reach: str
    ) -> list[Actor]:
        for slot in slots:
            got = self._slot(slot, verb, noun, reach)
            if got:
                return got
        return []

    def _slot(self, slot: str, verb: int, noun: int | None, reach: str) -> list[Actor]:
        tree, arguments = self.tree, self.arguments
        name, _, wish = slot.partition(":")
        if name == "obj":
            return self._object_slot(verb, wish, reach)
        if name == "iobj":
            dative = tree.child(verb, "dative")
            return arguments.resolve(dative, reach) if dative and tree.is_noun(dative) else []
        if name == "subj":
            subject = tree.surface_subject(verb)
            return [] if subject is None else arguments.resolve(subject, reach)
        if name == "pair":
            return [] if noun is None else arguments.pair_of(noun)
        if name in ("poss", "comp"):
            if noun is None:
                return []
            wanted = ("poss",) if name == "poss" else ("modifier",)
            return [a for a in arguments.owners(noun) if a.via in wanted]
        if name == "named":
            return self._named_slot(verb, wish, reach)
        if name == "for":
            return []
        for anchor in (noun, verb):
            if anchor is None:
                continue
            for preposition, obj in tree.prepositions(anchor):
                if preposition == name or preposition.endswith(" " + name):
                    got = arguments.resolve(obj, reach)
                    if got:
                        return got
        return []

    def _object_slot(self, verb: int, wish: str, reach: str) -> list[Actor]:
        tree, arguments = self.tree, self.arguments
        obj = tree.object(verb)
        if obj is None:
            return []
        if wish == "person":
            got = arguments.resolve(obj, "")
            return [
                a
                for a in got
                if a.via not in ("thing", "act", "deed") and arguments.is_person(a, obj)
            ]
        if wish == "act":
            return [a for a in arguments.resolve(obj, "a") if a.via in ("act", "deed")]
        if wish == "told":
            if not any(
                tree.deps[k] in ("xcomp", "ccomp") and tree.tags[k] == "VB" for k in tree.kids[verb]
            ):
                return []
            return arguments.resolve(obj, reach)
        if wish:
            members = self.lexicon.classes.get(wish, frozenset())
            if tree.lemmas[obj] not in members:
                return []
            return arguments.resolve(obj, reach + "ct")
        return arguments.resolve(obj, reach)

    def _named_slot(self, verb: int, wish: str, reach: str) -> list[Actor]:
        """'called China a turncoat': the object is the target where its predicate is in the class."""
        tree = self.tree
        members = self.lexicon.classes.get(wish, frozenset())
        predicates = [
            k for k in tree.kids[verb] if tree.deps[k] in ("oprd", "attr", "xcomp", "ccomp", "dobj")
        ]
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

    # -- nouns ------------------------------------------------------------------------------

    def _noun(self, i: int) -> list[Act]:
        frames = self.lexicon.nouns.get(self.tree.lemmas[i], ())
        for frame in frames:
            got = self._fill_noun(frame, i)
            if got:
                return got
        return []

    def _fill_noun(self, frame: Frame, i: int) -> list[Act]:
        targets: list[Actor] = []
        via_possessor = False
        for slot in frame.target:
            if slot == "poss@to":
                continue
            targets = self._noun_slot(slot, i, frame.reach)
            if targets:
                via_possessor = slot in ("pair",)
                break
        sources: list[Actor] = []
        for slot in frame.source:
            sources = self._noun_slot(slot, i, "")
            sources = [s for s in sources if all(s.code != t.code for t in targets)]
            if sources:
                break
        if frame.reciprocal:
            if via_possessor:
                sources = []
            return [replace(a, trigger=i) for a in self._mutual(frame, i, i, sources, targets)]
        if not sources:
            sources = self._support_subject(i)
        if frame.mode == "visit":
            sources = [s for s in sources if s.role in _VISITOR_ROLES]
        if not sources or not targets or len(sources) * len(targets) > 6:
            return []
        return [Act(frame, i, s, t) for s in sources for t in targets if s.code != t.code]

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
        subject = tree.surface_subject(verb)
        return [] if subject is None else self.arguments.resolve(subject, "")

    def _noun_slot(self, slot: str, i: int, reach: str) -> list[Actor]:
        tree, arguments = self.tree, self.arguments
        if slot == "pair":
            return arguments.pair_of(i)
        if slot in ("poss", "comp"):
            wanted = "poss" if slot == "poss" else "modifier"
            return [a for a in arguments.owners(i) if a.via == wanted]
        if slot == "ctx":
            verb = tree.governor(i)
            if verb is None or tree.deps[i] not in ("pobj", "dobj"):
                return []
            subject = tree.surface_subject(verb)
            return [] if subject is None else arguments.resolve(subject, "")
        for preposition, obj in tree.prepositions(i):
            if preposition == slot:
                got = arguments.resolve(obj, reach)
                if got:
                    return got
        # 'by' may hang on the verb of a nominal subject
        return []

    # -- operators --------------------------------------------------------------------------

    def _operators(self, acts: list[Act]) -> list[Act]:
        """Acts about acts: refuse, agree, threaten, deny, offer + a complement that is an act.

        The operator is an act of its own towards the other party of its complement and refers to
        it; what was refused or denied is no act beside it.
        """
        result: list[Act] = []
        for act in acts:
            above = self._operator_above(act.trigger)
            if above is None:
                result.append(act)
                continue
            verb, operator = above
            if operator.kind == "block":
                continue
            speaker = self._sources(verb)
            other = self._other_party(act, speaker)
            if not speaker or other is None:
                if operator.mode not in ("refuse", "deny"):
                    result.append(act)
                continue
            event_type, mode = self._operator_type(operator, act)
            frame = replace(
                act.frame,
                rule_id=f"{operator.rule_id}+{act.frame.rule_id}",
                type=event_type,
                mode=mode,
                cameo=None,
                reciprocal=False,
            )
            about = (act.frame.type, act.frame.mode)
            for actor in speaker[:2]:
                if actor.code != other.code:
                    result.append(
                        Act(frame, verb, actor, other, refers_to=about, refers_token=act.trigger)
                    )
            if operator.mode not in ("refuse", "deny") and operator.type != "THREATEN":
                result.append(act)
        return result

    @staticmethod
    def _other_party(act: Act, speakers: list[Actor]) -> Actor | None:
        codes = {s.code for s in speakers}
        if act.source.code in codes:
            return act.target
        if act.target.code in codes:
            return act.source
        return None

    @staticmethod
    def _operator_type(operator: Operator, act: Act) -> tuple[str, str | None]:
        mode = operator.mode
        if operator.type == "AGREE" and act.frame.type == "CONSULT":
            mode = "agree_to_meet"
        if operator.type == "THREATEN" and mode is None:
            mode = {"ASSAULT": "military", "MOBILIZE": "military", "SANCTION": "sanction"}.get(
                act.frame.type, "warn"
            )
        return operator.type or act.frame.type, mode

    def _operator_above(self, i: int) -> tuple[int, Operator] | None:
        tree = self.tree
        if tree.is_noun(i):
            verb = tree.governor(i)
            if verb is None or tree.object(verb) != i:
                return None
            return self._choose(verb, i, nominal=True)
        head, dep = tree.heads[i], tree.deps[i]
        if dep == "conj" and tree.is_verb(head):
            return self._operator_above(head)
        if dep in ("xcomp", "ccomp", "pcomp") and head != i:
            verb = head if tree.is_verb(head) else tree.heads[head]
            if tree.is_verb(verb):
                return self._choose(verb, i, nominal=False)
        return None

    def _choose(self, verb: int, i: int, *, nominal: bool) -> tuple[int, Operator] | None:
        tree = self.tree
        kind = self._kind_of(i)
        for operator in self.lexicon.operators.get(tree.lemmas[verb], ()):
            if operator.kind != "act":
                continue
            if nominal and operator.form not in ("any", "obj"):
                continue
            if not nominal and operator.form == "xcomp" and tree.deps[i] not in ("xcomp", "ccomp"):
                continue
            if not nominal and operator.form == "xcomp" and tree.tags[i] not in ("VB", "VBG"):
                continue
            if operator.when in ("any", kind) or (operator.when == "coop" and kind == "meet"):
                return verb, operator
        return None

    def _kind_of(self, i: int) -> str:
        lemma = self.tree.lemmas[i]
        frames = [f for (v, _), fs in self.lexicon.verbs.items() if v == lemma for f in fs]
        frames += self.lexicon.nouns.get(lemma, [])
        for noun in self._light_nouns(i) if self.tree.is_verb(i) else ():
            frames = list(self.lexicon.light.get((lemma, self.tree.lemmas[noun]), ())) + frames
        if not frames:
            return "any"
        if frames[0].type == "CONSULT":
            return "meet"
        return "coop" if frames[0].type in COOPERATIVE else "conf"
