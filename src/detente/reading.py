"""Reading the published snapshot for people: named tables, one pair, one tilt, one week explained.

Queries are files in `queries/`; they read marts and never aggregate raw rows.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console

from detente.output import Result
from detente.settings import Settings
from detente.warehouse.literals import literal
from detente.warehouse.reader import open_snapshot, snapshot_path

QUERY_SECONDS = 30.0
"""How long somebody's own SQL may run."""


class ReadError(RuntimeError):
    """A question the snapshot cannot answer; the message says why and what there is."""


@dataclass(frozen=True, slots=True)
class Read:
    """A result with what a person should know beside it."""

    result: Result
    title: str | None = None
    caption: str | None = None
    empty: str = "no rows"


@dataclass(frozen=True, slots=True)
class Explanation:
    """One pair's warmth in one week and what it is made of.

    ``drivers`` has a row per event and one for the prior; their contributions sum to ``warmth``
    (points, -10..10).
    """

    pair_id: str
    week: date
    dataset: str
    warmth: float
    warmth_lo: float
    warmth_hi: float
    evidence_level: str
    prior_share: float
    drivers: Result
    caption: str | None


def query(settings: Settings, sql: str, limit: int | None = None) -> Result:
    """Run somebody's own SQL on the snapshot: read-only, no files, no network, a time limit.

    Raises:
        ReadError: the SQL is wrong, or ran longer than `QUERY_SECONDS`.
    """
    with open_snapshot(snapshot_path(settings), locked=True) as con:
        timer = threading.Timer(QUERY_SECONDS, con.interrupt)
        timer.start()
        try:
            return Result.of(con, sql, limit=limit)
        except duckdb.InterruptException:
            raise ReadError(f"the query ran longer than {QUERY_SECONDS:.0f} s") from None
        except duckdb.Error as error:
            raise ReadError(str(error)) from None
        finally:
            timer.cancel()


def named_query(name: str) -> str:
    """Return the text of `queries/<name>.sql`."""
    return (resources.files("detente") / "queries" / f"{name}.sql").read_text(encoding="utf-8")


def choose_dataset(con: duckdb.DuckDBPyConnection, wanted: str | None) -> tuple[str, str | None]:
    """Return (dataset, caption): the one asked for, else the one with the newest events.

    Raises:
        ReadError: there is no such data set; the message lists those there are.
    """
    known = con.execute(
        "select dataset, caption from marts.dim_datasets"
        " order by last_week desc nulls last, dataset"
    ).fetchall()
    for dataset, caption in known:
        if wanted in (None, dataset):
            return dataset, caption
    if not known:
        raise ReadError("the snapshot holds no data set")
    names = ", ".join(d for d, _ in known)
    raise ReadError(f"there is no data set {wanted!r}; there are: {names}")


def _pair_id(con: duckdb.DuckDBPyConnection, a: str, b: str) -> str:
    pair_id = "-".join(sorted((a.upper(), b.upper())))
    if con.execute("select 1 from marts.dim_pairs where pair_id = ?", [pair_id]).fetchall():
        return pair_id
    partners = con.execute(
        "select pair_id from marts.dim_pairs where country_a_code = ? or country_b_code = ?"
        " order by pair_id limit 12",
        [a.upper(), a.upper()],
    ).fetchall()
    known = ", ".join(p for (p,) in partners) or "none with it"
    raise ReadError(f"no event between {a.upper()} and {b.upper()} is on record; pairs: {known}")


def pair(
    settings: Settings, a: str, b: str, start: date, end: date, grain: str, dataset: str | None
) -> Read:
    """Counts and warmth of one pair, by week with an event or by month."""
    with open_snapshot(snapshot_path(settings)) as con:
        name, caption = choose_dataset(con, dataset)
        pair_id = _pair_id(con, a, b)
        result = Result.of(
            con,
            named_query("pair_weeks"),
            {
                "dataset": name,
                "pair_id": pair_id,
                "from_date": start,
                "to_date": end,
                "grain": grain,
            },
        )
    return Read(result, f"{pair_id}, {name}, by {grain}", caption, "no event in this window")


def tilt(settings: Settings, hub: str, partner: str, other: str, dataset: str | None) -> Read:
    """The hub's cooperative acts with one partner among those with both, by year."""
    with open_snapshot(snapshot_path(settings)) as con:
        name, caption = choose_dataset(con, dataset)
        wanted = {"hub": hub.upper(), "partner": partner.upper(), "other": other.upper()}
        result = Result.of(con, named_query("tilt_years"), {"dataset": name, **wanted})
    title = f"{hub.upper()}: cooperative acts with {partner.upper()} (k) of those with both (n)"
    return Read(
        result,
        title,
        caption,
        "this comparison is not watched; add it to config/watched_hubs.csv, or ask"
        f" `detente sql \"select * from tilt('{hub.upper()}', ['{partner.upper()}',"
        f" '{other.upper()}'])\"`",
    )


