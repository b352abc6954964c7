"""Who says so: an ordered chain, nearest first, ending with the one who is in a position to know.

The Diplomat <- The Korea Herald <- an anonymous South Korean diplomat.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from detente.coding.actors import STATE_ROLES, Actor
from detente.coding.arguments import Arguments
from detente.coding.syntax import Tree
from detente.model import AttributionLink, Document

SAY_VERBS = frozenset(
    "say tell report state announce claim add note quote cite declare confirm disclose reveal write "
    "explain maintain insist argue acknowledge admit allege assert comment stress suggest believe "
    "indicate emphasise emphasize repeat reiterate publish carry relay observe remark warn predict "
    "estimate think inform describe boast broadcast hint signal caution concede contend recall reply "
    "respond testify tweet underline underscore allude complain".split()
)
_OPINE = SAY_VERBS | frozenset("expect suspect fear hope doubt foresee forecast reckon".split())
_CITE = frozenset("cite quote".split())
_ANONYMOUS = re.compile(
    r"\b(?:anonym\w+|unnamed|unidentified|on condition of|on background|"
    r"not? (?:to be|want(?:ing)? to be|wish(?:ing)? to be|be) (?:named|identified|quoted)|"
    r"declin\w+ to be (?:named|identified)|ask\w+ (?:not|to remain)|familiar with|briefed on|"
    r"knowledge of|close to the|not authori[sz]ed to|without being named|do(?:es)? not identify|"
    r"did not (?:name|identify)|sources?)\b",
    re.I,
)
_UNNAMED = frozenset(
    "official diplomat negotiator aide adviser insider officer envoy delegate".split()
)
"""Who speaks without a name where no article or name singles him out ('Western diplomats')."""

_PEOPLE = frozenset("person people man woman member delegate participant".split())
_STATE_RUN = frozenset(
    "state official state-run state-owned state-controlled government-run".split()
)
_REPORTS = frozenset("report story article account dispatch rumour rumor allegation".split())
_TAG_MARKS = (",", '"', "\u201d", "''")
"""What parts a closing tag from what it closes ('..., the bureau concluded')."""

_STATEMENTS = frozenset("statement interview report speech letter message communique post".split())
_OUTLETS = frozenset(
    "newspaper paper daily agency broadcaster magazine outlet station website media press report "
    "channel network weekly journal tabloid portal medium television tv radio".split()
)
_PAPERS = frozenset("position policy white working strategy discussion".split())
"""What makes a paper its author's and no newspaper."""

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
    "diplomat envoy ambassador premier leader secretary authority command office bureau "
    "chancellor administration aide adviser statement communique military army lawmaker side "
    "embassy negotiator police department parliament committee commander general".split()
)


@dataclass(slots=True)
class Voices:
    """Whom the document has quoted last: 'the source' of the next sentence is that one."""

    last: tuple[AttributionLink, ...] = ()


def read_attribution(
    tree: Tree,
    arguments: Arguments,
    predicate: int,
    document: Document,
    speaker: str | None,
    voices: Voices | None = None,
) -> tuple[AttributionLink, ...]:
    """Return the chain for the act whose predicate is a token of the sentence.

    Args:
        tree: the sentence.
        arguments: resolves who the speakers stand for.
        predicate: the act's token.
        document: its publisher is the first link.
        speaker: name before the sentence in a transcript ('SECRETARY BLINKEN: ...').
        voices: what earlier sentences quoted; updated.
    """
    kind = "state_media" if document.publisher_is_state_controlled else "outlet"
    chain = [AttributionLink(kind, document.publisher, document.publisher_country_code)]
    if speaker:
        asked = speaker.lower().split()[0] in ("question", "moderator")
        chain.append(AttributionLink("outlet" if asked else "official", speaker, None))
    speakers = _speakers(tree, arguments, predicate)
    for i in speakers:
        link = _link(tree, arguments, i, predicate)
        if link is not None and link not in chain:
            chain.append(link)
    if not speakers and _is_reported(tree, predicate):
        chain.append(AttributionLink("outlet", None, None))
    # an outlet that is quoted stands before the person whom it quotes
    said = chain[1:]
    said.sort(key=lambda link: link.kind not in ("outlet", "state_media"))
    if len(said) == 2 and said[0].kind == "state_media" and said[1].country_code is None:
        said[1] = replace(said[1], country_code=said[0].country_code)
    if voices is not None and said:
        if len(said) == 1 and any(_is_the_source(tree, i) for i in speakers) and voices.last:
            said = list(voices.last)
        elif said[-1].kind == "anonymous":
            voices.last = tuple(said)
    return (chain[0], *said)


