"""What a verb's own auxiliaries, negation, tense and marks say of its act."""

from __future__ import annotations

from dataclasses import replace

from detente.coding import modality as words
from detente.coding.modality import Axes
from detente.coding.syntax import Tree
from detente.model import Realis

_ROUNDS = frozenset(
    "day week month quarter year season spring summer autumn winter morning night weekend time "
    "meeting session summit occasion monday tuesday wednesday thursday friday saturday sunday".split()
)


class VerbWords:
    """Reads the words around single verbs of one sentence."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def own_words(self, i: int, axes: Axes) -> Axes:
        """Auxiliaries, negation and tense of one verb."""
        tree = self.tree
        aux = [tree.lower[k] for k in tree.children(i, "aux", "auxpass")]
        if any(a in words.FUTURE for a in aux):
            axes = replace(axes.weaken("announced"), temporality="future")
        if any(a in words.POSSIBLE for a in aux):
            axes = axes.weaken("possible")
            if "have" not in aux and axes.temporality == "past":  # 'might have visited' is past
                axes = replace(axes, temporality="future")
        if "would" in aux or ("'d" in aux and tree.tags[i] == "VB"):
            axes = replace(axes.weaken(self._would(i, "have" in aux)), temporality="future")
        if self._is_inverted(i) or self.is_consequence(i):
            axes = axes.weaken("hypothetical")
        if not self._is_either_way(i) and (
            tree.child(i, "neg") is not None
            or any(
                tree.lower[k] in words.NEGATIVES or self._is_no_longer(k)
                for k in tree.children(i, "advmod", "preconj", "cc")
                if tree.lower[k] not in ("no",)
            )
        ):
            axes = replace(axes, polarity="negated")
        if axes == Axes() and self._is_lasting(i, aux):
            axes = replace(axes, temporality="ongoing")
        subject = tree.child(i, "nsubj", "nsubjpass")
        if subject is not None and (
            any(
                tree.lower[k] in ("no", "neither") for k in tree.children(subject, "det", "preconj")
            )
            or any(
                tree.lower[m] in ("no", "not")
                for k in (subject, *tree.children(subject, "amod", "det"))
                for m in tree.children(k, "neg")
            )
        ):  # 'not a single drone has been given'
            axes = replace(axes, polarity="negated")
        if any(tree.lower[k] in words.POSSIBLE_ADVERBS for k in tree.children(i, "advmod")):
            axes = axes.weaken("possible")
        marks = [tree.lower[k] for k in tree.children(i, "mark", "advmod")]
        if (
            "whether" in marks
            and (
                tree.lemmas[tree.heads[i]] in words.WEIGHED
                or tree.tags[i] == "VBD"
                or {"has", "have", "had", "could"} & set(aux)
            )
        ):  # an open question of fact or of chance: 'whether X withheld', 'whether they could agree'
            axes = axes.weaken("possible")
        elif any(m in words.IRREALIS_MARKS for m in marks) or self._is_provided(i):
            axes = axes.weaken("hypothetical")
        elif (
            tree.deps[i] == "advcl"
            and axes.realis == "actual"
            and (
                (
                    any(m in words.LOOK_AHEAD for m in marks)
                    and tree.tags[i] in ("VBZ", "VBP", "VBG")
                )
                or (any(m in words.ONCE for m in marks) and tree.tags[i] in ("VBZ", "VBP"))
            )
        ):
            axes = replace(axes.weaken("announced"), temporality="future")
        if (
            tree.tags[i] == "VBG"
            and any(a in ("is", "are", "'s", "'re", "been") for a in aux)
            and axes.temporality == "past"
        ):
            axes = replace(axes, temporality="ongoing")
        return axes

    def _would(self, i: int, perfect: bool) -> Realis:
        """What 'would' says: reported plan, consequence of a condition, or a guess."""
        tree = self.tree
        if any(
            self.is_condition(k) for j in self._joined(i) for k in tree.children(j, "advcl", "prep")
        ):
            return "hypothetical"
        if perfect:
            return "hypothetical"
        head = tree.heads[i]
        is_told = (
            tree.deps[i] in ("ccomp", "parataxis")
            and tree.tags[head] in ("VBD", "VBN")
            and tree.lemmas[head] in words.TOLD
        )
        return "announced" if is_told and tree.lemmas[i] not in words.POLITE else "possible"

    def _joined(self, i: int) -> list[int]:
        """The verb and those joined to it, which share a condition ('would evacuate and pay, if')."""
        tree, first = self.tree, i
        while tree.deps[first] == "conj" and tree.is_verb(tree.heads[first]):
            first = tree.heads[first]
        return list(dict.fromkeys((i, first, *tree.children(first, "conj"))))

    def _is_lasting(self, i: int, aux: list[str]) -> bool:
        """'Regularly supplies', 'has long backed', 'meeting every month': done again and again."""
        tree = self.tree
        perfect = tree.tags[i] == "VBN" and bool({"has", "have"} & set(aux))
        present = tree.tags[i] in ("VBZ", "VBP") or "are" in aux or "is" in aux
        if (present or perfect) and any(
            tree.lower[k] in words.STILL for k in tree.children(i, "advmod")
        ):
            return True
        times = tree.children(i, "npadvmod", "dobj")
        times += [o for p, o in tree.prepositions(i) if p in ("at", "on", "in", "during")]
        repeated = any(
            tree.lower[k] in ("every", "each")
            for j in times
            for k in tree.children(j, "det")
            if tree.lemmas[j] in _ROUNDS
        )
        return repeated and (present or perfect or tree.tags[i] == "VBG")

    def is_consequence(self, i: int) -> bool:
        """'If Kim goes to Moscow, China will protest'."""
        tree = self.tree
        return any(
            tree.lower[k] in words.FUTURE | words.POSSIBLE for k in tree.children(i, "aux")
        ) and any(self.is_condition(k) for k in tree.children(i, "advcl"))

    def is_condition(self, k: int) -> bool:
        tree = self.tree
        return (
            tree.lower[k] in ("provided", "providing", "assuming")
            or (
                tree.lower[k] == "in"
                and any(
                    tree.lower[o] in ("event", "case") and tree.child(o, "prep") is not None
                    for o in tree.children(k, "pobj")
                )
            )
            or any(tree.lower[m] in words.IRREALIS_MARKS for m in tree.children(k, "mark"))
            or (tree.is_verb(k) and self._is_inverted(k))
        )

    def _is_inverted(self, i: int) -> bool:
        """'Should Xi visit', 'were Russia to invade', 'had Argentina attacked'."""
        tree = self.tree
        subject = tree.child(i, "nsubj", "nsubjpass")
        return (
            subject is not None
            and not self.tree.text.rstrip().endswith("?")
            and any(
                tree.lower[k] in ("should", "were", "had") and k < subject
                for k in tree.children(i, "aux", "auxpass")
            )
        )

    def _is_provided(self, i: int) -> bool:
        """'Provided that Cuba frees them', 'as long as Sudan bombs'."""
        tree = self.tree
        head = tree.heads[i]
        return head != i and (
            (tree.lower[head] in ("provided", "providing", "assuming") and not tree.is_noun(head)
             and tree.child(head, "nsubj", "aux") is None and tree.deps[i] in ("ccomp", "pcomp"))
            or (tree.lower[head] == "long" and any(tree.lower[k] == "as" for k in tree.kids[head]))
        )  # fmt: skip

    def _is_either_way(self, i: int) -> bool:
        """'May or may not extradite' denies nothing."""
        tree, head = self.tree, self.tree.heads[i]
        return tree.deps[i] == "conj" and tree.tags[head] == "MD" and head != i

    def _is_no_longer(self, k: int) -> bool:
        tree = self.tree
        return tree.lower[k] in ("longer", "more") and any(
            tree.lower[m] == "no" for m in tree.kids[k]
        )
