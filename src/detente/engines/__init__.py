"""Engines that dbt may build on: the build file itself, DuckLake, Spark.

The build file stays the place of facts and of what is published. Another engine is given the facts
that its models read, builds and tests the marts, and gives them back; faces never see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from detente.settings import Settings


class EngineError(RuntimeError):
    """The engine cannot be used: something is not set, not installed, or does not answer."""


class Engine(Protocol):
    """What the build needs of an engine other than the build file. The caller holds the lock."""

    def environment(self) -> Mapping[str, str]:
        """Return what ``profiles.yml`` reads from the environment."""

    def holds(self, build_id: str) -> bool:
        """Tell whether the engine's tables are those that this build left."""

    def take_facts(self) -> None:
        """Bring the engine's facts up to the build file's: new loads only, repeatable."""

    def give_marts(self) -> None:
        """Replace the marts of the build file by the engine's, in one transaction."""


def engine_of(settings: Settings) -> Engine | None:
    """Return the engine that ``DETENTE_TARGET`` names; None for the build file itself.

    Raises:
        EngineError: what it needs is not set or not installed.
    """
    if settings.target == "ducklake":
        from detente.engines.ducklake import DuckLake

        return DuckLake(settings)
    if settings.target == "spark":
        from detente.engines.spark import Spark

        return Spark(settings)
    return None
