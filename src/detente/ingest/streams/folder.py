"""A watched folder: files that appear, and JSON lines that grow.

A file's offset is its size and time (whole files) or the bytes read (JSON lines, complete lines
only). Files are left where they are and never changed. Write elsewhere and rename, or give a file
its final name at once and let it settle: names that begin with a dot are passed over.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from detente.ingest.drafts import Draft, Failure
from detente.ingest.files import SUFFIXES, read_file
from detente.ingest.streams.messages import Message, Place, StreamError

SETTLE_SECONDS = 1.0
"""A file that changed within this time may still be written."""

_SCAN_SECONDS = 0.5
_LINES = (".jsonl", ".ndjson")


class FolderStream:
    """A folder and those below it."""

    def __init__(self, address: str) -> None:
        self._folder = Path(address).resolve()
        if not self._folder.is_dir():
            raise StreamError(f"there is no folder {address} to watch")
        self.name = f"folder:{self._folder}"
        self._done: dict[str, str] = {}
        self._found: Iterator[Message] = iter(())

    def start(self, offsets: dict[Place, str]) -> list[Failure]:
        self._done = {place.stream: offset for place, offset in offsets.items()}
        return []

    def poll(self, limit: int, seconds: float) -> list[Message]:
        if not limit:
            return []
        messages = list(islice(self._found, limit))
        if not messages:
            self._found = self._scan()
            messages = list(islice(self._found, limit))
        if not messages:
            time.sleep(min(seconds, _SCAN_SECONDS))
        for message in messages:
            self._done[message.place.stream] = message.next_offset
        return messages

    def close(self) -> None:
        self._found = iter(())

    def _scan(self) -> Iterator[Message]:
        """Yield what is new since the last scan, oldest file first."""
        now = time.time()
        fresh: list[tuple[int, str, os.stat_result]] = []
        for base, folders, names in os.walk(self._folder):
            folders[:] = [f for f in folders if not f.startswith(".")]
            for name in names:
                if name.startswith(".") or Path(name).suffix.lower() not in SUFFIXES:
                    continue
                path = os.path.join(base, name)
                try:
                    stat = os.stat(path)
                except OSError:  # gone between listing and looking
                    continue
                done = self._done.get(self._stream_of(path))
                is_lines = path.lower().endswith(_LINES)
                at = str(stat.st_size) if is_lines else f"{stat.st_size}-{stat.st_mtime_ns}"
                if done == at or (not is_lines and now - stat.st_mtime < SETTLE_SECONDS):
                    continue
                fresh.append((stat.st_mtime_ns, path, stat))
        for _, path, stat in sorted(fresh, key=lambda f: f[:2]):
            yield from self._read(path, stat)

    def _stream_of(self, path: str) -> str:
        return f"{self.name}/{os.path.relpath(path, self._folder)}"

    def _read(self, path: str, stat: os.stat_result) -> Iterator[Message]:
        place = Place(self._stream_of(path))
        if path.lower().endswith(_LINES):
            yield from self._lines(path, place)
            return
        subject = os.path.relpath(path, self._folder)
        # a file that says nothing of itself is what its name below the folder is
        readings = tuple(
            replace(r, item_id=subject) if isinstance(r, Draft) and r.item_id == path else r
            for r in read_file(Path(path))
        )
        try:
            raw = Path(path).read_bytes()
        except OSError:
            raw = b""
        yield Message(place, f"{stat.st_size}-{stat.st_mtime_ns}", subject, raw, readings)

    def _lines(self, path: str, place: Place) -> Iterator[Message]:
        done = int(self._done.get(place.stream, "0"))
        name = os.path.relpath(path, self._folder)
        try:
            with open(path, "rb") as source:
                if done > os.fstat(source.fileno()).st_size:
                    done = 0  # a file of the same name was begun anew
                source.seek(done)
                for line in source:
                    if not line.endswith(b"\n"):
                        return  # still being written
                    start, done = done, done + len(line)
                    if line.strip():
                        yield Message(place, str(done), f"{name}@{start}", line)
        except OSError:
            return  # the next scan looks again