def named(settings: Settings, name: str, dataset: str | None) -> Read:
    """Answer `show shifts|watch|visits|sources`."""
    sql = named_query(name)
    empty = {
        "shifts": "no shift detected, or not enough data"
        ' (detente sql "select * from marts.fct_shift_readiness" says which)',
    }
    with open_snapshot(snapshot_path(settings)) as con:
        if "$dataset" not in sql:
            return Read(Result.of(con, sql), name, None)
        data, caption = choose_dataset(con, dataset)
        result = Result.of(con, sql, {"dataset": data})
    return Read(result, f"{name}, {data}", caption, empty.get(name, "none"))


def explain(settings: Settings, a: str, b: str, day: date, dataset: str | None) -> Explanation:
    """Take a week's warmth apart into events and the prior.

    Raises:
        ReadError: the pair is unknown, or has no warmth in that week.
    """
    week = day - timedelta(days=day.weekday())
    with open_snapshot(snapshot_path(settings)) as con:
        name, caption = choose_dataset(con, dataset)
        pair_id = _pair_id(con, a, b)
        state = con.execute(
            "select warmth, warmth_lo, warmth_hi, evidence_level, prior_share"
            " from marts.fct_pair_warmth where dataset = ? and pair_id = ? and week_start = ?"
            " and scale = 'detente' and acts = 'all'",
            [name, pair_id, week],
        ).fetchall()
        if not state:
            raise ReadError(
                f"{pair_id} has no warmth in the week of {week} in {name}:"
                " it has too few events for a weekly series, or none yet"
            )
        drivers = Result.of(
            con,
            named_query("explain_week"),
            {"a": a.upper(), "b": b.upper(), "week": week, "dataset": name},
        )
    warmth, lo, hi, level, prior = state[0]
    return Explanation(pair_id, week, name, warmth, lo, hi, level, prior, drivers, caption)


def print_explanation(explained: Explanation, limit: int) -> None:
    """Print an explanation for a terminal; the sum is over all drivers, printed or not."""
    console = Console(highlight=False, soft_wrap=True)
    rows = explained.drivers.dicts()
    total = sum(r["contribution"] for r in rows)
    console.print(
        f"{explained.pair_id}, week of {explained.week}, {explained.dataset}: warmth"
        f" {explained.warmth:+.2f} [{explained.warmth_lo:+.2f}, {explained.warmth_hi:+.2f}]"
        f" (90 %), evidence {explained.evidence_level}, prior's share"
        f" {explained.prior_share:.2f}",
        markup=False,
    )
    if explained.caption:
        console.print(explained.caption, markup=False)
    for row in rows[:limit]:
        console.print(_driver_line(row), markup=False)
        if row["sentence"]:
            console.print(f'          "{row["sentence"]}"', markup=False)
            where = " - ".join(str(row[c]) for c in ("publisher", "title", "document_id") if row[c])
            console.print(f"          {where}", markup=False)
    rest = rows[limit:]
    if rest:
        share = sum(r["contribution"] for r in rest)
        console.print(f"  {share:+.3f}  {len(rest)} further events", markup=False)
    console.print(f"  {total:+.3f}  sum of all {len(rows)} rows = warmth", markup=False)


def _driver_line(row: dict[str, Any]) -> str:
    if row["event_id"] is None or row["type"] is None:
        return f"  {row['contribution']:+.3f}  prior (what is assumed where nothing is known)"
    act = row["type"] + (f"/{row['mode']}" if row["mode"] else "")
    return (
        f"  {row['contribution']:+.3f}  {row['event_date']}  {row['source']} -> {row['target']}"
        f"  {act}  weight {row['weight']:+.1f}, {row['acknowledgement']}, {row['reports']} reports,"
        f" {row['origins']} origins"
    )


def export(
    settings: Settings, folder: Path, form: str, *, by_month: bool = False
) -> list[dict[str, Any]]:
    """Write every mart as a file, or by the month of its first date column as a folder of files.

    Args:
        settings: whose published snapshot is read.
        folder: where to; made if missing, files of the same name are replaced.
        form: 'parquet' or 'csv'.
        by_month: Hive partitions ``<mart>/month=2015-01/``; marts without a date stay one file.

    Returns:
        (table, rows, file) of each mart.
    """
    folder.mkdir(parents=True, exist_ok=True)
    options = "format parquet" if form == "parquet" else "format csv, header"
    written = []
    with open_snapshot(snapshot_path(settings)) as con:
        tables = con.execute(
            "select table_name, arg_min(column_name, column_index)"
            " filter (where data_type = 'DATE')"
            " from duckdb_columns() where schema_name = 'marts' group by 1 order by 1"
        ).fetchall()
        for table, day in tables:
            is_split = by_month and day is not None
            path = folder / (table if is_split else f"{table}.{form}")
            if is_split:
                query = f'(select *, strftime("{day}", \'%Y-%m\') as month from marts."{table}")'
                how = f"{options}, partition_by (month), overwrite"
            else:
                query, how = f'marts."{table}"', options
            con.execute(f"copy {query} to {literal(path)} ({how})")
            count = con.execute(f'select count(*) from marts."{table}"').fetchall()[0][0]
            written.append({"table": table, "rows": count, "file": str(path)})
    return written
