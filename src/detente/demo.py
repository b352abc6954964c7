"""The demonstration: the sample through the real DAGs, then what it shows, in plain words."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from detente import pipeline, services
from detente.output import Result, emit
from detente.reading import Read, choose_dataset, named, tilt
from detente.settings import Settings
from detente.simulate import DATASET as SIMULATED
from detente.simulate import known_changes, load_scenario, load_simulated
from detente.warehouse.reader import open_snapshot, snapshot_path

SAMPLE = "sample"

_console = Console(highlight=False)


def run_demo(settings: Settings, *, serve: bool) -> None:
    """Bring the sample to the readers, print what was found, serve it.

    Raises:
        ServiceError: a DAG run failed; nothing new was published.
    """
    before = _publication(settings)
    _run_sample(settings)
    if _publication(settings) == before:
        _console.print("no change: everything was already there and published", markup=False)
    print_summary(settings, SAMPLE)
    if serve:
        services.serve_dashboard(settings)


def run_generated_demo(settings: Settings, *, serve: bool) -> None:
    """Simulate pairs with known changes in a home of their own, say what was found, serve it.

    Raises:
        pipeline.StageError: a model or a test failed; nothing was published.
    """
    settings = settings.model_copy(update={"home": settings.home / "generated"})
    _console.print(f"Simulated pairs with known changes, in {settings.home}", markup=False)
    _steps({"simulate": lambda: load_simulated(settings)})
    if pipeline.is_up_to_date(settings):
        _console.print("no change: everything was already there and published", markup=False)
    else:
        _steps(
            {
                "build": lambda: pipeline.build(settings=settings),
                "publish": lambda: pipeline.publish(settings=settings),
            }
        )
    with open_snapshot(snapshot_path(settings)) as con:
        counts = Result.of(con, _COUNTS, {"dataset": SIMULATED})
        alarms = Result.of(con, _LEVEL_ALARMS, {"dataset": SIMULATED}).dicts()
        _, caption = choose_dataset(con, SIMULATED)
    found, others = match_alarms(known_changes(load_scenario(settings.seeds_dir)), alarms)
    _console.print()
    _console.rule("What is known and what was found", align="left")
    _console.print(caption, markup=False)
    emit(counts, title="Simulated and counted")
    emit(Result.of_dicts(found), title="Known changes and the first alarm of each within a year")
    emit(
        Result.of_dicts(others),
        title="Alarms that no known change explains",
        empty="none",
    )
    _console.print(
        f"Next: DETENTE_HOME={settings.home} detente dashboard | detente show shifts", markup=False
    )
    if serve:
        services.serve_dashboard(settings)


def match_alarms(
    changes: Sequence[Mapping[str, Any]], alarms: Sequence[Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Pair each known change with the first alarm of its direction within a year.

    Args:
        changes: rows of `simulate.known_changes`.
        alarms: level alarms with pair_id, alarm_week, estimated_start, direction, delta, delta_se.

    Returns:
        The changes with what was found (None where nothing was), and the alarms left over.
    """
    left = sorted((dict(a) for a in alarms), key=lambda a: (a["alarm_week"], a["pair_id"]))
    found = []
    for change in changes:
        size = change["level_after"] - change["level_before"]
        mine = [
            a
            for a in left
            if a["pair_id"] == change["pair_id"]
            and (a["delta"] > 0) == (size > 0)
            and timedelta(0) <= a["alarm_week"] - change["changed_on"] <= timedelta(days=364)
        ]
        first = mine[0] if mine else {}
        left = [a for a in left if a not in mine]
        found.append(
            {
                "pair_id": change["pair_id"],
                "changed_on": change["changed_on"],
                "true_size": round(size, 2),
                "alarm_week": first.get("alarm_week"),
                "estimated_start": first.get("estimated_start"),
                "size": round(first["delta"], 2) if first else None,
                "se": round(first["delta_se"], 2) if first else None,
                "strength": first.get("strength", "not found"),
            }
        )
    return found, left


def _publication(settings: Settings) -> str | None:
    return str(snapshot_path(settings)) if settings.warehouse_link.exists() else None


