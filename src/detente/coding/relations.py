"""Relations described rather than acted: 'ties have frayed', 'closest ally' (ASSESS)."""

from __future__ import annotations

from dataclasses import dataclass

from detente.coding.arguments import Actor, Arguments
from detente.coding.lexicon import Lexicon
from detente.coding.syntax import Tree

_OPPOSITE = {"warming": "cooling", "cooling": "warming", "close": "strained", "strained": "close"}
_LESS = frozenset({"less", "hardly", "no", "not", "never", "fewer"})
_NOT_A_RELATION = frozenset({"public", "trade", "international", "family", "human"})
_REMAIN = frozenset(
    {"remain", "be", "become", "stay", "grow", "get", "turn", "look", "seem", "appear"}
)
_STATES = frozenset(
    "state_leader nominal_head_of_state government ruling_party military parliament".split()
)


@dataclass(frozen=True, slots=True)
class Assessment:
    """A relation between two states as a sentence describes it.

    ``mode`` is 'level' (how it stands: close, strained) or 'change' (warming, cooling).
    """

    trigger: int
    source: Actor
    target: Actor
    mode: str
    direction: str
    rule_id: str


class RelationReader:
    """Finds assessments in one sentence."""

    def __init__(self, tree: Tree, arguments: Arguments, lexicon: Lexicon) -> None:
        self.tree, self.arguments, self.lexicon = tree, arguments, lexicon

    def assessments(self) -> list[Assessment]:
        """Return at most one assessment for each relation noun or ally."""
        found: list[Assessment] = []
        for i in range(len(self.tree)):
            if not self.tree.is_noun(i):
                continue
            lemma = self.tree.lemmas[i]
            if lemma in self.lexicon.relation_nouns:
                got = self._of_relation(i, lemma)
            elif ("ally", lemma) in self.lexicon.relation_words:
                got = self._of_ally(i, lemma)
            else:
                continue
            if got is not None:
                found.append(got)
        return found

    def _of_relation(self, i: int, lemma: str) -> Assessment | None:
        pair = self._pair(i)
        if pair is None:
            return None
        judged = self._judgement(i, lemma)
        if judged is None:
            return None
        trigger, mode, direction = judged
        return Assessment(trigger, *pair, mode, direction, f"relation:{lemma}")

    def _pair(self, i: int) -> tuple[Actor, Actor] | None:
        tree, arguments = self.tree, self.arguments
        if any(tree.lower[k] in _NOT_A_RELATION for k in tree.kids[i]):
            return None
        actors = [a for a in arguments.owners(i) if a.role in _STATES or a.role == "igo"]
        for preposition, obj in tree.prepositions(i):
            if preposition in ("between", "with", "among", "to", "toward", "towards"):
                for actor in arguments.resolve(obj, ""):
                    if all(actor.code != a.code for a in actors):
                        actors.append(actor)
        if len(actors) == 1:
            subject = self._clause_subject(i)
            for actor in subject:
                if all(actor.code != a.code for a in actors):
                    actors.insert(0, actor)
        if len(actors) != 2:
            return None
        return actors[0], actors[1]

    def _clause_subject(self, i: int) -> list[Actor]:
        tree = self.tree
        verb = tree.governor(i)
        if verb is None:
            return []
        subject = tree.subject(verb)
        if subject is None or subject == i:
            return []
        return self.arguments.resolve(subject, "")

    def _judgement(self, i: int, lemma: str) -> tuple[int, str, str] | None:
        tree, words = self.tree, self.lexicon.relation_words
        inherent = self.lexicon.relation_nouns[lemma]
        head, dep = tree.heads[i], tree.deps[i]
        # 'ties have frayed', 'strengthened ties', 'ties were strained'
        if tree.is_verb(head) and dep in ("nsubj", "nsubjpass", "dobj"):
            # 'have grown frayed': the complement decides, not the verb
            for k in (
                tree.children(head, "acomp", "attr", "oprd", "xcomp", "ccomp", "advcl")
                if dep != "dobj"
                else ()
            ):
                got = self._adjective(k)
                if got:
                    mode, direction = got
                    if tree.lemmas[head] in ("grow", "become", "turn", "get"):
                        mode = "change"
                        direction = {"strained": "cooling", "close": "warming"}.get(
                            direction, direction
                        )
                    return k, mode, self._flip(head, direction)
            verb = words.get(("verb", tree.lemmas[head]))
            if verb is not None:
                direction = verb.direction
                if inherent == "strained":  # a rift that deepens is no warming
                    direction = "cooling" if tree.lemmas[head] in (
                        "deepen", "grow", "escalate", "widen", "worsen") else "warming"  # fmt: skip
                return head, "change", self._flip(head, direction)
        for k in tree.children(i, "amod"):
            got = self._adjective(k)
            if got:
                return k, got[0], self._flip(k, got[1])
        if inherent in ("warming", "cooling"):
            return i, "change", inherent
        if inherent == "strained":
            return i, "level", inherent
        return None

    def _adjective(self, i: int) -> tuple[str, str] | None:
        word = self.lexicon.relation_words.get(("adj", self.tree.lower[i]))
        if word is None:
            return None
        # 'increasingly frayed', 'growing closer': the level moves
        moving = any(
            self.tree.lower[k] in ("increasingly", "more", "ever") for k in self.tree.kids[i]
        )
        if moving and word.mode == "level":
            return "change", "cooling" if word.direction == "strained" else "warming"
        return word.mode, word.direction

    def _flip(self, i: int, direction: str) -> str:
        near = {self.tree.lower[k] for k in self.tree.kids[i]}
        return _OPPOSITE[direction] if near & (_LESS | {"n't"}) else direction

    def _of_ally(self, i: int, lemma: str) -> Assessment | None:
        """'X is Y's closest ally', 'X and Y remain close allies', 'X, a close ally of Y'."""
        tree, arguments = self.tree, self.arguments
        word = self.lexicon.relation_words["ally", lemma]
        others = arguments.owners(i)
        for preposition, obj in tree.prepositions(i):
            if preposition in ("of", "to", "with"):
                others += arguments.resolve(obj, "")
        subject: list[Actor] = []
        head = tree.heads[i]
        if tree.deps[i] in ("attr", "oprd") and tree.lemmas[head] in _REMAIN:
            own = tree.surface_subject(head)
            subject = [] if own is None else arguments.resolve(own, "")
        elif tree.deps[i] == "appos":
            subject = arguments.resolve(head, "")
        parties: list[Actor] = []
        for actor in [*subject, *others]:
            if (actor.role in _STATES) and all(actor.code != p.code for p in parties):
                parties.append(actor)
        if len(parties) != 2 or not subject:
            return None
        return Assessment(i, parties[0], parties[1], word.mode, word.direction, f"ally:{lemma}")
