"""Realis, temporality and polarity of an act, from the verbs above it and its own auxiliaries.

Status belongs to the act described. The walk goes from the act's predicate upwards and stops at
the clause that states it; every operator on the way may weaken it, none may strengthen it again.
"""

from __future__ import annotations

import re
from dataclasses import replace

from detente.coding import modality as words
from detente.coding.lexicon import Lexicon, Operator
from detente.coding.modality import Axes
from detente.coding.syntax import Tree
from detente.coding.verb_words import VerbWords

_LONG_AFTER = re.compile(
    r"\b(?:(?:years|decades|century|centuries)(?: to the day)? (?:after|since|before)|"
    r"anniversary of) (?:(?:the|its|their|his|an?) )?(?:[\w'-]+ ){0,3}$",
    re.I,
)
"""'Twenty years after the first summit', 'the anniversary of the treaty': retold."""


class StatusReader:
    """Reads the axes of predicates of one sentence."""

    def __init__(self, tree: Tree, lexicon: Lexicon) -> None:
        self.tree, self.lexicon = tree, lexicon
        self.verbs = VerbWords(tree)
        self._asked = tree.text.rfind("?")

    def read(self, i: int) -> Axes:
        """Return the axes of the act whose predicate (verb or noun) is token ``i``."""
        tree = self.tree
        axes = Axes(temporality="past")
        self.is_question = tree.starts[i] < self._asked and not any(
            tree.deps[j] in ("advcl", "relcl") and tree.tags[j] in ("VBD", "VBZ", "VBP")
            for j in (i, *tree.ancestors(i))
        )
        if tree.is_noun(i):
            axes = self._of_noun(i, axes)
            if _LONG_AFTER.search(tree.text[: tree.starts[i]]):
                return replace(axes, temporality="historical")
            verb = tree.governor(i)
            if verb is None:
                return self._finish(axes)
            if self._dates_its_clause(i) and axes == Axes() and not self._is_infinitive(verb):
                # 'during her meeting with X': taken for granted; when, the verb's tense says
                when = self.verbs.own_words(verb, Axes()).temporality
                ahead = when == "future" and tree.tags[verb] == "VB"
                return replace(axes.weaken("announced"), temporality=when) if ahead else axes
            if tree.lemmas[verb] in words.OPEN_VERBS | words.PLANNERS and (
                tree.object(verb) == i
                or tree.heads[i] == verb
                or tree.deps[tree.heads[i]] == "prep"
            ):
                opens = "announced" if tree.lemmas[verb] not in words.OPEN_VERBS else "possible"
                axes = replace(axes.weaken(opens), temporality="future")  # type: ignore[arg-type]
            elif tree.lemmas[verb] in words.DIRECTIVES and tree.object(verb) == i:
                axes = axes.weaken("hypothetical")
            elif (
                tree.lemmas[verb] in words.FAVOURING
                and tree.object(verb) == i
                and tree.child(i, "det", "poss") is None
            ):  # 'we support dialogue between'
                axes = axes.weaken("possible")
            axes = self._predicated(i, verb, axes)
            if self._is_presupposed(i) and axes == Axes():
                return self._finish(axes)
            return self._finish(self._of_verb(verb, axes, own=False))
        if tree.lemmas[i] in words.PLANNERS:  # 'a meeting is planned': the verb is the light one
            axes = replace(axes.weaken("announced"), temporality="future")
        elif (
            tree.lemmas[i] in words.STANDING
            and tree.tags[i] in ("VBZ", "VBP")
            and tree.text.rstrip()[-1:] in words.SENTENCE_ENDS
        ):
            axes = replace(axes, temporality="ongoing")
        return self._finish(self._of_verb(i, axes, own=True))

    def _is_called_off(self, verb: int) -> bool:
        """'Called off', 'broken off', 'fell through'."""
        tree = self.tree
        off = any(tree.lower[k] in ("off", "through") for k in tree.children(verb, "prt", "advmod"))
        return off and tree.lemmas[verb] in ("call", "break", "fall") and (
            tree.child(verb, "dobj") is None
        )  # fmt: skip

    def _is_disowned(self, i: int) -> bool:
        """'A meeting that the Kremlin says was never planned', 'talks that did not take place'."""
        tree = self.tree
        for k in tree.children(i, "relcl"):
            for verb in (k, *tree.children(k, "ccomp")):
                happens = tree.lemmas[verb] in words.HAPPENING or (
                    tree.lemmas[verb] in words.PLANNERS and tree.is_passive(verb)
                )
                subject = tree.child(verb, "nsubj", "nsubjpass")
                relative = subject is None or tree.lower[subject] in ("that", "which")
                if happens and relative and tree.child(verb, "neg") is not None:
                    return True
        return False

    def _dates_its_clause(self, i: int) -> bool:
        """'During the talks', 'after his visit', 'amid X's attacks'."""
        head = self.tree.heads[i]
        return self.tree.deps[i] == "pobj" and self.tree.lower[head] in words.TIMES

    def _is_presupposed(self, i: int) -> bool:
        """'They will discuss Russia's attack on Ukraine': the attack is a fact, whatever they do."""
        tree = self.tree
        is_fact = tree.lemmas[i] in words.DEEDS or self.lexicon.relation_nouns.get(
            tree.lemmas[i]
        ) in ("warming", "cooling", "strained")
        return is_fact and (
            tree.child(i, "poss") is not None
            or any(tree.lower[k] in ("the", "this", "that") for k in tree.children(i, "det"))
        )

    def _predicated(self, i: int, verb: int, axes: Axes) -> Axes:
        """What the clause says of the noun: 'a visit is possible', 'talks have been confirmed'."""
        tree = self.tree
        lemma = tree.lemmas[verb]
        is_subject = tree.deps[i] in ("nsubj", "nsubjpass") and tree.heads[i] == verb
        if is_subject and lemma in ("be", "look", "seem", "remain", "appear", "become"):
            for k in tree.children(verb, "acomp", "attr", "oprd"):
                if tree.lower[k] in words.LIKELY or tree.lemmas[k] in words.POSSIBLE_NOUNS:
                    return replace(axes.weaken("possible"), temporality="future")
                if any(
                    tree.lower[m] in words.POSSIBLE
                    for r in tree.children(k, "relcl")
                    for m in tree.children(r, "aux")
                ):  # 'a visit is something that could be considered'
                    return replace(axes.weaken("possible"), temporality="future")
                if tree.lower[k] in words.CERTAIN:
                    return replace(axes.weaken("announced"), temporality="future")
        if is_subject and self._is_called_off(verb):
            return replace(axes.weaken("announced"), polarity="negated")
        if lemma == "announce" and tree.lemmas[i] in words.COMING and tree.object(verb) == i:
            return replace(axes.weaken("announced"), temporality="future")
        if is_subject and tree.is_passive(verb):
            if lemma in words.SET_UP:
                return replace(axes.weaken("announced"), temporality="future")
            if lemma in words.FLOATED:
                return axes.weaken("possible")
            if lemma in words.CALLED_OFF:
                return replace(axes.weaken("announced"), polarity="negated")
        if is_subject and any(
            tree.lower[m] == "if" and tree.tags[s] in ("PRP", "DT")
            for k in tree.children(verb, "advcl")
            for m in tree.children(k, "mark")
            for s in tree.children(k, "nsubj", "nsubjpass")
        ):  # 'the attack, if it comes, will be swift'
            return axes.weaken("hypothetical")
        subject = tree.child(verb, "nsubj", "nsubjpass")
        if (
            subject not in (None, i)
            and tree.lemmas[subject or 0] in words.PLAN_NOUNS
            and tree.lower[tree.heads[i]] == "for"
        ):  # 'preparations are under way for a summit'
            return replace(axes.weaken("announced"), temporality="future")
        modal = {tree.lower[k] for k in tree.children(verb, "aux")}
        if is_subject and "would" in modal and "have" not in modal:
            return axes.weaken("hypothetical")
        if modal & {"will", "could", "might", "may"} and any(
            tree.lower[k] == "any" for k in tree.children(i, "det")
        ):
            return axes.weaken("hypothetical")
        return axes

    def _finish(self, axes: Axes) -> Axes:
        return axes.weaken("possible") if self.is_question else axes

    def _of_noun(self, i: int, axes: Axes) -> Axes:
        tree = self.tree
        for k in tree.children(i, "amod", "compound", "det", "advmod", "neg"):
            word = tree.lower[k]
            if word in words.ANNOUNCED_ADJECTIVES:
                axes = replace(axes.weaken("announced"), temporality="future")
            elif (
                word in words.POSSIBLE_ADJECTIVES
                or word == "any"
                or (word in words.LIKELY and k > i)
            ):
                axes = axes.weaken("possible")
            elif word in words.CANCELLED_ADJECTIVES:
                axes = replace(axes.weaken("announced"), polarity="negated")
            elif word == "no":
                axes = replace(axes, polarity="negated")
        if any(tree.lemmas[k] in words.POSSIBLE_NOUNS for k in tree.children(i, "appos", "attr")):
            axes = axes.weaken("possible")  # 'trip to X an option, minister says'
        if self._is_disowned(i):
            axes = replace(axes.weaken("announced"), polarity="negated")
        if any(self._is_called_off(k) for k in tree.children(i, "acl")):
            axes = replace(axes.weaken("announced"), polarity="negated")
        is_content = True  # still inside 'plans for talks', 'the possibility of an attack'
        for k in tree.ancestors(i):
            if tree.is_verb(k):
                break
            word = tree.lower[k]
            if tree.deps[k] == "prep":
                if word in words.LOOK_AHEAD or (
                    word == "of" and tree.lower[tree.heads[k]] == "ahead"
                ):
                    axes = replace(axes.weaken("announced"), temporality="future")
                elif word == "without":
                    axes = replace(axes, polarity="negated")
                is_content = is_content and word in words.OF
                before = k - 1  # 'says door to talks is not shut': the phrase hung on the verb
                if is_content and tree.heads[before] == tree.heads[k] and tree.is_noun(before):
                    axes = self._content_of(before, axes)
            elif is_content:
                axes = self._content_of(k, axes)
        return axes

    def _content_of(self, noun: int, axes: Axes) -> Axes:
        """What a noun makes of the act that it holds: 'the idea of a summit'."""
        lemma, above = self.tree.lemmas[noun], self.tree.lower[self.tree.heads[noun]]
        if lemma in ("event", "case") and above == "in":
            axes = axes.weaken("hypothetical")
        if lemma in words.OPEN_NOUNS:
            axes = axes.weaken("possible")
        if lemma in words.PLAN_NOUNS:
            axes = replace(axes.weaken("announced"), temporality="future")
        if lemma in words.DEMAND_NOUNS:
            axes = axes.weaken("hypothetical")
        if lemma in ("anniversary", "centenary", "jubilee", "commemoration"):
            axes = replace(axes, temporality="historical")
        return axes

    def _of_verb(self, i: int, axes: Axes, own: bool) -> Axes:
        tree = self.tree
        axes = self.verbs.own_words(i, axes)
        if not own and tree.lemmas[i] in self.lexicon.operators:
            axes = self._operate(self.lexicon.operators[tree.lemmas[i]], axes, noun=True)
        is_infinitive = self._is_infinitive(i)
        j, steps = i, 0
        while tree.heads[j] != j and steps < 12:
            steps += 1
            head, dep = tree.heads[j], tree.deps[j]
            if dep == "conj":
                # negation and modality of the first conjunct are not inherited unless the second
                # has no auxiliary and shares them ('may visit and meet')
                if (
                    tree.is_verb(head)
                    and tree.child(j, "aux", "nsubj") is None
                    and (tree.tags[j] in ("VB",))
                ):
                    shared = self.verbs.own_words(head, Axes())
                    axes = replace(axes.weaken(shared.realis),
                                   temporality=shared.temporality if shared.realis != "actual"
                                   else axes.temporality)  # fmt: skip
                    is_infinitive = is_infinitive or self._is_infinitive(head)
                j = head
                continue
            if dep in ("xcomp", "ccomp", "acl", "advcl", "pcomp", "relcl", "csubj", "parataxis", "acomp",
                       "dobj", "pobj", "prep", "attr", "oprd", "appos", "nsubj", "nsubjpass", "agent"):  # fmt: skip
                if dep in ("relcl", "acl", "advcl", "appos"):
                    axes = replace(axes, is_main_clause=False)
                if dep == "relcl":
                    if is_infinitive and tree.child(j, "nsubj", "nsubjpass") is None:
                        return self._under_noun(head, axes)  # 'a meeting to strengthen ties'
                    return self._in_relative_clause(head, axes)
                axes = self._under(j, head, dep, axes, is_infinitive)
                if dep == "ccomp" and tree.lemmas[head] in words.TOLD and self._is_infinitive(head):
                    break  # 'it is important to note that X signed': X did
                if (
                    dep != "advcl"
                    and tree.is_verb(head)
                    and tree.lemmas[head] not in words.TOLD
                    and self.verbs.is_consequence(head)
                ):
                    axes = axes.weaken("hypothetical")
                if tree.is_verb(head) or tree.tags[head] == "MD":
                    if dep == "advcl":
                        is_conditional = any(
                            tree.lower[k] in words.IRREALIS_MARKS
                            for k in tree.children(head, "mark")
                        )
                        if is_conditional:
                            axes = axes.weaken("hypothetical")
                        break
                    is_infinitive = self._is_infinitive(head)
                j = head
                continue
            j = head
        return axes

    def _in_relative_clause(self, noun: int, axes: Axes) -> Axes:
        """A relative clause stands by itself, but 'a war in which China invades' may be fiction."""
        tree = self.tree
        verb = tree.governor(noun)
        if tree.lemmas[noun] in words.SCENARIOS or (
            verb is not None and tree.lemmas[verb] in words.IMAGINED
        ):
            return axes.weaken("hypothetical")
        if (
            axes.temporality == "future"
            and verb is not None
            and any(self.verbs.is_condition(k) for k in tree.children(verb, "advcl", "csubj"))
        ):  # 'should Kim go, the way in which X approaches their meeting matters'
            return axes.weaken("hypothetical")
        return axes

    def _is_infinitive(self, i: int) -> bool:
        tree = self.tree
        return tree.tags[i] in ("VB", "VBN") and any(
            tree.lower[k] == "to" for k in tree.children(i, "aux")
        )

    def _under(self, j: int, head: int, dep: str, axes: Axes, infinitive: bool) -> Axes:
        """The effect of the word that governs a clause."""
        if dep == "xcomp" or (
            infinitive and dep in ("ccomp", "acl", "advcl", "acomp", "attr", "oprd")
        ):
            return self._under_infinitive(j, head, dep, axes, infinitive)
        if dep in ("ccomp", "csubj", "acl") and not infinitive:
            return self._under_statement(j, head, axes)
        if dep == "pcomp":
            return self._under_preposition(head, axes)
        return axes

    def _under_infinitive(self, j: int, head: int, dep: str, axes: Axes, infinitive: bool) -> Axes:
        tree, lemma = self.tree, self.tree.lemmas[head]
        operators = self.lexicon.operators.get(lemma, [])
        directs = tree.child(head, "dobj", "dative") is not None or tree.is_passive(head)
        if lemma == "go" and tree.tags[head] == "VBG" and dep == "xcomp" and infinitive:
            axes = replace(axes.weaken("announced"), temporality="future")  # 'is going to'
        elif lemma == "be" and dep == "xcomp" and infinitive:
            if any(tree.lower[k] == "have" for k in tree.children(j, "aux")):
                return replace(axes, polarity="negated")  # 'was to have visited'
            axes = replace(axes.weaken("announced"), temporality="future")
        elif lemma == "have" and any(tree.lower[k] == "yet" for k in tree.children(head, "advmod")):
            return replace(axes.weaken("announced"), polarity="negated")
        elif lemma in words.DIRECTIVES and any(
            tree.lower[k] == "for" for k in tree.children(j, "mark")
        ):  # 'calls for Israel to withdraw'
            axes = axes.weaken("hypothetical")
        elif (
            (lemma == "have" and tree.tags[head] == "VBD")
            or lemma in words.COMPELLED
            or lemma in words.GLAD
        ):
            pass  # 'had to close', 'was forced to close'
        elif dep == "acl" and tree.is_noun(head):
            return self._under_noun(head, axes)
        elif (lemma in words.DIRECTIVES and directs and lemma not in ("propose", "seek")) or lemma in (
            "demand", "urge",
        ):  # fmt: skip
            axes = axes.weaken("hypothetical")
        elif lemma in words.KEEPING and self.verbs.own_words(head, Axes()).realis == "announced":
            return replace(axes, temporality="ongoing")  # 'will continue to support'
        elif lemma in ("begin", "start") and tree.tags[head] == "VBD" and dep == "xcomp":
            pass  # 'began deporting last week'
        elif (
            operators
            and not (dep == "advcl" and lemma in words.PHASES and tree.child(head, "dobj") is None)
            and not (lemma in words.EFFORTS and self._is_perfect(head))
        ):
            axes = self._operate(operators, axes, noun=False)
        elif dep == "advcl":
            if lemma in words.PROMISES:
                axes = replace(axes.weaken("announced"), temporality="future")
            elif not (tree.is_verb(head) and (lemma in words.ERRANDS or self._is_perfect(head))):
                axes = axes.weaken("possible")
            return self._carry(head, axes) if tree.is_verb(head) else axes
        elif infinitive:
            axes = axes.weaken("possible")
        return self._carry(head, axes) if tree.is_verb(head) else axes

    def _is_perfect(self, verb: int) -> bool:
        """'Has acted to protect': what was done for a purpose is told as done."""
        tree = self.tree
        return tree.tags[verb] == "VBN" and any(
            tree.lower[k] in ("have", "has", "'ve") for k in tree.children(verb, "aux")
        )

    def _under_noun(self, noun: int, axes: Axes) -> Axes:
        """'Plans to visit', 'no intention to attack', 'the first president to visit'."""
        tree, lemma = self.tree, self.tree.lemmas[noun]
        near = {tree.lower[k] for k in tree.children(noun, "det", "amod", "neg")}
        verb = tree.governor(noun)
        if near & words.ORDINALS or lemma in words.ORDINALS:
            return self._carry(verb, axes) if verb is not None else axes
        if lemma in words.OCCASIONS and verb is not None and tree.lemmas[verb] == "have" and (
            tree.tags[verb] in ("VBD", "VBN")
        ):  # fmt: skip
            return axes  # 'had the opportunity to meet'
        if lemma in ("failure", "refusal"):
            return replace(axes, polarity="negated")
        if lemma in words.DEMAND_NOUNS:
            axes = axes.weaken("hypothetical")
        elif lemma in words.OPEN_NOUNS:
            axes = axes.weaken("possible")
        else:
            axes = replace(axes.weaken("announced"), temporality="future")
        if "no" in near or (verb is not None and tree.child(verb, "neg") is not None):
            axes = replace(axes, polarity="negated")
        return axes

    def _under_statement(self, j: int, head: int, axes: Axes) -> Axes:
        tree, lemma = self.tree, self.tree.lemmas[head]
        if tree.is_noun(head):
            verb = tree.governor(head)
            if lemma in words.OPEN_NOUNS:
                axes = axes.weaken("possible")
            if verb is not None and any(
                tree.lower[k] in words.LIKELY for k in tree.children(verb, "acomp")
            ):  # 'X invading Y is unthinkable'
                axes = axes.weaken("possible")
            top = head  # 'denied a report in a weekly that it had halted deliveries'
            while tree.deps[top] == "pobj" and tree.is_noun(tree.heads[tree.heads[top]]):
                top = tree.heads[tree.heads[top]]
            if verb is not None and tree.lemmas[verb] in words.DISMISSALS and (
                tree.object(verb) == top
            ):  # fmt: skip
                axes = replace(axes, polarity="negated")
            return axes
        if not tree.is_verb(head):
            return axes
        if lemma in words.IMAGINED:
            axes = axes.weaken("hypothetical")
        elif lemma in words.OPEN_VERBS:
            # 'it is expected that' is the press's way to announce
            axes = axes.weaken(
                "announced" if tree.is_passive(head) and lemma == "expect" else "possible"
            )
        elif lemma in words.DIRECTIVES and tree.tags[j] == "VB" and not tree.children(j, "aux"):
            axes = axes.weaken("hypothetical")
        elif lemma == "deny":
            axes = replace(axes, polarity="negated")
        elif lemma in ("be", "become", "remain", "seem", "look"):
            for k in tree.children(head, "acomp", "attr"):
                word, negated = tree.lower[k], tree.child(head, "neg") is not None
                if word in ("false", "untrue", "wrong", "lie") or (
                    negated and word in ("true", "correct", "accurate", "case")
                ):
                    axes = replace(axes, polarity="negated")
                elif word in words.LIKELY | {"unclear"}:
                    axes = axes.weaken("possible")
        if any(tree.lower[k] in words.IRREALIS_MARKS for k in tree.children(head, "mark")):
            axes = axes.weaken("hypothetical")
        return axes

    def _under_preposition(self, head: int, axes: Axes) -> Axes:
        """'Without meeting', 'open to meeting', 'stopped short of accusing', 'talk of expelling'."""
        tree = self.tree
        preposition, above = tree.lower[head], tree.lemmas[tree.heads[head]]
        if preposition == "without" or (preposition == "of" and above == "short") or (
            preposition == "from" and above in ("refrain", "abstain", "stop", "prevent", "keep", "desist")
        ):  # fmt: skip
            return replace(axes, polarity="negated")
        if preposition in ("to", "toward", "towards") and above in words.COMMITTED:
            return replace(axes.weaken("announced"), temporality="future")
        if preposition in ("before", "instead", "than") or (
            preposition in ("to", "toward", "towards") and above in words.TOWARDS
        ):
            return replace(axes.weaken("possible"), temporality="future")
        if preposition in ("of", "for", "against", "to", "about", "in", "on") and (
            above in words.OPEN_NOUNS | words.PLAN_NOUNS | {"think", "speak", "interest", "consider", "capable",
                                                  "keen", "insist", "warn", "importance", "necessity", "value", "urgency", "benefit"}
        ):  # fmt: skip
            return axes.weaken("possible")
        return axes

    def _carry(self, head: int, axes: Axes) -> Axes:
        """Carry the governing verb's own modality and negation to its complement."""
        above = self.verbs.own_words(head, Axes())
        axes = axes.weaken(above.realis)
        if above.polarity == "negated":
            axes = replace(axes, polarity="negated")
        if above.temporality == "future" and axes.temporality in ("past", "ongoing"):
            axes = replace(axes, temporality="future")  # 'will begin deporting'
        elif above.temporality == "ongoing" and axes.temporality == "past":
            axes = replace(axes, temporality="ongoing")
        return axes

    def _operate(self, operators: list[Operator], axes: Axes, noun: bool) -> Axes:
        for operator in operators:
            if operator.kind == "block":
                return replace(axes, is_blocked=True)
            if operator.kind == "act":
                if noun:
                    continue
                axes = axes.weaken("announced" if operator.mode != "refuse" else "possible")
                if operator.mode in ("refuse", "deny"):
                    axes = replace(axes, polarity="negated")
                return replace(axes, temporality="future")
            if operator.realis:
                axes = axes.weaken(operator.realis)  # type: ignore[arg-type]
            if operator.temporality:
                axes = replace(axes, temporality=operator.temporality)  # type: ignore[arg-type]
            if operator.polarity:
                axes = replace(axes, polarity=operator.polarity)  # type: ignore[arg-type]
            return axes
        return axes
