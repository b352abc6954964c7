"""The command line: verbs only, each calls one function of the package.

Exit codes: 0 done; 1 the work failed or found something wrong (the message says what to do);
2 the call was wrong. Tables go to standard output, everything else to standard error.
"""

from __future__ import annotations

import errno
import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import duckdb
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from detente.output import Format, Result, emit
from detente.settings import get_settings

app = typer.Typer(
    name="detente",
    help="News into measured, evidenced relations between countries.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
show_app = typer.Typer(help="Tables of the published warehouse.", no_args_is_help=True)
sources_app = typer.Typer(help="The feeds: list, check, enable, add.", no_args_is_help=True)
datasets_app = typer.Typer(help="Event data sets: GDELT, ICEWS.", no_args_is_help=True)
overrides_app = typer.Typer(help="What readers flagged as wrong.", no_args_is_help=True)
app.add_typer(show_app, name="show")
app.add_typer(sources_app, name="sources")
app.add_typer(datasets_app, name="datasets")
app.add_typer(overrides_app, name="overrides")

_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)

_stderr = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="one JSON array instead of a table")]
AsCsv = Annotated[bool, typer.Option("--csv", help="CSV instead of a table")]
Corpus = Annotated[
    str | None,
    typer.Option(help="data set they belong to (default: the folder's corpus.yml, else news)"),
]
DatasetName = Annotated[
    str | None, typer.Option("--dataset", help="news, sample, gdelt, icews ... (default: newest)")
]


def _form(as_json: bool, as_csv: bool) -> Format:
    if as_json and as_csv:
        raise typer.BadParameter("choose one of --json and --csv")
    return "json" if as_json else "csv" if as_csv else "table"


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show a bar where a person watches; say nothing to a pipe."""
    if not _stderr.is_terminal:
        yield None
        return
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_stderr, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _print_version(wanted: bool) -> None:
    if wanted:
        from detente import __version__

        print(__version__)
        raise typer.Exit


@app.callback(no_args_is_help=True)
def options(
    version: Annotated[
        bool,
        typer.Option("--version", help="print the version", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    """News into measured, evidenced relations between countries."""


# -- the pipeline ---------------------------------------------------------------------------


@app.command()
def demo(
    serve: Annotated[bool, typer.Option(help="serve the dashboard at the end")] = True,
    generated: Annotated[
        bool, typer.Option("--generated", help="simulated pairs with known changes instead")
    ] = False,
) -> None:
    """Run the sample through the real Airflow DAGs and say what was found."""
    from detente.demo import run_demo, run_generated_demo

    (run_generated_demo if generated else run_demo)(get_settings(), serve=serve)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="folder to make a project of")] = Path("."),
    own_models: Annotated[
        bool,
        typer.Option("--own-models", help="copy models, seeds, DAGs, dashboards, to change them"),
    ] = False,
) -> None:
    """Make a folder a project of your own: settings, overlays, a README."""
    from detente import scaffold

    for path in scaffold.init(folder, own_models=own_models):
        _stderr.print(f"wrote {path}", markup=False)


@app.command()
def ingest(
    targets: Annotated[
        list[str] | None,
        typer.Argument(help="folders, files, archives, feed addresses; none: all enabled feeds"),
    ] = None,
    source: Annotated[str | None, typer.Option(help="source id to file them under")] = None,
    re_extract: Annotated[
        bool,
        typer.Option(
            "--re-extract", help="read stored raw bodies with the newer extractor instead"
        ),
    ] = False,
    dataset: Corpus = None,
    as_json: AsJson = False,
) -> None:
    """Ingest news documents into the warehouse (exactly once; repeat as you like)."""
    from detente import pipeline

    if re_extract:
        with _progress("extracting") as progress:
            _report(pipeline.re_extract(progress=progress), as_json)
        return
    with _progress("ingesting") as progress:
        summary = pipeline.ingest_targets(
            targets or [], dataset=dataset, source_id=source, progress=progress
        )
    _finish(summary, as_json)


@app.command()
def stream(
    address: Annotated[
        str, typer.Argument(help="kafka://broker:port/topic, redis://host:port/0/key, or a folder")
    ],
    source: Annotated[str | None, typer.Option(help="source id to file them under")] = None,
    dataset: Annotated[str, typer.Option(help="data set they belong to")] = "news",
    batch: Annotated[int, typer.Option(min=1, help="messages per transaction")] = 1000,
    max_age: Annotated[float, typer.Option(min=0, help="seconds until a batch is stored")] = 5.0,
    build_every: Annotated[
        float, typer.Option(min=0, help="seconds between builds in this process; 0: none")
    ] = 0.0,
    until_idle: Annotated[
        float, typer.Option(min=0, help="end after so many seconds without a message; 0: never")
    ] = 0.0,
    config: Annotated[
        list[str] | None,
        typer.Option(help="Kafka client setting, NAME=VALUE (librdkafka's), repeatable"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read a stream of JSON messages, each once, until SIGTERM (then store what was read)."""
    from detente import pipeline
    from detente.ingest.streams import Pace

    pairs = [entry.partition("=") for entry in config or []]
    if any(not name or not sign for name, sign, _ in pairs):
        raise typer.BadParameter("--config takes NAME=VALUE")
    summary = pipeline.stream_messages(
        address,
        source_id=source,
        dataset=dataset,
        pace=Pace(batch, max_age, build_every, until_idle),
        config={name: value for name, _, value in pairs},
        progress=lambda s: _stderr.print(
            f"{s.messages} messages, {s.revisions_new} new, {s.dead_letters} dead letters",
            markup=False,
        ),
    )
    _report(summary, as_json)


