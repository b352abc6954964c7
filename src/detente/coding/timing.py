"""Which expression of time dates an act, and what that makes of the act: retold, or still to come."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from detente.coding.attribution import SAY_VERBS, Voices
from detente.coding.dates import TimeExpression, find_times
from detente.coding.modality import DEEDS, TOPICS, Axes
from detente.coding.sentences import Sentence
from detente.coding.syntax import TEXTS, Tree
from detente.model import EventMention

HISTORICAL_DAYS = 365
"""An act dated longer before publication is history, unless the text discloses it."""

BACKGROUND_DAYS = 60
"""An act dated longer before publication is told as background (`is_main_clause` false)."""

_DISCLOSURE = re.compile(
    r"\b(?:reveal|disclos|admit|acknowledg|confess|emerged|came to light|made public|declassif|leaked)\w*",
    re.I,
)


_OCCASIONS = frozenset(
    "election test ceremony summit conference war attack invasion coup revolution treaty deal accord "
    "resolution vote referendum report film festival game olympics anniversary statement speech letter "
    "death killing visit trip talk raid launch decision crisis protest uprising massacre annexation "
    "poisoning execution arrest bombing meeting celebration parade event incident agreement strike "
    "clash earthquake hurricane pandemic murder assassination withdrawal operation campaign".split()
)
"""What has a day of its own; a date beside it is not the clause's."""

_TELLINGS = frozenset(
    "report claim allegation statement news sign evidence accusation rumour rumor reply find learn "
    "know realise realize emerge appear believe discover suspect hear prove show deny".split()
)
_MEMORIES = frozenset("recall remember reminisce commemorate recollect".split())
_LIGHT = frozenset(
    "hold have make attend sign conduct pay stage host convene plan schedule arrange launch carry "
    "give begin start open resume reach take join lead cancel postpone set undertake do mount "
    "perform commit".split()
)
_TIME_NOUNS = frozenset(
    "beginning end start middle half quarter course day week month year night morning afternoon "
    "evening spring summer autumn winter fall january february march april may june july august "
    "september october november december monday tuesday wednesday thursday friday saturday "
    "sunday part period rest eve wake christmas easter ramadan thanksgiving".split()
)


_MAY_BE_OLD = re.compile(
    r"\b(?:1[89]|20)\d\d|\bago\b|\bWar\b|day\b|week|month|year|\b[A-Z][a-z]+ \d"
)


def _is_duration(text: str, e: TimeExpression) -> bool:
    words = text[e.start : e.end].lower()
    return words.startswith("for ") and not any(
        w in words.split() for w in ("past", "last", "recent")
    )


@dataclass(slots=True)
class Narrative:
    """What earlier sentences lend: a paragraph's retold past lasts until it ends.

    Attributes:
        sentences: of the document, parsed or not.
        when: the last expression of a time long before publication, in this paragraph.
        voices: whom the document has quoted last.
    """

    sentences: Sequence[Sentence] = ()
    when: TimeExpression | None = None
    voices: Voices = field(default_factory=Voices)
    _next: int = 0
    _paragraph: int = -1

    def up_to(self, sentence: Sentence) -> Iterator[Sentence]:
        """Yield what was not read yet of the sentence's paragraph, the sentence itself last."""
        if sentence.paragraph != self._paragraph:
            self._paragraph, self.when = sentence.paragraph, None
        while self._next < len(self.sentences) and self.sentences[self._next].number <= (
            sentence.number
        ):
            passed = self.sentences[self._next]
            self._next += 1
            if passed.paragraph == sentence.paragraph:
                yield passed


