"""Realis, temporality and polarity of an act, from the verbs above it and its own auxiliaries.

Status belongs to the act described. The walk goes from the act's predicate upwards and stops at
the clause that states it; every operator on the way may weaken it, none may strengthen it again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from detente.coding.lexicon import Lexicon, Operator
from detente.coding.syntax import Tree
from detente.model import Polarity, Realis, Temporality

_RANK = {"actual": 0, "announced": 1, "possible": 2, "hypothetical": 3}
_FUTURE = frozenset({"will", "shall", "'ll", "\u2019ll", "wo"})
_POSSIBLE = frozenset({"may", "might", "could", "can", "should", "must", "ought"})
_IRREALIS_MARKS = frozenset({"if", "unless", "whether", "lest", "should"})
_NEGATIVES = frozenset({"never", "no", "nor", "neither", "hardly", "without"})
_POSSIBLE_ADVERBS = frozenset({"possibly", "perhaps", "maybe", "reportedly-not"})
_ANNOUNCED_ADJECTIVES = frozenset(
    "planned upcoming forthcoming scheduled coming future expected intended announced agreed "
    "next impending imminent prospective anticipated forthcoming".split()
)
_POSSIBLE_ADJECTIVES = frozenset(
    "possible potential likely proposed rumoured rumored mooted suggested unlikely alleged-not "
    "hypothetical would-be eventual feared".split()
)
_CANCELLED_ADJECTIVES = frozenset(
    "cancelled canceled aborted scrapped postponed delayed failed".split()
)
_HISTORICAL_ADJECTIVES = frozenset("historic-not former past previous earlier wartime".split())
_OPEN_VERBS = frozenset(
    "hope expect wish want doubt suspect believe think suggest speculate predict fear assume imagine "
    "forecast anticipate consider hint envisage".split()
)
"""Verbs of opinion and hope: what they embed is possible, not actual."""

_DIRECTIVES = frozenset(
    "urge ask call demand order request press tell command appeal advise encourage beg push seek "
    "recommend propose insist require force pressure warn permit allow want".split()
)
"""Verbs that embed what somebody else is to do: no act of theirs yet."""

_LOOK_AHEAD = frozenset("before ahead until till".split())


@dataclass(frozen=True, slots=True)
class Axes:
    """The three axes of an act, and how far it is from the sentence's main clause."""

    realis: Realis = "actual"
    temporality: Temporality = "past"
    polarity: Polarity = "affirmed"
    is_main_clause: bool = True
    is_blocked: bool = False

    def weaken(self, realis: Realis) -> Axes:
        """Return the axes with a realis at least as weak as this one."""
        return self if _RANK[self.realis] >= _RANK[realis] else replace(self, realis=realis)


