"""How fast relations are measured: full builds against bare SQL, increments against history.

Bars: a full build of 5M events x 1,000 pairs x 520 weeks takes at most twice the bare SQL of the
same metrics; one of 100M reports at most four times a bare deduplicate-and-aggregate, within
16 GiB; an increment of 10,000 reports on 100M at most 1.3 times one on 10M, and 5 % of a full build;
pair and tilt reads from marts at most 50 ms.

    python benchmarks/bench_metrics.py events [--rows 5000000]
    python benchmarks/bench_metrics.py reports [--rows 100000000] [--small 10000000]

Prints machine, sizes, ratios, disk and peak memory; exit code 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import multiprocessing as mp
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
from results import record

from detente.settings import Settings
from detente.transform import run_build
from detente.warehouse.writer import open_writer

WEEKS = 520
FIRST_DAY = "date '2015-01-05'"
CODES = [
    "010", "012", "020", "023", "030", "036", "036", "040", "040", "040", "042", "042", "043", "043",
    "046", "046", "051", "051", "057", "060", "061", "062", "070", "080", "084", "090", "100", "110",
    "111", "111", "112", "112", "120", "130", "138", "141", "150", "160", "163", "172", "173", "173",
    "180", "190", "190", "190", "193", "193", "195", "200",
]  # fmt: skip

# Rows follow from their number alone: hash() in the place of random(), so that runs repeat.
GENERATE = """
insert into raw.dataset_events by name
with numbered as (
    select
        i,
        hash(i, 1) / 18446744073709551616.0 as u_pair,
        hash(i, 2) % 1000 as m_late,
        hash(i, 3) % {codes} as m_code,
        hash(i, 4) % 2 as m_direction,
        hash(i, 5) % 100 as m_role,
        hash(i, 6) / 18446744073709551616.0 as u_origin,
        i // 3 as story
    from range({first}, {last}) as r(i)
)
select
    '{dataset}' as dataset,
    cast(n.i as varchar) as report_id,
    case m_direction when 0 then p.a else p.b end as source_code,
    case m_direction when 0 then p.b else p.a end as target_code,
    case when m_role < 10 then 'leader' when m_role < 60 then 'government'
        when m_role < 70 then 'military' when m_role < 85 then 'civilian' end as source_role,
    case when hash(i, 7) % 100 < 15 then 'civilian' else 'government' end as target_role,
    c.code as cameo_code,
    {first_day} + cast(d.day - case
        when m_late < 970 then 0 when m_late < 985 then 7 when m_late < 995 then 30 else 365
    end as integer) as event_date,
    'host' || cast(floor(5000 * power(u_origin, 3)) as integer) || '.example' as origin,
    'a' || story as story_key,
    'https://host.example/' || story as url,
    true as is_root,
    {first_day} + cast(d.day as integer) + interval 12 hour as known_at,
    'fetched' as known_at_basis,
    {first_day} + cast(d.day as integer) + interval 12 hour as loaded_at
from numbered as n
inner join bench_pairs as p on p.rank = cast(floor({pairs} * power(u_pair, {skew})) as bigint)
inner join bench_codes as c on c.number = m_code
cross join lateral (select 365 + least(n.i * {days} // {total}, {days} - 1) as day) as d
"""


def generate(
    settings: Settings, first: int, last: int, total: int, *, pairs: int, skew: float, dataset: str
) -> None:
    """Load rows first..last of a history of `total` rows over ten years, in order of time."""
    with open_writer(settings) as con:
        con.execute("set threads = 2")
        con.execute("create temp table bench_codes as select row_number() over () - 1 as number,"
                    " code from (select unnest(?) as code)", [CODES])
        # the watched powers first: they are among the busiest pairs in the news, too
        con.execute(
            """
            create temp table bench_pairs as
            with codes as (
                select country_code as c, country_code in ('CHN', 'PRK', 'RUS', 'USA') as is_watched
                from read_csv(?)
                where length(country_code) = 3
                order by is_watched desc, country_code
                limit 200
            )
            select
                row_number() over (
                    order by a.is_watched and b.is_watched desc, hash(a.c, b.c)
                ) - 1 as rank,
                a.c as a,
                b.c as b
            from codes as a
            inner join codes as b on a.c < b.c
            """,
            [str(settings.seeds_dir / "countries.csv")],
        )
        for start in range(first, last, 20_000_000):
            con.execute(
                GENERATE.format(
                    codes=len(CODES), first=start, last=min(last, start + 20_000_000),
                    first_day=FIRST_DAY, pairs=pairs, skew=skew, days=WEEKS * 7 - 365, total=total,
                    dataset=dataset,
                )
            )
