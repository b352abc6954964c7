"""Who says so: an ordered chain, nearest first, ending with the one who is in a position to know.

The Diplomat <- The Korea Herald <- an anonymous South Korean diplomat.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Literal

from detente.coding.actors import STATE_ROLES
from detente.coding.arguments import Actor, Arguments
from detente.coding.syntax import Tree
from detente.model import AttributionLink, Document

SAY_VERBS = frozenset(
    "say tell report state announce claim add note quote cite declare confirm disclose reveal write "
    "explain maintain insist argue acknowledge admit allege assert comment stress suggest believe "
    "indicate emphasise emphasize repeat reiterate publish carry relay observe remark warn predict "
    "estimate think inform describe boast broadcast".split()
)
_CITE = frozenset("cite quote".split())
_ANONYMOUS = re.compile(
    r"\b(?:anonym\w+|unnamed|unidentified|on condition of|not to be (?:named|identified)|"
    r"declined to be (?:named|identified)|who asked not|familiar with|do(?:es)? not identify|"
    r"did not (?:name|identify)|sources?)\b",
    re.I,
)
_OUTLETS = frozenset(
    "newspaper paper daily agency broadcaster magazine outlet station website media press report "
    "channel network weekly journal tabloid portal".split()
)
_EXPERTS = frozenset(
    "analyst expert observer scholar professor researcher academic historian economist commentator "
    "specialist critic author strategist watcher pundit columnist".split()
)
_WITNESSES = frozenset(
    "witness resident villager neighbour neighbor survivor bystander traveller visitor tourist "
    "defector activist trader stallholder fisherman worker".split()
)
_OFFICIALS = frozenset(
    "official spokesman spokeswoman spokesperson minister ministry president government kremlin "
    "diplomat envoy ambassador premier leader secretary authority command office agency-state "
    "chancellor administration aide adviser statement communique military army lawmaker side "
    "embassy negotiator police department parliament committee commander general".split()
)


def read_attribution(
    tree: Tree, arguments: Arguments, predicate: int, document: Document, speaker: str | None
) -> tuple[AttributionLink, ...]:
    """Return the chain for the act whose predicate is a token of the sentence.

    Args:
        tree: the sentence.
        arguments: resolves who the speakers stand for.
        predicate: the act's token.
        document: its publisher is the first link.
        speaker: name before the sentence in a transcript ('SECRETARY BLINKEN: ...').
    """
    kind = "state_media" if document.publisher_is_state_controlled else "outlet"
    chain = [AttributionLink(kind, document.publisher, document.publisher_country_code)]
    if speaker:
        chain.append(AttributionLink("official", speaker, None))
    for i in _speakers(tree, predicate):
        link = _link(tree, arguments, i)
        if link is not None and link not in chain:
            chain.append(link)
    # an outlet that is quoted stands before the person whom it quotes
    said = chain[1:]
    said.sort(key=lambda link: link.kind not in ("outlet", "state_media"))
    return (chain[0], *said)


def speaker_relation(
    chain: tuple[AttributionLink, ...], codes: tuple[str, str]
) -> Literal["party", "third_party", "outlet"]:
    """Say how the last link stands to the act: party to it, a third party, or an outlet."""
    last = chain[-1]
    if last.kind in ("outlet",):
        return "outlet"
    if last.country_code in codes and last.kind in ("official", "state_media", "anonymous"):
        return "party"
    return "third_party"


def _speakers(tree: Tree, predicate: int) -> list[int]:
    found: list[int] = []
    path = [predicate, *tree.ancestors(predicate)]
    for below, verb in pairwise(path):
        if not tree.is_verb(verb) or tree.lemmas[verb] not in SAY_VERBS:
            continue
        if tree.deps[below] not in ("ccomp", "parataxis", "xcomp", "advcl", "acl"):
            continue
        found += _said_by(tree, verb)
    for verb in path:
        # 'X did it, Y said': the say-verb may hang below the act
        for k in tree.children(verb, "parataxis", "advcl", "ccomp"):
            if k not in path and tree.is_verb(k) and tree.lemmas[k] in SAY_VERBS:
                found += _said_by(tree, k)
        for k in tree.children(verb, "prep", "advcl", "npadvmod", "advmod"):
            if tree.lower[k] == "according":
                for preposition, obj in [*tree.prepositions(k), *tree.prepositions(verb)]:
                    if preposition in ("to", "according to"):
                        found += _with_cited(tree, obj)
        for preposition, obj in tree.prepositions(verb):
            if preposition == "according to":
                found += _with_cited(tree, obj)
    return list(dict.fromkeys(found))


def _with_cited(tree: Tree, i: int) -> list[int]:
    """'a report by the Korea Herald citing a diplomat': the speaker and whom it cites."""
    found = [i]
    for preposition, obj in tree.prepositions(i):
        if preposition in ("by", "in", "from") and tree.lemmas[i] in (
            "report",
            "story",
            "article",
            "source",
        ):
            found = [obj, *found] if tree.lemmas[i] == "report" else [*found, obj]
            found += _cited_below(tree, obj)
    return [*found, *_cited_below(tree, i)]


def _cited_below(tree: Tree, i: int) -> list[int]:
    found = []
    for k in tree.children(i, "acl", "advcl", "relcl"):
        if tree.lemmas[k] in _CITE:
            obj = tree.child(k, "dobj")
            if obj is not None:
                found.append(obj)
    return found


def _said_by(tree: Tree, verb: int) -> list[int]:
    subject = tree.subject(verb)
    found = [] if subject is None else _with_cited(tree, subject)
    for k in tree.children(verb, "advcl", "xcomp"):
        if tree.lemmas[k] in _CITE:
            obj = tree.child(k, "dobj")
            if obj is not None:
                found.append(obj)
    if tree.lemmas[verb] == "tell":
        obj = tree.object(verb)
        if obj is not None and not tree.is_passive(verb):
            found.append(obj)
    return found


def _link(tree: Tree, arguments: Arguments, i: int) -> AttributionLink | None:
    low, high = tree.span(i)
    name = tree.text[tree.starts[low] : tree.ends[high]]
    lemma = tree.lemmas[i]
    mention = arguments.at.get(i)
    actors = arguments.resolve(i, "co")
    code = actors[0].code if actors else (mention.code if mention else None)
    around = tree.text[tree.starts[low] : tree.ends[high] + 90]
    if tree.tags[i] in ("PRP", "WP", "DT", "EX"):
        return _of_actor(actors[0]) if actors else None
    if mention is not None and mention.role == "media":
        is_state = mention.kind == "institution" and "state" in (mention.name or "").lower()
        return AttributionLink(
            "state_media" if is_state else "outlet", mention.name or name, mention.code
        )
    if lemma in _OUTLETS:
        is_state = any(tree.lower[k] in ("state", "official", "state-run") for k in tree.kids[i])
        return AttributionLink(
            "state_media" if is_state and lemma != "report" else "outlet", name, code
        )
    if lemma in ("source", "insider") or (
        _ANONYMOUS.search(around)
        and lemma in (_OFFICIALS | {"person", "people", "man", "delegate"})
    ):
        return AttributionLink("anonymous", name, code)
    if lemma in _EXPERTS:
        return AttributionLink("expert", name, code)
    if lemma in _WITNESSES:
        return AttributionLink("witness", name, code)
    if actors and actors[0].role in STATE_ROLES:
        return AttributionLink("official", actors[0].name or name, code)
    if lemma in _OFFICIALS:
        return AttributionLink("official", name, code)
    if lemma == "agency" or tree.lower[i] in ("kcna", "xinhua", "tass"):
        return AttributionLink("outlet", name, code)
    if tree.tags[i] in ("NNP", "NNPS"):
        looks_like_outlet = re.search(
            r"\b(?:Times|Post|Herald|Ilbo|News|Daily|Shimbun|Journal|Sinmun|Agency|Television)\b",
            name,
        )
        return AttributionLink("outlet" if looks_like_outlet else "official", name, code)
    return None


def _of_actor(actor: Actor) -> AttributionLink:
    kind = "official" if actor.role in STATE_ROLES else "witness"
    return AttributionLink(kind, actor.name, actor.code)
