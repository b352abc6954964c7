"""Acts about acts: refuse, agree, threaten, deny, offer, and what a speaker says another must do."""

from __future__ import annotations

from dataclasses import replace

from detente.coding.actors import Actor
from detente.coding.attribution import SAY_VERBS
from detente.coding.lexicon import COOPERATIVE, Frame, Operator
from detente.coding.matching import Act, Matcher

_HIDING_MODES = frozenset({"refuse", "deny"})
"""What was refused or denied is no act beside the refusal; nor is what was stopped."""

_OBLIGATION = frozenset({"must", "should", "ought"})
_ABILITY = frozenset({"could", "can", "may", "might", "would", "will"})
_COMPLEMENT_PREPOSITIONS = (
    "to", "with", "from", "against", "for", "on", "of", "over", "in", "into", "between",
)  # fmt: skip
_ANY_PARTY = "caotrp"


class Embedding:
    """Applies operators to the acts of one sentence."""

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher
        self.tree, self.lexicon = matcher.tree, matcher.lexicon
        self._used: set[int] = set()
        self._own: set[str] = set()  # the speakers of the operator at hand: no party to themselves

    def acts(self) -> list[Act]:
        """Return every act, operators applied, duplicates of one predicate and pair removed."""
        found = self._apply(self.matcher.acts())
        stated = {a.trigger for a in found}
        found += self._alone(stated) + self._obligations(stated)
        unique: dict[tuple[int, str, str], Act] = {}
        for act in found:
            pair = (act.source.code, act.target.code)
            if all(pair) and pair[0] != pair[1]:
                unique.setdefault((act.trigger, *pair), act)
        return list(unique.values())

    def _apply(self, acts: list[Act]) -> list[Act]:
        """Put the operator's act over (or in place of) the act that it embeds."""
        result: list[Act] = []
        for act in acts:
            above = self._operator_above(act.trigger)
            if above is None:
                result.append(act)
                continue
            token, operator = above
            speakers = self.matcher.sources(token, Frame("", operator.type or "", None, None, ()))
            other = self._other_party(act, speakers)
            if not speakers or other is None:
                if not self._hides(operator):
                    result.append(act)
                continue
            self._used.add(token)
            event_type, mode = self._type_of(operator, act.frame)
            frame = replace(
                act.frame,
                rule_id=f"{operator.rule_id}+{act.frame.rule_id}",
                type=event_type,
                mode=mode,
                cameo=None,
                reciprocal=False,
            )
            about = (act.frame.type, act.frame.mode)
            for actor in speakers[:2]:
                if actor.code != other.code:
                    result.append(
                        Act(frame, token, actor, other, refers_to=about, refers_token=act.trigger)
                    )
            if not self._hides(operator) and operator.type != "THREATEN":
                result.append(act)
        return result

    @staticmethod
    def _hides(operator: Operator) -> bool:
        return operator.mode in _HIDING_MODES or operator.type == "SANCTION"

    @staticmethod
    def _other_party(act: Act, speakers: list[Actor]) -> Actor | None:
        codes = {s.code for s in speakers}
        if act.source.code in codes:
            return act.target
        if act.target.code in codes:
            return act.source
        return None

    @staticmethod
    def _type_of(operator: Operator, about: Frame) -> tuple[str, str | None]:
        mode = operator.mode
        if operator.type == "AGREE" and about.type == "CONSULT":
            mode = "agree_to_meet"
        if operator.type == "SANCTION":
            mode = "diplomatic" if about.type in ("SUPPORT", "CONSULT", "AGREE") else "economic"
        if operator.type == "THREATEN" and mode is None:
            mode = {"ASSAULT": "military", "MOBILIZE": "military", "SANCTION": "sanction"}.get(
                about.type, "warn"
            )
        return operator.type or about.type, mode

    def _operator_above(self, i: int) -> tuple[int, Operator] | None:
        """Return the operator verb (or adjective) over an act, and its row."""
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
            if operator.kind != "act" or operator.when == "none":
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
        frames = [*self.lexicon.verb_frames.get(lemma, ()), *self.lexicon.nouns.get(lemma, ())]
        for noun in self.matcher.predicates.light_nouns(i) if self.tree.is_verb(i) else ():
            frames = list(self.lexicon.light.get((lemma, self.tree.lemmas[noun]), ())) + frames
        if not frames:
            return "any"
        if frames[0].type == "CONSULT":
            return "meet"
        return "coop" if frames[0].type in COOPERATIVE else "conf"

    # -- without a frame below --------------------------------------------------------------

    def _alone(self, stated: set[int]) -> list[Act]:
        """'agreed to lay down arms in X', 'demanded that X withdraw': no frame below.

        The operator alone says what kind of act it is; the other party stands in the complement.
        """
        found: list[Act] = []
        for i, lemma in enumerate(self.tree.lemmas):
            if i in stated or i in self._used:
                continue
            for operator in self.lexicon.operators.get(lemma, ()):
                if operator.kind != "act" or operator.when != "none":
                    continue
                frame = Frame(operator.rule_id, operator.type or "", operator.mode, None, ())
                sources = self._speakers(i, frame)[:2]
                if not sources:
                    continue
                self._own = {a.code for a in sources}
                that = operator.form == "that"
                targets = self._that_party(i, operator) if that else self._complement(
                    i, operator, stated
                )  # fmt: skip
                if not targets:
                    continue
                found += [Act(frame, i, s, t) for s in sources for t in targets[:2]]
                break
        return found

    def _speakers(self, i: int, frame: Frame) -> list[Actor]:
        """Whose operator it is: of an adjective its clause's subject, of a noun its possessor."""
        tree, matcher = self.tree, self.matcher
        if tree.is_verb(i):
            return matcher.sources(i, frame)
        if tree.is_noun(i):
            if owners := matcher.arguments.owners(i):
                return owners
            i = tree.heads[i]
        else:
            i = tree.heads[i] if tree.is_verb(tree.heads[i]) else i
        return matcher.sources(i, frame) if tree.is_verb(i) else []

    def _complement(self, i: int, operator: Operator, stated: set[int]) -> list[Actor]:
        tree = self.tree
        clauses = [k for k in tree.children(i, "xcomp", "ccomp") if tree.tags[k] == "VB"]
        if any(k in stated for k in clauses):
            return []
        if operator.type == "THREATEN":  # 'threatened to stop the talks unless X gives way'
            for k in [j for c in (i, *clauses) for j in tree.children(c, "advcl")]:
                if any(
                    tree.lower[m] in ("if", "unless", "until") for m in tree.children(k, "mark")
                ):
                    got = self.matcher.arguments.resolve(tree.child(k, "nsubj"), "")
                    if got:
                        return got
        for verb in [v for k in clauses for v in tree.conjuncts(k) if v not in stated]:
            if got := self._party_in(verb):
                return got
        if clauses or operator.form != "any":
            return []
        inner = [o for p, o in tree.prepositions(i) if p in ("on", "to")]
        if any(self._kind_of(k) == "conf" for k in inner):
            return []  # 'agreed on sanctions against X' is no agreement with X
        return self._party_in(i)

    def _that_party(self, i: int, operator: Operator) -> list[Actor]:
        tree = self.tree
        clauses = tree.children(i, "ccomp", "acl", "relcl")
        if tree.is_noun(i) and tree.deps[i] == "dobj":  # 'repeated its demand that X withdraw'
            clauses += tree.children(tree.heads[i], "ccomp")
        for k in tree.children(i, "advcl", "xcomp"):  # 'called for X to withdraw'
            if any(tree.lower[m] == "for" for m in tree.children(k, "mark")):
                clauses.append(k)
        for k in clauses:
            subject = tree.child(k, "nsubj")
            if subject is None or not tree.is_noun(subject):
                continue
            modals = {tree.lower[j] for j in tree.children(k, "aux")}
            bare = tree.tags[k] in ("VB", "VBP") and not modals & _ABILITY
            wished = bare or modals & _OBLIGATION  # 'suggested that X could' wants nothing
            if (operator.type == "REQUEST") == bool(wished):
                got = self.matcher.arguments.resolve(subject, "ar")
                return [t for t in got if t.via != "pronoun"]
        return []

    def _others(self, i: int | None) -> list[Actor]:
        got = self.matcher.arguments.resolve(i, _ANY_PARTY)
        return [a for a in got if a.code not in self._own]

    def _party_in(self, verb: int, depth: int = 0) -> list[Actor]:
        tree = self.tree
        obj = tree.object(verb) if tree.is_verb(verb) else None
        if got := self._others(obj):
            return got
        phrases = self.matcher.predicates.phrases(verb, obj)
        for wanted in _COMPLEMENT_PREPOSITIONS:
            for preposition, inner in phrases:
                if preposition == wanted and (got := self._others(inner)):
                    return got
        for preposition, inner in self.matcher.predicates.nested(verb, obj):
            if preposition in _COMPLEMENT_PREPOSITIONS and (got := self._others(inner)):
                return got
        if depth < 2:  # 'agreed to open its border for trucks to enter X'
            inner_clauses = tree.children(verb, "xcomp", "advcl")
            inner_clauses += [] if obj is None else tree.children(obj, "acl")
            for clause in inner_clauses:
                if got := self._party_in(clause, depth + 1):
                    return got
        return []

    # -- what another must do ---------------------------------------------------------------

    def _obligations(self, stated: set[int]) -> list[Act]:
        """'Russia says Israel must end the attacks': a demand on the subject of the clause."""
        tree, found = self.tree, []
        for i in range(len(tree)):
            head = tree.heads[i]
            if tree.deps[i] != "ccomp" or not tree.is_verb(i) or tree.lemmas[head] not in SAY_VERBS:
                continue
            if head in stated or not tree.is_verb(head):
                continue
            modals = {tree.lower[k] for k in tree.children(i, "aux")}
            needs = tree.lemmas[i] in ("need", "have") and tree.child(i, "xcomp") is not None
            if not (modals & _OBLIGATION or needs) or tree.is_passive(i):
                continue
            subject = tree.child(i, "nsubj")
            if subject is None or not tree.is_noun(subject):
                continue
            frame = Frame(f"obligation:{tree.lemmas[head]}", "REQUEST", "demand", None, ())
            for s in self.matcher.sources(head):
                for t in self.matcher.arguments.resolve(subject, ""):
                    if t.is_state and t.via != "pronoun" and s.code != t.code:
                        found.append(Act(frame, head, s, t))
        return found
