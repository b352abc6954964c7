"""Data and method: what was read, what was coded, with which constants, and what was flagged."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pandas as pd
import streamlit as st

from components import drawing, exports, frame, text, warehouse
from components.state import View
from detente import overrides, pictures, verdict
from detente.scoring import scorecard


def _sources(view: View) -> None:
    rows = warehouse.frame(
        view.path, "source_months", dataset=view.dataset, start=view.start, end=view.end
    )
    text.heading(
        "Documents by source and month", "Darker: more. An empty stretch: nothing was read."
    )
    if rows.empty:
        text.note("This data set has no documents: its reports were imported.")
        return
    shown = rows[rows["source_id"].isin(
        rows.groupby("source_id")["document_count"].sum().nlargest(25).index)]  # fmt: skip
    chart = pictures.coverage(shown, frame.palette(), view.start, view.end)
    total, copies = int(rows["document_count"].sum()), int(rows["duplicate_count"].sum())
    drawing.draw(
        chart, "coverage", f"{total} documents of {rows['source_id'].nunique()} sources by month."
    )
    sentences, uncoded = rows["sentence_count"].sum(), rows["uncoded_sentence_count"].sum()
    share = f"; {uncoded:,.0f} of {sentences:,.0f} sentences name two countries and yield no event"
    text.note(
        f"{verdict.count(total, 'document')}, of which {copies:,} repeat a story"
        f"{share if sentences else ''}."
    )
    exports.downloads(rows, view, "sources", chart=chart)


def _publishers(view: View) -> None:
    rows = warehouse.rows(view.path, "publishers", dataset=view.dataset)
    if not rows:
        return
    text.heading("Publishers")
    text.table(
        ("Publisher", "Country", "State-run", "Documents", "Repeats", "Mentions", "First", "Last"),
        [
            (
                r["publisher"] or "unknown", r["country_code"] or "",
                "yes" if r["is_state_controlled"] else "no", r["document_count"],
                r["duplicate_count"], r["mention_count"], verdict.long_date(r["first_date"]),
                verdict.long_date(r["last_date"]),
            )
            for r in rows[:30]
        ],
        numeric=(3, 4, 5), label="Publishers",
    )  # fmt: skip
    exports.downloads(pd.DataFrame(rows), view, "publishers")


def _coding(view: View) -> None:
    rows = warehouse.rows(view.path, "coding", dataset=view.dataset)
    text.heading("Coding", "By version of the coder; only the current one is used.")
    if rows:
        text.table(
            ("Coder", "Version", "Used", "Revisions", "With a mention", "Failed", "Mentions"),
            [
                (
                    r["coder_name"], r["coder_version"], "yes" if r["is_current"] else "no",
                    r["revision_count"], r["coded_count"], r["error_count"], r["mention_count"],
                )
                for r in rows
            ],
            numeric=(3, 4, 5, 6), label="Coder versions",
        )  # fmt: skip
        for r in rows:
            if r["is_current"] and r.get("other_languages"):  # older versions have none
                text.lines([f"Not coded, in other languages: {r['other_languages']}"])
    else:
        text.note("No document of this data set was coded: its events were imported.")
    reasons = warehouse.rows(view.path, "uncoded", dataset=view.dataset)
    if reasons:
        text.lines(
            [
                f"{r['reason']}: {verdict.count(r['sentence_count'], 'sentence')}"
                for r in reasons[:12]
            ]
        )


def _scores(_: View) -> None:
    text.heading(
        "The coder on its gold sets",
        "Annotated texts: precision and recall of acts between states. Other sets: share of their "
        "events that the coder finds. 90 % intervals.",
    )
    scored = scorecard.read_scores(warehouse.settings())
    if scored is None:
        text.note('Not measured on this installation yet: "detente eval" does.')
        return
    found = [
        (
            f"annotated {form}",
            f"{'direction' if measure == 'direction' else 'quad and status'}: {share}",
            _interval(annotated["parts"]["act"]["all"]["measures"][measure], share),
            annotated["parts"]["act"]["all"]["gold"],
            annotated["texts"],
        )
        for form, annotated in (scored.get("annotated") or {}).items()
        for measure in ("direction", "full")
        for share in ("precision", "recall")
    ]
    found += [
        (r["gold"], measure, _interval(r, measure), r["expected"], r["items"])
        for r in scored["rows"]
        for measure in (k.removesuffix("_lo") for k in r if k.endswith("_lo"))
        if r.get(measure) is not None
    ]
    text.table(
        ("Gold set", "Right in", "Score", "Events", "Texts"),
        found, numeric=(2, 3, 4), label="Scores of the coder",
    )  # fmt: skip
    text.note(f"Scored {scored['scored_at'][:16].replace('T', ' ')} UTC.")


def _interval(row: dict[str, Any], name: str) -> str:
    return f"{verdict.share(row[name])} {verdict.bounds(row[f'{name}_lo'], row[f'{name}_hi'])}"


def _changelog(_: View) -> None:
    file = warehouse.settings().project_dir / "CHANGELOG.md"
    text.heading("What changed in the program")
    if not file.exists():
        text.note("This installation carries no changelog; the project's repository does.")
        return
    box = st.expander("Changelog", key="x_changelog", on_change="rerun")
    if box.open:
        with box:
            st.markdown(file.read_text(encoding="utf-8"))


def _alarms(view: View) -> None:
    rows = warehouse.rows(view.path, "readiness_all", dataset=view.dataset)
    if not rows:
        return
    row = rows[0]
    text.heading("Alarms to expect by chance")
    text.note(
        f"A shift could be seen in {row['ready_count']} of "
        f"{verdict.count(row['pair_count'], 'pair')}; "
        f"{row['false_alarms_per_year'] or 0:.2f} false alarms a year are expected of all of them."
    )


def _parameters(view: View) -> None:
    rows = warehouse.rows(view.path, "publication")
    if not rows:
        return
    row = rows[0]
    text.heading("What the build rests on")
    values = warehouse.constants(view.path)
    text.lines(
        [
            f"built {row['built_at']:%Y-%m-%d %H:%M} UTC, project {row['project_version']}",
            f"reports known after {row['as_of']} left out" if row["as_of"] else "nothing left out",
            f"version {exports.vintage(view.path)}",
        ]
    )
    with st.expander(f"{len(values)} constants", key="x_constants"):
        text.table(("Constant", "Value"), sorted(values.items()), label="Constants")


def _versions(view: View) -> None:
    text.heading("Versions that are kept", "Each can be read as it stood: the link sets as_of.")
    for name, at, _ in reversed(warehouse.vintages(warehouse.settings())):
        frame.way("brief", f"{at:%Y-%m-%d %H:%M} UTC", as_of=name)


def _runs(view: View) -> None:
    rows = warehouse.rows(view.path, "runs")
    text.heading("Pipeline runs", "The last runs, by stage and outcome.")
    if not rows:
        text.note("None on record.")
        return
    text.table(
        ("Started (UTC)", "Stage", "Outcome", "Attempts", "Seconds", "Message"),
        [
            (
                f"{r['started_at']:%Y-%m-%d %H:%M}", r["stage"], r["outcome"], r["attempts"],
                f"{r['seconds'] or 0:.1f}", (r["message"] or "")[:160],
            )
            for r in rows
        ],
        numeric=(3, 4), label="Pipeline runs",
    )  # fmt: skip


def _flags() -> None:
    config = warehouse.settings()
    text.heading(
        "Flagged as wrong",
        "Pending rows wait for a reviewer; accepted ones apply at the next build.",
    )
    try:
        rows = overrides.read_overrides(config)
    except overrides.OverrideError as error:
        text.notice(str(error))
        return
    if not rows:
        text.note("Nothing is flagged.")
        return
    text.table(
        ("When", "What", "Id", "Verdict", "Replacement", "Note", "By", "State"),
        [
            (o.recorded_at, o.target_kind, o.target_id, o.verdict, o.replacement, o.note, o.author,
             o.state)
            for o in reversed(rows)
        ],
        label="Overrides",
    )  # fmt: skip
    if not config.allow_overrides:
        text.note("Deciding is off: DETENTE_ALLOW_OVERRIDES=true allows it.")
        return
    ids = {o.override_id: o for o in rows}
    with st.form("decide"):
        chosen = st.selectbox(
            "Override", tuple(ids),
            format_func=lambda i: f"{ids[i].target_kind} {ids[i].target_id} ({ids[i].state})",
        )  # fmt: skip
        verdict_word = st.selectbox("Decision", ("accepted", "rejected", "undone"))
        author = st.text_input("Your name", max_chars=80)
        if st.form_submit_button("Decide") and chosen:
            made = overrides.decide(config, chosen, verdict_word, author=author)
            text.notice(f"{made.override_id} is now {asdict(made)['state']}.")


def _body(view: View) -> None:
    for draw in (
        _sources,
        _publishers,
        _coding,
        _scores,
        _alarms,
        _parameters,
        _versions,
        _runs,
        _changelog,
    ):
        frame.part(draw, view)
    _flags()


frame.run("Data and method", _body, "What the numbers rest on, with its gaps.")
