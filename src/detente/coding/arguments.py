"""Which actors a noun phrase stands for, and in which role.

Strict on purpose: an actor counts only as head, modifier, possessor, 'of' complement or apposition
of the phrase that fills the argument. 'Any mention in the subtree' was measured: of the events it
adds, one in fifteen is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from detente.coding.actors import PERSON_KINDS, STATE_ROLES, Actor, ActorMention, Context
from detente.coding.antecedents import Antecedents
from detente.coding.lexicon import Lexicon
from detente.coding.roles import TITLE_ROLES, Roles
from detente.coding.syntax import Tree

_REACH = {
    "civilian": "c",
    "act": "a",
    "deed": "a",
    "thing": "t",
    "company": "o",
    "party": "o",
    "opposition": "o",
    "media": "o",
    "state_media": "o",
    "rebel": "r",
}
FLOWS = "f"
"""A letter of ``reach``: of 'exports to X' X counts."""

_MODIFIERS = frozenset({"amod", "compound", "nmod", "poss"})
_PLACE_PREPOSITIONS = (
    "in",
    "at",
    "near",
    "inside",
    "of",
    "across",
    "from",
    "over",
    "throughout",
    "outside",
    "within",
    "off",
)
_ATTRIBUTED_ROLES = ("rebel", "opposition", "company", "media")
"""What 'a member of the Taliban' is: the group's own kind."""

_GROUP_KINDS = ("party", "military", "igo", "institution")
_JOINED = re.compile(r"(?:,? ?(?:and|&|,|-|\u2013|\u2014|/)(?: (?:the|a|an|\w+))?)?", re.I)


