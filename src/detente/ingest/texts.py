"""Stored texts, and the list of documents that a coder has not seen yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

import duckdb

from detente.ingest import store
from detente.model import Document
from detente.settings import Settings


def read_text(text_sha256: str, settings: Settings) -> str:
    """Return a stored text.

    Raises:
        BodyMissingError: the file is not there.
        BodyDamagedError: the file does not hold what its name says.
    """
    return store.get(settings.text_dir, text_sha256).decode("utf-8", "surrogatepass")


def iter_uncoded(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    coder_name: str,
    coder_version: str,
    limit: int | None = None,
) -> Iterator[Document]:
    """Yield every revision that this version of this coder has not coded, oldest first.

    Revisions whose text is no longer kept are left out: there is nothing to code.
    """
    rows = con.execute(
        """
        select
            r.document_id, r.revision_id, r.title, r.text_sha256, r.published_at, d.publisher,
            d.publisher_country_code, d.publisher_is_state_controlled, r.language, r.dataset
        from raw.document_revisions as r
        inner join raw.documents as d on r.document_id = d.document_id
        where not exists (
            select 1 from ops.coded_revisions as c
            where c.revision_id = r.revision_id and c.coder_name = ? and c.coder_version = ?
        )
        order by r.known_at, r.revision_id
        """,
        [coder_name, coder_version],
    ).fetchall()
    count = 0
    for row in rows:
        if limit is not None and count >= limit:
            return
        try:
            text = read_text(row[3], settings)
        except store.BodyMissingError:
            continue
        count += 1
        yield Document(
            document_id=row[0],
            revision_id=row[1],
            title=row[2] or "",
            text=text,
            published_at=row[4].replace(tzinfo=UTC) if row[4] else None,
            publisher=row[5],
            publisher_country_code=row[6],
            publisher_is_state_controlled=row[7],
            language=row[8] or "und",
            dataset=row[9],
        )
