"""Relations described rather than acted: 'ties have frayed', 'closest ally' (ASSESS)."""

from __future__ import annotations

from dataclasses import dataclass

from detente.coding.actors import OFFICE_ROLES, Actor
from detente.coding.arguments import Arguments
from detente.coding.lexicon import Lexicon
from detente.coding.syntax import Tree

_OPPOSITE = {"warming": "cooling", "cooling": "warming", "close": "strained", "strained": "close"}
_MOVED = {"strained": "cooling", "close": "warming", "cooling": "cooling", "warming": "warming"}
_LESS = frozenset({"less", "hardly", "no", "not", "never", "fewer", "n't"})
_MORE = frozenset({"increasingly", "more", "ever", "less", "steadily", "progressively"})
_NOT_A_RELATION = frozenset(
    "public trade international family human foreign industrial labour labor race community".split()
)
_REMAIN = frozenset(
    {"remain", "be", "become", "stay", "grow", "get", "turn", "look", "seem", "appear"}
)
_BECOME = frozenset({"become", "grow", "turn", "get"})
_REGARD = frozenset("count regard consider see view describe treat rank".split())
_REACH = frozenset("hit reach fall sink plunge drop touch slump plummet".split())
_MOVES = frozenset(
    "draw move drift grow edge inch get come pull bring push become turn slide break".split()
)
_LOWS = frozenset({"low", "bottom", "nadir", "ebb"})
_HIGHS = frozenset({"high", "peak", "best", "zenith", "height"})


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
            lemma = self.tree.lemmas[i]
            if not self.tree.is_noun(i):
                got = self._of_stance(i) if self._is_stance(i) else self._of_move(i)
                if got is not None:
                    found.append(got)
                continue
            if ("terms", lemma) in self.lexicon.relation_words:
                got = self._of_terms(i, lemma)
            elif lemma == "love" and self._has(i, "no"):  # 'no love lost between'
                got = self._of_love(i)
            elif lemma in self.lexicon.relation_nouns:
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
        verb = tree.governor(i)
        if verb is not None and tree.deps[verb] == "relcl" and self._has(i, "its", "his", "their"):
            return None  # whose ties 'which is known for its ties' means is too far to tell
        actors = [a for a in arguments.owners(i) if a.role in OFFICE_ROLES or a.role == "igo"]
        for preposition, obj in tree.prepositions(i):
            if preposition in ("between", "with", "among", "to", "toward", "towards"):
                for actor in arguments.resolve(obj, ""):
                    if all(actor.code != a.code for a in actors):
                        actors.append(actor)
        if len(actors) < 2:
            subject = self._clause_subject(i)
            shared = [a for a in subject if a.role in OFFICE_ROLES]
            if len(shared) == 2 and self._has(i, "their", "mutual", "bilateral"):
                return shared[0], shared[1]  # 'Belarus and Poland have patched up their relations'
            for actor in subject if actors else ():
                if all(actor.code != a.code for a in actors):
                    actors.insert(0, actor)
        is_subject = tree.deps[i] in ("nsubj", "nsubjpass")
        if not actors and is_subject and self._has(i, "bilateral", "mutual"):
            return arguments.context.pair
        if len(actors) != 2:
            return None
        return actors[0], actors[1]

    def _has(self, i: int, *words: str) -> bool:
        return any(self.tree.lower[k] in words for k in self.tree.kids[i])

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
        tree = self.tree
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
                    if tree.lemmas[head] in _BECOME:
                        mode, direction = "change", _MOVED[direction]
                    return k, mode, self._flip(head, direction)
            got = self._extreme(head)
            if got is not None:  # high tensions are no close relation
                extreme, way = got
                return head, extreme, _OPPOSITE[way] if inherent == "strained" else way
            trend = self._trend(tree.lemmas[head], inherent)
            if trend is not None:
                return head, "change", self._flip(head, trend)
        for k in tree.children(i, "amod"):
            trend = (
                self._trend(tree.lower[k], inherent, adjective=True)
                if inherent == "strained"
                else None
            )
            if trend is not None:
                return k, "change", trend
            got = self._adjective(k) if inherent != "contact" else None
            if got:
                return k, got[0], self._flip(k, got[1])
        if inherent in ("warming", "cooling"):
            return i, "change", inherent
        if inherent == "strained":
            return i, "level", inherent
        return None

    def _trend(self, lemma: str, inherent: str, adjective: bool = False) -> str | None:
        """Where a verb moves the relation; a rift that grows is no warming."""
        words = self.lexicon.relation_words
        if inherent == "strained":
            if ("better", lemma) in words:
                return "warming"
            return "cooling" if ("worse", lemma) in words else None
        word = words.get(("verb", lemma))
        return None if word is None or adjective else word.direction

    def _extreme(self, verb: int) -> tuple[str, str] | None:
        """'Hit a new low', 'are at their lowest ebb', 'returned to normal'."""
        tree = self.tree
        lemma = tree.lemmas[verb]
        objects = [o for p, o in tree.prepositions(verb) if p in ("to", "at", "into")]
        objects += tree.children(verb, "dobj", "attr", "acomp")
        for obj in objects:
            word = tree.lemmas[obj]
            if word in ("normal", "normality", "normalcy") and lemma in ("return", "get", "go"):
                return "change", "warming"
            if word in _LOWS or word in _HIGHS:
                if lemma in _REACH:
                    return "change", "cooling" if word in _LOWS else "warming"
                if lemma in ("be", "stand", "remain"):
                    return "level", "strained" if word in _LOWS else "close"
        return None

    def _adjective(self, i: int) -> tuple[str, str] | None:
        word = self.lexicon.relation_words.get(("adj", self.tree.lower[i]))
        if word is None:
            return None
        # 'increasingly frayed', 'growing closer': the level moves
        if word.mode == "level" and self._has(i, "increasingly", "more", "ever"):
            return "change", _MOVED[word.direction]
        return word.mode, word.direction

    def _flip(self, i: int, direction: str) -> str:
        near = {self.tree.lower[k] for k in self.tree.kids[i]}
        return _OPPOSITE[direction] if near & _LESS else direction

    # -- without a relation noun ------------------------------------------------------------

    def _is_stance(self, i: int) -> bool:
        return (
            self.tree.deps[i] in ("acomp", "attr", "oprd", "conj")
            and ("stance", self.tree.lower[i]) in self.lexicon.relation_words
        )

    def _of_stance(self, i: int) -> Assessment | None:
        """'Beijing has grown less supportive of Pyongyang', 'is increasingly wary of'."""
        tree = self.tree
        verb = tree.governor(i)
        if verb is None or tree.lemmas[verb] not in _REMAIN:
            return None
        direction = self.lexicon.relation_words["stance", tree.lower[i]].direction
        near = {tree.lower[k] for k in tree.kids[i]} | {tree.lower[k] for k in tree.kids[verb]}
        near |= {tree.lower[m] for k in tree.kids[i] for m in tree.kids[k]}
        moves = tree.lemmas[verb] in _BECOME or bool(near & _MORE)
        if not moves and tree.lower[i] in ("critical", "close", "warm", "cool", "dependent"):
            return None
        pair = self._parties(verb, i, "of", "to", "towards", "toward", "on")
        if pair is None:
            return None
        return self._stated(i, pair, direction, near, moves, f"stance:{tree.lower[i]}")

    def _of_move(self, i: int) -> Assessment | None:
        """'Drew closer to', 'have drifted apart', 'is warming to', 'distances itself from'."""
        tree, words = self.tree, self.lexicon.relation_words
        if not tree.is_verb(i):
            return None
        for k in tree.children(i, "advmod", "acomp", "prt", "oprd", "dobj"):
            word = words.get(("move", tree.lower[k]))
            if word is None or tree.lemmas[i] not in _MOVES:
                continue
            pair = self._parties(i, k, "to", "with", "from") or self._parties(i, i, "to", "from")
            if pair is not None:
                return Assessment(i, *pair, "change", word.direction, f"move:{tree.lower[k]}")
        word = words.get(("turn", tree.lemmas[i]))
        if word is None:
            return None
        wanted = ("from",) if word.direction == "cooling" else ("to", "toward", "towards")
        anchors = [i, *tree.children(i, "prt", "advmod", "dobj", "prep")]
        for anchor in anchors:
            pair = self._parties(i, anchor, *wanted, both=False)
            if pair is not None and (tree.lemmas[i] != "reach" or self._has(i, "out")):
                return Assessment(i, *pair, "change", word.direction, f"turn:{tree.lemmas[i]}")
        return None

    def _of_terms(self, i: int, lemma: str) -> Assessment | None:
        """'Are at odds', 'on good terms', 'not on speaking terms'."""
        tree = self.tree
        preposition, verb = tree.heads[i], tree.governor(i)
        if verb is None or tree.lower[preposition] not in ("at", "on") or (
            tree.lemmas[verb] not in _REMAIN | {"find", "put", "set"}
        ):  # fmt: skip
            return None
        direction = self.lexicon.relation_words["terms", lemma].direction
        if not direction:
            got = [self._adjective(k) for k in tree.children(i, "amod", "compound")]
            judged = next((g for g in got if g), None)
            if judged is not None:
                direction = judged[1]
            elif self._has(i, "speaking"):
                direction = "close"
            else:
                return None
        pair = self._parties(verb, i, "with") or self._parties(verb, verb, "with")
        if pair is None:
            return None
        near = {tree.lower[k] for k in (*tree.kids[verb], *tree.kids[preposition])}
        moves = tree.lemmas[verb] in _BECOME or bool(near & _MORE)
        return self._stated(i, pair, direction, near, moves, f"terms:{lemma}")

    def _stated(
        self,
        i: int,
        pair: tuple[Actor, Actor],
        direction: str,
        near: set[str],
        moves: bool,
        rule_id: str,
    ) -> Assessment:
        if near & _LESS:
            direction = _OPPOSITE[direction]
        if moves:
            return Assessment(i, *pair, "change", _MOVED[direction], rule_id)
        return Assessment(i, *pair, "level", direction, rule_id)

    def _of_love(self, i: int) -> Assessment | None:
        between = [o for p, o in self.tree.prepositions(i) if p == "between"]
        between += [
            o
            for k in self.tree.children(i, "acl")
            for p, o in self.tree.prepositions(k)
            if p == "between"
        ]
        actors = [a for o in between for a in self.arguments.resolve(o, "")]
        if len(actors) != 2:
            return None
        return Assessment(i, actors[0], actors[1], "level", "strained", "relation:love")

    def _parties(
        self, verb: int, anchor: int, *prepositions: str, both: bool = True
    ) -> tuple[Actor, Actor] | None:
        """The subject and the preposition's object, or the two members of a plural subject."""
        tree, arguments = self.tree, self.arguments
        subject = tree.surface_subject(verb)
        if subject is None:
            return None
        left = [a for a in arguments.resolve(subject, "") if a.role in OFFICE_ROLES]
        right = [
            a
            for p, o in tree.prepositions(anchor)
            if p in prepositions
            for a in arguments.resolve(o, "")
            if a.role in OFFICE_ROLES
        ]
        if len(left) == 1 and len(right) == 1 and left[0].code != right[0].code:
            return left[0], right[0]
        if both and len(left) == 2 and not right:
            return left[0], left[1]
        return None

    def _of_ally(self, i: int, lemma: str) -> Assessment | None:
        """'X is Y's closest ally', 'X and Y remain close allies', 'X, a close ally of Y'."""
        tree, arguments = self.tree, self.arguments
        word = self.lexicon.relation_words["ally", lemma]
        if self._has(i, "trading", "trade", "business", "dialogue", "sparring", "training"):
            return None  # 'top trading partner' is commerce
        others = arguments.owners(i)
        for preposition, obj in tree.prepositions(i):
            if preposition in ("of", "to", "with"):
                others += arguments.resolve(obj, "")
        subject: list[Actor] = []
        head = tree.heads[i]
        mode, direction = word.mode, word.direction
        if tree.deps[i] in ("attr", "oprd") and tree.lemmas[head] in _REMAIN:
            own = tree.surface_subject(head)
            subject = [] if own is None else arguments.resolve(own, "")
            if tree.lemmas[head] in _BECOME:
                mode, direction = "change", _MOVED[direction]
        elif tree.deps[i] == "appos":
            subject = arguments.resolve(head, "")
        elif tree.deps[i] == "pobj" and tree.lower[head] in ("as", "among"):
            verb = tree.governor(i)  # 'counts Japan among its closest allies'
            if verb is not None and tree.lemmas[verb] in _REGARD:
                subject = arguments.resolve(tree.object(verb), "")
                others = others or arguments.resolve(tree.subject(verb), "")
        if not subject:  # 'North Korea's main backer, China'
            for k in tree.children(i, "appos"):
                subject = arguments.resolve(k, "")
        parties: list[Actor] = []
        for actor in [*subject, *others]:
            if (actor.role in OFFICE_ROLES) and all(actor.code != p.code for p in parties):
                parties.append(actor)
        if len(parties) != 2 or not subject:
            return None
        return Assessment(i, parties[0], parties[1], mode, direction, f"ally:{lemma}")