def _is_the_source(tree: Tree, i: int) -> bool:
    det = tree.child(i, "det")
    return (
        tree.lemmas[i] in _UNNAMED | {"source", "insider"}
        and det is not None
        and tree.lower[det] in ("the", "that")
        and not tree.children(i, "amod", "compound", "prep", "poss", "acl", "relcl")
    )


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


def _speakers(tree: Tree, arguments: Arguments, predicate: int) -> list[int]:
    found: list[int] = []
    path = [predicate, *tree.ancestors(predicate)]
    for k, (below, verb) in enumerate(pairwise(path)):
        if not tree.is_verb(verb):
            continue
        lemma, dep = tree.lemmas[verb], tree.deps[below]
        if lemma in _CITE and tree.lower[below] == "as":
            found += [
                j for j in (tree.subject(verb), tree.object(verb)) if j is not None
            ]  # 'Xinhua cited a spokesman as saying'
            continue
        told = dep in ("ccomp", "parataxis", "xcomp", "advcl", "acl") or (
            # 'said in a statement that': the clause hangs on the statement
            dep == "prep" and k >= 2 and tree.lemmas[path[k - 1]] in _STATEMENTS
        )
        fronted = (
            dep == "ccomp"
            and tree.tags[verb] == "VBD"
            and (teller := tree.child(verb, "nsubj")) is not None
            and below < teller < verb
            and tree.words[max(0, tree.span(teller)[0] - 1)] in _TAG_MARKS
        )
        if told and (fronted or lemma in (_OPINE if dep == "ccomp" else SAY_VERBS)):
            found += _said_by(tree, arguments, verb)  # 'X did it, the bureau concluded'
    for verb in path:
        if not tree.is_verb(verb):
            continue
        # 'X did it, Y said': the say-verb may hang below the act
        for k in tree.children(verb, "parataxis", "advcl", "ccomp", "conj"):
            if k in path or not tree.is_verb(k) or tree.lemmas[k] not in SAY_VERBS:
                continue
            if tree.lemmas[k] in _CITE and tree.deps[k] == "advcl":
                obj = tree.child(k, "dobj")  # 'citing a shortage' cites nobody
                if obj is not None and _link(tree, arguments, obj, predicate) is not None:
                    found.append(obj)
            elif tree.deps[k] != "conj" or _is_inverted(tree, k) or _is_tag(tree, verb, k):
                found += _said_by(tree, arguments, k)
        for k in tree.children(verb, "prep", "advcl", "npadvmod", "advmod"):
            if tree.lower[k] == "according":
                for preposition, obj in [*tree.prepositions(k), *tree.prepositions(verb)]:
                    if preposition in ("to", "according to"):
                        found += _with_cited(tree, obj)
        for preposition, obj in tree.prepositions(verb):
            if preposition == "according to":
                found += _with_cited(tree, obj)
    return list(dict.fromkeys(found))


def _is_inverted(tree: Tree, k: int) -> bool:
    """', said a Turkish official': the parser takes it for a second conjunct."""
    subject = tree.child(k, "nsubj")
    return subject is not None and subject > k


def _is_tag(tree: Tree, verb: int, k: int) -> bool:
    """'X has sent soldiers, its rival's agency told lawmakers': no 'and' joins what a tag closes."""
    subject = tree.child(k, "nsubj")
    return (
        subject is not None
        and tree.words[max(0, tree.span(subject)[0] - 1)] in _TAG_MARKS
        and not any(verb < j < k for j in tree.children(verb, "cc"))
        and tree.child(k, "ccomp", "xcomp") is None
        and (tree.child(k, "dobj") is None or tree.lemmas[k] in ("tell", "inform"))
    )


