"""Whom a pronoun or 'the two countries' stand for, in the sentence or before it."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from detente.coding.actors import PERSON_KINDS, Actor

if TYPE_CHECKING:
    from detente.coding.arguments import Arguments

_PERSONAL = frozenset({"he", "she", "it", "they", "him", "her", "them", "his", "its", "their"})
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_AND = re.compile(r"^(?:[^,;.]* and |-|\u2013)[^,;.]*$")


class Antecedents:
    """Answers for one sentence, with what the sentences before it left in the context."""

    def __init__(self, arguments: Arguments) -> None:
        self.tree, self.lexicon, self.context = (
            arguments.tree,
            arguments.lexicon,
            arguments.context,
        )
        self.arguments = arguments
        self._resolving: set[int] = set()

    def generic_pair(self, i: int, word: str) -> list[Actor]:
        """'The two countries', 'both sides', 'the four': the states that were named together."""
        tree = self.tree
        count = self._count(i, word)
        if not count or self.arguments.owners(i):
            return []
        group: tuple[Actor, ...] | None = None
        if count == 2:
            group = self._pair_before(i)
            if group is None and all(tree.lower[k] != "our" for k in tree.kids[i]):
                group = self.context.pair  # 'our two countries' are the speaker's
        if group is None and len(self.context.group) == count:
            group = self.context.group
        start, end = tree.starts[i], tree.ends[i]
        return [
            replace(
                a,
                start=start,
                end=end,
                token=i,
                via="generic",
                role=a.role if a.is_state else "government",
            )
            for a in group or ()
        ]

    def _count(self, i: int, word: str) -> int:
        """How many states the phrase stands for, 0 if it is none of this kind."""
        tree = self.tree
        near = {tree.lower[k] for k in tree.children(i, "nummod", "det", "amod", "predet")}
        if word in ("both", "each") and tree.deps[i] in ("nsubj", "nsubjpass", "dobj", "pobj"):
            return 0 if tree.prepositions(i) else 2
        if word == "other" and "the" in near and "each" in tree.lower:
            return 2
        if word in _NUMBERS and near & {"the", "all"} and not tree.prepositions(i):
            return _NUMBERS[word]
        if tree.lemmas[i] not in self.lexicon.classes["party_n"]:
            return 0
        counts = [_NUMBERS[w] for w in near if w in _NUMBERS]
        return counts[0] if counts else 2 if "both" in near else 0

    def _pair_before(self, i: int) -> tuple[Actor, Actor] | None:
        """The last two actors of this sentence that are joined ('Israel and Egypt')."""
        before = sorted(
            (k for k in self.arguments.heads if k < i and self.arguments.heads[k].code),
            reverse=True,
        )
        doers = self._doers(i)
        for right, left in pairwise(before):
            if left in doers and right in doers:
                continue  # 'X and Y asked both sides': not themselves
            a, b = self.arguments.heads[left], self.arguments.heads[right]
            between = self.tree.text[a.end : b.start]
            if a.code != b.code and len(between) < 40 and _AND.search(between):
                return self.arguments.actor(a, left), self.arguments.actor(b, right)
        return None

    def _doers(self, i: int) -> list[int]:
        """Who acts on ``i``, its clause's object: they are not what ``i`` means."""
        tree = self.tree
        if tree.deps[i] not in ("dobj", "dative"):
            return []
        subject = tree.surface_subject(tree.heads[i])
        return [] if subject is None else tree.conjuncts(subject)

    def pronouns(self, i: int, word: str) -> list[Actor]:
        """Return whom a pronoun means; 'they' may mean several states."""
        own = self.tree.tags[i] == "PRP$" and self.tree.deps[self.tree.heads[i]] != "nsubj"
        # 'told their envoys': each its own, nobody another's
        if word in ("they", "them", "their") and not own and i not in self._resolving:
            self._resolving.add(i)
            try:
                several = self._several(i)
            finally:
                self._resolving.discard(i)
            if len(several) > 1:
                start, end = self.tree.starts[i], self.tree.ends[i]
                return [replace(a, start=start, end=end, token=i, via="pronoun") for a in several]
        one = self.pronoun(i, word)
        return [] if one is None else [one]

    def _several(self, i: int) -> list[Actor]:
        candidates = self._candidates(i)
        if not candidates:
            return list(self.context.subjects)
        return [a for a in self.arguments.resolve(candidates[0], "", 2) if a.is_state]

    def pronoun(self, i: int, word: str) -> Actor | None:
        if word not in _PERSONAL or i in self._resolving:
            return None
        self._resolving.add(i)
        try:
            actor = self._antecedent(i, word)
        finally:
            self._resolving.discard(i)
        if actor is None:
            return None
        is_person = actor.kind in PERSON_KINDS or actor.token < 0 or self._is_person(actor)
        if word in ("he", "she", "him", "her", "his") and not is_person:
            return None
        if word in ("it", "its") and actor.kind in PERSON_KINDS:
            return None
        return replace(
            actor, start=self.tree.starts[i], end=self.tree.ends[i], token=i, via="pronoun"
        )

    def _is_person(self, actor: Actor) -> bool:
        """A phrase like 'the Canadian prime minister' is a person, 'NATO allies' are none."""
        i = actor.token
        if i < 0 or i >= len(self.tree):
            return True
        if self.tree.tags[i] in ("NNS", "NNPS"):
            return False
        return (
            self.lexicon.heads.get(self.tree.lemmas[i]) in ("state_leader", "nominal_head_of_state")
            or self.tree.lemmas[i] in self.lexicon.classes["person_n"]
            or (actor.via == "modifier" and self.tree.tags[i] == "NNP")
        )

    def other_than(self, actor: Actor, code: str) -> Actor:
        """Return whom 'its' means if not the doer: the next antecedent up, else ``actor`` itself."""
        tree, head = self.tree, actor.token
        if not 0 <= head < len(tree):
            return actor
        i = head if tree.tags[head] == "PRP$" else tree.child(head, "poss")
        if i is None or tree.lower[i] not in ("its", "their"):
            return actor
        for c in self._candidates(i):
            for other in self.arguments.resolve(c, "co", 2):
                if other.code not in (code, ""):
                    role = other.role if i == head else actor.role
                    return replace(actor, code=other.code, role=role, name=other.name)
        return actor

    def _candidates(self, i: int) -> list[int]:
        """Subjects that pronoun ``i`` may stand for, nearest first."""
        tree = self.tree
        verb = tree.governor(i)
        own = tree.surface_subject(verb) if verb is not None else None
        if own == i:
            own = None
        is_possessive = tree.tags[i] == "PRP$"
        above = verb
        candidates: list[int] = []
        if is_possessive and own is not None and not self._inside(i, own):
            candidates.append(own)
        while above is not None:
            above = tree.governor(above)
            if above is not None:
                subject = tree.surface_subject(above)
                if subject is not None and subject not in (i, own) and not self._inside(i, subject):
                    candidates.append(subject)
        return candidates

    def _antecedent(self, i: int, word: str) -> Actor | None:
        tree, candidates = self.tree, self._candidates(i)
        reach = "cort" if tree.tags[i] == "PRP$" else "cor"  # 'a Y helicopter ... its airspace'
        for c in candidates:
            got = self.arguments.resolve(c, reach, 2)
            if len(got) == 1 or (got and word in ("their", "they", "them")):
                return got[0]
            if got or tree.tags[c] in ("NN", "NNP", "NNS", "NNPS"):
                return None
        # an earlier clause of the sentence, else the subject of the sentence before
        if not candidates:
            return self.context.subject
        return None

    def _inside(self, i: int, top: int) -> bool:
        return i == top or top in self.tree.ancestors(i)
