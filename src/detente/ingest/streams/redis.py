"""Redis and Valkey streams: entries by id from the warehouse's offset on.

The entry's field ``json`` (or ``message``) holds the document; without one the entry's fields are
the document's. Pub/sub is no stream: what is published while nobody listens is gone.
"""

from __future__ import annotations

import json
import logging
import time
from typing import Any
from urllib.parse import urlsplit

from detente.ingest.drafts import Failure
from detente.ingest.streams.messages import Message, Place, StreamError

_log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 60.0
"""How long a server may be away before the consumer gives up."""


class RedisStream:
    """One stream key. No consumer group: the warehouse knows the last id."""

    def __init__(self, address: str) -> None:
        try:
            import redis
        except ImportError as error:
            raise StreamError("Redis needs an extra: pip install 'detente[redis]'") from error
        parts = urlsplit(address)
        database, _, key = parts.path.lstrip("/").partition("/")
        if not parts.hostname or not database.isdigit() or not key:
            raise StreamError(f"{address}: give redis://host:port/0/stream")
        self._redis = redis
        self._key = key
        host = f"{parts.hostname}:{parts.port or 6379}"
        self.name = f"redis://{host}/{database}/{key}"  # without a password
        scheme = "rediss" if parts.scheme == "rediss" else "redis"
        self._client: Any = redis.Redis.from_url(
            f"{scheme}://{parts.netloc}/{database}",
            socket_timeout=10.0,
            socket_connect_timeout=5.0,
        )
        self._place = Place(self.name)
        self._last = "0-0"

    def start(self, offsets: dict[Place, str]) -> list[Failure]:
        self._last = offsets.get(self._place, "0-0")
        kind = self._patiently(lambda: self._client.type(self._key))
        if kind not in (b"stream", b"none"):
            raise StreamError(f"{self.name} is a {kind.decode()}, no stream")
        return []

    def poll(self, limit: int, seconds: float) -> list[Message]:
        if not limit:
            return []
        block = max(1, int(seconds * 1000))  # 0 would wait for ever
        answer = self._patiently(
            lambda: self._client.xread({self._key: self._last}, count=limit, block=block)
        )
        entries = _entries(answer)
        messages = [
            Message(self._place, entry.decode(), f"{self.name}@{entry.decode()}", _body(fields))
            for entry, fields in entries
        ]
        if messages:
            self._last = messages[-1].next_offset
        return messages

    def close(self) -> None:
        self._client.close()

    def _patiently(self, ask: Any) -> Any:
        """Ask again while the server is away: it may be restarting, or still loading its log."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return ask()
            except (self._redis.ConnectionError, self._redis.TimeoutError) as error:
                if time.monotonic() > deadline:
                    raise StreamError(f"no answer from {self.name}: {error}") from error
                _log.warning("%s is away: %s", self.name, error)
                time.sleep(0.2)
            except self._redis.RedisError as error:
                raise StreamError(f"{self.name}: {error}") from error


def _entries(answer: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """Return the entries of an XREAD of one key: a list of pairs (RESP2) or a mapping (RESP3)."""
    if not answer:
        return []
    if isinstance(answer, dict):
        entries = next(iter(answer.values()))
        if entries and isinstance(entries[0], list) and isinstance(entries[0][0], (list, tuple)):
            entries = entries[0]
    else:
        entries = answer[0][1]
    return [(entry, fields or {}) for entry, fields in entries]


def _body(fields: dict[bytes, bytes]) -> bytes:
    for name in (b"json", b"message"):
        if name in fields:
            return bytes(fields[name])
    try:
        named = {k.decode(): v.decode() for k, v in fields.items()}
    except UnicodeDecodeError:
        return b"\n".join(k + b"\t" + v for k, v in fields.items())  # a dead letter, kept as it is
    return json.dumps(named, ensure_ascii=False).encode()
