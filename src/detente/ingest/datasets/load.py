"""One batch of files into `raw.dataset_events`: read, mapped and written by DuckDB, once each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import duckdb
import pyarrow as pa

from detente.ingest.datasets.layout import INCOMING, REJECTS, Reader, StagedFile
from detente.ingest.datasets.lookups import make_cameo_codes, make_leaders
from detente.model import Attempt
from detente.settings import Settings
from detente.warehouse.attempts import write_attempts
from detente.warehouse.writer import open_writer

BAD_ROWS_LISTED = 1000
"""Unreadable lines of one file that get an outcome row each; the rest share one."""

MEMORY_LIMIT = "1GB"
"""What DuckDB may hold; beyond it, it spills to disk, so that one large file is bounded too."""


@dataclass(slots=True)
class Loaded:
    """What a batch changed, in rows of the data set; ``unmapped``: actors and codes without ours."""

    rows_read: int = 0
    rows_new: int = 0
    rows_bad: int = 0
    duplicates: int = 0
    unmapped: int = 0
    attempts: list[Attempt] = field(default_factory=list)


def load_batch(
    reader: Reader,
    layout: str,
    files: Sequence[StagedFile],
    settings: Settings,
    run_id: str,
) -> Loaded:
    """Take in files of one layout, with their outcome rows, in one transaction."""
    started = datetime.now(UTC)
    done = Loaded()
    with open_writer(settings) as con:
        con.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        con.execute("set preserve_insertion_order = false")
        con.execute(f"create or replace temp table incoming ({INCOMING})")
        con.execute(f"create or replace temp table rejects ({REJECTS})")
        con.register("_files", _files_table(files))
        con.execute("create or replace temp table files as select * from _files")
        con.unregister("_files")
        make_leaders(con, settings)
        make_cameo_codes(con, settings)
        reader.prepare(con, settings)
        reader.fill(con, layout, [f.path for f in files])
        _keep_first_of_repeated(con)
        reader.mark_duplicates(con)
        con.execute(_LEADER_ROLES)
        for side in ("source", "target"):
            con.execute(_give_leaders_their_roles(side))
        span = con.execute(_SPAN).fetchall()[0]
        con.execute(_KNOWN, [reader.dataset, *span])
        done.rows_new = con.execute(_INSERT, [reader.dataset]).fetchall()[0][0]
        done.duplicates = con.execute(
            "select count(*) from marks where report_id in (select report_id from incoming)"
        ).fetchall()[0][0]
        _report(con, files, started, done)
        con.execute("insert into ops.dataset_files by name " + _FILES_DONE, [reader.dataset])
        write_attempts(con, done.attempts, run_id, reader.dataset)
    return done


def _keep_first_of_repeated(con: duckdb.DuckDBPyConnection) -> None:
    """Of rows with one id keep that of the first file; looking costs little, deleting is rare.

    Rows come in no order: within a file the smallest stands.
    """
    con.execute(
        """
        create or replace temp table repeated as
        select report_id from incoming group by report_id having count(*) > 1
        """
    )
    con.execute(
        """
        delete from incoming
        where rowid in (
            select rowid from incoming as i
            where report_id in (select report_id from repeated)
            qualify row_number() over (
                partition by report_id order by file_number, cast(i as varchar)
            ) > 1
        )
        """
    )


# Persons in office have the rank of the office; the join is on the few names that are known.
_LEADER_ROLES = """
    create or replace temp table leader_roles as
    with named as (
        select distinct source_name as name, source_code as country_code, event_date
        from incoming
        where lower(source_name) in (select name from leaders)
        union
        select distinct target_name, target_code, event_date
        from incoming
        where lower(target_name) in (select name from leaders)
    )

    select n.name, n.country_code, n.event_date, arg_min(l.role, l.visit_level) as role
    from named as n
    inner join leaders as l
        on lower(n.name) = l.name and n.country_code = l.country_code
        and n.event_date between l.valid_from and l.valid_to
    group by n.name, n.country_code, n.event_date
"""


def _give_leaders_their_roles(side: str) -> str:
    # few rows change: two left joins on all of them would cost more
    return f"""
        update incoming as i
        set {side}_role = l.role
        from leader_roles as l
        where
            i.{side}_name = l.name and i.{side}_code = l.country_code
            and i.event_date = l.event_date
    """


# The range of ids, as constants, keeps the search for known reports to the blocks that hold them.
_SPAN = "select min(cast(report_id as varchar)), max(cast(report_id as varchar)) from incoming"

_KNOWN = """
    create or replace temp table known as
    select cast(report_id as bigint) as report_id
    from raw.dataset_events
    where
        dataset = $1 and report_id between $2 and $3
        and cast(report_id as bigint) in (select report_id from incoming)
