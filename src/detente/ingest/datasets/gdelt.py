"""GDELT events: the 15-minute files of 2.0 (61 columns) and the daily ones of 1.0 (57 or 58).

Columns are those of GDELT's codebooks. Actors are states by ``ActorNCountryCode`` (CAMEO's codes,
mapped to ISO alpha-3 by `seeds/dataset_countries.csv` where they differ) with the role of the first
``ActorNTypeNCode`` that `seeds/dataset_roles.csv` knows; without a type the actor is the state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from detente.ingest.datasets.layout import LayoutError, collect_rejects, literal_list
from detente.ingest.datasets.lookups import make_country_codes, make_roles
from detente.settings import Settings

REEMISSION_MINUTES = 90
"""GDELT reads an article again within its next updates and gives its events new ids."""

_COMMON = {
    "id": 0, "day": 1, "actor_1": 5, "name_1": 6, "country_1": 7, "type_1a": 12, "type_1b": 13, "type_1c": 14,
    "actor_2": 15, "name_2": 16, "country_2": 17, "type_2a": 22, "type_2b": 23, "type_2c": 24, "root": 25,
    "code": 26, "goldstein": 30,
}  # fmt: skip
_LAYOUTS: dict[int, dict[str, int]] = {
    57: {**_COMMON, "place": 50, "added": 56},
    58: {**_COMMON, "place": 50, "added": 56, "url": 57},
    61: {**_COMMON, "place": 52, "added": 59, "url": 60},
}
_TYPES = {"id": "BIGINT", "day": "DATE", "goldstein": "DOUBLE"}
_NAMED = {**_COMMON, "place": 0, "added": 0, "url": 0}


class GdeltReader:
    """Reads GDELT's events files."""

    dataset = "gdelt"
    suffixes: tuple[str, ...] = (".csv", ".tsv", ".zip", ".gz")

    def layout_of(self, path: Path) -> str:
        """Return the number of columns that most of the first lines have."""
        with path.open("rb") as source:
            head = [line for _, line in zip(range(50), source, strict=False)]
        counts = Counter(line.count(b"\t") + 1 for line in head if line.strip())
        for count, _ in counts.most_common():
            if count in _LAYOUTS:
                return str(count)
        has = counts.most_common(1)[0][0] if counts else 0
        raise LayoutError(f"{has} columns; GDELT's events have 57, 58 or 61, tab separated")

    def prepare(self, con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
        make_country_codes(con, settings, "cameo")
        make_roles(con, settings, "cameo")
        _make_index(con, "country_codes", "country_code")
        _make_index(con, "role_codes", "role")

    def fill(self, con: duckdb.DuckDBPyConnection, layout: str, paths: Sequence[Path]) -> None:
        count = int(layout)
        con.execute(_insert(_read(count, paths), count))
        collect_rejects(con)
        _refuse_undated(con, count, paths)
        # Lines of another layout in the same file (1.0 files mix 57 and 58) are no bad lines.
        for other in _LAYOUTS:
            if other != count:
                con.execute(_insert(_reread(other), other))
                con.execute(
                    f"delete from rejects where len(string_split(csv_line, chr(9))) = {other}"
                    f" and {_is_readable(other)}"
                )

    def mark_duplicates(self, con: duckdb.DuckDBPyConnection) -> None:
        """Mark re-emissions: same URL, actors, code and day within 90 minutes of an earlier id.

        Ids grow with time. Files may come in any order: neighbours in time that are already in the
        table are looked at again.
        """
        span = con.execute("select min(known_at), max(known_at) from incoming").fetchall()[0]
        con.execute(_TWINS, span)
        con.execute(_MARKS)
        con.execute(_REMARK, span)
        con.execute("drop table twins")


def _make_index(con: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    """Make a lookup table an enum of its codes and a list that the enum's numbers index.

    Eight joins on the rows of a batch cost half as much again as reading them; this, a tenth.
    """
    con.execute(f"create temp type {table}_enum as enum (select code from {table} order by code)")
    con.execute(f"set variable {table} = (select list({column} order by code) from {table})")


def _mapped(table: str, code: str) -> str:
    return f"getvariable('{table}')[enum_code(try_cast({code} as {table}_enum)) + 1]"


def _refuse_undated(con: duckdb.DuckDBPyConnection, count: int, paths: Sequence[Path]) -> None:
    """Move rows that do not say when they were added to ``rejects``.

    DuckDB 1.5.6 heeds ``force_not_null`` only in columns before the first that is not read. The
    rows do not know their lines, so that files which have such rows are looked through.
    """
    undated = "known_at is null"
    numbers = con.execute(f"select distinct file_number from incoming where {undated}").fetchall()
    if not numbers:
        return
    place = _LAYOUTS[count]["added"]
    found = []
    for (number,) in numbers:
        with paths[number].open("rb") as source:
            for line, text in enumerate(source, start=1):
                cells = text.rstrip(b"\r\n").split(b"\t")
                if len(cells) == count and not cells[place]:
                    found.append((number, line))
    con.register(
        "_undated",
        pa.table({"file_number": [n for n, _ in found], "line": [line for _, line in found]}),
    )
    con.execute(
        "insert into rejects by name select *, 'no time of its addition' as message"
        " from _undated anti join rejects using (file_number, line)"
    )
    con.unregister("_undated")
    con.execute(f"delete from incoming where {undated}")


def _read(count: int, paths: Sequence[Path]) -> str:
    """Return SQL that reads files of a layout with named, typed columns."""
    names = {position: name for name, position in _LAYOUTS[count].items()}
    types = dict(_TYPES, added="TIMESTAMP" if count == 61 else "DATE")
    columns = ", ".join(
        f"'{names.get(i, f'c{i}')}': '{types.get(names.get(i, ''), 'VARCHAR')}'"
        for i in range(count)
    )
    return f"""(
        select *, file_index as file_number{"" if "url" in _LAYOUTS[count] else ", cast(null as varchar) as url"}
        from read_csv(
            {literal_list(paths)}, columns = {{{columns}}}, auto_detect = false, header = false,
            delim = '\t', quote = '', escape = '', dateformat = '%Y%m%d',
            timestampformat = '%Y%m%d%H%M%S', store_rejects = true, rejects_limit = 1000000,
            force_not_null = ['id', 'day', 'added']
        )
    )"""


def _field(count: int, name: str) -> str:
    if name not in _LAYOUTS[count]:
        return "cast(null as varchar)"
    text = f"nullif(f[{_LAYOUTS[count][name] + 1}], '')"
    if name == "day":
        return f"cast(try_strptime({text}, '%Y%m%d') as date)"
    if name == "added":
        return f"try_strptime({text}, '{'%Y%m%d%H%M%S' if count == 61 else '%Y%m%d'}')"
    return f"try_cast({text} as {_TYPES[name]})" if name in _TYPES else text


def _is_readable(count: int) -> str:
    parts = [
        f"{_field(count, name)} is not null".replace("f[", "string_split(csv_line, chr(9))[")
        for name in ("id", "day", "added")
    ]
    return " and ".join(parts)


def _reread(count: int) -> str:
    """Return SQL that reads refused lines which have the columns of another layout."""
    fields = ", ".join(f"{_field(count, name)} as {name}" for name in _NAMED)
    return f"""(
        select {fields}, file_number
        from (select string_split(csv_line, chr(9)) as f, file_number from rejects)
        where len(f) = {count} and {_is_readable(count).replace("string_split(csv_line, chr(9))", "f")}
    )"""


def _insert(rows: str, count: int) -> str:
    # A daily file of 1.0 is out on the morning after the day that it is named for.
    known_at = "g.added" if count == 61 else "cast(g.added as timestamp) + interval 1 day"

    def role(side: int) -> str:
        found = ", ".join(_mapped("role_codes", f"g.type_{side}{x}") for x in "abc")
        return f"case when g.country_{side} is not null then coalesce({found}, 'state') end"

    return f"""
        insert into incoming by name
        select
            g.id as report_id,
            {_mapped("country_codes", "g.country_1")} as source_code,
            {_mapped("country_codes", "g.country_2")} as target_code,
            g.country_1 as source_stated,
            g.country_2 as target_stated,
            {role(1)} as source_role,
            {role(2)} as target_role,
            g.actor_1 as source_actor_code,
            g.actor_2 as target_actor_code,
            g.name_1 as source_name,
            g.name_2 as target_name,
            g.code as cameo_code,
            g.goldstein,
            g.day as event_date,
            g.url,
            g.place,
            g.root = '1' as is_root,
            {known_at} as known_at,
            g.file_number
        from {rows} as g
    """


_KEY = "url, source_actor_code, target_actor_code, cameo_code, event_date"

# Reports are told apart by the hash of the key: two different keys share one of 64 bits once in some
# ten million batches. Comparing the five columns themselves takes three times as long.
_TWINS = f"""
    create or replace temp table twins as
    with neighbours as (
        select report_id, known_at, hash({_KEY}) as key
        from incoming
        where url is not null
        union all
        select cast(report_id as bigint), known_at, hash({_KEY})
        from raw.dataset_events
        where
            dataset = 'gdelt' and url is not null
            and known_at between $1 - interval {REEMISSION_MINUTES} minute
            and $2 + interval {REEMISSION_MINUTES} minute
    )

    select * from neighbours
    where key in (select key from neighbours group by key having count(*) > 1)
"""

_MARKS = f"""
    create or replace temp table marks as
    select report_id, duplicate_of
    from (
        select report_id, min(report_id) over (
            partition by key order by known_at
            range between interval {REEMISSION_MINUTES} minute preceding and current row
        ) as duplicate_of
        from twins
    )
    where duplicate_of <> report_id
"""

# Rows before the batch's first emission cannot have changed, and their own past is not all here.
_REMARK = f"""
    update raw.dataset_events as e
    set
        duplicate_of = m.duplicate_of,
        loaded_at = cast(now() as timestamp),
        load_number = nextval('raw.load_number')
    from marks as m
    where
        e.dataset = 'gdelt' and e.report_id = cast(m.report_id as varchar)
        and e.duplicate_of is distinct from cast(m.duplicate_of as varchar)
        and e.known_at between $1 and $2 + interval {REEMISSION_MINUTES} minute
"""
