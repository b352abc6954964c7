"""What a verb's own auxiliaries, negation, tense and marks say of its act."""

from __future__ import annotations

from dataclasses import replace

from detente.coding import modality as words
from detente.coding.modality import Axes
from detente.coding.syntax import Tree
from detente.model import Realis


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
        if (
            axes == Axes()
            and (tree.tags[i] in ("VBZ", "VBP") or "are" in aux or "is" in aux)
            and any(tree.lower[k] in words.STILL for k in tree.children(i, "advmod"))
        ):
            axes = replace(axes, temporality="ongoing")
        subject = tree.child(i, "nsubj", "nsubjpass")
        if subject is not None and any(
            tree.lower[k] in ("no", "neither")
            for k in tree.children(subject, "det", "neg", "preconj")
        ):
            axes = replace(axes, polarity="negated")
        if any(tree.lower[k] in words.POSSIBLE_ADVERBS for k in tree.children(i, "advmod")):
            axes = axes.weaken("possible")
        marks = [tree.lower[k] for k in tree.children(i, "mark", "advmod")]
        if "whether" in marks and tree.lemmas[tree.heads[i]] in words.WEIGHED:
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
        if any(self.is_condition(k) for k in tree.children(i, "advcl", "prep")):
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
