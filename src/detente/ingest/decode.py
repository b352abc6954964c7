"""From bytes to characters: what the bytes say, then what they look like."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})|<\?xml[^>]{0,100}encoding=["']([\w.:-]{2,40})""",
    re.IGNORECASE,
)
_WINDOWS = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252",
            "gb2312": "gb18030", "gbk": "gb18030", "ks_c_5601-1987": "cp949", "euc-kr": "cp949",
            "shift_jis": "cp932", "x-sjis": "cp932"}  # fmt: skip


class UndecodableError(ValueError):
    """No encoding makes text of these bytes; ``is_binary`` says that they are no text at all."""

    def __init__(self, message: str, *, is_binary: bool = False) -> None:
        super().__init__(message)
        self.is_binary = is_binary


def decode(data: bytes, *, stated: str | None = None) -> str:
    """Return the text in the bytes.

    In this order: byte order mark, valid UTF-8, the encoding the transport states, the one the
    document declares, statistics. Labels are read as browsers read them (iso-8859-1 is cp1252).

    Raises:
        UndecodableError: nothing fits, or the bytes are binary.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decode(data, encoding)
    if b"\0" in data[:4096]:
        raise UndecodableError("NUL bytes: this is no text", is_binary=True)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = _DECLARED.search(data[:4096])
    named = [stated] if stated else []
    if declared:
        named.append((declared[1] or declared[2]).decode("ascii"))
    for name in named:
        encoding = _WINDOWS.get(name.lower(), name)
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    best = from_bytes(data[:200_000]).best()
    if best is None:
        raise UndecodableError("no known encoding makes text of these bytes")
    return _decode(data, best.encoding)


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise UndecodableError(f"not {encoding} although it looks like it: {error}") from error
