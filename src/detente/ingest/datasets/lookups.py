"""Temporary tables that map a data set's codes of countries and roles to ours."""

from __future__ import annotations

from pathlib import Path

import duckdb

from detente.ingest.datasets.layout import LayoutError
from detente.settings import Settings
from detente.warehouse.literals import literal


def _csv(path: Path) -> str:
    return f"read_csv({literal(path)}, all_varchar = true, header = true)"


def make_country_codes(con: duckdb.DuckDBPyConnection, settings: Settings, system: str) -> None:
    """Make ``country_codes`` (code, country_code): ISO's own, and what the data set calls them.

    Where a code system and ISO disagree the system's row wins.
    """
    con.execute(
        f"""
        create or replace temp table country_codes as
        with stated as (
            select code, country_code, 1 as rank
            from {_csv(settings.seeds_dir / "dataset_countries.csv")}
            where code_system = {literal(system)}
            union all
            select country_code, country_code, 2
            from {_csv(settings.seeds_dir / "countries.csv")}
        )
        select code, arg_min(country_code, rank) as country_code from stated group by code
        """
    )


def make_country_names(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Make ``country_names`` (name in lower case, country_code): ICEWS' names, ours, and codes."""
    con.execute(
        f"""
        create or replace temp table country_names as
        with stated as (
            select lower(code) as name, country_code, case code_system when 'icews' then 1 else 3 end
                as rank
            from {_csv(settings.seeds_dir / "dataset_countries.csv")}
            union all
            select lower(name), country_code, 2 from {_csv(settings.seeds_dir / "countries.csv")}
            union all
            select lower(unnest(string_split(names, '|'))), country_code, 2
            from {_csv(settings.seeds_dir / "countries.csv")}
            union all
            select lower(country_code), country_code, 4
            from {_csv(settings.seeds_dir / "countries.csv")}
        )
        select name, arg_min(country_code, rank) as country_code
        from stated
        group by name
        """
    )


def make_roles(
    con: duckdb.DuckDBPyConnection, settings: Settings, system: str, table: str = "role_codes"
) -> None:
    """Make a table (code, role, rank) of one code system; the smallest rank wins."""
    con.execute(
        f"""
        create or replace temp table {table} as
        select code, role, cast(rank as integer) as rank
        from {_csv(settings.seeds_dir / "dataset_roles.csv")}
        where code_system = {literal(system)}
        """
    )


def make_actor_map(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Make ``actor_map`` (actor, country) of the user's file; countries are names or codes.

    Raises:
        LayoutError: the file is not there, or lacks the columns ``actor`` and ``country``.
    """
    if not path.is_file():
        raise LayoutError(f"there is no actor map at {path}")
    try:
        con.execute(
            f"""
            create or replace temp table actor_map as
            select actor, any_value(country) as country from {_csv(path)} group by actor
            """
        )
    except duckdb.Error as error:
        raise LayoutError(
            f"{path} is no actor map: a CSV with the columns actor and country ({error})"
        ) from error


def make_leaders(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Make ``leaders`` (name, country_code, valid_from, valid_to, role) from `seeds/actors.csv`.

    Both data sets name persons without their office at the time; the seed has it, with terms.
    """
    con.execute(
        f"""
        create or replace temp table leaders as
        select
            lower(a.alias) as name,
            a.country_code,
            coalesce(cast(a.valid_from as date), date '0001-01-01') as valid_from,
            coalesce(cast(a.valid_to as date), date '9999-12-31') as valid_to,
            a.role,
            r.visit_level
        from {_csv(settings.seeds_dir / "actors.csv")} as a
        inner join {_csv(settings.seeds_dir / "actor_roles.csv")} as r on a.role = r.role
        where a.kind = 'person' and a.country_code is not null and r.visit_level < '4'
        """
    )


def make_cameo_codes(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Make ``cameo_codes`` (cameo_code, name in lower case): those with a type of ours."""
    con.execute(
        f"""
        create or replace temp table cameo_codes as
        select cameo_code, lower(cameo_name) as name
        from {_csv(settings.seeds_dir / "cameo_types.csv")}
        """
    )
