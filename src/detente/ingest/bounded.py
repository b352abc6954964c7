"""Decompression that cannot be made to fill the memory: its output is bounded step by step."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import brotli

ACCEPTED = "gzip, deflate, br"
_STEP = 64 * 1024


class EncodingError(ValueError):
    """The body is not what its content encoding says, or of one that is not read."""


class Decoder:
    """Decodes one body as it arrives, at most 64 KiB at a time.

    Args:
        coding: the value of Content-Encoding.

    Raises:
        EncodingError: an unknown coding, or several on top of one another.
    """

    def __init__(self, coding: str) -> None:
        self._coding = coding.strip().lower() or "identity"
        self._started = self._coding in ("identity", "br")
        self._is_done = False
        if self._coding in ("gzip", "x-gzip"):
            self._zlib, self._started = zlib.decompressobj(31), True
        elif self._coding == "deflate":
            self._zlib = zlib.decompressobj(15)
        elif self._coding == "br":
            self._brotli = brotli.Decompressor()
        elif self._coding != "identity":
            raise EncodingError(f"content-encoding {coding!r}")

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what the bytes decode to.

        Raises:
            EncodingError: they are damaged.
        """
        if self._coding == "identity":
            yield data
            return
        try:
            yield from self._brotli_steps(data) if self._coding == "br" else self._zlib_steps(data)
        except (zlib.error, brotli.error) as error:
            raise EncodingError(f"{self._coding}: {error}") from error

    def _zlib_steps(self, data: bytes) -> Iterator[bytes]:
        while data and not self._is_done:
            try:
                piece = self._zlib.decompress(data, _STEP)
            except zlib.error:
                if self._started:
                    raise
                self._zlib = zlib.decompressobj(-15)  # 'deflate' without its wrapper, as some send
                piece = self._zlib.decompress(data, _STEP)
            self._started = True
            yield piece
            data = self._zlib.unconsumed_tail
            if self._zlib.eof:
                data = self._zlib.unused_data
                if data[:2] == b"\x1f\x8b":  # another member
                    self._zlib = zlib.decompressobj(31)
                else:
                    self._is_done = True

    def _brotli_steps(self, data: bytes) -> Iterator[bytes]:
        yield self._brotli.process(data, output_buffer_limit=_STEP)
        while not self._brotli.can_accept_more_data():
            yield self._brotli.process(b"", output_buffer_limit=_STEP)

    def close(self) -> None:
        """Say that nothing follows.

        Raises:
            EncodingError: the body breaks off.
        """
        if self._coding == "identity":
            return
        is_whole = (
            self._brotli.is_finished()
            if self._coding == "br"
            else self._zlib.eof or not self._started
        )
        if not is_whole:
            raise EncodingError(f"{self._coding}: the body breaks off")


def gunzip(data: bytes, max_bytes: int) -> bytes | None:
    """Return what a gzip file holds, or None where that is more than ``max_bytes``.

    Raises:
        EncodingError: it is damaged.
    """
    decoder, parts, size = Decoder("gzip"), [], 0
    for piece in decoder.feed(data):
        size += len(piece)
        if size > max_bytes:
            return None
        parts.append(piece)
    decoder.close()
    return b"".join(parts)