@app.command()
def code(
    input_file: Annotated[
        str | None,
        typer.Option("--input", help="JSON lines to code without the warehouse; - is stdin"),
    ] = None,
    output_file: Annotated[str, typer.Option("--output", help="where to, with --input")] = "-",
    explain: Annotated[
        str | None, typer.Option(help="a sentence: show mentions, parse and the frame that fired")
    ] = None,
    published: Annotated[
        str | None, typer.Option(help="date of the sentence, for --explain")
    ] = None,
    recode: Annotated[
        bool, typer.Option("--recode", help="code stored documents again, whatever was coded")
    ] = False,
    limit: Annotated[int | None, typer.Option(help="at most so many documents")] = None,
    coder: Annotated[
        Literal["rules", "llm"] | None,
        typer.Option(help="instead of DETENTE_CODER; llm sends texts to your endpoint"),
    ] = None,
    engine: Annotated[
        Literal["local", "spark"],
        typer.Option(help="spark: on the cluster DETENTE_SPARK_MASTER names (detente[spark])"),
    ] = "local",
    as_json: AsJson = False,
) -> None:
    """Find dated, attributed country-to-country events in what is new in the warehouse."""
    from detente import pipeline

    if explain is not None:
        from detente.coding.coder import load_coder
        from detente.coding.explain import explain_sentence

        at = date.fromisoformat(published) if published else None
        rules = pipeline.with_coder(get_settings(), "rules")
        print(explain_sentence(explain, load_coder(rules), at))
        return
    if input_file is not None:
        _code_lines(input_file, output_file, coder)
        return
    settings = pipeline.with_coder(get_settings(), coder)
    run = pipeline.code_on_spark if engine == "spark" else pipeline.code
    with _progress("coding") as progress:
        summary = run(settings=settings, limit=limit, recode=recode, progress=progress)
    _report(summary, as_json)


def _code_lines(input_file: str, output_file: str, coder: str | None) -> None:
    from detente.coding.jsonl import code_lines
    from detente.pipeline import with_coder

    settings = with_coder(get_settings(), coder)
    source = sys.stdin if input_file == "-" else Path(input_file).open(encoding="utf-8")  # noqa: SIM115
    sink = sys.stdout if output_file == "-" else Path(output_file).open("w", encoding="utf-8")  # noqa: SIM115
    failures = 0
    with source, sink:
        for line in code_lines(source, settings):
            failures += "error" in line
            sink.write(json.dumps(line, ensure_ascii=False) + "\n")
    if failures:
        _stderr.print(f"{failures} lines could not be coded; their 'error' says why")
        raise typer.Exit(1)


