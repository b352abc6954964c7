"""Which revisions are one story: same URL, same words, nearly the same words. Nothing is deleted.

Two revisions are linked if they belong to one document, or if they were published within three
days of one another and share a canonical URL (in two sources: yearly messages of one source reuse
theirs), the normalised words, or nearly the words (MinHash over 3-word shingles, `rensa`): half of
all their shingles, or four fifths of the shorter one's, as where an outlet prints the first
paragraphs of an agency's text. A story is a connected component of these links and bears the id of
its first revision (by date, then id).
Links do not depend on what else is there, so stories are a function of the stored revisions alone:
whatever the order and the batches in which they arrived, the latest rows are the same.

An earlier text that arrives late therefore renames the stories it joins. `raw.document_stories`
is append-only: a changed revision gets a new row, and readers take the latest.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from rensa import RMinHash

from detente.clock import utc_now
from detente.ingest import store
from detente.ingest.texts import read_text
from detente.settings import Settings
from detente.warehouse.writer import insert_new

METHOD_VERSION = 3
"""Raise it with any change of method or threshold."""

_PERMUTATIONS = 128
_SEED = 42
_BANDS, _ROWS = 42, 3
"""Three values of 16 bits make a band; two texts that share a band are compared. Of pairs with a
similarity of 1/2, 99.6 % share one; of 1/3, 80 %; of 1/20, as of two texts on one subject, 0.5 %."""
_THRESHOLD = 0.5
"""Estimated Jaccard similarity of shingle sets above which two texts are one story."""
_CONTAINED = 0.8
"""Estimated share of the shorter text's shingles in the longer one that makes them one story."""
_LEAST = 0.25
"""Estimated Jaccard similarity below which an estimate of containment is noise (128 values: +-0.04)."""
_LEAST_SHINGLES = 40
"""A text with fewer is no part of another: 'Secretary X spoke today with Y' begins many. Measured
on 1,322 releases of one ministry and copies of them: with 30 two more pairs of different releases
met through a copy, with 50 the recall of halves fell from .95 to .89."""
_WINDOW = timedelta(days=3)
_MIN_WORDS = 12
_WORD = re.compile(r"\w+")

_BYTES = 2 * _PERMUTATIONS + 4

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Node:
    """What links a revision to others. ``signature``: see `signature_of`."""

    revision_id: str
    document_id: str
    source_id: str
    url: str | None
    content_sha256: str
    seen_at: datetime
    signature: bytes | None

    @property
    def rank(self) -> tuple[datetime, str]:
        return self.seen_at, self.revision_id


def signature_of(text: str) -> bytes | None:
    """Return 128 MinHash values, their low 16 bits, and the number of shingles in 32 bits.

    None below twelve words. Two different shingle sets agree in the low bits of a minimum by
    chance once in 65,536.
    """
    words = _WORD.findall(text.lower())
    if len(words) < _MIN_WORDS:
        return None  # a line or two: too little to tell a copy from a coincidence
    shingles = set(map(" ".join, zip(words, words[1:], words[2:], strict=False)))
    hasher = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    hasher.update(list(shingles))
    values = np.asarray(hasher.digest(), dtype=np.uint32).astype("<u2").tobytes()
    return values + len(shingles).to_bytes(4, "little")


