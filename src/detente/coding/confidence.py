"""How sure the coder is of a mention: the chance that pair, direction, quad class and status hold.

A logistic regression on features of the structure that made the mention, fitted by
``tests/eval/calibrate_confidence.py`` (which says on what, and what it measured). For a relation
described (ASSESS) it is the chance that pair and direction of the relation hold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from detente.coding.actors import STATE_ROLES, Actor, ActorMention
from detente.coding.modality import Axes
from detente.coding.syntax import Tree

FEATURES = (
    "constant light noun operator relation carried unofficial length countries apart first depth "
    "subordinate crowd ongoing historical negated announced possible hypothetical hostile force"
).split()

COEFFICIENTS: dict[str, float] = {
    "constant": 1.866,
    "light": -0.276,
    "noun": -0.116,
    "operator": -0.248,
    "relation": -0.11,
    "carried": -0.191,
    "unofficial": -0.865,
    "length": 0.24,
    "countries": 0.072,
    "apart": -0.227,
    "first": 0.311,
    "depth": -0.869,
    "subordinate": -0.637,
    "crowd": 0.012,
    "ongoing": -0.201,
    "historical": 0.501,
    "negated": -0.586,
    "announced": -0.128,
    "possible": -1.15,
    "hypothetical": -0.483,
    "hostile": -0.352,
    "force": -0.101,
}

_FLOOR, _CEILING = 0.05, 0.98


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a mention was read from. Offsets of actors are characters of the parsed sentence."""

    tree: Tree
    trigger: int
    source: Actor
    target: Actor
    rule_id: str
    event_type: str
    axes: Axes
    party_count: int
    named: Sequence[ActorMention]


def features(grounds: Grounds) -> dict[str, float]:
    """Return the features of a mention, by the names of `FEATURES`.

    ``light``, ``noun``, ``operator`` and ``relation`` are kinds of rule, a plain verb is none of
    them; ``carried``: an actor is a pronoun or 'both countries'; ``unofficial``: one is no state
    acting as such; ``length``: tokens over 20, as a logarithm; ``countries``: others than the two
    that the sentence names (4 or more are 1); ``apart``: others named between the trigger and
    either actor (3 or more are 1), so that whoever takes the nearest names reads another pair;
    ``first``: the pair is the first two that the sentence names, which a coder by keywords takes;
    ``depth``: of the trigger in the parse (6 or more is 1); ``crowd``: more than three parties; the
    rest are values of the axes and kinds of act.
    """
    tree, axes = grounds.tree, grounds.axes
    actors = (grounds.source, grounds.target)
    pair = {a.code for a in actors}
    others = [m for m in grounds.named if m.code not in pair]
    at = tree.starts[grounds.trigger]
    found = dict.fromkeys(FEATURES, 0.0) | {
        "constant": 1.0,
        "carried": float(any(a.via in ("pronoun", "generic") for a in actors)),
        "unofficial": float(any(a.role not in STATE_ROLES for a in actors)),
        "length": math.log(len(tree) / 20),
        "countries": min(4, len({m.code for m in others})) / 4,
        "apart": min(3, sum(_stands_between(m.start, at, a) for a in actors for m in others)) / 3,
        "first": float(set(list(dict.fromkeys(m.code for m in grounds.named))[:2]) == pair),
        "depth": min(6, tree.depth(grounds.trigger)) / 6,
        "subordinate": float(not axes.is_main_clause),
        "crowd": float(grounds.party_count > 3),
        "ongoing": float(axes.temporality == "ongoing"),
        "historical": float(axes.temporality == "historical"),
        "negated": float(axes.polarity == "negated"),
        "hostile": float(
            grounds.event_type in ("REQUEST", "ACCUSE", "REJECT", "THREATEN", "PROTEST")
        ),
        "force": float(grounds.event_type in ("SANCTION", "MOBILIZE", "COERCE", "ASSAULT")),
    }
    for name in (_kind(grounds), axes.realis):
        if name in found:
            found[name] = 1.0
    return found


def _stands_between(position: int, trigger: int, actor: Actor) -> bool:
    return min(trigger, actor.start) < position < max(trigger, actor.start)


def _kind(grounds: Grounds) -> str:
    if grounds.event_type == "ASSESS":
        return "relation"
    head, _, rest = grounds.rule_id.partition(":")
    if "+" in rest and ":" in rest:
        return "operator"  # an act about an act names both rules
    return "noun" if head == "nominal" else head


def confidence(grounds: Grounds) -> float:
    """Return the chance that the mention is right, between 0.05 and 0.98."""
    found = features(grounds)
    logit = sum(weight * found[name] for name, weight in COEFFICIENTS.items())
    return round(min(_CEILING, max(_FLOOR, 1 / (1 + math.exp(-logit)))), 2)