class ActTimes:
    """Dates the acts of one sentence.

    Args:
        tree: the sentence.
        published: the day against which relative expressions count; None leaves them open.
        sentence: where the tree stands (titles have no verb that could own a lone date).
        narrative: what earlier sentences of the paragraph say of the time; updated here.
    """

    def __init__(
        self, tree: Tree, published: date | None, sentence: Sentence, narrative: Narrative
    ) -> None:
        self.tree, self.published, self.is_title = tree, published, sentence.is_title
        self.sentence, self.narrative = sentence, narrative
        self._follow()

    def _follow(self) -> None:
        """Keep the paragraph's time: a time long ago holds until another one is named."""
        narrative, published = self.narrative, self.published
        if published is None or self.is_title:
            return
        for sentence in narrative.up_to(self.sentence):
            if not _MAY_BE_OLD.search(sentence.text):
                continue
            told = find_times(sentence.text, published)
            if told:
                first = told[0]
                old = first.date_end < published - timedelta(days=BACKGROUND_DAYS)
                narrative.when = first if old and not first.is_since else None

    def dated(self, trigger: int, axes: Axes) -> tuple[Axes, TimeExpression | None]:
        """Return the axes as the act's date corrects them, and the expression that dates it."""
        published = self.published
        ahead = axes.temporality == "future" or self._is_present(trigger)
        unreal = axes.realis in ("possible", "hypothetical")
        if unreal and (
            self.tree.tags[trigger] in ("VB", "VBP", "VBZ") or self.tree.is_noun(trigger)
        ):
            ahead = True  # 'if Kim does travel to Moscow in May', 'a meeting in April is possible'
        when = self.of(trigger, future=ahead)
        if when is not None and published is not None and self._contradicts(trigger, when):
            when = None
        is_open = axes.realis != "actual" and (axes.temporality == "future" or (unreal and ahead))
        if when is not None and published is not None and not when.is_since and not is_open:
            lag = published - when.date_end
            if lag.days > BACKGROUND_DAYS and not _DISCLOSURE.search(self.tree.text):
                axes = replace(axes, is_main_clause=False)
                if lag.days > HISTORICAL_DAYS:
                    axes = replace(axes, temporality="historical")
            elif (
                when.date_start > published
                and axes.realis == "actual"
                and axes.polarity == "affirmed"
                and (ahead or when.date_start > published + timedelta(days=1))
            ):
                axes = replace(axes.weaken("announced"), temporality="future")
        if when is None and axes.realis == "actual" and axes.temporality == "past":
            if (
                self._is_pluperfect(trigger)
                or self._is_topic(trigger)
                or self._is_remembered(trigger)
            ):
                axes = replace(axes, is_main_clause=False)  # told as background: not of today
            elif self.narrative.when is not None and self._is_narrated(trigger, axes):
                # the paragraph tells of old times: their date, though not its own words
                when = self.narrative.when
                axes = replace(axes, is_main_clause=False)
                if (published or when.date_end) - when.date_end > timedelta(days=HISTORICAL_DAYS):
                    axes = replace(axes, temporality="historical")
        return axes, when

    def _is_narrated(self, i: int, axes: Axes) -> bool:
        """A simple past of the main clause, with no expression of time in its sentence."""
        tree = self.tree
        return (
            axes.is_main_clause
            and tree.is_verb(i)
            and tree.tags[i] == "VBD"
            and not any(tree.lemmas[j] in SAY_VERBS for j in tree.ancestors(i))
            and not find_times(tree.text, self.published)
        )

    def _contradicts(self, i: int, when: TimeExpression) -> bool:
        """A simple past has no date to come: the date is some other word's."""
        tree, published = self.tree, self.published
        return (
            published is not None
            and tree.is_verb(i)
            and tree.tags[i] == "VBD"
            and when.date_start > published + timedelta(days=1)
        )

    def _is_present(self, i: int) -> bool:
        """'Arrives on Wednesday', 'is visiting next week'; headlines tell the past that way."""
        tree = self.tree
        if self.is_title or not tree.is_verb(i):
            return False
        if tree.tags[i] in ("VBZ", "VBP"):
            return True
        return tree.tags[i] in ("VBG", "VBN") and any(
            tree.lower[k] in ("is", "are", "'s", "'re") for k in tree.children(i, "aux", "auxpass")
        )

    def _is_topic(self, i: int) -> bool:
        """'Condemned the invasion', 'protested over its shelling': a deed that is talked about."""
        tree = self.tree
        if not tree.is_noun(i) or tree.lemmas[i] not in DEEDS:
            return False
        known = tree.child(i, "poss") is not None or any(
            tree.lower[k] in ("the", "this", "that", "these") for k in tree.children(i, "det")
        )
        head = tree.heads[i]
        if not known or head == i:
            return False
        if tree.deps[i] == "pobj":
            return tree.lower[head] in TOPICS
        return tree.deps[i] == "dobj" and tree.lemmas[head] not in _LIGHT

    def _is_remembered(self, i: int) -> bool:
        """'Recalled how often they had met', 'condemned X for having sent soldiers'."""
        tree = self.tree
        for j in (i, *tree.ancestors(i)):
            if not tree.is_verb(j):
                continue
            if self._is_having(j) or (j != i and tree.lemmas[j] in _MEMORIES):
                return True
            if tree.deps[j] not in ("ccomp", "xcomp", "conj"):
                return False
        return False

    def _is_having(self, i: int) -> bool:
        tree = self.tree
        return tree.deps[i] == "pcomp" and any(
            tree.lower[k] == "having" for k in tree.children(i, "aux", "auxpass")
        )

    def _is_pluperfect(self, i: int) -> bool:
        """'had visited' outside reported speech is background."""
        tree = self.tree
        if not tree.is_verb(i):
            return False
        if not any(tree.lower[k] == "had" for k in tree.children(i, "aux")):
            return False
        while tree.deps[i] == "conj" and tree.heads[i] != i:
            i = tree.heads[i]
        head = tree.heads[i]
        told = tree.lemmas[head] in SAY_VERBS | _TELLINGS
        return not (tree.deps[i] in ("ccomp", "acl", "xcomp") and told)

    def of(self, i: int, future: bool) -> TimeExpression | None:
        """Return the expression of time that belongs to a predicate, the nearest in the tree.

        Args:
            i: the predicate's token.
            future: whether it lies ahead (decides which 'Friday' or 'May' is meant).
        """
        tree = self.tree
        expressions = find_times(tree.text, self.published, future)
        if not expressions:
            return None
        if not self._may_last(i):  # 'toured the city for two days': how long, not when
            expressions = tuple(e for e in expressions if not _is_duration(tree.text, e))
        path = self._path(i)
        if (named := self._when_of(i, expressions)) is not None:
            return named
        reached: list[tuple[int, int, TimeExpression]] = []
        unowned: list[TimeExpression] = []
        for expression in expressions:
            token = next(
                (k for k in range(len(tree)) if tree.ends[k] > expression.start), len(tree) - 1
            )
            steps = self._steps(token, path, expression)
            if steps is None:
                continue
            if steps < 0:
                unowned.append(expression)
            elif not (steps and self._is_out_of_scope(i, path[steps], token)):
                reached.append((steps, abs(token - i), expression))
        if reached:
            return min(reached, key=lambda r: r[:2])[2]
        if len(unowned) == 1 and not self.is_title:
            verbs = [
                k
                for k in range(len(tree))
                if tree.is_verb(k) and tree.deps[k] not in ("aux", "auxpass")
            ]
            if len(verbs) == 1:
                return unowned[0]
        return None

    def _may_last(self, i: int) -> bool:
        """A perfect or progressive reaches until now."""
        tree = self.tree
        verb = i if tree.is_verb(i) else tree.governor(i)
        if verb is None:
            return False
        aux = {tree.lower[k] for k in tree.children(verb, "aux", "auxpass")}
        return bool(aux & {"has", "have", "'ve", "is", "are", "been"})

    def _when_of(self, i: int, expressions: Sequence[TimeExpression]) -> TimeExpression | None:
        """'In 1992, when X recognised Y': the clause's date is what it hangs on."""
        tree = self.tree
        while tree.deps[i] in ("conj", "ccomp", "xcomp") and tree.heads[i] != i:
            i = tree.heads[i]
        if tree.deps[i] not in ("relcl", "advcl") or not any(
            tree.lower[k] == "when" for k in tree.children(i, "advmod", "mark")
        ):
            return None
        start = tree.starts[
            min(k for k in tree.children(i, "advmod", "mark") if tree.lower[k] == "when")
        ]
        return next(
            (
                e
                for e in expressions
                if tree.text[e.end : start].strip() in (",", "") and e.end <= start
            ),
            None,
        )

    def _path(self, i: int) -> list[int]:
        """The predicate and what stands above it, up to the verb whose time it shares."""
        tree = self.tree
        path = [i]
        if tree.deps[i] == "acl" and tree.lemmas[tree.heads[i]] in TEXTS:
            verb = tree.governor(i)  # 'put up banners calling X a traitor': when they were put up
            return path if verb is None else [i, *self._path(verb)]
        for j in tree.ancestors(i):
            if tree.is_verb(j) and tree.lemmas[j] in SAY_VERBS:
                break
            if self._stands_apart(path[-1], j):
                break
            path.append(j)
            if tree.is_verb(j) and (
                not tree.is_verb(i) or tree.deps[i] not in ("xcomp", "ccomp", "conj")
            ):
                break
        return path

    def _stands_apart(self, j: int, head: int) -> bool:
        """Clauses that share no date with what they hang on: relative ones, and 'after meeting'."""
        tree = self.tree
        if tree.deps[j] == "relcl":
            return not any(tree.lower[k] == "where" for k in tree.kids[j])
        if not tree.is_verb(j):
            return False
        apart = ("after", "before", "since")
        return (
            self._is_having(j)
            or (tree.deps[j] == "pcomp" and tree.lower[head] in apart)
            or (
                tree.deps[j] == "advcl"
                and any(tree.lower[k] in apart for k in tree.children(j, "mark", "advmod", "prep"))
            )
        )

    def _steps(self, token: int, path: list[int], expression: TimeExpression) -> int | None:
        """How far up the path the expression hangs; None if another word owns it, -1 if loose."""
        tree = self.tree
        previous = token
        for j in [token, *tree.ancestors(token)]:
            if j in path:
                return path.index(j)
            is_time_word = tree.starts[j] < expression.end and tree.ends[j] > expression.start
            if not is_time_word:
                if tree.is_verb(j) and tree.lemmas[j] not in ("begin", "start"):
                    return None
                if tree.is_noun(j) and not expression.is_since and self._owns(j, previous, path):
                    return None
            previous = j
        return -1

    def _owns(self, noun: int, below: int, path: list[int]) -> bool:
        """'The election of 2013', 'its 2013 report', 'a ceremony in May' keep their dates.

        A preposition other than 'of' that hangs on a person or a country is the parser's choice;
        it dates the clause.
        """
        tree = self.tree
        if tree.deps[below] == "prep" and tree.lower[below] == "of":
            return tree.lemmas[noun] not in _TIME_NOUNS
        if tree.deps[below] in ("nummod", "compound", "amod", "nmod", "poss"):
            return tree.lemmas[noun] not in _TIME_NOUNS
        if tree.lower[tree.heads[noun]] == "during":
            return True
        if tree.lemmas[noun] not in _OCCASIONS:
            return False
        head = tree.heads[noun]
        return not (head in path and tree.lemmas[head] in _LIGHT and tree.object(head) == noun)

    def _is_out_of_scope(self, i: int, owner: int, token: int) -> bool:
        """A conjoined verb with a subject of its own shares only what opens the sentence."""
        tree = self.tree
        if tree.deps[i] != "conj" or tree.child(i, "nsubj", "nsubjpass") is None:
            return False
        subject = tree.child(owner, "nsubj", "nsubjpass")
        return subject is None or token > subject

    def fields(
        self, axes: Axes, when: TimeExpression | None
    ) -> tuple[str, str, date | None, date | None]:
        published = self.published
        if when is not None:
            start, end, precision = when.date_start, when.date_end, when.precision
            if when.is_since and published is not None and start < published:
                end = published
                precision = "year" if (end - start).days > 130 else "quarter"
            elif (
                published is not None and axes.realis == "actual" and start <= published < end
            ):  # 'this month', told in the past: not later than its telling
                end = published
                if precision in ("month", "year") and (end - start).days <= 10:
                    precision = "week"
            return precision, when.basis, start, end
        if published is None:
            return "unknown", "none", None, None
        if axes.realis == "actual" and axes.temporality in ("past", "ongoing"):
            return "day", "publication", published, published
        return "unknown", "none", None, None


