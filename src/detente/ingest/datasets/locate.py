"""From what the user names to files on disk: folders, archives, addresses, GDELT's file lists."""

from __future__ import annotations

import gzip
import hashlib
import re
import zipfile
import zlib
from calendar import monthrange
from codecs import getincrementaldecoder
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO
from urllib.parse import urljoin, urlsplit

from detente.ingest import http
from detente.ingest.addresses import is_address
from detente.ingest.datasets.layout import StagedFile
from detente.settings import Settings

LAST_UPDATE = "http://data.gdeltproject.org/gdeltv2/lastupdate.txt"
MASTER_LIST = "http://data.gdeltproject.org/gdeltv2/masterfilelist.txt"
"""GDELT's own lists: the newest 15 minutes, and everything since 2015."""

MAX_LIST_BYTES = 1024 * 1024 * 1024
MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_SECONDS = 600.0
MAX_UNPACKED_BYTES = 8 * 1024 * 1024 * 1024
"""A member larger than this is refused: GDELT's largest (a year of 1.0) has some 2 GB."""

_PERIOD = re.compile(r"^(\d{14}|\d{8}|\d{6}|\d{4})(?=\D|$)")
_OTHER_TABLES = re.compile(r"\.(mentions|gkg|gkgcounts)\.", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """A file to take in: ``place`` is a path or an address, ``md5`` what a list says it has."""

    name: str
    place: str
    md5: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that could not be had, and why (an outcome of `ingest.drafts.OUTCOMES`)."""

    name: str
    outcome: str
    message: str
    http_status: int | None = None


def is_list(target: str) -> bool:
    """Say whether a target is one of GDELT's lists of files (2.0: \\*.txt, 1.0: md5sums)."""
    name = urlsplit(target).path if is_address(target) else target
    stem = name.rsplit("/", 1)[-1].lower()
    return stem == "md5sums" or (
        stem.endswith((".txt", ".txt.gz")) and ("lastupdate" in stem or "masterfilelist" in stem)
    )


def parse_list(text: str, base: str) -> Iterator[Found]:
    """Yield the events files of a list.

    Lines are ``size md5 url`` (2.0) or ``md5 name`` (1.0's md5sums, whose files lie beside it);
    others, and other tables than events, are passed over.
    """
    for line in text.splitlines():
        parts = line.split()
        if len(parts) not in (2, 3) or _OTHER_TABLES.search(parts[-1]):
            continue
        md5, place = parts[-2].lower(), parts[-1]
        if not re.fullmatch("[0-9a-f]{32}", md5) or ".zip" not in place.lower():
            continue
        address = place if is_address(place) else urljoin(base, place)
        yield Found(place.rsplit("/", 1)[-1], address, md5)


def period_of(name: str) -> tuple[date, date] | None:
    """Return the first and last day that a file's name stands for; None where it says nothing."""
    found = _PERIOD.match(name)
    if found is None:
        return None
    digits = found[1]
    try:
        year = int(digits[:4])
        if len(digits) == 4:
            return date(year, 1, 1), date(year, 12, 31)
        month = int(digits[4:6])
        if len(digits) == 6:
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        day = date(year, month, int(digits[6:8]))
    except ValueError:
        return None
    return day, day


def within(found: Iterable[Found], first: date | None, last: date | None) -> Iterator[Found]:
    """Keep the files whose period touches the days asked for; names without one stay."""
    for file in found:
        period = period_of(file.name)
        if period and ((first and period[1] < first) or (last and period[0] > last)):
            continue
        yield file


def find(target: str, suffixes: tuple[str, ...], settings: Settings) -> Iterator[Found | Refused]:
    """Yield the files that a target stands for; nothing is opened but lists."""
    if is_address(target):
        if not is_list(target):
            yield Found(urlsplit(target).path.rsplit("/", 1)[-1] or target, target)
            return
        answer = _fetch(target, MAX_LIST_BYTES, settings)
        if answer.outcome != "ok":
            yield Refused(target, answer.outcome, answer.message or "", answer.status)
            return
        yield from parse_list(answer.body.decode("ascii", "replace"), target)
        return
    path = Path(target)
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if (
                file.is_file()
                and not file.name.startswith(".")
                and file.suffix.lower() in suffixes
                and not _OTHER_TABLES.search(file.name)
                and not is_list(file.name)
            ):
                yield Found(file.relative_to(path).as_posix(), str(file))
    elif not path.exists():
        yield Refused(target, "not_found", "there is no such file or folder")
    elif is_list(path.name):
        data = path.read_bytes()
        text = gzip.decompress(data) if path.suffix == ".gz" else data
        for listed in parse_list(text.decode("ascii", "replace"), LAST_UPDATE):
            beside = path.parent / listed.name  # a mirror on disk
            yield Found(listed.name, str(beside), listed.md5) if beside.exists() else listed
    else:
        yield Found(path.name, str(path))


def stage(
    found: Found, folder: Path, settings: Settings, known: Container[tuple[str, str]]
) -> StagedFile | Refused | None:
    """Bring one file to where DuckDB can read it: fetched, its md5 compared, unpacked.

    Plain local files are read where they are. None where name and md5 are known: it was imported.
    """
    source = Path(found.place)
    if is_address(found.place):
        answer = _fetch(found.place, MAX_FILE_BYTES, settings)
        if answer.outcome != "ok":
            return Refused(found.name, answer.outcome, answer.message or "", answer.status)
        source = folder / Path(found.name).name
        source.write_bytes(answer.body)
    try:
        md5 = _md5(source)
        if found.md5 and md5 != found.md5:
            return Refused(found.name, "bad_checksum", f"md5 is {md5}, the list says {found.md5}")
        if (found.name, md5) in known:
            return None
        path = _valid_utf8(_unpack(source, folder), folder)
    except FileNotFoundError as error:
        return Refused(found.name, "not_found", str(error))
    except (zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error, ValueError) as error:
        return Refused(found.name, "bad_archive", str(error))
    except OSError as error:
        return Refused(found.name, "unreadable", str(error))
    size = path.stat().st_size
    if size == 0:
        return Refused(found.name, "empty", "the file is empty")
    return StagedFile(found.name, path, md5, size)


def _fetch(address: str, max_bytes: int, settings: Settings) -> http.Answer:
    return http.get(
        address,
        user_agent=settings.user_agent,
        allow_private=settings.allow_private_addresses,
        max_bytes=max_bytes,
        max_seconds=MAX_SECONDS,
    )


def _md5(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _unpack(path: Path, folder: Path) -> Path:
    """Unpack a zip (its one table) or gzip beside the others; anything else stays.

    Raises:
        ValueError: not exactly one table in a zip, or a member that grows without end.
    """
    with path.open("rb") as source:
        magic = source.read(4)
    if magic[:2] == b"\x1f\x8b":
        target = folder / f"unpacked-{path.stem}"
        with gzip.open(path) as packed, target.open("wb") as out:
            _copy(packed, out)
        return target
    if magic != b"PK\x03\x04":
        if path.suffix.lower() == ".zip":
            raise ValueError("not a zip archive")
        return path
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and m.file_size]
        if len(members) != 1:
            raise ValueError(f"{len(members)} files in the archive; one table is read")
        # never the member's own path: it may lead out of the folder
        target = folder / f"unpacked-{Path(members[0].filename).name}"
        with archive.open(members[0]) as packed, target.open("wb") as out:
            _copy(packed, out)
    return target


def _valid_utf8(path: Path, folder: Path) -> Path:
    """Return the file, or a copy of it with U+FFFD for every byte that is not UTF-8.

    DuckDB 1.5.5 aborts on such a byte where not all columns are read ("Attempted to access index
    60 within vector of size 20"); old addresses in GDELT have some. Costs 0.1 s per 200 MB.
    """
    with path.open("rb") as source:
        if source.read(4) == b"PAR1":
            return path
        source.seek(0)
        decoder = getincrementaldecoder("utf-8")()
        try:
            while chunk := source.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
            return path
        except UnicodeDecodeError:
            source.seek(0)
            target = folder / f"valid-{path.name}"
            decoder = getincrementaldecoder("utf-8")("replace")
            with target.open("wb") as out:
                while chunk := source.read(1 << 20):
                    out.write(decoder.decode(chunk).encode())
                out.write(decoder.decode(b"", final=True).encode())
            return target


def _copy(source: IO[bytes] | gzip.GzipFile, out: IO[bytes]) -> None:
    size = 0
    while chunk := source.read(1 << 20):
        size += len(chunk)
        if size > MAX_UNPACKED_BYTES:
            raise ValueError(f"more than {MAX_UNPACKED_BYTES} bytes unpacked")
        out.write(chunk)