class _Components:
    """Union-find over positions."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def root(self, i: int) -> int:
        while self._parent[i] != i:
            self._parent[i] = self._parent[self._parent[i]]
            i = self._parent[i]
        return i

    def join(self, i: int, j: int) -> None:
        self._parent[self.root(i)] = self.root(j)


def _several(groups: Mapping[Any, list[int]]) -> Iterable[list[int]]:
    return (positions for positions in groups.values() if len(positions) > 1)


def _chain(positions: list[int], nodes: Sequence[Node], found: list[tuple[int, int]]) -> None:
    """Link what follows within the window; between equals that connects all that are in reach."""
    positions.sort(key=lambda i: nodes[i].rank)
    for i, j in pairwise(positions):
        if nodes[j].seen_at - nodes[i].seen_at <= _WINDOW:
            found.append((i, j))


def _same_url(positions: list[int], nodes: Sequence[Node], found: list[tuple[int, int]]) -> None:
    positions.sort(key=lambda i: nodes[i].rank)
    for place, j in enumerate(positions):
        for i in reversed(positions[:place]):
            if nodes[j].seen_at - nodes[i].seen_at > _WINDOW:
                break
            if nodes[i].source_id != nodes[j].source_id:
                found.append((i, j))


def _matrix(signatures: Sequence[bytes]) -> Bytes:
    return np.frombuffer(b"".join(signatures), dtype=np.uint8).reshape(len(signatures), _BYTES)


def _values(matrix: Bytes) -> npt.NDArray[np.uint16]:
    return np.ascontiguousarray(matrix[:, : 2 * _PERMUTATIONS]).view("<u2")


def _bands(matrix: Bytes) -> npt.NDArray[np.uint64]:
    rows = _values(matrix)[:, : _BANDS * _ROWS].astype(np.uint64).reshape(-1, _BANDS, _ROWS)
    return rows[:, :, 0] << np.uint64(32) | rows[:, :, 1] << np.uint64(16) | rows[:, :, 2]


def _signature_pairs(matrix: Bytes) -> npt.NDArray[np.int64]:
    """Return pairs of rows that share a band and are alike, or one of which holds the other.

    Args:
        matrix: (texts, `_BYTES`), rows distinct.
    """
    bands, values = _bands(matrix), _values(matrix)
    sizes = np.ascontiguousarray(matrix[:, 2 * _PERMUTATIONS :]).view("<u4")[:, 0].astype(float)
    pairs: list[npt.NDArray[np.int64]] = []
    for band in range(_BANDS):
        order = np.argsort(bands[:, band], kind="stable")
        column = bands[order, band]
        starts = np.flatnonzero(np.r_[True, column[1:] != column[:-1]])
        ends = np.r_[starts[1:], len(column)]
        for start, end in zip(starts[ends - starts > 1], ends[ends - starts > 1], strict=True):
            group = np.sort(order[start:end])
            left, right = np.triu_indices(len(group), 1)
            pairs.append(np.stack([group[left], group[right]], axis=1))
    if not pairs:
        return np.empty((0, 2), dtype=np.int64)
    candidates = np.unique(np.concatenate(pairs), axis=0)
    alike = np.concatenate(
        [
            _is_near(values, sizes, some[:, 0], some[:, 1])
            for some in np.array_split(candidates, len(candidates) // 50_000 + 1)
        ]
    )
    kept: npt.NDArray[np.int64] = candidates[alike]
    return kept


def _is_near(
    values: npt.NDArray[np.uint16],
    sizes: npt.NDArray[np.float64],
    left: npt.NDArray[np.int64],
    right: npt.NDArray[np.int64],
) -> npt.NDArray[np.bool_]:
    """Say of pairs of rows whether they are one story.

    With J the Jaccard similarity of sets of a and b members, a <= b, the intersection has
    J (a + b) / (1 + J) members (inclusion and exclusion), a share J (1 + b/a) / (1 + J) of the
    smaller set.
    """
    jaccard = (values[left] == values[right]).mean(axis=1)
    shorter = np.minimum(sizes[left], sizes[right])
    ratio = np.maximum(sizes[left], sizes[right]) / shorter
    contained = np.where(shorter >= _LEAST_SHINGLES, jaccard * (1 + ratio) / (1 + jaccard), 0)
    near: npt.NDArray[np.bool_] = (jaccard >= _THRESHOLD) | (
        (jaccard >= _LEAST) & (contained >= _CONTAINED)
    )
    return near


def _near(nodes: Sequence[Node], found: list[tuple[int, int]]) -> None:
    holders: dict[bytes, list[int]] = defaultdict(list)
    for i, node in enumerate(nodes):
        if node.signature:
            holders[node.signature].append(i)
    if not holders:
        return
    for positions in _several(holders):
        _chain(positions, nodes, found)
    distinct = list(holders)
    for a, b in _signature_pairs(_matrix(distinct)):
        # each with its neighbours in time among the others: chains above connect the rest
        merged = sorted(holders[distinct[a]] + holders[distinct[b]], key=lambda i: nodes[i].rank)
        last: dict[bytes | None, int] = {}
        for j in merged:
            own = nodes[j].signature
            other = last.get(distinct[b] if own == distinct[a] else distinct[a])
            if other is not None and nodes[j].seen_at - nodes[other].seen_at <= _WINDOW:
                found.append((other, j))
            last[own] = j


def links(nodes: Sequence[Node]) -> list[tuple[int, int]]:
    """Return pairs of positions that connect exactly what the rules above link."""
    found: list[tuple[int, int]] = []
    by_document: dict[str, list[int]] = defaultdict(list)
    by_content: dict[str, list[int]] = defaultdict(list)
    by_url: dict[str, list[int]] = defaultdict(list)
    for i, node in enumerate(nodes):
        by_document[node.document_id].append(i)
        by_content[node.content_sha256].append(i)
        if node.url:
            by_url[node.url].append(i)
    for positions in _several(by_document):
        found.extend((positions[0], i) for i in positions[1:])
    for positions in _several(by_content):
        _chain(positions, nodes, found)
    for positions in _several(by_url):
        _same_url(positions, nodes, found)
    _near(nodes, found)
    return found


def stories(nodes: Sequence[Node]) -> dict[str, tuple[str, str]]:
    """Return story id and duplicate level by revision id, for revisions that are all there is.

    The level says why a revision of another document than the story's first is in it: 'url',
    'text', else 'near'; 'none' for the first document's own.
    """
    components = _Components(len(nodes))
    for i, j in links(nodes):
        components.join(i, j)
    members: dict[int, list[Node]] = defaultdict(list)
    for i, node in enumerate(nodes):
        members[components.root(i)].append(node)
    found: dict[str, tuple[str, str]] = {}
    for group in members.values():
        first = min(group, key=lambda n: n.rank)
        sources_of: dict[str, set[str]] = defaultdict(set)
        documents_of: dict[str, set[str]] = defaultdict(set)
        for node in group:
            documents_of[node.content_sha256].add(node.document_id)
            if node.url:
                sources_of[node.url].add(node.source_id)
        for node in group:
            level = "near"
            if node.document_id == first.document_id:
                level = "none"
            elif node.url and len(sources_of[node.url]) > 1:
                level = "url"
            elif len(documents_of[node.content_sha256]) > 1:
                level = "text"
            found[node.revision_id] = (first.revision_id, level)
    return found


_NODES = """
with assigned as (
    select revision_id, arg_max(story_id, assigned_at) as story_id,
        arg_max(duplicate_level, assigned_at) as duplicate_level
    from raw.document_stories where method_version = $version group by revision_id
)
select
    r.revision_id, r.document_id, d.source_id, d.canonical_url, r.content_sha256,
    coalesce(r.published_at, r.fetched_at) as seen_at, g.signature, a.story_id,
    a.duplicate_level, r.text_sha256, g.revision_id is not null as has_signature
