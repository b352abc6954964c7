"""Which role the head of a noun phrase has, by its noun or by the title before a name."""

from __future__ import annotations

from collections.abc import Container

from detente.coding.lexicon import Lexicon
from detente.coding.syntax import Tree

TITLE_ROLES = ("state_leader", "nominal_head_of_state", "government", "military", "parliament")

_ARMED = frozenset({"military", "army", "naval", "war", "staff"})
_GENERAL_OF = frozenset({"secretary", "attorney", "director", "consul", "solicitor", "comptroller"})
"""'Secretary General' and the like are no soldiers."""

_CIVIL = frozenset({"passenger", "civilian", "civil", "commercial", "cargo"})
_CENTRAL = frozenset({"central", "national", "reserve", "federal"})


class Roles:
    """Reads roles from one sentence.

    Args:
        tree: the sentence.
        lexicon: its ``heads`` say which noun gives which role.
        named: tokens of known actors; their words are no titles ('Arab League').
    """

    def __init__(self, tree: Tree, lexicon: Lexicon, named: Container[int]) -> None:
        self.tree, self.lexicon, self._named = tree, lexicon, named

    def of_head(self, i: int) -> str | None:
        """Return the role of a common noun ('police' -> government); 'void' is no actor at all."""
        tree = self.tree
        lemma = tree.lemmas[i]
        role = self.lexicon.heads.get(tree.lower[i]) or self.lexicon.heads.get(lemma)
        if tree.tags[i] in ("NNP", "NNPS") and role not in (
            "government",
            "military",
            "parliament",
            "state_leader",
            "nominal_head_of_state",
        ):
            return None if role != "void" else role
        near = {tree.lower[k] for k in tree.children(i, "compound", "amod")}
        if lemma in self.lexicon.classes["academy_n"] and near & _ARMED:
            return "military"
        if (lemma == "general" and near & _GENERAL_OF) or (lemma == "bank" and near & _CENTRAL):
            return "government"
        if lemma == "bomber" and "suicide" in near:
            return "rebel"
        if role == "military" and near & _CIVIL:
            return "civilian"  # 'a passenger jet'
        if role == "rebel" and any(  # 'migrant groups'
            self.lexicon.heads.get(tree.lemmas[k]) in ("civilian", "media", "company", "void")
            for k in tree.children(i, "compound", "amod")
        ):
            return "civilian"
        if lemma == "minister" and "prime" in near:
            return "state_leader"
        return role

    def of_name(self, i: int) -> str | None:
        """Return the role of an unknown proper name, by its title ('actor', 'President')."""
        tree = self.tree
        if tree.tags[i] not in ("NNP", "NNPS"):
            return None
        words = [tree.lower[k] for k in self._inner(i) if k not in self._named]
        if "prime" in words and "minister" in words and "former" not in words:
            return "state_leader"
        roles = [self.lexicon.heads[w] for w in words if w in self.lexicon.heads]
        for k in tree.children(i, "appos"):
            roles.append(self.lexicon.heads.get(tree.lemmas[k], ""))
        head = tree.heads[i]
        if tree.deps[i] == "appos":
            roles.append(self.lexicon.heads.get(tree.lemmas[head], ""))
        if "void" in roles:
            return "void-name"
        for role in TITLE_ROLES:
            if role in roles:
                return (
                    "government"
                    if role == "state_leader"
                    and ("vice" in words or "deputy" in words or "former" in words)
                    else role
                )
        for role in ("rebel", "civilian", "opposition", "company", "media"):
            if role in roles:
                return role
        return "civilian"

    def _inner(self, i: int) -> list[int]:
        tree, found, stack = self.tree, [], [i]
        while stack:
            j = stack.pop()
            for k in tree.kids[j]:
                if tree.deps[k] in ("amod", "compound", "nmod"):
                    found.append(k)
                    stack.append(k)
        return found
