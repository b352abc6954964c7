"""The rule coder: parse, frames, status, attribution, dates. Every row says which rule made it."""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from detente.coding.actors import (
    Actor,
    ActorIndex,
    ActorMention,
    Context,
    DocumentActors,
    count_countries,
)
from detente.coding.arguments import Arguments
from detente.coding.attribution import read_attribution, speaker_relation
from detente.coding.confidence import Grounds, confidence
from detente.coding.dates import TimeExpression
from detente.coding.embedding import Embedding
from detente.coding.languages import count_country_names
from detente.coding.lexicon import Lexicon
from detente.coding.matching import Act, Matcher
from detente.coding.modality import Axes
from detente.coding.relations import Assessment, RelationReader
from detente.coding.sentences import MAX_SENTENCE_CHARS, Sentence, plain_spaces, split_sentences
from detente.coding.status import StatusReader
from detente.coding.syntax import Tree, parse
from detente.coding.timing import ActTimes, Narrative, date_headlines
from detente.model import (
    CodedDocument,
    Document,
    EventMention,
    Evidence,
    Span,
    UncodedSentence,
    mention_identity,
)

T = TypeVar("T")

RULES_VERSION = "0.5.16"
"""Rises with every change of code that alters output; seeds are hashed into the version."""

_PRONOUN_START = re.compile(
    r"^(?:He|She|It|They|His|Her|Its|Their|"
    r"The (?:two|minister|president|visit|leader|delegation|ministry|government|embassy|department))\b"
)
_GENERIC_PAIR = re.compile(r"\b(?:two|both) (?:\w+ )?(?:countries|sides|nations|leaders|neighbou?rs|states|"
                           r"governments|capitals|ministers|presidents|allies|Koreas)\b|^They\b|"
                           r"\b[Bb]oth\b(?! of)|\b[Tt]he (?:two|three|four|five)\b|^Each\b")  # fmt: skip
_NO_NEWS = re.compile(
    r"\b(?:(?:one|two|three|four|five|six|seven) goals|win the final|(?:quarter|semi)-?finals?|World Cup|"
    r"penalty shoot-?out|goalkeeper|midfielder|innings|wickets|"
    r"(?:thriller|novel|movie|sitcom|comic|video game|blockbuster) (?:has|have|imagines?|depicts?)|"
    r"in an? (?:\w+ )?(?:thriller|novel|movie|remake|sequel|sitcom|comic|video game))\b"
)
"""Matches and fiction use the words of war: 'X demolished Y with five goals'."""

_OFFICES = frozenset(
    "ministry minister government president embassy chancellor premier king".split()
)
"""Nouns that a later sentence uses alone: 'the ministry'."""

_CACHE_SIZE = 4096


