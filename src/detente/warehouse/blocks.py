"""Is a DuckDB file whole? Its own block checksums say so, at the speed of reading it.

Layout (DuckDB's `single_file_block_manager.cpp`, storage of 1.x): three headers of 4,096 bytes, then
blocks of one size; each begins with eight bytes of checksum over the rest: words of eight bytes, each
times a constant, XORed onto 5381. DuckDB checks the same when it reads a block; here no block is
unpacked, and blocks that no table uses are looked at as well.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

_HEADER_BYTES = 4096
_MAGIC = b"DUCK"
_FACTOR = np.uint64(0xBF58476D1CE4E5B9)
_SEED = np.uint64(5381)
_BLOCKS_PER_READ = 16  # 4 MB: large enough to read fast, small enough to stay near the processor


class UnknownLayoutError(ValueError):
    """The file is not laid out as this module knows it: another format, encrypted, or cut short."""


def has_headers(path: Path) -> bool:
    """Say whether a file begins as a DuckDB file does: a look of microseconds, no proof."""
    try:
        with path.open("rb", buffering=0) as file:
            _layout(file.fileno())
    except (OSError, UnknownLayoutError):
        return False
    return True


def torn_blocks(path: Path) -> list[int]:
    """Return the numbers of the blocks whose checksum does not hold; a whole file has none.

    Raises:
        UnknownLayoutError: nothing can be said of this file.
        OSError: it cannot be read.
    """
    with path.open("rb", buffering=0) as file:
        fd = file.fileno()
        block_bytes, count = _layout(fd)
        threads = min(os.cpu_count() or 1, 8)
        step = max(-(-count // threads), 1)
        spans = [(first, min(first + step, count)) for first in range(0, count, step)]
        with ThreadPoolExecutor(threads) as pool:
            found = pool.map(lambda span: _torn_between(fd, block_bytes, *span), spans)
            return [number for numbers in found for number in numbers]


def is_whole(path: Path) -> bool:
    """Say whether every block bears its checksum; no where nothing can be said of the file."""
    try:
        return not torn_blocks(path)
    except UnknownLayoutError:
        return False


def _layout(fd: int) -> tuple[int, int]:
    """Return the size of a block, as the newer of two headers says, and how many the file holds.

    The header may count more: free ones at the end that were never written.
    """
    headers = os.pread(fd, 3 * _HEADER_BYTES, 0)
    if len(headers) < 3 * _HEADER_BYTES or headers[8:12] != _MAGIC:
        raise UnknownLayoutError("no headers of a DuckDB file")
    # checksum, iteration, meta block, free list, block count, block size
    both = np.frombuffer(headers, np.uint64).reshape(3, -1)[1:, :6]
    newer = both[int(both[1, 1] > both[0, 1])]
    count, block_bytes = int(newer[4]), int(newer[5])
    if block_bytes < _HEADER_BYTES or block_bytes & (block_bytes - 1):
        raise UnknownLayoutError(f"blocks of {block_bytes} bytes")
    held = -(-(os.fstat(fd).st_size - 3 * _HEADER_BYTES) // block_bytes)
    return block_bytes, min(count, held)


def _torn_between(fd: int, block_bytes: int, first: int, end: int) -> list[int]:
    buffer = memoryview(bytearray(_BLOCKS_PER_READ * block_bytes))
    product = np.empty(block_bytes // 8 - 1, np.uint64)
    torn = []
    for start in range(first, end, _BLOCKS_PER_READ):
        number = min(_BLOCKS_PER_READ, end - start)
        wanted = buffer[: number * block_bytes]
        if os.preadv(fd, [wanted], 3 * _HEADER_BYTES + start * block_bytes) != len(wanted):
            raise UnknownLayoutError("the file ends within a block")
        for position, block in enumerate(np.frombuffer(wanted, np.uint64).reshape(number, -1)):
            np.multiply(block[1:], _FACTOR, out=product)
            if np.bitwise_xor.reduce(product) ^ _SEED != block[0]:
                torn.append(start + position)
    return torn