class StatusReader:
    """Reads the axes of predicates of one sentence."""

    def __init__(self, tree: Tree, lexicon: Lexicon) -> None:
        self.tree, self.lexicon = tree, lexicon
        self.is_question = tree.text.rstrip().endswith("?")

    def read(self, i: int) -> Axes:
        """Return the axes of the act whose predicate (verb or noun) is token ``i``."""
        tree = self.tree
        axes = Axes(temporality="past")
        if tree.is_noun(i):
            axes = self._of_noun(i, axes)
            verb = tree.governor(i)
            if verb is None:
                return self._finish(axes)
            if tree.lemmas[verb] in _OPEN_VERBS | {
                "plan",
                "await",
                "prepare",
                "schedule",
                "arrange",
            } and (
                tree.object(verb) == i
                or tree.heads[i] == verb
                or tree.deps[tree.heads[i]] == "prep"
            ):
                opens = "announced" if tree.lemmas[verb] not in _OPEN_VERBS else "possible"
                axes = replace(axes.weaken(opens), temporality="future")  # type: ignore[arg-type]
            elif tree.lemmas[verb] in _DIRECTIVES and tree.object(verb) == i:
                axes = axes.weaken("hypothetical")
            return self._finish(self._of_verb(verb, axes, own=False))
        return self._finish(self._of_verb(i, axes, own=True))

    def _finish(self, axes: Axes) -> Axes:
        return axes.weaken("possible") if self.is_question else axes

    def _of_noun(self, i: int, axes: Axes) -> Axes:
        tree = self.tree
        for k in tree.children(i, "amod", "compound", "det", "advmod", "neg"):
            word = tree.lower[k]
            if word in _ANNOUNCED_ADJECTIVES:
                axes = replace(axes.weaken("announced"), temporality="future")
            elif word in _POSSIBLE_ADJECTIVES or word == "any":
                axes = axes.weaken("possible")
            elif word in _CANCELLED_ADJECTIVES:
                axes = replace(axes.weaken("announced"), polarity="negated")
            elif word == "no":
                axes = replace(axes, polarity="negated")
        for k in tree.ancestors(i):
            if tree.is_verb(k):
                break
            if tree.deps[k] == "prep" and (
                tree.lower[k] in _LOOK_AHEAD
                or (tree.lower[k] == "of" and tree.lower[tree.heads[k]] == "ahead")
            ):
                axes = replace(axes.weaken("announced"), temporality="future")
            if tree.deps[k] == "prep" and tree.lower[k] == "without":
                axes = replace(axes, polarity="negated")
            if tree.lemmas[k] in ("possibility", "prospect", "chance", "idea", "hope", "likelihood", "rumour",
                                  "rumor", "speculation", "talk", "fear", "expectation", "question"):  # fmt: skip
                axes = axes.weaken("possible")
            if tree.lemmas[k] in ("plan", "preparation", "proposal", "offer", "intention", "readiness",
                                  "willingness", "agreement", "arrangement", "invitation"):  # fmt: skip
                axes = replace(axes.weaken("announced"), temporality="future")
            if tree.lemmas[k] in ("anniversary", "centenary", "jubilee", "commemoration"):
                axes = replace(axes, temporality="historical")
        return axes

    def _own_words(self, i: int, axes: Axes) -> Axes:
        """Auxiliaries, negation and tense of one verb."""
        tree = self.tree
        aux = [tree.lower[k] for k in tree.children(i, "aux", "auxpass")]
        if any(a in _FUTURE for a in aux):
            axes = replace(axes.weaken("announced"), temporality="future")
        if any(a in _POSSIBLE for a in aux):
            axes = axes.weaken("possible")
            if "have" not in aux and axes.temporality == "past":  # 'might have visited' is past
                axes = replace(axes, temporality="future")
        if "would" in aux or "'d" in aux:
            axes = replace(axes.weaken("possible"), temporality="future")
        if tree.child(i, "neg") is not None or any(
            tree.lower[k] in _NEGATIVES
            for k in tree.children(i, "advmod", "preconj", "cc")
            if tree.lower[k] not in ("no",)
        ):
            axes = replace(axes, polarity="negated")
        subject = tree.child(i, "nsubj", "nsubjpass")
        if subject is not None and any(
            tree.lower[k] in ("no", "neither")
            for k in tree.children(subject, "det", "neg", "preconj")
        ):
            axes = replace(axes, polarity="negated")
        if any(tree.lower[k] in _POSSIBLE_ADVERBS for k in tree.children(i, "advmod")):
            axes = axes.weaken("possible")
        marks = [tree.lower[k] for k in tree.children(i, "mark", "advmod")]
        if any(m in _IRREALIS_MARKS for m in marks):
            axes = axes.weaken("hypothetical")
        elif (
            tree.deps[i] == "advcl"
            and any(m in _LOOK_AHEAD for m in marks)
            and axes.realis == "actual"
        ) and tree.tags[i] in ("VBZ", "VBP", "VBG"):
            axes = replace(axes.weaken("announced"), temporality="future")
        if (
            tree.tags[i] == "VBG"
            and any(a in ("is", "are", "'s", "'re", "been") for a in aux)
            and axes.temporality == "past"
        ):
            axes = replace(axes, temporality="ongoing")
        return axes

    def _of_verb(self, i: int, axes: Axes, own: bool) -> Axes:
        tree = self.tree
        axes = self._own_words(i, axes)
        if not own and tree.lemmas[i] in self.lexicon.operators:
            axes = self._operate(self.lexicon.operators[tree.lemmas[i]], axes, noun=True)
        is_infinitive = self._is_infinitive(i)
        j, steps = i, 0
        while tree.heads[j] != j and steps < 12:
            steps += 1
            head, dep = tree.heads[j], tree.deps[j]
            if dep == "conj":
                # negation and modality of the first conjunct are not inherited unless the second
                # has no auxiliary and shares them ('may visit and meet')
                if (
                    tree.is_verb(head)
                    and tree.child(j, "aux", "nsubj") is None
                    and (tree.tags[j] in ("VB",))
                ):
                    shared = self._own_words(head, Axes())
                    axes = replace(axes.weaken(shared.realis),
                                   temporality=shared.temporality if shared.realis != "actual"
                                   else axes.temporality)  # fmt: skip
                    is_infinitive = is_infinitive or self._is_infinitive(head)
                j = head
                continue
            if dep in ("xcomp", "ccomp", "acl", "advcl", "pcomp", "relcl", "csubj", "parataxis", "acomp",
                       "dobj", "pobj", "prep", "attr", "oprd", "appos", "nsubj", "nsubjpass", "agent"):  # fmt: skip
                if dep in ("relcl", "acl", "advcl", "appos"):
                    axes = replace(axes, is_main_clause=False)
                axes = self._under(j, head, dep, axes, is_infinitive)
                if tree.is_verb(head) or tree.tags[head] == "MD":
                    if dep in ("advcl", "relcl"):
                        if dep == "relcl":
                            break
                        is_conditional = any(
                            tree.lower[k] in _IRREALIS_MARKS for k in tree.children(head, "mark")
                        )
                        if is_conditional:
                            axes = axes.weaken("hypothetical")
                        break
                    is_infinitive = self._is_infinitive(head)
                j = head
                continue
            j = head
        return axes

    def _is_infinitive(self, i: int) -> bool:
        tree = self.tree
        return tree.tags[i] == "VB" and any(tree.lower[k] == "to" for k in tree.children(i, "aux"))

    def _under(self, j: int, head: int, dep: str, axes: Axes, infinitive: bool) -> Axes:
        """The effect of the word that governs a clause."""
        tree = self.tree
        lemma = tree.lemmas[head]
        if dep == "xcomp" or (
            infinitive and dep in ("ccomp", "acl", "advcl", "acomp", "attr", "oprd")
        ):
            operators = self.lexicon.operators.get(lemma, [])
            if (lemma in _DIRECTIVES and tree.child(head, "dobj", "dative") is not None) or lemma in (
                "demand", "seek", "urge", "want",
            ):  # fmt: skip
                axes = axes.weaken("hypothetical")
            elif operators:
                axes = self._operate(operators, axes, noun=False)
            elif dep == "advcl":
                axes = axes.weaken("possible")
            elif dep == "acl":
                axes = replace(axes.weaken("announced"), temporality="future")
            elif dep == "xcomp" and infinitive:
                axes = axes.weaken("possible")
            if tree.is_verb(head) and dep != "advcl":
                axes = self._carry(head, axes)
            return axes
        if dep == "ccomp" and tree.is_verb(head):
            if lemma in _OPEN_VERBS:
                axes = axes.weaken("possible")
            elif lemma in _DIRECTIVES and tree.tags[j] == "VB" and not tree.children(j, "aux"):
                axes = axes.weaken("hypothetical")
            elif lemma == "deny":
                axes = replace(axes, polarity="negated")
            if any(tree.lower[k] in _IRREALIS_MARKS for k in tree.children(head, "mark")):
                axes = axes.weaken("hypothetical")
        if dep == "pcomp":
            preposition = tree.lower[head]
            above = tree.heads[head]
            if preposition == "without":
                axes = replace(axes, polarity="negated")
            elif preposition in ("before",) or (
                preposition in ("of", "for", "against", "to", "about", "in", "on")
                and tree.lemmas[above]
                in (
                    "talk",
                    "possibility",
                    "idea",
                    "threat",
                    "call",
                    "plan",
                    "think",
                    "speak",
                    "interest",
                    "consider",
                    "risk",
                    "hope",
                    "chance",
                    "way",
                )
            ):
                axes = axes.weaken("possible")
        return axes

    def _carry(self, head: int, axes: Axes) -> Axes:
        """Carry the governing verb's own modality and negation to its complement."""
        above = self._own_words(head, Axes())
        axes = axes.weaken(above.realis)
        if above.polarity == "negated":
            axes = replace(axes, polarity="negated")
        if above.temporality in ("future", "ongoing") and axes.temporality == "past":
            axes = replace(axes, temporality=above.temporality)
        return axes

    def _operate(self, operators: list[Operator], axes: Axes, noun: bool) -> Axes:
        for operator in operators:
            if operator.kind == "block":
                return replace(axes, is_blocked=True)
            if operator.kind == "act":
                if noun:
                    continue
                axes = axes.weaken("announced" if operator.mode != "refuse" else "possible")
                if operator.mode in ("refuse", "deny"):
                    axes = replace(axes, polarity="negated")
                return replace(axes, temporality="future")
            if operator.realis:
                axes = axes.weaken(operator.realis)  # type: ignore[arg-type]
            if operator.temporality:
                axes = replace(axes, temporality=operator.temporality)  # type: ignore[arg-type]
            if operator.polarity:
                axes = replace(axes, polarity=operator.polarity)  # type: ignore[arg-type]
            return axes
        return axes
