"""Predicates of one sentence: verbs, and nouns that name an act ('the deployment of troops').

A noun that names an act has the same arguments as its verb: its object stands after 'of', its
subject is its possessor, follows 'by', or is the subject of the verb that announces the act.
"""

from __future__ import annotations

from detente.coding.lexicon import Lexicon
from detente.coding.syntax import Tree

_LIGHT_PREPOSITIONS = ("in", "into", "for", "from", "out", "off", "on", "to", "out of")
_COUNTED = ("of", "worth")
_OF_A_SUM = ("of", "in", "worth")
_NESTED_LIMIT = 12
_AIMING = frozenset({"target", "affect", "cover", "hit"})
_JOINING = frozenset({"out", "along", "together", "back", "up", "down", "away", "off", "over", "across", "on"})  # fmt: skip


class Predicates:
    """Answers who and what stand around a predicate, be it a verb or a noun."""

    def __init__(self, tree: Tree, lexicon: Lexicon) -> None:
        self.tree = tree
        self._quantities = lexicon.classes["quantity_n"]
        self._sums = lexicon.classes["sum_n"]
        self._framings = lexicon.classes["framing_n"]
        self._members = lexicon.classes["member_n"]
        self._patients = lexicon.patient_nouns
        self._supports = lexicon.classes["support_v"]

    def contents(self, i: int) -> list[int]:
        """Return what ``i`` counts or measures, innermost first, then ``i`` ('94% of the arms')."""
        tree, found = self.tree, [i]
        for j in found:
            is_sum = tree.tags[j] in ("CD", "$") or tree.lemmas[j] in self._sums
            if is_sum or tree.lemmas[j] in self._quantities:
                counted = _OF_A_SUM if is_sum else _COUNTED
                found += [o for p, o in tree.prepositions(j) if p in counted and o not in found]
            elif tree.lemmas[j] in self._framings:  # 'a mediation effort', 'the peace process'
                inner = tree.children(j, "compound", "nmod", "amod")
                found += [k for k in inner if tree.tags[k] in ("NN", "NNS") and k not in found]
        return found[::-1]

    def object(self, i: int) -> int | None:
        """Return what the act is done to: the verb's object, or what follows 'of'."""
        tree = self.tree
        if not tree.is_noun(i):
            return tree.object(i)
        for preposition, obj in tree.prepositions(i):
            if preposition == "of":
                return obj
        if tree.lemmas[i] in self._patients and (owner := tree.child(i, "poss")) is not None:
            return owner
        for k in reversed(tree.children(i, "compound")):
            if tree.tags[k] in ("NN", "NNS"):
                return k
        return None

    def subject(self, i: int) -> int | None:
        """Return who does the act. A noun's possessor is the caller's affair."""
        tree = self.tree
        if not tree.is_noun(i):
            return tree.subject(i)
        for preposition, obj in tree.prepositions(i):
            if preposition == "by":
                return obj
        verb = self.support(i)
        return None if verb is None else tree.subject(verb)

    def support(self, i: int) -> int | None:
        """Return the verb that only announces or performs the act that noun ``i`` names."""
        tree = self.tree
        verb = tree.governor(i)
        if verb is None or tree.lemmas[verb] not in self._supports:
            return None
        obj = tree.object(verb)
        if obj is None:
            return None
        objects = [k for j in tree.conjuncts(obj) for k in self.contents(j)]
        return verb if i in objects else None

    def is_opinion(self, i: int) -> bool:
        """'Both agree that', 'agree on what is missing': of one mind now, no agreement made."""
        tree = self.tree
        clauses = [i, *tree.children(i, "prep")]
        return tree.tags[i] in ("VBP", "VBZ") and any(
            tree.child(k, "ccomp", "pcomp") for k in clauses
        )

    def light_nouns(self, i: int) -> list[int]:
        """Return nouns that may carry the act: the object, or what the verb enters or joins."""
        tree, found = self.tree, []
        obj = self.object(i)
        if obj is not None:
            found += [k for j in tree.conjuncts(obj) for k in self.contents(j)]
        phrases = tree.prepositions(i)
        for k in tree.children(i, "attr"):  # 'is party to the sanctions'
            if tree.lemmas[k] in self._members:
                phrases += tree.prepositions(k)
        for k in tree.children(i, "dobj"):  # 'take part in'
            if tree.lemmas[k] == "part":
                phrases += tree.prepositions(k)
        for preposition, inner in phrases:
            if preposition in _LIGHT_PREPOSITIONS:
                found += [k for j in tree.conjuncts(inner) for k in self.contents(j)]
        return found

    def anchors(self, i: int, noun: int | None) -> list[int]:
        """Return the tokens whose phrases may complement the predicate, the noun's first.

        'sent aid to X' hangs 'to X' now on one, now on the other.
        """
        tree = self.tree
        found = [] if noun is None else self.contents(noun)
        if noun is not None:
            found += [o for p, o in tree.prepositions(noun) if p == "including"]
            for j in tree.ancestors(noun):  # what counts or frames the noun may hold the phrase
                if j == i or tree.is_verb(j):
                    break
                found.append(j)
        found.append(i)
        if tree.is_noun(i):
            # 'announced the deployment of 200 troops to X': the parser's choice of three heads
            obj, support = self.object(i), self.support(i)
            found += self.contents(obj) if obj is not None and obj != noun else []
            found += [] if support is None else [support]
        return list(dict.fromkeys(found))

    def phrases(self, i: int, noun: int | None) -> list[tuple[str, int]]:
        """Return (preposition, object) of every phrase that may complement the predicate."""
        return [phrase for j in self.anchors(i, noun) for phrase in self._complements(j)]

    def _complements(self, i: int) -> list[tuple[str, int]]:
        """Prepositional phrases, and those of a participle: 'sanctions imposed on X'."""
        tree = self.tree
        found = tree.prepositions(i)
        if tree.is_noun(i):
            for k in tree.children(i, "acl"):
                if tree.tags[k] == "VBN":
                    found += tree.prepositions(k)
                elif tree.lemmas[k] in _AIMING and (obj := tree.child(k, "dobj")) is not None:
                    found.append(("against", obj))
        return found

    def nested(self, i: int, noun: int | None) -> list[tuple[str, int]]:
        """Return the phrases within the phrases: 'mobilised troops for a war against X'."""
        obj = self.object(i)
        heads = [o for _, o in self.phrases(i, noun)] + ([] if obj is None else [obj])
        found: list[tuple[str, int]] = []
        for head in heads:  # grows: 'the mandate for the force in X'
            inner = self._complements(head)
            found += inner
            if len(found) < _NESTED_LIMIT:
                heads += [o for _, o in inner]
        return found


def fits_slot(preposition: str, slot: str) -> bool:
    """Tell whether a (maybe two-word) preposition is the slot's: 'out of' is 'of', 'ahead of' not."""
    first, _, second = preposition.partition(" ")
    return preposition == slot or (second == slot and first in _JOINING)
