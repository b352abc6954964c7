"""Who stands in the slots of a frame: object, preposition, possessor, purpose, place.

The slots' names are those of the seeds (``seeds/frames/README.md``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from detente.coding.actors import Actor
from detente.coding.arguments import Arguments
from detente.coding.lexicon import Lexicon
from detente.coding.predicates import Predicates, fits_slot
from detente.coding.syntax import Tree

_OWN = frozenset({"his", "her", "its", "their"})
_PLACES = ("in", "inside", "across", "throughout", "near", "within", "over")
_PURPOSE_PREPOSITIONS = ("in", "to", "for", "with", "across", "from", "between")


class Slots:
    """Fills slots in one sentence."""

    def __init__(
        self, tree: Tree, arguments: Arguments, predicates: Predicates, lexicon: Lexicon
    ) -> None:
        self.tree, self.arguments, self.lexicon = tree, arguments, lexicon
        self.predicates = predicates

    def fill(
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
            if wish:
                return self._of_class(self.predicates.subject(i), wish, reach)
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
            if not fits_slot(preposition, name):
                continue
            if wish == "festive":
                got = self._host(i, obj)
            elif wish in ("", "military", "igo"):
                got = [a for a in arguments.resolve(obj, reach) if wish != "igo" or a.kind == "igo"]
            else:
                got = self._of_class(obj, wish, reach)
            if got:
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
        if wish == "told":  # 'told X to leave'; 'warned X that there would be' commands nothing
            commanded = any(
                tree.deps[k] in ("xcomp", "ccomp")
                and tree.tags[k] == "VB"
                and all(tree.tags[m] != "MD" for m in tree.children(k, "aux"))
                for k in tree.kids[i]
            )
            return arguments.resolve(obj, reach) if commanded else []
        if wish == "festive":
            return self._host(i, obj)
        if wish == "blamed":
            blamed = any(
                tree.lower[p] == "for" and tree.child(p, "pcomp") is not None
                for p in tree.children(i, "prep")
            )
            return arguments.resolve(obj, reach) if blamed else []
        if wish and wish != "military":
            return self._of_class(obj, wish, reach)
        return arguments.resolve(obj, reach)

    def _host(self, i: int, event: int | None) -> list[Actor]:
        """Whose celebration it is: 'Moscow's parade', 'the parade in Moscow'."""
        tree = self.tree
        if event is None or tree.lemmas[event] not in self.lexicon.classes["festive_n"]:
            return []
        if got := self.arguments.owners(event):
            return got
        for preposition, place in [*tree.prepositions(event), *tree.prepositions(i)]:
            if preposition in ("in", "at", "of") and (got := self.arguments.resolve(place, "p")):
                return got
        return []

    def _of_class(self, i: int | None, wish: str, reach: str) -> list[Actor]:
        """Whose the thing is that phrase ``i`` holds, where its noun is in the class."""
        if i is None:
            return []
        members = self.lexicon.classes[wish]
        held = [k for j in self.tree.conjuncts(i) for k in self.predicates.contents(j)]
        got = [k for k in held if self.tree.lemmas[k] in members]
        return self.arguments.resolve(got[0], reach + "act") if got else []

    def _named_slot(self, verb: int, wish: str, reach: str) -> list[Actor]:
        """'called China a turncoat', 'a terrorist state': the object, where that is in the class."""
        tree = self.tree
        members = self.lexicon.classes[wish]
        predicates = tree.children(verb, "oprd", "attr", "xcomp", "ccomp", "dobj")
        predicates += [o for p, o in tree.prepositions(verb) if p == "as"]
        named = None
        for k in predicates:
            for j in tree.conjuncts(k):
                near = (j, *tree.children(j, "amod", "compound"))
                if any(tree.lemmas[m] in members or tree.lower[m] in members for m in near):
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
        members = self.lexicon.classes[wish]
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

    def of_noun(self, slot: str, i: int, reach: str) -> list[Actor]:
        tree, arguments = self.tree, self.arguments
        if slot == "pair":
            return arguments.pair_of(i)
        if slot in ("poss", "comp"):
            return self._owners_of(i, "poss" if slot == "poss" else "modifier")
        name, _, wish = slot.partition(":")
        if name == "ctx":
            verb = tree.governor(i)
            if verb is None or tree.deps[i] not in ("pobj", "dobj"):
                return []
            if wish and tree.lemmas[verb] not in self.lexicon.classes[wish]:
                return []
            return arguments.resolve(tree.surface_subject(verb), "")
        phrases = tree.prepositions(i)
        for preposition, obj in phrases[:]:  # 'a visit by the chancellor to X' hangs on the visitor
            if preposition == "by" and tree.lemmas[obj] not in self.lexicon.classes["posted_n"]:
                phrases += [p for p in tree.prepositions(obj) if p[0] == "to"]
        if tree.deps[i] == "dobj" and tree.child(i, "poss") is not None:
            # 'approaches his meeting with X': what follows the noun at once is the noun's
            phrases += [
                (tree.lower[k], o)
                for k in tree.children(tree.heads[i], "prep")
                if k == i + 1
                for o in tree.children(k, "pobj")
            ]
        for preposition, obj in phrases:
            if preposition == slot and (got := arguments.resolve(obj, reach)):
                return got
        return []
