"""Which expression of time dates an act, and what that makes of the act: retold, or still to come."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from detente.coding.attribution import SAY_VERBS
from detente.coding.dates import TimeExpression, find_times
from detente.coding.sentences import Sentence
from detente.coding.status import Axes
from detente.coding.syntax import Tree

HISTORICAL_DAYS = 60
"""An act dated longer before publication is retold, unless the text discloses it."""

_DISCLOSURE = re.compile(
    r"\b(?:reveal|disclos|admit|acknowledg|confess|emerged|came to light|made public|declassif|leaked)\w*",
    re.I,
)


@dataclass(slots=True)
class Narrative:
    """When the paragraph that is being read takes place: a retold past lasts until it ends.

    Attributes:
        paragraph: number of the paragraph to which ``when`` belongs.
        when: the last expression of a time long before publication.
    """

    paragraph: int = -1
    when: TimeExpression | None = None


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

    def dated(self, trigger: int, axes: Axes) -> tuple[Axes, TimeExpression | None]:
        ahead = axes.temporality == "future"
        when = self.of(trigger, future=ahead)
        is_open = axes.realis != "actual" and axes.temporality == "future"
        if when is not None and self.published is not None and not when.is_since and not is_open:
            old = when.date_end < self.published - timedelta(days=HISTORICAL_DAYS)
            if old and not _DISCLOSURE.search(self.tree.text):
                axes = replace(axes, temporality="historical")
            elif (
                when.date_start > self.published + timedelta(days=1)
                and axes.realis == "actual"
                and axes.polarity == "affirmed"
            ):
                axes = replace(axes.weaken("announced"), temporality="future")
        if when is None and axes.realis == "actual" and self._is_pluperfect(trigger):
            axes = replace(axes, temporality="historical")
        return axes, when

    def _is_pluperfect(self, i: int) -> bool:
        """'had visited' outside reported speech is background."""
        tree = self.tree
        if not tree.is_verb(i):
            return False
        if not any(tree.lower[k] == "had" for k in tree.children(i, "aux")):
            return False
        head = tree.heads[i]
        return not (tree.deps[i] == "ccomp" and tree.lemmas[head] in SAY_VERBS)

    def of(self, i: int, future: bool) -> TimeExpression | None:
        """The expression of time that belongs to a predicate, through the tree."""
        tree = self.tree
        expressions = find_times(tree.text, self.published, future)
        if not expressions:
            return None
        path = [i]
        for j in tree.ancestors(i):
            if tree.is_verb(j) and tree.lemmas[j] in SAY_VERBS and j != i:
                break
            path.append(j)
            if (
                tree.is_verb(j)
                and tree.is_verb(i)
                and tree.deps[i] not in ("xcomp", "ccomp", "conj")
            ):
                break
        for expression in expressions:
            token = next(
                (k for k in range(len(tree)) if tree.ends[k] > expression.start), len(tree) - 1
            )
            owner = self._owner(token, path)
            if owner:
                return expression
        if len(expressions) == 1 and self.is_title is False:
            verb_ids = [
                k
                for k in range(len(tree))
                if tree.is_verb(k) and tree.deps[k] not in ("aux", "auxpass")
            ]
            if len(verb_ids) == 1:
                return expressions[0]
        return None

    def _owner(self, token: int, path: list[int]) -> bool:
        tree = self.tree
        for j in [token, *tree.ancestors(token)]:
            if j in path:
                return True
            if tree.is_verb(j) and j not in path:
                return False
        return False

    def fields(
        self, axes: Axes, when: TimeExpression | None
    ) -> tuple[str, str, date | None, date | None]:
        published = self.published
        if when is not None:
            start, end, precision = when.date_start, when.date_end, when.precision
            if when.is_since and published is not None:
                end = published
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
