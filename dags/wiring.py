"""What the DAG files share: tags, assets, the writers' pool, default arguments. No logic."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from airflow.sdk import Asset


class Tag(StrEnum):
    """Every tag a DAG may bear (a test holds it)."""

    INGEST = "ingest"
    CODE = "code"
    BUILD = "build"


# Assets bear the names of the tables they stand for.
DOCUMENTS = Asset(name="raw.document_revisions", uri="detente://raw/document_revisions")
MENTIONS = Asset(name="raw.event_mentions", uri="detente://raw/event_mentions")
DATASET_EVENTS = Asset(name="raw.dataset_events", uri="detente://raw/dataset_events")
MARTS = Asset(name="marts", uri="detente://marts")

WRITER_POOL = "duckdb_writer"
"""One slot: DuckDB admits one writing process. The lock file guards; the pool spares workers."""

DEFAULT_ARGS = {"owner": "detente", "retries": 2, "retry_delay": timedelta(minutes=1)}
