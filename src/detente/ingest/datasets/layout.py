"""What a data set's reader must say of itself: which files are its own, and its rows as SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb

from detente.settings import Settings
from detente.warehouse.literals import literal


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file that DuckDB can read: its name in outcome rows, where it is, and what it came as.

    ``md5`` is that of the delivered file (the zip), ``byte_count`` that of the text to read.
    """

    name: str
    path: Path
    md5: str
    byte_count: int


class LayoutError(ValueError):
    """The file does not have the columns of this data set; the message says what it has."""


INCOMING = """
    report_id bigint, source_code varchar, target_code varchar, source_stated varchar,
    target_stated varchar, source_role varchar, target_role varchar, source_actor_code varchar,
    target_actor_code varchar, source_name varchar,
    target_name varchar, cameo_code varchar, goldstein double, event_date date, origin varchar,
    story_key varchar, url varchar, place varchar, is_root boolean, known_at timestamp,
    file_number integer
"""
"""Columns of the temporary table ``incoming``: those of `raw.dataset_events`, the country as the
file states it (``*_stated``: a code or a name, mapped or not) and the file's place in ``files``."""

REJECTS = """
    file_number integer, line bigint, message varchar, csv_line varchar
"""
"""Columns of the temporary table ``rejects``: one row per line that cannot be read."""


class Reader(Protocol):
    """One data set's reader."""

    dataset: str
    suffixes: tuple[str, ...]

    def layout_of(self, path: Path) -> str:
        """Name the file's layout; files of one layout are read together.

        Raises:
            LayoutError: it is none of this data set's.
        """
        ...

    def prepare(self, con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
        """Make the temporary lookup tables that `fill` joins."""
        ...

    def fill(self, con: duckdb.DuckDBPyConnection, layout: str, paths: Sequence[Path]) -> None:
        """Append the files' rows to ``incoming`` and their unreadable lines to ``rejects``.

        ``file_number`` is a path's index in ``paths``, as in the temporary table ``files``.
        """
        ...

    def mark_duplicates(self, con: duckdb.DuckDBPyConnection) -> None:
        """Fill the temporary table ``marks`` (report_id, duplicate_of) for ``incoming``.

        Rows of `raw.dataset_events` that a late file turns into duplicates are updated.
        """
        ...


def literal_list(paths: Sequence[Path]) -> str:
    """Return paths as an SQL list."""
    return "[" + ", ".join(literal(p) for p in paths) + "]"


def collect_rejects(con: duckdb.DuckDBPyConnection) -> None:
    """Move what the CSV reader refused into ``rejects``: one row per line, its first error.

    A line that is short of columns has an error for each of them.
    """
    con.execute(
        """
        insert into rejects
        select f.file_number, e.line, arg_min(
            case e.error_type
                when 'CAST' then e.error_message
                when 'MISSING COLUMNS' then len(string_split(e.csv_line, chr(9))) || ' columns'
                when 'TOO MANY COLUMNS' then len(string_split(e.csv_line, chr(9))) || ' columns'
                else e.error_type
            end, e.column_idx), any_value(e.csv_line)
        from reject_errors as e
        inner join (select distinct scan_id, file_id, file_path from reject_scans) as s
            using (scan_id, file_id)
        inner join files as f on s.file_path = f.path
        group by f.file_number, e.line
        """
    )
    con.execute("drop table reject_errors")
    con.execute("drop table reject_scans")
