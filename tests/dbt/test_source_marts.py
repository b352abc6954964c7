"""Sources are watched: gaps are visible, failures are called failures, stale sources are named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from detente.ingest.dates import claim
from detente.ingest.drafts import OUTCOMES, Draft, Failure
from detente.ingest.load import Source, load_readings
from detente.settings import Settings
from detente.transform import check_freshness, run_build
from detente.warehouse.writer import open_writer

FINE = {
    "ok",
    "unchanged",
    "not_modified",
    "not_due",
    "bad_date",
    "unmapped",
    "forgotten",
    "expired",
}


def test_source_silent_for_days_and_failing_then_marts_and_freshness_say_so(tmp_path):
    home = Settings(home=tmp_path, _env_file=None)
    drafts = []
    for day in (1, 2, 9, 10):
        said = claim("json", "published", f"2020-03-{day:02}")
        text = f"Words of day {day}."
        drafts.append(
            Draft(f"d{day}", "T", text, text.encode(), "x", "1", item_id=f"d{day}", language="en",
                  date_claims=(said,) if said else ())
        )  # fmt: skip
    failures = [Failure(f"s-{outcome}", outcome, "why") for outcome in OUTCOMES]
    load_readings([*drafts, *failures], Source("paper"), home, "run")
    built = run_build(home)
    assert built.ok, built.failures
    with open_writer(home) as con:
        days = con.execute(
            "select day(published_date), gap_days from marts.fct_source_days order by 1"
        ).fetchall()
        gap = con.execute("select longest_gap_days from marts.dim_feeds").fetchall()
        fine = con.execute(
            "select distinct outcome from marts.fct_ingest_attempts where not is_failure"
        ).fetchall()
        long_ago = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=3)
        con.execute("update ops.ingest_attempts set started_at = ?", [long_ago])
    assert days == [(1, None), (2, 0), (9, 6), (10, 0)]
    assert gap == [(6,)]
    assert {o for (o,) in fine} == FINE
    status = {r["source"]: r["status"] for r in check_freshness(home)}
    assert status["raw.documents"] == status["raw.document_revisions"] == "pass"
    assert status["ops.ingest_attempts"] == "warn"
    assert status["raw.dataset_events"] == "empty"