def _steps(steps: dict[str, Callable[[], object]]) -> None:
    """Run the steps in order, each with a spinner and, when done, its time."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    for name, step in steps.items():
        started = time.monotonic()
        with Progress(*columns, console=_console, transient=True) as bar:
            bar.add_task(name, total=None)
            step()
        _console.print(f"  {name:<34} {time.monotonic() - started:5.1f} s", markup=False)


def _run_sample(settings: Settings) -> None:
    logs = settings.home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"demo-{datetime.now(UTC):%Y%m%dT%H%M%S}.log"
    documents = settings.seeds_dir / "sample_news" / "documents"
    conf = {"targets": [str(documents)], "dataset": SAMPLE, "corpus_label": "illustrative"}
    _console.print(f"Running the Airflow DAGs on {documents} (log: {log})", markup=False)
    _steps(
        {
            "airflow: metadata": lambda: services.prepare_airflow(settings, log),
            "DAG ingest_news": lambda: services.run_dag(settings, "ingest_news", log, conf),
            "DAG code_events": lambda: services.run_dag(settings, "code_events", log),
        }
    )
    if pipeline.is_up_to_date(settings):
        _console.print("  DAG build_relations                nothing new to build", markup=False)
    else:
        _steps({"DAG build_relations": lambda: services.run_dag(settings, "build_relations", log)})


def print_summary(settings: Settings, dataset: str) -> None:
    """Print what the data set shows: counts, shares as k of n, assessments, shifts, evidence."""
    with open_snapshot(snapshot_path(settings)) as con:
        _, caption = choose_dataset(con, dataset)
        counts = Result.of(con, _COUNTS, {"dataset": dataset})
        pair_of_hub = con.execute(
            "select hub_code, partner_code, other_code from marts.fct_hub_share_years"
            " where dataset = ? order by (hub_code = 'PRK' and partner_code = 'RUS'"
            " and other_code = 'CHN') desc, hub_code, partner_code limit 1",
            [dataset],
        ).fetchall()
        assessments = Result.of(con, _ASSESSMENTS, {"dataset": dataset})
        evidence = Result.of(con, _EVIDENCE, {"dataset": dataset})
    _console.print()
    _console.rule(f"What {dataset} shows", align="left")
    if caption:
        _console.print(caption, markup=False)
    _console.print()
    emit(counts, title="Read and counted")
    for hub, partner, other in pair_of_hub:
        _emit(tilt(settings, hub, partner, other, dataset))
    if dataset == SAMPLE:
        reference = Result.of_dicts(_reference_series(settings))
        emit(
            reference,
            title="The same share in ICEWS report counts (external, for comparison)",
            caption="Reports, not events: one trip can make most of a month's rows.",
        )
    emit(assessments, title="Assessments: opinions, never scored", empty="none")
    shifts = named(settings, "shifts", dataset)
    _emit(
        Read(
            Result(shifts.result.columns[1:13], tuple(r[1:13] for r in shifts.result.rows[:8])),
            "Last shifts",
            None,
            shifts.empty,
        )
    )
    _console.print("Three sentences of evidence", markup=False)
    for row in evidence.dicts():
        _console.print(
            f"  {row['event_date_start']}  {row['source_code']} -> {row['target_code']}"
            f'  {row["act"]}  ({row["publisher"]})\n    "{row["sentence"]}"',
            markup=False,
        )
    _console.print()
    _console.print(
        "Next: detente explain PRK RUS --week 2014-11-17 | detente show watch |"
        ' detente sql "select * from marts.fct_events limit 5"',
        markup=False,
    )


def _emit(read: Read) -> None:
    emit(read.result, title=read.title, caption=read.caption, empty=read.empty)


def _reference_series(settings: Settings) -> list[dict[str, object]]:
    import csv

    path = settings.seeds_dir / "reference_series.csv"
    with path.open(newline="", encoding="utf-8") as source:
        return [dict(row) for row in csv.DictReader(source)]


_COUNTS = """
select
    document_count as documents,
    report_count as reports,
    event_count as events,
    (
        select count(*) from marts.fct_event_mentions as m
        where m.dataset = d.dataset and not m.is_counted
    ) as not_counted,
    first_week,
    last_week
from marts.dim_datasets as d
where dataset = $dataset
"""

_LEVEL_ALARMS = """
select pair_id, alarm_week, estimated_start, direction, strength, delta, delta_se
from marts.fct_pair_shifts
where dataset = $dataset and measure = 'level'
"""

_ASSESSMENTS = """
select published_date as published, pair_id, assess_kind as kind, direction, speaker_kind,
    sentence
from marts.fct_pair_assessments
where dataset = $dataset and is_first_of_story
order by published_date desc
limit 4
"""

_EVIDENCE = """
select e.event_date_start, e.source_code, e.target_code,
    e.event_type || coalesce('/' || e.event_mode, '') as act,
    coalesce(d.publisher, e.dataset) as publisher,
    coalesce(m.sentence, e.headline_sentence) as sentence
from marts.fct_events as e
left join marts.fct_event_mentions as m
    on e.headline_report_id = m.report_id and e.dataset = m.dataset
left join marts.dim_documents as d on m.document_id = d.document_id
where e.dataset = $dataset and e.is_scored
    and e.pair_id in ('PRK-RUS', 'CHN-PRK') and year(e.event_date_start) in (2014, 2015)
order by e.origin_count desc, e.confidence desc, e.event_id
limit 3
"""