from raw.document_revisions as r
inner join raw.documents as d on r.document_id = d.document_id
left join assigned as a on r.revision_id = a.revision_id
left join ops.revision_signatures as g
    on r.revision_id = g.revision_id and g.method_version = $version
"""


def assign_stories(con: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    """Give every revision without a story its own, and rename what it joins; return rows written.

    Only what lies within the window of the new ones is read, and only stories that a new one is
    linked to are formed anew.
    """
    version = {"version": METHOD_VERSION}
    new = con.execute(f"{_NODES} where a.story_id is null", version).fetchall()
    if not new:
        return 0
    if _sign(con, settings, new):
        new = con.execute(f"{_NODES} where a.story_id is null", version).fetchall()
    touched = _touched(new, _around(con, new))
    members: list[Any] = []
    if touched:
        con.register("_touched", pa.table({"story_id": sorted(touched)}))
        members = con.execute(
            f"{_NODES} where a.story_id in (select story_id from _touched)", version
        ).fetchall()
        con.unregister("_touched")
    pool = [*new, *members]
    found = stories([_node(r) for r in pool])
    now = utc_now()
    changed = [
        {
            "revision_id": row[0],
            "story_id": found[row[0]][0],
            "duplicate_level": found[row[0]][1],
            "method_version": METHOD_VERSION,
            "assigned_at": now,
        }
        for row in pool
        if found[row[0]] != (row[7], row[8])
    ]
    con.register("_stories", pa.Table.from_pylist(changed))
    con.execute("insert into raw.document_stories by name select * from _stories")
    con.unregister("_stories")
    return len(changed)


def _node(row: Any) -> Node:
    return Node(*row[:7])


def _around(con: duckdb.DuckDBPyConnection, new: list[Any]) -> list[Any]:
    """Return the older rows that a new one may be linked to.

    Of everything within the window only ids and signatures are looked at: there may be 100,000.
    """
    version = {"version": METHOD_VERSION}
    days = {d + timedelta(days=k) for d in {r[5].date() for r in new} for k in range(-3, 4)}
    wanted = {
        "_days": pa.table({"day": sorted(days)}),
        "_documents": pa.table({"document_id": sorted({r[1] for r in new})}),
        "_contents": pa.table({"content_sha256": sorted({r[4] for r in new})}),
        "_urls": pa.table({"url": pa.array(sorted({r[3] for r in new if r[3]}), pa.string())}),
    }
    for name, table in wanted.items():
        con.register(name, table)
    old = con.execute(
        f"""
        select
            revision_id,
            signature,
            document_id in (select document_id from _documents)
            or content_sha256 in (select content_sha256 from _contents)
            or coalesce(canonical_url in (select url from _urls), false) as is_wanted
        from ({_NODES} where a.story_id is not null)
        where
            cast(seen_at as date) in (select day from _days)
            or document_id in (select document_id from _documents)
        """,
        version,
    ).to_arrow_table()
    shared = _shares_band([r[6] for r in new], old["signature"].to_pylist())
    linked = pc.or_(old["is_wanted"], pa.array(shared))
    con.register("_linked", old.select(["revision_id"]).filter(linked))
    rows = con.execute(
        f"{_NODES} where r.revision_id in (select revision_id from _linked)", version
    ).fetchall()
    for name in (*wanted, "_linked"):
        con.unregister(name)
    return rows


def _sign(con: duckdb.DuckDBPyConnection, settings: Settings, rows: list[Any]) -> int:
    """Make the signatures that are missing (those of new texts come with them); say how many."""
    made = []
    for row in rows:
        if not row[10]:
            try:
                signature = signature_of(read_text(row[9], settings))
            except (store.BodyMissingError, store.BodyDamagedError):
                signature = None
            made.append((row[0], signature))
    keep_signatures(con, made)
    return len(made)


def keep_signatures(
    con: duckdb.DuckDBPyConnection, made: Sequence[tuple[str, bytes | None]]
) -> None:
    """Store signatures by revision id; a revision that has one keeps it."""
    if made:
        table = pa.table(
            {
                "revision_id": [r for r, _ in made],
                "method_version": pa.array([METHOD_VERSION] * len(made), pa.int32()),
                "signature": pa.array([s for _, s in made], pa.binary()),
            }
        )
        insert_new(con, "ops.revision_signatures", table, ("revision_id", "method_version"))


def _touched(new: list[Any], around: list[Any]) -> set[str]:
    """Return the stories that a new revision is linked to."""
    if not around:
        return set()
    nodes = [_node(r) for r in [*new, *around]]
    components = _Components(len(nodes))
    for i, j in links(nodes):
        components.join(i, j)
    reached = {components.root(i) for i in range(len(new))}
    return {row[7] for i, row in enumerate(around, start=len(new)) if components.root(i) in reached}


def _shares_band(new: list[bytes | None], old: list[bytes | None]) -> npt.NDArray[np.bool_]:
    """Say of each old signature whether it shares a band with any new one."""
    has_one: npt.NDArray[np.bool_] = np.array([s is not None for s in old], dtype=bool)
    shared = np.zeros(len(old), dtype=bool)
    known = [s for s in new if s]
    if not known or not has_one.any():
        return shared
    ours, theirs = _bands(_matrix(known)), _bands(_matrix([s for s in old if s]))
    found = np.zeros(len(theirs), dtype=bool)
    for band in range(_BANDS):
        found |= np.isin(theirs[:, band], ours[:, band])
    shared[has_one] = found
    return shared