class Arguments:
    """Resolves the noun phrases of one sentence."""

    def __init__(
        self, tree: Tree, mentions: Iterable[ActorMention], lexicon: Lexicon, context: Context
    ) -> None:
        self.tree, self.lexicon, self.context = tree, lexicon, context
        self._classes = lexicon.classes
        self.at: dict[int, ActorMention] = {}
        self._twins: dict[int, ActorMention] = {}  # the other one that the same words name
        self.roles = Roles(tree, lexicon, self.at)
        self.heads: dict[int, ActorMention] = {}
        self.antecedents = Antecedents(self)
        starts = {s: i for i, s in enumerate(tree.starts)}
        for mention in mentions:
            first = starts.get(mention.start)
            if first is None:
                first = next(
                    (
                        i
                        for i, (s, e) in enumerate(zip(tree.starts, tree.ends, strict=True))
                        if s <= mention.start < e
                    ),
                    None,
                )
                if first is None:
                    continue
            last = first
            while last + 1 < len(tree) and tree.starts[last + 1] < mention.end:
                last += 1
            tokens = range(first, last + 1)
            if (twin := self.at.get(first)) and twin.start == mention.start:
                self._twins |= dict.fromkeys(tokens, mention)
                continue
            for i in tokens:
                self.at[i] = mention
            head = next(
                (i for i in tokens if tree.heads[i] not in tokens or tree.heads[i] == i), last
            )
            self.heads[head] = mention

    # -- one phrase ------------------------------------------------------------------------

    def resolve(self, i: int | None, reach: str = "", depth: int = 0) -> list[Actor]:
        """Return the actors that the phrase headed by ``i`` stands for, conjuncts included.

        Args:
            i: head token.
            reach: what the head may be besides a state actor (letters of ``Frame.reach``).
            depth: bounds the recursion.
        """
        if i is None or depth > 4:
            return []
        found: list[Actor] = []
        for j in self.tree.conjuncts(i):
            for actor in self._single(j, reach, depth):
                # a group that belongs to no country (code '') is named, but party to no pair
                if actor.code and all(actor.code != f.code for f in found):
                    found.append(actor)
        return found

    def actor(
        self, mention: ActorMention, token: int, role: str | None = None, via: str = "self"
    ) -> Actor:
        return Actor(
            mention.code,
            role or mention.role,
            mention.kind,
            mention.name,
            mention.start,
            mention.end,
            token,
            via,
        )

    def _admits(self, role: str, reach: str) -> bool:
        return (
            role in STATE_ROLES
            or role == "igo"
            or _REACH.get(role, "-") in reach
            or (role == "opposition" and "o" in reach)
        )

    def _single(self, i: int, reach: str, depth: int) -> list[Actor]:
        tree = self.tree
        mention = self.at.get(i)
        if mention is not None and (i in self.heads or mention.kind in PERSON_KINDS):
            twin = self._twins.get(i)
            both = [mention] if twin is None else [mention, twin]
            return [a for m in both for a in self._named(i, m, reach)]
        word = tree.lower[i]
        if tree.tags[i] in ("PRP", "PRP$"):
            meant = self.antecedents.pronouns(i, word)
            return [a for a in meant if self._admits(a.role, reach)]
        role = self.roles.of_head(i)
        if role == "void":
            return []
        generic = self.antecedents.generic_pair(i, word)
        if generic:
            return generic
        counts = tree.lemmas[i] in self._classes["quantity_n"] or tree.tags[i] in ("CD", "$")
        if counts or tree.lemmas[i] in self._classes["of_a_group_n"]:
            inner = [o for p, o in tree.prepositions(i) if p in ("of", "in", "from", "worth")]
            if inner and (got := self.resolve(inner[0], reach, depth + 1)):
                group = got[0].role in _ATTRIBUTED_ROLES
                if counts or group:
                    return got
        owners = self._owners(i, role, reach, depth)
        if not owners and tree.lemmas[i] in self._classes["standing_in_n"] and depth == 0:
            owners = self._standing_in(i)
        if not owners and role in STATE_ROLES and depth == 0:
            owners = self._office_before(i)
        if not owners:
            return []
        if role is None:
            role = self.roles.of_name(i)
        if tree.lemmas[i] in self._classes["of_a_group_n"] and (
            owners[0].role in _ATTRIBUTED_ROLES
            or (tree.lemmas[i] == "member" and owners[0].kind in _GROUP_KINDS)
        ):
            role = owners[0].role
        if role is None:
            role = "thing"
        if not self._admits(role, reach):
            return []
        if role in ("act", "deed", "thing"):
            # the owner answers for its acts and things
            return [replace(o, via=role) for o in owners]
        return [replace(o, role=self._combine(o, role), token=i) for o in owners]

    def _standing_in(self, i: int) -> list[Actor]:
        """'Syria says that the country will suspend': the speaker's own country."""
        tree = self.tree
        det = tree.child(i, "det")
        if tree.tags[i] != "NN" or det is None or tree.lower[det] != "the":
            return []
        verb = tree.governor(i)
        if verb is None or tree.deps[verb] != "ccomp" or tree.surface_subject(verb) != i:
            return []
        return self.resolve(tree.surface_subject(tree.heads[verb]), "", 2)[:1]

    def _office_before(self, i: int) -> list[Actor]:
        """'The ministry recalled its ambassador': the one that the document named before."""
        tree = self.tree
        if (
            tree.tags[i] != "NN"
            or tree.deps[i] not in ("nsubj", "nsubjpass")
            or {tree.lower[k] for k in tree.kids[i]} != {"the"}
        ):
            return []
        office = self.context.offices.get(tree.lemmas[i])
        return [] if office is None else [office]

    @staticmethod
    def _combine(owner: Actor, role: str) -> str:
        if owner.kind in PERSON_KINDS and role in ("civilian", "rebel"):
            return role
        if owner.role in ("igo", "rebel", "military", "parliament", "ruling_party") and (
            role == "government"
        ):
            return owner.role
        return role

    def _named(self, i: int, mention: ActorMention, reach: str) -> list[Actor]:
        tree, role = self.tree, mention.role
        if mention.kind in PERSON_KINDS and " " not in mention.text:
            # a surname of many: the state that the text puts before it outweighs whom we know
            for owner in self._modifier_actors(i, 3):
                if owner.code != mention.code and owner.code and owner.kind not in PERSON_KINDS:
                    return [replace(owner, role=mention.role, token=i)]
        if mention.kind in PERSON_KINDS and role not in STATE_ROLES:
            # the text's own title outweighs a term that the seeds lack or that is over by now
            titled = self.roles.of_name(i)
            role = titled if titled in TITLE_ROLES else role
        if mention.kind == "demonym" and self._is_ethnic(i):
            return []  # 'ethnic Kazakhs' are somebody's citizens, not Kazakhstan's
        if mention.kind == "demonym":
            if tree.tags[i] in ("JJ", "NNP") and tree.deps[i] in ("amod", "compound", "nmod"):
                pass
            elif (
                tree.tags[i] in ("NNS", "NNPS")
                or tree.children(i, "nummod")
                or (
                    tree.child(i, "det") is not None
                    and tree.lower[tree.child(i, "det") or 0] in ("a", "an")
                )
            ):
                # 'three Russians' are people, 'the Russians' mostly their government
                det = tree.child(i, "det")
                if "n" in reach and det is None and not tree.children(i, "nummod"):
                    return [self.actor(mention, i, "civilian")]  # 'Palestinians blame X'
                the = det is not None and tree.lower[det] == "the"
                role = "government" if the and not tree.children(i, "nummod") else "civilian"
        if mention.name == "Capitol Hill":  # 'Congress' is another's where the text says whose
            for owner in self._modifier_actors(i, 3):
                if owner.code not in ("", mention.code):
                    return [replace(owner, role=mention.role, token=i)]
        if mention.kind == "place" and "p" in reach:
            role = "government"  # what is done to a state's territory is done to the state
        if not self._admits(role, reach):
            return []
        return [self.actor(mention, i, role)]

    def _is_ethnic(self, i: int) -> bool:
        return i > 0 and self.tree.lower[i - 1] == "ethnic"

    def _owners(self, i: int, role: str | None, reach: str, depth: int) -> list[Actor]:
        tree = self.tree
        if tree.lemmas[i] in self._classes["border_line_n"]:  # of 'its border with X' X counts
            for preposition, obj in tree.prepositions(i):
                if preposition == "with" and (got := self.resolve(obj, "tp", depth + 1)):
                    return got
        if any(
            tree.lower[k] in ("held", "controlled", "run")
            and any(self.lexicon.heads.get(tree.lemmas[m]) == "rebel" for m in tree.kids[k])
            for k in tree.kids[i]
        ):
            return []  # 'Russian rebel-held territory'
        found = self._modifier_actors(i, depth)
        if any(a.code for a in found):
            return found
        group = found[0].role if found else None  # 'Islamic State targets in Syria'
        if role == "deed":
            wanted: tuple[str, ...] = ("by",)
        elif tree.lemmas[i] in self._classes["flow_n"] and "t" in reach and FLOWS in reach:
            wanted = ("to", "from", "with", "by", "of", "in", "into", "for")
        elif role == "act":
            wanted = ("by", "of", "in", "from")
        elif role == "thing" and tree.lemmas[i] in ("camp", "shelter", "hospital", "school"):
            wanted = (*_PLACE_PREPOSITIONS, "for")
        elif role == "thing" or group or ("p" in reach and role != "void"):
            wanted = _PLACE_PREPOSITIONS
        elif role == "civilian":
            wanted = ("from", "of")
        elif role in STATE_ROLES or role in ("rebel", "company", "media", "opposition"):
            wanted = ("of", "for", "from", "in", "to")
        else:
            wanted = ("of", "from")
        for preposition, obj in tree.prepositions(i):
            if preposition not in wanted:
                continue
            if (
                preposition in ("in", "to", "for")
                and role in STATE_ROLES
                and tree.lemmas[i] not in self._classes["located_n"]
            ):
                continue
            inner = "tp" if preposition != "of" else "tp" if "p" in reach else "t"
            people = "c" if "p" in reach or role not in STATE_ROLES else ""
            got = self.resolve(obj, inner + people, depth + 1)
            if got:
                return [replace(a, role=group) for a in got] if group else got
        for k in tree.children(i, "acl", "relcl") if role == "civilian" and "p" in reach else ():
            if tree.lemmas[k] not in self._classes["dwell_v"]:
                continue  # 'refugees fleeing the war in X', 'people living in X's camps'
            places = [o for p, o in tree.prepositions(k) if p in _PLACE_PREPOSITIONS]
            for place in [tree.child(k, "dobj"), *places]:
                if got := self.resolve(place, "ptac", depth + 1):
                    return got
        made_by = (
            o
            for k in tree.children(i, "acl")
            if tree.lemmas[k] in self._classes["done_v"]
            for p, o in tree.prepositions(k)
            if p == "by"
        )
        for obj in made_by if role not in ("civilian", "rebel") else ():
            if got := self.resolve(obj, "r", depth + 1):  # 'an offer made by X'
                return got
        for k in tree.children(i, "appos"):
            got = self.resolve(k, "c", depth + 1)
            if got:
                return got
        if tree.lemmas[i] == "counterpart":  # 'his counterpart President X' as two objects
            for k in tree.kids[tree.heads[i]]:
                if k > i and tree.deps[k] == tree.deps[i]:
                    return self.resolve(k, "", depth + 1)
        return []

    def _modifier_actors(self, i: int, depth: int) -> list[Actor]:
        tree = self.tree
        found: list[Actor] = []
        pronouns: list[int] = []
        stack = [i]
        while stack:
            j = stack.pop(0)
            for k in tree.kids[j]:
                if tree.deps[k] not in _MODIFIERS:
                    continue
                if tree.tags[k] == "PRP$":  # of 'its Chinese ally' the nationality counts
                    pronouns.append(k)
                    continue
                mention = self.at.get(k)
                if mention is not None and mention.kind == "demonym" and self._is_ethnic(k):
                    continue
                if mention is not None:
                    via = "poss" if tree.deps[k] == "poss" else "modifier"
                    for c in tree.kids[k]:  # 'a Xi-Kim meeting': the first hangs on the second
                        first = self.at.get(c)
                        if first and tree.text[first.end : mention.start] in ("-", "\u2013"):
                            found.append(self.actor(first, c, via=via))
                    found.append(self.actor(mention, k, via=via))
                    if (twin := self._twins.get(k)) is not None:
                        found.append(self.actor(twin, k, via=via))
                    for c in tree.conjuncts(k)[1:]:
                        other = self.at.get(c)
                        if other is not None and all(o.code != other.code for o in found):
                            found.append(self.actor(other, c, via=via))
                        elif other is None:
                            stack.append(c)
                elif tree.deps[k] == "poss":
                    got = self.resolve(k, "caotr", depth + 1)
                    found.extend(replace(g, via="poss") for g in got)
                else:
                    stack.append(k)
                    for c in tree.conjuncts(k)[1:]:  # 'the Afar and Somali regions'
                        if (other := self.at.get(c)) is not None:
                            found.append(self.actor(other, c, via="modifier"))
            if found:
                break
        if not found and tree.lemmas[i] != "counterpart":
            for k in pronouns:
                found += [replace(a, via="poss") for a in self.resolve(k, "caotr", depth + 1)]
        if len(found) > 1:
            # 'US Iran policy' is America's; 'US-China', 'Russian and Chinese' are two
            joined = [found[0]]
            for a in found[1:]:
                between = self.tree.text[joined[-1].end : a.start]
                if a.start == joined[-1].start or (
                    between.strip() and _JOINED.fullmatch(between.strip())
                ):
                    joined.append(a)
                elif a.code != joined[0].code and a.via == "poss" != joined[0].via:
                    joined = [a]
            found = joined
        unique: list[Actor] = []
        for a in found:
            if all(a.code != u.code for u in unique):
                unique.append(a)
        return unique

    # -- for frames -----------------------------------------------------------------------

    def owners(self, i: int) -> list[Actor]:
        """Return the actors that modify or possess ``i`` ('China's visit', 'the Chinese attack')."""
        return self._modifier_actors(i, 0)

    def is_person(self, actor: Actor, i: int) -> bool:
        """Tell whether the phrase headed by ``i`` is a person or delegation, not a country."""
        if actor.kind in ("country", "capital") and actor.token == i and i in self.at:
            return False  # 'the United Kingdom'
        return (
            actor.kind in PERSON_KINDS
            or actor.via == "pronoun"
            or self.lexicon.heads.get(self.tree.lemmas[i]) in STATE_ROLES
            or (self.tree.tags[i] in ("NNP", "NNPS") and actor.kind not in ("country", "capital"))
        )

    def pair_of(self, i: int) -> list[Actor]:
        """Return the two actors that modify ``i`` as a pair ('US-China summit'), else nothing."""
        found = self._modifier_actors(i, 0)
        return found if len(found) >= 2 else []