@dataclass(frozen=True, slots=True)
class Finding:
    """What one parsed sentence holds; offsets are characters of the sentence."""

    acts: tuple[tuple[Act, Axes], ...]
    assessments: tuple[tuple[Assessment, Axes], ...]
    misses: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A document before its sentences are parsed."""

    chosen: list[tuple[Sentence, list[ActorMention]]]
    countries: dict[str, int]
    sentences: list[Sentence]


class RuleCoder:
    """Codes English documents; see the package's docstring.

    Attributes:
        name: always 'rules'.
        version: of the rules, and a hash of frames and actors.
    """

    name = "rules"

    def __init__(
        self,
        index: ActorIndex,
        lexicon: Lexicon,
        sureness: Callable[[Grounds], float] = confidence,
    ) -> None:
        self._index, self._lexicon, self._sureness = index, lexicon, sureness
        seeds = hashlib.sha256(f"{lexicon.fingerprint}{index.fingerprint}".encode()).hexdigest()
        self.version = f"{RULES_VERSION}+{seeds[:8]}"
        self._trees: OrderedDict[str, Tree] = OrderedDict()

    def code(self, document: Document) -> CodedDocument:
        """Code one document. Never raises: a failure is outcome 'error' with its message."""
        return self.code_batch([document])[0]

    def code_batch(self, documents: Sequence[Document]) -> list[CodedDocument]:
        """Code documents, their sentences parsed together: short texts alone waste the parser.

        Never raises; a document that fails is an 'error' row, the others are coded.
        """
        started = time.monotonic()
        prepared = [self._guarded(self._prepare, d) for d in documents]
        ready = [p for p in prepared if isinstance(p, _Prepared)]
        try:
            self._parse([s for p in ready for s, _ in p.chosen])
        except Exception:
            self._trees.clear()  # each document will parse for itself, and one will fail
        shared = (time.monotonic() - started) / max(1, len(documents))
        coded = []
        for document, one in zip(documents, prepared, strict=True):
            began = time.monotonic()
            row = self._guarded(self._finish, document, one) if isinstance(one, _Prepared) else one
            coded.append(replace(row, duration_seconds=shared + time.monotonic() - began))
        while len(self._trees) > _CACHE_SIZE:
            self._trees.popitem(last=False)
        return coded

    @staticmethod
    def _guarded(step: Callable[..., T], document: Document, *more: _Prepared) -> T | CodedDocument:
        try:
            return step(document, *more)
        except Exception as error:  # one bad document never stops a batch
            return CodedDocument(
                document.document_id,
                document.revision_id,
                "error",
                message=f"{type(error).__name__}: {error}"[:500],
            )

    def _prepare(self, document: Document) -> _Prepared | CodedDocument:
        identity = (document.document_id, document.revision_id)
        if document.language not in ("en", "und", ""):
            countries = count_country_names(document.body, document.language)
            return CodedDocument(*identity, "not_english", countries=countries)
        body = plain_spaces(document.body)
        published = document.published_at.date() if document.published_at else None
        mentions = DocumentActors(self._index, published).find(body)
        countries = count_countries(mentions)
        sentences = split_sentences(body, len(document.title))
        if len(countries) < 2:
            return CodedDocument(
                *identity, "one_country", countries=countries, sentence_count=len(sentences)
            )
        return _Prepared(_worth_parsing(sentences, mentions), countries, sentences)

    def _finish(self, document: Document, prepared: _Prepared) -> CodedDocument:
        published = document.published_at.date() if document.published_at else None
        trees = self._parse([s for s, _ in prepared.chosen])
        context, narrative = Context(), Narrative(prepared.sentences)
        found: dict[str, EventMention] = {}
        uncoded: list[UncodedSentence] = []
        for (sentence, inside), tree in zip(prepared.chosen, trees, strict=True):
            arguments = Arguments(tree, inside, self._lexicon, context)
            finding = read_sentence(tree, arguments, self._lexicon)
            maker = _Maker(document, published, sentence, tree, arguments, narrative)
            made = [
                replace(mention, confidence=self._sureness(grounds))
                for mention, grounds in maker.make(finding, inside)
            ]
            for mention in made:
                found.setdefault(mention.mention_id, mention)
            codes = tuple(sorted({m.code for m in inside}))
            if not made and len(codes) >= 2:
                uncoded.append(_uncoded(sentence, codes, tree, finding))
            _remember(context, tree, arguments, finding)
        mentions = date_headlines(list(found.values()), published, len(document.title))
        return CodedDocument(
            document.document_id,
            document.revision_id,
            "coded" if found else "no_event",
            mentions=tuple(mentions),
            uncoded=tuple(uncoded),
            countries=prepared.countries,
            sentence_count=len(prepared.sentences),
        )

    def _parse(self, sentences: Sequence[Sentence]) -> list[Tree]:
        """Parse what this process has not parsed before (reprints share their sentences)."""
        missing = list(dict.fromkeys(s.text for s in sentences if s.text not in self._trees))
        for text, tree in zip(missing, parse(missing), strict=True):
            self._trees[text] = tree
        return [self._trees[s.text] for s in sentences]


def read_sentence(tree: Tree, arguments: Arguments, lexicon: Lexicon) -> Finding:
    """Find the acts and assessments of one parsed sentence, with their axes."""
    if _NO_NEWS.search(tree.text):
        return Finding((), (), ())
    matcher = Matcher(tree, arguments, lexicon)
    reader = StatusReader(tree, lexicon)
    acts = [
        (act, _as_offered(tree, act, reader.read(act.trigger))) for act in Embedding(matcher).acts()
    ]
    relations = RelationReader(tree, arguments, lexicon).assessments()
    judged = [(a, reader.read(a.trigger)) for a in relations]
    return Finding(
        tuple((a, x) for a, x in acts if not x.is_blocked), tuple(judged), tuple(matcher.misses)
    )


def _as_offered(tree: Tree, act: Act, axes: Axes) -> Axes:
    """'Offered its troops', 'promised tanks': what is offered is not given yet."""
    if act.frame.type not in ("AID", "COOPERATE", "YIELD") or axes.realis != "actual":
        return axes
    word = tree.lemmas[act.trigger]
    if word not in ("offer", "pledge", "promise"):
        return axes
    return replace(
        axes.weaken("possible" if word == "offer" else "announced"), temporality="future"
    )


def _worth_parsing(
    sentences: Sequence[Sentence], mentions: Sequence[ActorMention]
) -> list[tuple[Sentence, list[ActorMention]]]:
    """Sentences with two countries, or with one and a word that stands for another."""
    chosen = []
    position, count = 0, len(mentions)
    for sentence in sentences:
        start, end, text = sentence.start, sentence.end, sentence.text
        while position < count and mentions[position].start < start:
            position += 1
        last = position
        while last < count and mentions[last].end <= end:
            last += 1
        if len(text) > MAX_SENTENCE_CHARS:
            continue
        codes = {m.code for m in mentions[position:last]}
        if len(codes) >= 2 or (codes and _PRONOUN_START.match(text)) or _GENERIC_PAIR.search(text):
            inside = [
                replace(m, start=m.start - start, end=m.end - start)
                for m in mentions[position:last]
            ]
            chosen.append((sentence, inside))
    return chosen


def _remember(context: Context, tree: Tree, arguments: Arguments, finding: Finding) -> None:
    """What the next sentence may refer to: this one's subject, and its pair if it has just one."""
    root = next((i for i in range(len(tree)) if tree.heads[i] == i), None)
    if root is not None:
        subject = tree.surface_subject(root)
        if subject is not None:
            actors = arguments.resolve(subject, "c")
            context.subject = actors[0] if len(actors) == 1 else None
            context.subjects = tuple(a for a in actors if a.is_state) if len(actors) > 1 else ()
    for i in arguments.heads:
        if tree.deps[i] != "conj" and len(tree.conjuncts(i)) > 1:
            listed = arguments.resolve(i, "")
            if len(listed) > 1 and all(a.is_state for a in listed):
                context.group = tuple(listed)
    for i, lemma in enumerate(tree.lemmas):
        if tree.tags[i] in ("NN", "NNP") and lemma in _OFFICES and tree.deps[i] != "appos":
            for actor in arguments.resolve(i, "")[:1]:
                known = context.offices.setdefault(lemma, actor)
                if known is not None and known.code != actor.code:
                    context.offices[lemma] = None
    pairs = {frozenset((a.source.code, a.target.code)): a for a, _ in finding.acts}
    pairs |= {frozenset((a.source.code, a.target.code)): a for a, _ in finding.assessments}  # type: ignore[misc]
    if len(pairs) == 1:
        (act,) = pairs.values()
        context.pair = (act.source, act.target)
    elif not pairs:
        states: list[Actor] = []
        for i in arguments.heads:
            for actor in arguments.resolve(i, ""):
                if all(actor.code != s.code for s in states):
                    states.append(actor)
        if len(states) == 2:
            context.pair = (states[0], states[1])


