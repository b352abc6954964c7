"""Archives: WARC in and out, gzip files, tar and zip."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.warcwriter import WARCWriter

from detente.ingest import store
from detente.ingest.again import Remembered, remembered_rows, restore
from detente.ingest.bounded import gunzip
from detente.ingest.dates import read_date
from detente.ingest.drafts import Draft, Failure, Reading
from detente.ingest.files import MAX_BYTES, SUFFIXES, read_bytes, read_file
from detente.settings import Settings
from detente.warehouse.writer import open_writer

MAX_RECORD_BYTES = 20 * 1024 * 1024
DOCUMENT_HEADER = "Detente-Document"
"""WARC header of our own records: JSON of what the body alone does not say."""

_WARC = (".warc", ".warc.gz", ".arc", ".arc.gz")
_TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".txz")
_BROKEN = (ArchiveLoadFailed, EOFError, OSError, zlib.error, tarfile.TarError, zipfile.BadZipFile,
           ValueError, RuntimeError, NotImplementedError, AttributeError, TypeError)  # fmt: skip
"""What the readers of damaged archives raise (warcio also trips over missing headers)."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A file inside an archive: its bytes, read but not yet looked into."""

    subject: str
    data: bytes
    suffix: str
    url: str | None = None
    charset: str | None = None
    captured_at: datetime | None = None
    remembered: Remembered | None = None


def open_archive(path: Path) -> Iterator[Packed | Path | Failure]:
    """Yield the files inside an archive, or the path itself where it is none. Never raises."""
    is_empty = True
    for inside in _inside(path):
        is_empty = False
        yield inside
    if is_empty:
        yield Failure(str(path), "empty", "neither page nor text inside")


def _inside(path: Path) -> Iterator[Packed | Path | Failure]:
    name = path.name.lower()
    if name.endswith(_WARC):
        yield from _opened(path, iter_warc)
    elif name.endswith(_TAR):
        yield from _opened(path, _iter_tar)
    elif name.endswith(".zip"):
        yield from _opened(path, _iter_zip)
    elif name.endswith(".gz"):
        yield from _opened(path, _iter_gzip)
    else:
        yield path


def read_any(path: Path) -> Iterator[Reading]:
    """Yield what a file or archive holds: drafts, or named failures. Never raises."""
    for inside in open_archive(path):
        if isinstance(inside, Failure):
            yield inside
        else:
            yield from unpack(inside) if isinstance(inside, Packed) else read_file(inside)


def unpack(packed: Packed) -> Iterator[Reading]:
    """Yield what a file inside an archive holds. A page is known since it was captured."""
    if packed.remembered:
        yield restore(packed.data, packed.remembered)
        return
    for reading in read_bytes(
        packed.data, packed.subject, packed.suffix, packed.url, packed.charset
    ):
        if isinstance(reading, Draft) and packed.captured_at:
            is_own_name = reading.item_id == packed.subject
            reading = replace(
                reading,
                captured_at=packed.captured_at,
                item_id=None if is_own_name and packed.url else reading.item_id,
                url=reading.url or packed.url,
            )
        yield reading


def _opened(path: Path, read: Any) -> Iterator[Packed | Failure]:
    subject = str(path)
    try:
        with path.open("rb") as stream:
            yield from read(stream, subject)
    except FileNotFoundError as error:
        yield Failure(subject, "not_found", str(error), error_class="FileNotFoundError")
    except PermissionError as error:
        yield Failure(subject, "unreadable", str(error), error_class="PermissionError")
    except _BROKEN as error:
        yield Failure(subject, "bad_archive", f"{error}"[:300], error_class=type(error).__name__)


def _suffix(name: str) -> str:
    return PurePosixPath(name.lower()).suffix


def _iter_gzip(stream: IO[bytes], subject: str) -> Iterator[Packed | Failure]:
    data = gunzip(stream.read(MAX_BYTES + 1), MAX_BYTES)
    if data is None:
        yield Failure(subject, "too_large", f"more than {MAX_BYTES} bytes unpacked")
    else:
        yield from _members(data, subject, _suffix(subject.lower().removesuffix(".gz")))


def _members(data: bytes, subject: str, suffix: str) -> Iterator[Packed]:
    if suffix not in (".jsonl", ".ndjson"):
        yield Packed(subject, data, suffix)
        return
    for number, line in enumerate(io.BytesIO(data), start=1):
        if line.strip():
            yield Packed(f"{subject}:{number}", line, ".json")


def _bounded(stream: IO[bytes] | None, where: str, suffix: str) -> Iterator[Packed | Failure]:
    data = stream.read(MAX_RECORD_BYTES + 1) if stream else b""
    if len(data) > MAX_RECORD_BYTES:
        yield Failure(where, "too_large", f"more than {MAX_RECORD_BYTES} bytes")
    else:
        yield from _members(data, where, suffix)