"""

_INSERT = """
    insert into raw.dataset_events by name
    select
        cast(? as varchar) as dataset,
        cast(i.report_id as varchar) as report_id,
        i.* exclude (report_id, source_stated, target_stated, origin, place, file_number),
        coalesce(
            i.origin, nullif(lower(split_part(split_part(i.url, '://', 2), '/', 1)), '')
        ) as origin,
        nullif(i.place, '') as place,
        cast(m.duplicate_of as varchar) as duplicate_of,
        'claimed' as known_at_basis,
        cast(now() as timestamp) as loaded_at,
        f.name as file_name
    from incoming as i
    inner join files as f on i.file_number = f.file_number
    left join marks as m on i.report_id = m.report_id
    where i.report_id not in (select report_id from known)
"""

_FILES_DONE = """
    select
        cast(? as varchar) as dataset, f.name as file_name, any_value(f.md5) as md5,
        count(i.file_number) as row_count, cast(now() as timestamp) as loaded_at
    from files as f
    left join incoming as i on f.file_number = i.file_number
    group by f.name
"""

_UNMAPPED = """
    with stated as (
        select file_number, source_stated as stated from incoming
        where source_stated is not null and source_code is null
        union all
        select file_number, target_stated from incoming
        where target_stated is not null and target_code is null
    ),

    counted as (
        select file_number, stated, count(*) as n from stated group by file_number, stated
    )

    select file_number, sum(n), array_to_string(list(stated || ' ' || n order by n desc, stated)[:12], ', ')
    from counted
    group by file_number
"""

_UNTYPED = """
    select file_number, count(*), array_to_string(list(distinct cameo_code order by cameo_code)[:12], ', ')
    from incoming
    where cameo_code is null or cameo_code not in (select cameo_code from cameo_codes)
    group by file_number
"""


def _files_table(files: Sequence[StagedFile]) -> pa.Table:
    return pa.table(
        {
            "file_number": pa.array(range(len(files)), pa.int32()),
            "path": [str(f.path) for f in files],
            "name": [f.name for f in files],
            "md5": [f.md5 for f in files],
        }
    )


def _report(
    con: duckdb.DuckDBPyConnection, files: Sequence[StagedFile], started: datetime, done: Loaded
) -> None:
    """Count what was read and what could not be, and make an outcome row of each."""
    seconds = (datetime.now(UTC) - started).total_seconds() / len(files)
    rows = dict(con.execute("select file_number, count(*) from incoming group by all").fetchall())
    unmapped = {p: (n, which) for p, n, which in con.execute(_UNMAPPED).fetchall()}
    untyped = {p: (n, which) for p, n, which in con.execute(_UNTYPED).fetchall()}
    bad: dict[int, list[tuple[int, str]]] = {}
    for number, line, message in con.execute(
        "select file_number, line, message from rejects order by all"
    ).fetchall():
        bad.setdefault(number, []).append((line, message))
    for number, file in enumerate(files):
        done.rows_read += rows.get(number, 0)
        done.attempts.append(
            Attempt(
                "import", file.name, started, seconds, "ok",
                byte_count=file.byte_count, item_count=rows.get(number, 0),
            )
        )  # fmt: skip
        for found, what in ((unmapped, "actors of no state"), (untyped, "codes without a type")):
            if number not in found:
                continue
            count, which = found[number]
            done.unmapped += count
            done.attempts.append(
                Attempt("import", file.name, started, 0.0, "unmapped",
                        message=f"{what}: {which or 'none given'}", item_count=int(count))
            )  # fmt: skip
        lines = bad.get(number, [])
        done.rows_bad += len(lines)
        done.attempts += [
            Attempt("parse", f"{file.name}:{line}", started, 0.0, "bad_row", message=message)
            for line, message in lines[:BAD_ROWS_LISTED]
        ]
        if len(lines) > BAD_ROWS_LISTED:
            more = lines[BAD_ROWS_LISTED:]
            message = f"lines {more[0][0]} to {more[-1][0]}: {len(more)} more like those listed"
            done.attempts.append(
                Attempt("parse", file.name, started, 0.0, "bad_row", message=message,
                        item_count=len(more))
            )  # fmt: skip