def _uncoded(
    sentence: Sentence, codes: tuple[str, ...], tree: Tree, finding: Finding
) -> UncodedSentence:
    if finding.misses:
        token, reason = finding.misses[0]
        return UncodedSentence(sentence.number, sentence.text, codes, tree.lemmas[token], reason)
    verbs = sorted((tree.depth(i), i) for i in range(len(tree)) if tree.is_verb(i))
    predicate = tree.lemmas[verbs[0][1]] if verbs else None
    return UncodedSentence(sentence.number, sentence.text, codes, predicate, "no frame")


class _Maker:
    """Turns findings of one sentence into mentions."""

    def __init__(
        self,
        document: Document,
        published: date | None,
        sentence: Sentence,
        tree: Tree,
        arguments: Arguments,
        narrative: Narrative,
    ) -> None:
        self.document, self.published, self.sentence = document, published, sentence
        self.tree, self.arguments = tree, arguments
        self.times = ActTimes(tree, published, sentence, narrative)

    def make(
        self, finding: Finding, named: Sequence[ActorMention]
    ) -> Iterator[tuple[EventMention, Grounds]]:
        """Yield the mentions of a finding, each with what it was read from."""
        for act, axes in finding.acts:
            mention = self._act(act, axes)
            yield mention, self._grounds(mention, act, axes, named)
        for assessment, axes in finding.assessments:
            mention = self._assessment(assessment, axes)
            yield mention, self._grounds(mention, assessment, axes, named)

    def _grounds(
        self,
        mention: EventMention,
        found: Act | Assessment,
        axes: Axes,
        named: Sequence[ActorMention],
    ) -> Grounds:
        dated = replace(axes, realis=mention.realis, temporality=mention.temporality)
        return Grounds(
            self.tree,
            found.trigger,
            found.source,
            found.target,
            mention.rule_id,
            mention.event_type,
            dated,
            mention.party_count,
            named,
        )

    def _act(self, act: Act, axes: Axes) -> EventMention:
        undated = axes
        axes, when = self.times.dated(act.trigger, axes)
        if when is not None and self._is_of_the_act_referred_to(act, when):
            axes, when = undated, None
        about_start = about_end = None
        if act.refers_to and act.refers_token is not None:
            expression = self.times.of(act.refers_token, future=True)
            if expression is not None:
                about_start, about_end = expression.date_start, expression.date_end
        about = act.refers_to
        if about is None and act.frame.mode in ("cancel", "postpone", "invite", "accept"):
            named = "" if act.noun is None else self.tree.lemmas[act.noun]
            about = ("CONSULT", "meet" if named in ("talk", "meeting", "summit") else "visit")
            expression = self.times.of(
                act.noun if act.noun is not None else act.trigger, future=True
            )
            if expression is not None and (
                self.published is None or expression.date_end > self.published
            ):
                about_start, about_end = expression.date_start, expression.date_end
                if when and when.start == expression.start:  # the visit's day, not the act's
                    axes, when = undated, None
        mention = self._mention(
            act.frame.rule_id, act.trigger, act.source, act.target, axes, when, act.noun
        )
        return replace(
            mention,
            event_type=act.frame.type,
            event_mode=act.frame.mode,
            cameo_code=act.frame.cameo,
            is_reciprocal=act.frame.reciprocal,
            party_count=act.party_count,
            refers_to_type=about[0] if about else None,
            refers_to_mode=about[1] if about else None,
            refers_to_date_start=about_start,
            refers_to_date_end=about_end,
            mention_id=self._identity(act.trigger, act.source, act.target, act.frame.type),
        )

    def _assessment(self, a: Assessment, axes: Axes) -> EventMention:
        axes, when = self.times.dated(a.trigger, axes)
        mention = self._mention(a.rule_id, a.trigger, a.source, a.target, axes, when, None)
        return replace(
            mention,
            event_type="ASSESS",
            event_mode=a.mode,
            is_reciprocal=True,
            assess_direction=a.direction,
            mention_id=self._identity(a.trigger, a.source, a.target, "ASSESS"),
        )

    def _identity(self, trigger: int, source: Actor, target: Actor, event_type: str) -> str:
        at = self.sentence.start + self.tree.starts[trigger]
        return mention_identity(
            self.document.revision_id,
            self.sentence.start,
            at,
            (source.code, target.code),
            event_type,
        )

    def _mention(
        self,
        rule_id: str,
        trigger: int,
        source: Actor,
        target: Actor,
        axes: Axes,
        when: TimeExpression | None,
        noun: int | None,
    ) -> EventMention:
        chain = read_attribution(
            self.tree,
            self.arguments,
            trigger,
            self.document,
            self.sentence.speaker,
            self.times.narrative.voices,
        )
        precision, basis, start, end = self.times.fields(axes, when)
        tree, shift = self.tree, self.sentence.start
        low, high = tree.starts[trigger], tree.ends[trigger]
        if noun is not None:
            low, high = min(low, tree.starts[noun]), max(high, tree.ends[noun])

        body = self.document.body  # as written: the parse has plain spaces

        def span(a: int, b: int) -> Span:
            return Span(shift + a, shift + b, body[shift + a : shift + b])

        return EventMention(
            mention_id="",
            source_code=source.code,
            target_code=target.code,
            source_role=source.role,
            target_role=target.role,
            source_name=source.name,
            target_name=target.name,
            event_type="",
            realis=axes.realis,
            temporality=axes.temporality,
            polarity=axes.polarity,
            evidence=Evidence(
                self.sentence.number,
                Span(shift, self.sentence.end, body[shift : self.sentence.end]),
                span(low, high),
                span(source.start, source.end),
                span(target.start, target.end),
                axes.is_main_clause,
            ),
            rule_id=rule_id,
            confidence=0.0,
            attribution=chain,
            speaker_relation=speaker_relation(chain, (source.code, target.code)),
            date_basis=basis,
            date_precision=precision,  # type: ignore[arg-type]
            event_date_start=start,
            event_date_end=end,
        )

    def _is_of_the_act_referred_to(self, act: Act, when: TimeExpression) -> bool:
        """'Invited him to a ceremony in May': a bare or future date is the ceremony's."""
        if act.frame.mode not in ("invite", "accept", "cancel", "postpone"):
            return False
        ahead = self.times.of(act.trigger, future=True)
        if ahead is None or self.published is None or ahead.date_end <= self.published:
            return False
        return ahead.precision != "day" or when.date_end > self.published