def date_headlines(
    mentions: Sequence[EventMention], published: date | None, title_length: int
) -> list[EventMention]:
    """Date a headline's act by the text below it: 'X and Y sign treaty' | '... signed on Tuesday'.

    Args:
        mentions: of one document.
        published: its day.
        title_length: characters of its title; 0: it has none.

    Returns:
        The mentions; a headline's undated one takes the day of the first dated mention of the same
        pair, type and status that lies at most a week before publication.
    """
    if published is None or not title_length:
        return list(mentions)

    def act(m: EventMention) -> tuple[frozenset[str], str, str]:
        return frozenset((m.source_code, m.target_code)), m.event_type, m.status

    days: dict[tuple[frozenset[str], str, str], EventMention] = {}
    for m in mentions:
        if (
            m.evidence.sentence.start >= title_length
            and m.date_basis in ("explicit", "relative")
            and m.date_precision == "day"
            and m.event_date_start is not None
            and 0 <= (published - m.event_date_start).days <= 7
        ):
            days.setdefault(act(m), m)
    dated = []
    for m in mentions:
        told = days.get(act(m))
        if (
            told is not None
            and m.date_basis == "publication"
            and m.evidence.sentence.end <= title_length
        ):
            m = replace(
                m,
                event_date_start=told.event_date_start,
                event_date_end=told.event_date_end,
                date_basis="relative",
            )
        dated.append(m)
    return dated