def _is_reported(tree: Tree, predicate: int) -> bool:
    """'There were reports that', 'it was reported that': somebody says so, nobody is named."""
    path = [predicate, *tree.ancestors(predicate)]
    for below, above in pairwise(path):
        if tree.deps[below] in ("acl", "ccomp") and tree.lemmas[above] in _REPORTS:
            return not tree.is_verb(above) or tree.is_passive(above)
        if tree.is_verb(above) and tree.lemmas[above] in ("report", "rumour", "rumor"):
            return tree.is_passive(above) and tree.deps[below] in ("ccomp", "xcomp")
    return False


def _with_cited(tree: Tree, i: int) -> list[int]:
    """'a report by the Korea Herald citing a diplomat': the outlet and whom it cites."""
    named = [
        obj
        for preposition, obj in tree.prepositions(i)
        if preposition in ("by", "in", "from", "of")
        and tree.lemmas[i] in _REPORTS
        and tree.tags[obj] in ("NNP", "NNPS", "NN")
        and tree.lemmas[obj] not in _STATEMENTS
    ]
    found = named or [i]
    for j in [*found, i]:
        found = found + _cited_below(tree, j)
    return list(dict.fromkeys(found))


def _cited_below(tree: Tree, i: int) -> list[int]:
    found = []
    for k in tree.children(i, "acl", "advcl", "relcl"):
        if tree.lemmas[k] not in _CITE:
            continue
        if tree.tags[k] == "VBN":  # 'quoted by Yonhap'
            found += [obj for preposition, obj in tree.prepositions(k) if preposition == "by"]
        elif (obj := tree.child(k, "dobj")) is not None:
            found.append(obj)
    return found


def _said_by(tree: Tree, arguments: Arguments, verb: int) -> list[int]:
    subject = tree.subject(verb)
    if tree.child(verb, "nsubj", "nsubjpass") is None:
        subject = next(  # 'for a clinic in X, the embassy in Y said': taken for X's apposition
            (j for j in range(verb) if tree.deps[j] == "appos" and tree.span(j)[1] == verb - 1),
            subject,
        )
    if subject is None and not tree.is_passive(verb):
        late = tree.child(verb, "dobj")  # '"...", noted the source'
        if late is not None and late > verb and tree.deps[verb] in ("ROOT", "conj", "parataxis"):
            subject = late
    found = [] if subject is None else _with_cited(tree, subject)
    for k in tree.children(verb, "advcl", "xcomp"):
        if tree.lemmas[k] in _CITE:
            obj = tree.child(k, "dobj")
            if obj is not None:
                found.append(obj)
    # the outlet in which somebody speaks: 'told Reuters', 'in an interview with Le Monde'
    heard = [tree.object(verb)] if tree.lemmas[verb] in ("tell", "inform") else []
    for preposition, obj in tree.prepositions(verb):
        if preposition == "to" or (preposition in ("in", "with") and tree.tags[obj] == "NNP"):
            heard.append(obj)
        elif preposition == "in" and tree.lemmas[obj] in _STATEMENTS:
            heard += [o for p, o in tree.prepositions(obj) if p in ("with", "to", "published in")]
    found += [
        j
        for j in heard
        if j is not None and not tree.is_passive(verb) and _is_outlet(tree, arguments, j)
    ]
    return found


def _is_outlet(tree: Tree, arguments: Arguments, i: int) -> bool:
    mention = arguments.at.get(i)
    if mention is not None:
        return mention.role in ("media", "state_media")
    if tree.tags[i] in ("NNP", "NNPS"):
        low, high = tree.span(i)
        return bool(_OUTLET_NAME.search(tree.text[tree.starts[low] : tree.ends[high]]))
    return tree.lemmas[i] in _OUTLETS and tree.child(i, "det", "poss", "amod") is not None


_OUTLET_NAME = re.compile(
    r"\b(?:Times|Post|Herald|Ilbo|News|Daily|Shimbun|Journal|Sinmun|Agency|Television|TV|Radio|"
    r"Gazette|Tribune|Telegraph|Guardian|Observer|Review|Magazine|Zeitung|Monde|Figaro|Spiegel)\b"
)


