"""What every coder is, whatever it works with, and how to get one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol, runtime_checkable

from detente.model import CodedDocument, Document
from detente.settings import Settings


class CodingError(RuntimeError):
    """Coding cannot start: a seed is malformed, or the language model is missing."""


@runtime_checkable
class Coder(Protocol):
    """Turns one document into event mentions.

    Attributes:
        name: which coder ('rules', 'llm').
        version: rises with every change that alters output.
    """

    name: str
    version: str

    def code(self, document: Document) -> CodedDocument:
        """Code one document. Never raises: a failure is outcome 'error' with its message."""
        ...


@runtime_checkable
class BatchCoder(Coder, Protocol):
    """A coder that is faster with several documents at once."""

    def code_batch(self, documents: Sequence[Document]) -> list[CodedDocument]:
        """Code documents, in order. Never raises."""
        ...


def code_batch(coder: Coder, documents: Sequence[Document]) -> list[CodedDocument]:
    """Code documents, in order, together where the coder can."""
    if isinstance(coder, BatchCoder):
        return coder.code_batch(documents)
    return [coder.code(document) for document in documents]


def load_coder(settings: Settings) -> Coder:
    """Return the coder of these settings: the rule coder once per process, an LLM coder per run.

    Raises:
        CodingError: a seed is malformed or missing, or the LLM coder is not set up.
    """
    if settings.coder == "llm":
        from detente.coding.llm import LlmCoder

        return LlmCoder(settings)
    return _load(settings.seeds_dir, settings.config_dir / "actors.csv")


@lru_cache(maxsize=4)
def _load(seeds: Path, overlay: Path) -> Coder:
    from detente.coding.actors import SeedError, load_actor_index
    from detente.coding.lexicon import load_lexicon
    from detente.coding.rules import RuleCoder

    try:
        return RuleCoder(load_actor_index(seeds, overlay), load_lexicon(seeds / "frames"))
    except (SeedError, FileNotFoundError) as error:
        raise CodingError(f"the coder cannot start: {error}") from error