@app.command()
def build(
    full_refresh: Annotated[bool, typer.Option(help="derive everything anew")] = False,
    publish_it: Annotated[
        bool, typer.Option("--publish/--no-publish", help="publish if it passes")
    ] = True,
    target: Annotated[
        Literal["duckdb", "ducklake", "spark"] | None,
        typer.Option(help="the engine, instead of DETENTE_TARGET"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Derive and test the marts with dbt, then publish them."""
    from detente import pipeline

    settings = get_settings().model_copy(update={"target": target} if target else {})
    summary = pipeline.build(settings=settings, full_refresh=full_refresh)
    if publish_it:
        summary["version"] = pipeline.publish(settings=settings)
    _report(summary, as_json)


@app.command()
def publish(as_json: AsJson = False) -> None:
    """Publish the build file: verified copy, atomic swap."""
    from detente import pipeline

    _report({"version": pipeline.publish()}, as_json)


@app.command()
def run(
    targets: Annotated[list[str] | None, typer.Argument(help="as for ingest")] = None,
    dataset: Corpus = None,
    as_json: AsJson = False,
) -> None:
    """Ingest, code, build and publish in one process (what the DAGs do in tasks)."""
    from detente import pipeline

    with _progress("ingesting") as progress:
        summary = pipeline.ingest_targets(targets or [], dataset=dataset, progress=progress)
    with _progress("coding") as progress:
        coded = pipeline.code(progress=progress)
    report: dict[str, Any] = {"ingest": summary, "code": coded}
    if pipeline.is_up_to_date():
        report["build"] = "nothing new: what is published is up to date"
    else:
        report["build"] = pipeline.build()
        report["version"] = pipeline.publish()
    _report(report, as_json)
    if not summary["ok"]:
        raise typer.Exit(1)


# -- reading --------------------------------------------------------------------------------


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="a query; - reads it from stdin")],
    limit: Annotated[int, typer.Option(help="at most so many rows")] = 1000,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Query the published snapshot, read-only: no files, no network, no settings."""
    from detente import reading

    text = sys.stdin.read() if query == "-" else query
    result = reading.query(get_settings(), text, limit=limit)
    emit(result, _form(as_json, as_csv))
    if len(result.rows) == limit:
        _stderr.print(f"stopped at {limit} rows (--limit)")


@show_app.command("pair")
def show_pair(
    a: Annotated[str, typer.Argument(help="ISO alpha-3, e.g. PRK")],
    b: Annotated[str, typer.Argument(help="ISO alpha-3, e.g. CHN")],
    from_date: Annotated[str, typer.Option("--from", help="first week, ISO date")] = "1900-01-01",
    to_date: Annotated[str, typer.Option("--to", help="last week, ISO date")] = "2999-12-31",
    grain: Annotated[str, typer.Option(help="week or month")] = "week",
    dataset: DatasetName = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Counts and warmth of a pair, by week or month."""
    from detente import reading

    if grain not in ("week", "month"):
        raise typer.BadParameter("--grain is week or month")
    read = reading.pair(get_settings(), a, b, _date(from_date), _date(to_date), grain, dataset)
    _show(read, _form(as_json, as_csv))


@show_app.command("tilt")
def show_tilt(
    hub: Annotated[str, typer.Argument(help="ISO alpha-3 of the hub, e.g. PRK")],
    partner: Annotated[str, typer.Argument(help="the partner whose share it is")],
    other: Annotated[str, typer.Argument(help="the partner it is compared with")],
    dataset: DatasetName = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """The hub's cooperative acts with one partner among those with both, by year: k of n."""
    from detente import reading

    _show(reading.tilt(get_settings(), hub, partner, other, dataset), _form(as_json, as_csv))


def _show_named(name: str, help_text: str) -> None:
    @show_app.command(name, help=help_text)
    def command(
        dataset: DatasetName = None, as_json: AsJson = False, as_csv: AsCsv = False
    ) -> None:
        from detente import reading

        _show(reading.named(get_settings(), name, dataset), _form(as_json, as_csv))


_show_named("shifts", "Alarms: level, share and volume shifts, newest first.")
_show_named("watch", "Announced and rumoured acts, and what became of them.")
_show_named("visits", "Visits of record by direction and level.")
_show_named("sources", "Sources: documents, last attempt, last outcome.")


@app.command()
def explain(
    a: Annotated[str, typer.Argument(help="ISO alpha-3")],
    b: Annotated[str, typer.Argument(help="ISO alpha-3")],
    week: Annotated[str, typer.Option(help="any day of the week, ISO date")],
    dataset: DatasetName = None,
    limit: Annotated[int, typer.Option(help="events to print; the sum is over all")] = 15,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """What a pair's warmth in a week is made of: events, sentences, documents, origins."""
    from detente import reading

    explained = reading.explain(get_settings(), a, b, _date(week), dataset)
    form = _form(as_json, as_csv)
    if form != "table":
        emit(explained.drivers, form)
        return
    reading.print_explanation(explained, limit)


@app.command()
def brief(
    hub: Annotated[str, typer.Argument(help="ISO alpha-3 of the hub, e.g. PRK")],
    partners: Annotated[list[str], typer.Argument(help="one to three partners, e.g. CHN RUS")],
    out: Annotated[Path, typer.Option(help="HTML file to write")] = Path("brief.html"),
    dataset: DatasetName = None,
) -> None:
    """Write a printable one-page brief: verdicts, shifts, watch list, and why they may be wrong."""
    from detente.brief import write_brief

    _stderr.print(f"wrote {write_brief(get_settings(), hub, partners, dataset, out)}", markup=False)


@app.command()
def calibrate(dataset: DatasetName = None, as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """Re-estimate the metrics' constants from a data set, beside those in use."""
    from detente.calibration import calibrate as estimate

    constants, *others = estimate(get_settings(), dataset)
    form = _form(as_json, as_csv)
    for read in (constants, *others) if form == "table" else (constants,):
        _show(read, form)


# -- sources --------------------------------------------------------------------


@sources_app.command("list")
def sources_list(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """Every feed: seeds and your own, enabled or not."""
    from detente.ingest import sources

    rows = sources.list_sources(get_settings())
    form = _form(as_json, as_csv)
    caption = (
        f"{sum(bool(r['is_enabled']) for r in rows)} of {len(rows)} enabled. `detente sources check"
        " ID` looks at one, `detente sources enable ID` takes it in. Addresses: --csv or --json"
    )
    if form == "table":  # addresses are too long for one
        shown = ("feed_id", "publisher", "country_code", "kind", "is_enabled", "checked_at")
        rows = [{k: row[k] for k in shown} for row in rows]
    emit(Result.of_dicts(rows), form, caption=caption)


@sources_app.command("check")
def sources_check(
    ids: Annotated[list[str] | None, typer.Argument(help="feed ids; none: all enabled")] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Fetch feeds once and say what came; nothing is ingested."""
    from detente.ingest.feeds import check_feeds

    found = check_feeds(get_settings(), ids or [])
    emit(Result.of_dicts(found), _form(as_json, as_csv), empty="no feed is enabled")


@sources_app.command("enable")
def sources_enable(
    ids: Annotated[list[str], typer.Argument(help="feed ids")],
    pages: Annotated[
        bool | None, typer.Option(help="fetch the page behind each item for its full text")
    ] = None,
) -> None:
    """Enable feeds (written to your config, never to the seeds)."""
    from detente.ingest import sources

    sources.set_enabled(get_settings(), ids, True, pages)


@sources_app.command("disable")
def sources_disable(ids: Annotated[list[str], typer.Argument(help="feed ids")]) -> None:
    """Disable feeds."""
    from detente.ingest import sources

    sources.set_enabled(get_settings(), ids, False)


@sources_app.command("add")
def sources_add(
    url: Annotated[str, typer.Argument(help="a feed's address, or an OPML file")],
    feed_id: Annotated[str | None, typer.Option("--id", help="its id")] = None,
    publisher: Annotated[str | None, typer.Option(help="its publisher")] = None,
    country: Annotated[str | None, typer.Option(help="ISO alpha-3 of the publisher")] = None,
    language: Annotated[str, typer.Option(help="ISO 639-1")] = "en",
    state_controlled: Annotated[bool, typer.Option(help="state-controlled or not")] = False,
    pages: Annotated[bool, typer.Option(help="fetch the page behind each item")] = False,
) -> None:
    """Add a feed of your own, or every feed of an OPML file."""
    from detente.ingest import sources

    added = sources.add_source(
        get_settings(), url, feed_id=feed_id, publisher=publisher, country_code=country,
        language=language, is_state_controlled=state_controlled, fetch_pages=pages,
    )  # fmt: skip
    emit(Result.of_dicts(added))


@sources_app.command("stats")
def sources_stats(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """Attempts and documents by source, from the published warehouse."""
    from detente import reading

    _show(reading.named(get_settings(), "sources", None), _form(as_json, as_csv))


@sources_app.command("freshness")
def sources_freshness(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """How old the newest rows are, and which are stale (dbt's freshness rules)."""
    from detente.transform import check_freshness

    emit(Result.of_dicts(check_freshness(get_settings())), _form(as_json, as_csv))


@sources_app.command("export")
def sources_export(path: Annotated[Path, typer.Argument(help="OPML file to write")]) -> None:
    """Write the feeds as OPML."""
    from detente.ingest import sources

    path.write_text(sources.to_opml(get_settings()), encoding="utf-8")


# -- overrides ------------------------------------------------------------------------------


@overrides_app.command("list")
def overrides_list(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """What was flagged, and what became of it."""
    from detente.overrides import read_overrides

    rows = [asdict(o) for o in read_overrides(get_settings())]
    emit(Result.of_dicts(rows), _form(as_json, as_csv), empty="nothing is flagged")


@overrides_app.command("flag")
def overrides_flag(
    kind: Annotated[str, typer.Argument(help="mention, event or document")],
    target: Annotated[str, typer.Argument(help="its id")],
    verdict: Annotated[str, typer.Option(help="wrong, retype, restatus or redate")] = "wrong",
    replacement: Annotated[str, typer.Option(help="the right type, status or day")] = "",
    note: Annotated[str, typer.Option()] = "",
    author: Annotated[str, typer.Option()] = "",
) -> None:
    """Flag as wrong; it waits for a reviewer (needs DETENTE_ALLOW_OVERRIDES=true)."""
    from detente import overrides

    made = overrides.flag(
        get_settings(), kind, target, verdict, note=note, replacement=replacement, author=author
    )
    print(made.override_id)


@overrides_app.command("decide")
def overrides_decide(
    override_id: Annotated[str, typer.Argument(help="as `detente overrides list` prints it")],
    decision: Annotated[str, typer.Argument(help="accepted, rejected or undone")],
    author: Annotated[str, typer.Option()] = "",
) -> None:
    """Accept, reject or undo; the next build applies it."""
    from detente import overrides

    made = overrides.decide(get_settings(), override_id, decision, author=author)
    print(f"{made.override_id} is {made.state}: run `detente build`")


# -- event data sets --------------------------------------------------------------


@datasets_app.command("import")
def datasets_import(
    name: Annotated[str, typer.Argument(help="gdelt or icews")],
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            help="files, folders, addresses, GDELT's lists; none: GDELT's newest update"
        ),
    ] = None,
    from_date: Annotated[
        str | None, typer.Option("--from", help="first day, by the date in the files' names")
    ] = None,
    to_date: Annotated[
        str | None, typer.Option("--to", help="last day, by the date in the files' names")
    ] = None,
    actor_map: Annotated[
        Path | None,
        typer.Option(help="ICEWS: CSV with actor and country, for the files' own countries"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import an event data set (once each; repeat it to go on where it was broken off)."""
    from detente import pipeline

    with _progress("importing") as progress:
        summary = pipeline.import_events(
            name,
            targets or [],
            first=_date(from_date) if from_date else None,
            last=_date(to_date) if to_date else None,
            actor_map=actor_map,
            progress=progress,
        )
    _finish(summary, as_json)


# -- operating ------------------------------------------------------------------------------


@app.command()
def status(as_json: AsJson = False) -> None:
    """What is published, how old it is, what waits, what runs."""
    from detente import health

    emit(Result.of_dicts(health.status(get_settings())), _form(as_json, False), title="status")


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="folder to write to; repeat to bring up to date")],
    as_json: AsJson = False,
) -> None:
    """Copy what nothing derives: facts, raw bodies, texts, settings, the ledgers of alarms."""
    from detente.warehouse import backup as copies

    _report(asdict(copies.backup(get_settings(), folder)), as_json)


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="a folder that `detente backup` wrote")],
    as_json: AsJson = False,
) -> None:
    """Fill an empty home from a backup; `detente build` derives the rest."""
    from detente.warehouse import backup as copies

    _report(asdict(copies.restore(get_settings(), folder)), as_json)


@app.command()
def rebuild(as_json: AsJson = False) -> None:
    """Make the build file anew from itself or the newest whole version, derive and publish."""
    from detente import pipeline
    from detente.warehouse import backup as copies

    report = asdict(copies.rebuild(get_settings()))
    report["build"] = pipeline.build()
    report["version"] = pipeline.publish()
    _report(report, as_json)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check everything that can be wrong, and say what to do. Exit code 1 if something is."""
    from detente import health

    findings = health.diagnose(get_settings())
    emit(Result.of_dicts(findings), _form(as_json, False), title="doctor")
    if any(f["verdict"] == "wrong" for f in findings):
        raise typer.Exit(1)


@app.command()
def settings(as_json: AsJson = False) -> None:
    """Print every setting, its value and what it is for."""
    values = get_settings()
    rows: list[dict[str, Any]] = [
        {
            "setting": f"DETENTE_{name.upper()}",
            "value": "set"
            if field.repr is False and getattr(values, name)
            else str(getattr(values, name)),
            "meaning": field.description or "",
        }
        for name, field in type(values).model_fields.items()
    ]
    emit(Result.of_dicts(rows), _form(as_json, False))


@app.command()
def export(
    target: Annotated[Path, typer.Argument(help="folder to write (warc: file); made if missing")],
    form: Annotated[
        str, typer.Option("--format", help="parquet or csv: every mart; warc: the raw bodies")
    ] = "parquet",
    source: Annotated[str | None, typer.Option(help="warc: only this source")] = None,
    by_month: Annotated[
        bool, typer.Option("--by-month", help="parquet, csv: one folder a mart, one file a month")
    ] = False,
) -> None:
    """Write the marts of the published snapshot as files, or the raw bodies as a WARC."""
    from detente import reading
    from detente.ingest.archive import export_warc

    if form == "warc":
        count = export_warc(get_settings(), target, source_id=source)
        _stderr.print(f"{count} records in {target}", markup=False)
        return
    if form not in ("parquet", "csv"):
        raise typer.BadParameter("--format is parquet, csv or warc")
    written = reading.export(get_settings(), target, form, by_month=by_month)
    emit(Result.of_dicts(written), title=f"exported to {target}")


@app.command()
def retry(
    stage: Annotated[str, typer.Option(help="fetch, page, parse, extract, load or code")],
    outcome: Annotated[str, typer.Option(help="an outcome, e.g. timeout (docs: outcomes)")],
    as_json: AsJson = False,
) -> None:
    """Try again what ended in an outcome at a stage."""
    from detente import pipeline

    with _progress("retrying") as progress:
        _report(pipeline.retry(stage, outcome, progress=progress), as_json)


@app.command()
def forget(
    subject: Annotated[str, typer.Argument(help="document id, its address, or a source id")],
    reason: Annotated[str | None, typer.Option(help="kept with the outcome row")] = None,
    as_json: AsJson = False,
) -> None:
    """Take down a document or source: text, body and what was derived go; it stays out."""
    from detente.ingest.takedown import forget as take_down

    _report(take_down(get_settings(), subject, reason=reason), as_json)
    _stderr.print("readers see it gone after: detente build --full-refresh")


@app.command()
def upkeep(as_json: AsJson = False) -> None:
    """Drop full texts past DETENTE_KEEP_TEXT_DAYS, and files that nothing names."""
    from detente.ingest.takedown import upkeep as keep_house

    _report(dict(keep_house(get_settings())), as_json)


@app.command()
def dashboard() -> None:
    """Serve the dashboard on localhost."""
    from detente import services

    services.serve_dashboard(get_settings())


@app.command()
def up() -> None:
    """Run Airflow (DAGs unpaused, but those of event data sets) and the dashboard until Ctrl-C or `detente down`."""
    from detente import health, supervision

    supervision.run_services(get_settings(), lambda: health.published_line(get_settings()))


@app.command()
def down() -> None:
    """Stop what `detente up` started, wherever it runs."""
    from detente import supervision

    stopped = supervision.stop_services(get_settings())
    _stderr.print(f"stopped {', '.join(stopped)}" if stopped else "nothing was running")


@app.command()
def docs(out: Annotated[Path, typer.Option(help="folder for the site")] = Path("site")) -> None:
    """Build the documentation and the dbt docs as static pages."""
    from detente.documentation import build_site

    _stderr.print(f"open {build_site(get_settings(), out)}")


@app.command("eval")
def evaluate(
    gold: Annotated[list[Path] | None, typer.Argument(help="gold files (JSON lines)")] = None,
    full: Annotated[bool, typer.Option("--full", help="also by bloc, period, pair ...")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="everything, as one object")] = False,
    show_differences: Annotated[
        bool, typer.Option("--differences", help="what is read otherwise, as JSON lines")
    ] = False,
) -> None:
    """Score the coder on gold sets: precision, recall and F by field."""
    from detente.scoring import evaluation
    from detente.scoring.score_tables import tables

    if show_differences:
        for row in evaluation.open_differences(get_settings()):
            print(json.dumps(row, ensure_ascii=False, default=str))
        return
    scores = evaluation.report_and_keep(get_settings(), gold or [])
    if as_json:
        print(json.dumps(scores, ensure_ascii=False))
        return
    for table in tables(scores, full):
        emit(Result.of_dicts(table.rows), title=table.title, caption=table.caption)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date like 2015-01-19") from None


def _show(read: Any, form: Format) -> None:
    emit(read.result, form, title=read.title, caption=read.caption, empty=read.empty)


def _report(summary: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(summary, ensure_ascii=False, default=str))
        return
    for name, value in summary.items():
        shown = (
            ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        )
        print(f"{name.replace('_', ' ')}: {shown}")


def _finish(summary: dict[str, Any], as_json: bool) -> None:
    """Report; exit code 1 where not one target could be read."""
    _report(summary, as_json)
    if not summary["ok"]:
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; turn the errors we foresee into a line and an exit code."""
    from detente.coding.coder import CodingError
    from detente.engines import EngineError
    from detente.ingest import IngestError
    from detente.ingest.streams.messages import StreamError
    from detente.overrides import OverrideError
    from detente.pipeline import StageError
    from detente.reading import ReadError
    from detente.scaffold import ScaffoldError
    from detente.services import ServiceError
    from detente.warehouse.backup import BackupError
    from detente.warehouse.publish import PublishError
    from detente.warehouse.reader import NothingPublishedError
    from detente.warehouse.writer import WarehouseBusyError, WarehouseVersionError

    foreseen = (
        BackupError, CodingError, EngineError, IngestError, NothingPublishedError, OverrideError, PermissionError,
        PublishError, ReadError, ScaffoldError, ServiceError, StageError, StreamError,
        WarehouseBusyError, WarehouseVersionError,
    )  # fmt: skip
    # a log that cannot be written (a full disk) must not bury the message under tracebacks
    logging.raiseExceptions = False
    try:
        app()
    except foreseen as error:
        _stderr.print(f"detente: {error}", markup=False)
        sys.exit(1)
    except duckdb.Error as error:  # a file that is torn, full or locked from outside
        _stderr.print(f"detente: {error}\n`detente doctor` says what to do", markup=False)
        sys.exit(1)
    except OSError as error:
        if error.errno not in _DISK_ERRORS:
            raise
        _stderr.print(f"detente: {error}\n`detente doctor` says what to do", markup=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