def _link(tree: Tree, arguments: Arguments, i: int, predicate: int) -> AttributionLink | None:
    low, high = tree.span(i)
    name = tree.text[tree.starts[low] : tree.ends[high]]
    lemma = tree.lemmas[i]
    mention = arguments.at.get(i)
    if tree.tags[i] in ("PRP", "WP", "DT", "EX"):
        actors = arguments.resolve(i, "co")
        return _of_actor(actors[0]) if actors else None
    near = [arguments.at[k] for k in range(low, high + 1) if k in arguments.at]
    outlets = [m for m in near if m.role in ("media", "state_media")]
    if outlets and (mention is None or mention.role in ("media", "state_media")):
        m = outlets[-1]
        kind = "state_media" if m.role == "state_media" else "outlet"
        return AttributionLink(kind, m.name or name, m.code or None)
    actors = arguments.resolve(i, "co")
    code = _country_of(tree, arguments, i, predicate)
    words = {tree.lower[k] for k in range(low, high + 1)}
    if tree.tags[i] == "NNP" and any(
        tree.lemmas[k] in _OUTLETS for k in tree.children(i, "compound", "nmod", "amod")
    ):  # 'the Managua daily La Prensa'
        return AttributionLink("outlet", name, code)
    if lemma == "paper" and words & _PAPERS:
        return AttributionLink("official", name, code)
    if lemma in _OUTLETS or tree.lower[i] == "media":
        if lemma == "agency" and not words & {"news", "press"}:
            return AttributionLink("official", name, code)
        is_state = bool(words & _STATE_RUN) and lemma != "report"
        return AttributionLink("state_media" if is_state else "outlet", name, code)
    if lemma in _REPORTS:
        return AttributionLink("outlet", name, code)
    last = max([high, *(tree.span(k)[1] for k in tree.children(i, "relcl", "acl", "appos"))])
    around = tree.text[tree.starts[low] : tree.ends[last] + 60]
    is_named = tree.tags[i] in ("NNP", "NNPS")
    if lemma in ("source", "insider") or (
        not is_named and _ANONYMOUS.search(around) and lemma in _OFFICIALS | _PEOPLE
    ):
        return AttributionLink("anonymous", name, code)
    if (
        not is_named
        and lemma in _UNNAMED
        and not words & {"the", "its", "his", "her", "their", "top"}
        and tree.child(i, "poss") is None
        and tree.child(i, "appos") is None
    ):
        return AttributionLink("anonymous", name, code)
    for j in (i, *tree.children(i, "appos")):
        if tree.lemmas[j] in _EXPERTS:
            return AttributionLink("expert", name, code)
        if tree.lemmas[j] in _WITNESSES:
            return AttributionLink("witness", name, code)
    if actors and actors[0].role in STATE_ROLES | {"igo"}:
        return AttributionLink("official", actors[0].name or name, actors[0].code)
    if lemma in _OFFICIALS or (not is_named and arguments.roles.of_head(i) in STATE_ROLES):
        return AttributionLink("official", name, code)
    if is_named:
        kind = "outlet" if _OUTLET_NAME.search(name) else "official"
        return AttributionLink(kind, name, code)
    return None


def _country_of(tree: Tree, arguments: Arguments, i: int, predicate: int) -> str | None:
    """The country of a speaker: named in the phrase, or where he speaks ('a source in Seoul')."""
    low, high = tree.span(i)
    for k in range(low, high + 1):
        mention = arguments.at.get(k)
        if mention is not None and mention.code and mention.role not in ("media", "state_media"):
            return mention.code
    for actor in arguments.resolve(i, "co"):
        return actor.code
    for preposition, obj in tree.prepositions(i):
        if preposition in ("in", "at", "from", "of", "for"):
            for actor in arguments.resolve(obj, "cop"):
                return actor.code
    for k in tree.children(i, "appos"):
        code = _country_of(tree, arguments, k, predicate)
        if code:
            return code
    if any(tree.tags[k] == "PRP$" for k in tree.children(i, "poss")):
        clause = predicate if tree.is_verb(predicate) else tree.governor(predicate)
        subject = tree.surface_subject(predicate if clause is None else clause)
        # 'Serbia will ..., its president hinted'
        for actor in arguments.resolve(subject, "co"):
            return actor.code
    return None


def _of_actor(actor: Actor) -> AttributionLink:
    kind = "official" if actor.role in STATE_ROLES else "witness"
    return AttributionLink(kind, actor.name, actor.code)
