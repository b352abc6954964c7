"""ICEWS coded events: the archive's tab-separated files, or Parquet with the same columns.

Actors are states by ``Source Country`` and ``Target Country`` (names, mapped by
`seeds/dataset_countries.csv` and `seeds/countries.csv`), or by a map of actor names to countries
that the user gives; roles come from the sectors (`seeds/dataset_roles.csv`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from detente.ingest.datasets.layout import LayoutError, collect_rejects
from detente.ingest.datasets.lookups import make_actor_map, make_country_names, make_roles
from detente.settings import Settings
from detente.warehouse.literals import literal

_NEEDED = {
    "Event ID": "BIGINT", "Event Date": "DATE", "Source Name": "VARCHAR",
    "Source Sectors": "VARCHAR", "Source Country": "VARCHAR", "Event Text": "VARCHAR",
    "CAMEO Code": "VARCHAR", "Intensity": "DOUBLE", "Target Name": "VARCHAR",
    "Target Sectors": "VARCHAR", "Target Country": "VARCHAR", "Story ID": "VARCHAR",
    "Publisher": "VARCHAR",
}  # fmt: skip
_OPTIONAL = ("City", "Province", "Country", "file_date")


class IcewsReader:
    """Reads ICEWS' event files."""

    dataset = "icews"
    suffixes: tuple[str, ...] = (".tab", ".tsv", ".csv", ".txt", ".parquet", ".zip", ".gz")

    def __init__(self, actor_map: Path | None = None) -> None:
        self.actor_map = actor_map

    def layout_of(self, path: Path) -> str:
        """Return the file's own columns in order: only files with the same ones go together."""
        if path.suffix.lower() == ".parquet":
            try:
                described = duckdb.execute(f"describe select * from {_parquet(path)}").fetchall()
            except duckdb.Error as error:
                raise LayoutError(f"not Parquet: {error}") from error
            names = [row[0] for row in described]
            form = "parquet"
        else:
            with path.open("rb") as source:
                line = source.readline().decode("utf-8-sig", "replace").rstrip("\r\n")
            form = "quoted" if line.startswith('"') else "plain"
            names = [name.strip().strip('"') for name in line.split("\t")]
        missing = [name for name in _NEEDED if name not in names]
        if missing:
            raise LayoutError(f"ICEWS' events have columns that this file lacks: {missing}")
        return "\t".join([form, *names])

    def prepare(self, con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
        make_country_names(con, settings)
        make_roles(con, settings, "icews")
        make_roles(con, settings, "icews_name", table="office_codes")
        if self.actor_map is not None:
            make_actor_map(con, self.actor_map)

    def fill(self, con: duckdb.DuckDBPyConnection, layout: str, paths: Sequence[Path]) -> None:
        form, *names = layout.split("\t")
        for number, path in enumerate(paths):
            if form == "parquet":
                con.execute(f"create or replace temp table icews as {_typed(path, names)}")
                con.execute(
                    f"""
                    insert into rejects
                    select {number}, line, 'no id or no date', null
                    from icews where id is null or day is null
                    """
                )
            else:
                con.execute(
                    f"create or replace temp table icews as {_text(path, names, form == 'quoted')}"
                )
                collect_rejects(con)
            con.execute(_ROLES)
            con.execute(_insert(number, self.actor_map is not None))
        con.execute("drop table icews")

    def mark_duplicates(self, con: duckdb.DuckDBPyConnection) -> None:
        """ICEWS has its duplicates removed by its makers; nothing to mark."""
        con.execute("create or replace temp table marks (report_id bigint, duplicate_of bigint)")


def _parquet(path: Path) -> str:
    return f"read_parquet({literal(path)}, file_row_number = true)"


_NAMES = {
    "Event ID": "id", "Event Date": "day", "Source Name": "name_1", "Target Name": "name_2",
    "Source Sectors": "sectors_1", "Target Sectors": "sectors_2", "Source Country": "country_1",
    "Target Country": "country_2", "CAMEO Code": "code", "Event Text": "event_text",
    "Intensity": "intensity", "Story ID": "story", "Publisher": "publisher", "City": "city",
    "Province": "province", "Country": "country", "file_date": "file_date",
}  # fmt: skip


def _typed(path: Path, names: Sequence[str]) -> str:
    fields = ", ".join(
        f"try_cast(nullif(cast(\"{name}\" as varchar), '') as {kind}) as {_NAMES[name]}"
        for name, kind in _NEEDED.items()
    )
    return f"select {fields}, {_extras(names)}, file_row_number + 1 as line from {_parquet(path)}"


def _text(path: Path, names: Sequence[str], is_quoted: bool) -> str:
    columns = ", ".join(
        f"{literal(_NAMES.get(n, n))}: '{_NEEDED.get(n, 'VARCHAR')}'" for n in names
    )
    present = ", ".join(_NAMES[n] for n in _NEEDED)
    extras = ", ".join(
        _NAMES[n] if n in names else f"cast(null as varchar) as {_NAMES[n]}" for n in _OPTIONAL
    )
    quote = "'\"', escape = '\"'" if is_quoted else "'', escape = ''"
    return f"""
        select {present}, {extras}
        from read_csv(
            {literal(path)}, columns = {{{columns}}}, auto_detect = false, header = true,
            delim = '\t', quote = {quote}, store_rejects = true, rejects_limit = 1000000,
            force_not_null = ['id', 'day']
        )
    """


def _extras(names: Sequence[str]) -> str:
    return ", ".join(
        f"{'cast(' + chr(34) + n + chr(34) + ' as varchar)' if n in names else 'null::varchar'}"
        f" as {_NAMES[n]}"
        for n in _OPTIONAL
    )


# One role per distinct string of sectors: 'Executive,Government' and its permutations are few.
_ROLES = """
    create or replace temp table sector_roles as
    with strings as (
        select sectors_1 as sectors from icews where sectors_1 is not null
        union
        select sectors_2 from icews where sectors_2 is not null
    ),

    sectors as (
        select sectors, trim(unnest(string_split(sectors, ','))) as sector from strings
    )

    select s.sectors, coalesce(arg_min(r.role, r.rank), 'other') as role
    from sectors as s
    left join role_codes as r on s.sector = r.code
    group by s.sectors
"""


def _insert(number: int, has_map: bool) -> str:
    def stated(side: int) -> str:
        # a map is the whole truth: an actor that it lacks is unmapped, whatever the file says
        return (
            f"coalesce(m{side}.country, i.name_{side})"
            if has_map
            else f"coalesce(i.country_{side}, i.name_{side})"
        )

    def role(side: int) -> str:
        # an actor without sectors that is called like a country is that country
        return f"""coalesce(
            o{side}.role, s{side}.role,
            case when n{side}.country_code is not null then 'state' else 'other' end
        )"""

    def joins(side: int) -> str:
        map_join = (
            f"left join actor_map as m{side} on i.name_{side} = m{side}.actor" if has_map else ""
        )
        country = f"m{side}.country" if has_map else f"i.country_{side}"
        return f"""
            {map_join}
            left join country_names as k{side} on lower({country}) = k{side}.name
            left join country_names as n{side} on lower(i.name_{side}) = n{side}.name
            left join sector_roles as s{side} on i.sectors_{side} = s{side}.sectors
            left join office_codes as o{side} on starts_with(i.name_{side}, o{side}.code || ' (')
        """

    # Some distributions took the codes for numbers: 010 became 10, which is another code. The
    # event's text tells them apart.
    return f"""
        insert into incoming by name
        select
            i.id as report_id,
            k1.country_code as source_code,
            k2.country_code as target_code,
            {stated(1)} as source_stated,
            {stated(2)} as target_stated,
            {role(1)} as source_role,
            {role(2)} as target_role,
            i.name_1 as source_name,
            i.name_2 as target_name,
            coalesce(c.cameo_code, i.code) as cameo_code,
            i.intensity as goldstein,
            i.day as event_date,
            i.publisher as origin,
            i.story as story_key,
            concat_ws(', ', i.city, i.province, i.country) as place,
            coalesce(
                greatest(
                    coalesce(
                        try_strptime(i.file_date, '%Y%m%d'), try_strptime(i.file_date, '%Y-%m-%d')
                    ),
                    cast(i.day as timestamp)
                ),
                cast(i.day as timestamp) + interval 1 day
            ) as known_at,
            {number} as file_number
        from icews as i
        left join cameo_codes as c
            on lower(i.event_text) = c.name and ltrim(i.code, '0') = ltrim(c.cameo_code, '0')
        {joins(1)}
        {joins(2)}
        where i.id is not null and i.day is not null
    """