def _iter_tar(stream: IO[bytes], subject: str) -> Iterator[Packed | Failure]:
    with tarfile.open(fileobj=stream, mode="r|*") as archive:
        for member in archive:
            if member.isfile() and _suffix(member.name) in SUFFIXES:
                where = f"{subject}!{member.name}"
                yield from _bounded(archive.extractfile(member), where, _suffix(member.name))


def _iter_zip(stream: IO[bytes], subject: str) -> Iterator[Packed | Failure]:
    with zipfile.ZipFile(stream) as archive:
        for info in archive.infolist():
            if not info.is_dir() and _suffix(info.filename) in SUFFIXES:
                where = f"{subject}!{info.filename}"
                with archive.open(info) as opened:
                    yield from _bounded(opened, where, _suffix(info.filename))


def iter_warc(stream: IO[bytes], subject: str) -> Iterator[Packed | Failure]:
    """Yield the pages of a WARC or ARC file; what is before the damage in a damaged one is kept.

    Records other than pages and texts (images, scripts) are counted in one outcome row.
    """
    others = 0
    try:
        for number, record in enumerate(ArchiveIterator(stream, arc2warc=True), start=1):
            if record.rec_type not in ("response", "resource"):
                continue
            packed = _from_record(record, f"{subject}#{number}")
            if packed is None:
                others += 1
            else:
                yield packed
    except _BROKEN as error:
        yield Failure(subject, "bad_archive", f"{error}"[:300], error_class=type(error).__name__)
    if others:
        yield Failure(subject, "unsupported", f"{others} records are neither page nor text")


def _from_record(record: Any, subject: str) -> Packed | Failure | None:
    url = record.rec_headers.get_header("WARC-Target-URI")
    moment = read_date(record.rec_headers.get_header("WARC-Date"))
    kind = record.rec_headers.get_header("Content-Type") or ""
    charset = None
    if record.rec_type == "response":
        if record.http_headers is None:
            return None
        status = record.http_headers.get_statuscode()
        if not status.startswith("2"):
            return None
        kind = record.http_headers.get_header("Content-Type") or "text/html"
    kind, _, parameters = kind.lower().partition(";")
    if "charset=" in parameters:
        charset = parameters.split("charset=")[1].split(";")[0].strip(" \"'")
    said = record.rec_headers.get_header(DOCUMENT_HEADER)
    if not said and kind.strip() not in ("text/html", "application/xhtml+xml", "text/plain"):
        return None
    where = url or subject
    data = record.content_stream().read(MAX_RECORD_BYTES + 1)
    if len(data) > MAX_RECORD_BYTES:
        return Failure(where, "too_large", f"more than {MAX_RECORD_BYTES} bytes")
    if getattr(record.raw_stream, "limit", 0) > 0 and not record.raw_stream.read(1):
        return Failure(where, "bad_archive", "the record breaks off", byte_count=len(data))
    known = Remembered.from_dict(json.loads(said)) if said else None
    suffix = ".txt" if kind.strip() == "text/plain" else ".html"
    return Packed(where, data, suffix, url, charset, moment, known)


def export_warc(
    settings: Settings, path: Path, *, source_id: str | None = None, dataset: str | None = None
) -> int:
    """Write the raw bodies of stored documents as a WARC file (``.gz``: compressed, per record).

    Each body is a 'resource' record; its header `DOCUMENT_HEADER` holds what the body does not
    say (source, ids, claims of dates), so that `detente ingest FILE` makes the same documents and
    revisions elsewhere. Bodies that are no longer kept are left out.

    Returns:
        The number of records.
    """
    with open_writer(settings) as con:
        rows = remembered_rows(con, source_id=source_id, dataset=dataset)
    count = 0
    unfinished = path.with_name(f".{path.name}.unfinished")
    with unfinished.open("wb") as sink:
        writer = WARCWriter(sink, gzip=path.suffix == ".gz")
        for raw_sha256, known in rows:
            try:
                raw = store.get(settings.raw_dir, raw_sha256)
            except (store.BodyMissingError, store.BodyDamagedError):
                continue
            is_page = known.extractor == "trafilatura"
            moment = known.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            record = writer.create_warc_record(
                known.canonical_url or f"urn:detente:{known.document_id}",
                "resource",
                payload=io.BytesIO(raw),
                warc_content_type="text/html" if is_page else "application/octet-stream",
                warc_headers_dict={
                    "WARC-Date": moment,
                    DOCUMENT_HEADER: json.dumps(known.to_dict(), ensure_ascii=True),
                },
            )
            writer.write_record(record)
            count += 1
    unfinished.replace(path)
    return count
