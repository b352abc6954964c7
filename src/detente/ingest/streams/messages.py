"""The pure part of streaming: what a message is, what it holds, when a batch is due."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Protocol

from detente.ingest.drafts import Failure, Reading, no_text
from detente.ingest.files import draft_of_json

MAX_BYTES = 5 * 1024 * 1024
"""A message larger than this is a dead letter."""


@dataclass(frozen=True, slots=True)
class Place:
    """What an offset is of: a stream (`kafka://.../topic`), and its partition."""

    stream: str
    partition: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it was delivered.

    ``next_offset`` is where reading goes on after it, in the stream's own notation. ``subject``
    names it in outcome rows. ``readings`` is set by streams whose messages are no JSON objects.
    """

    place: Place
    next_offset: str
    subject: str
    raw: bytes
    readings: tuple[Reading, ...] | None = None


class Stream(Protocol):
    """Something that delivers messages in order from a given offset on."""

    name: str

    def start(self, offsets: dict[Place, str]) -> list[Failure]:
        """Begin after the offsets that are stored; a place without one begins at its start.

        Returns:
            What is known to be missing: outcome rows.

        Raises:
            StreamError: the stream cannot be read, or is not the one that the offsets are of.
        """
        ...

    def poll(self, limit: int, seconds: float) -> list[Message]:
        """Return at most ``limit`` messages, waiting at most ``seconds`` for the first."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class StreamError(RuntimeError):
    """The stream cannot be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Messages that wait for their transaction. Times are seconds of a monotonic clock."""

    messages: tuple[Message, ...] = ()
    since: float = 0.0

    def add(self, messages: list[Message], now: float) -> Pending:
        """Return these and more messages; the batch is as old as its first message."""
        if not messages:
            return self
        return Pending((*self.messages, *messages), self.since if self.messages else now)

    def is_due(self, now: float, count: int, seconds: float) -> bool:
        """Say whether the batch is full, or its first message has waited long enough."""
        return bool(self.messages) and (len(self.messages) >= count or now - self.since >= seconds)

    def room(self, count: int) -> int:
        """Return how many messages the batch can still take: nothing is read beyond it."""
        return max(0, count - len(self.messages))

    def wait(self, now: float, seconds: float, idle: float) -> float:
        """Return how long a poll may wait without making the batch late."""
        if not self.messages:
            return idle
        return max(0.0, min(idle, self.since + seconds - now))

    def offsets(self) -> dict[Place, str]:
        """Return where each place goes on once these messages are stored."""
        return {m.place: m.next_offset for m in self.messages}


@dataclass(frozen=True, slots=True)
class Letter:
    """What one message came to: readings, and whether it is a dead letter."""

    message: Message
    readings: tuple[Reading, ...] = field(default=())

    @property
    def is_dead(self) -> bool:
        return all(isinstance(r, Failure) for r in self.readings)


def open_message(message: Message) -> Letter:
    """Return what a message holds. Never raises: what is no document is a named failure.

    A document is a JSON object with ``text`` and an ``id`` or ``url``; the other fields are those
    of the JSON lines that `detente ingest` reads.
    """
    if message.readings is not None:
        return Letter(message, message.readings)
    subject, raw = message.subject, message.raw
    if len(raw) > MAX_BYTES:
        failure = Failure(subject, "too_large", f"{len(raw)} bytes", byte_count=len(raw))
        return Letter(message, (failure,))
    reading = _read(raw, subject)
    if isinstance(reading, Failure):
        reading = replace(reading, byte_count=len(raw))
    return Letter(message, (reading,))


def _read(raw: bytes, subject: str) -> Reading:
    try:
        value = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Failure(subject, "undecodable", f"not UTF-8: {error.reason} at {error.start}")
    except (ValueError, RecursionError) as error:
        return Failure(subject, "bad_json", str(error)[:300])
    reading = draft_of_json(value, subject, raw)
    if isinstance(reading, Failure):
        return reading
    if not (value.get("id") or value.get("url")):
        return Failure(subject, "bad_message", "neither id nor url")
    return reading if reading.is_text else no_text(reading)
