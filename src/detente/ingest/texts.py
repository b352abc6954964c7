"""Stored texts, and the list of documents that a coder has not seen yet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from detente.ingest import store
from detente.model import CodedDocument, Document
from detente.settings import Settings
from detente.warehouse.literals import literal


class Revision(NamedTuple):
    """What coding must know of a revision besides its text."""

    document_id: str
    revision_id: str
    title: str | None
    text_sha256: str
    published_at: datetime | None
    publisher: str | None
    publisher_country_code: str | None
    publisher_is_state_controlled: bool | None
    language: str | None
    dataset: str
    is_known: bool
    """Another version of the coder has read it."""


def read_text(text_sha256: str, settings: Settings) -> str:
    """Return a stored text.

    Raises:
        BodyMissingError: the file is not there.
        BodyDamagedError: the file does not hold what its name says.
    """
    return store.get(settings.text_dir, text_sha256).decode("utf-8", "surrogatepass")


def uncoded_revisions(
    con: duckdb.DuckDBPyConnection,
    coder_name: str,
    coder_version: str,
    limit: int | None = None,
) -> list[Revision]:
    """Return every revision that this version of this coder has not coded, oldest first."""
    rows = con.execute(_uncoded(limit), [coder_name, coder_version]).fetchall()
    return [Revision(*row) for row in rows]


def write_uncoded_revisions(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    coder_name: str,
    coder_version: str,
    limit: int | None = None,
) -> None:
    """Write the list of :func:`uncoded_revisions` as Parquet: millions of rows pass by memory."""
    con.execute(
        f"copy ({_uncoded(limit)}) to {literal(path)} (format parquet)",
        [coder_name, coder_version],
    )


def _uncoded(limit: int | None) -> str:
    return f"""
        select
            r.document_id, r.revision_id, r.title, r.text_sha256, r.published_at, d.publisher,
            d.publisher_country_code, d.publisher_is_state_controlled, r.language, r.dataset,
            exists (
                select 1 from ops.coded_revisions as k
                where k.revision_id = r.revision_id and k.outcome <> 'text_gone'
            ) as is_known
        from raw.document_revisions as r
        inner join raw.documents as d on r.document_id = d.document_id
        where not exists (
            select 1 from ops.coded_revisions as c
            where c.revision_id = r.revision_id and c.coder_name = ? and c.coder_version = ?
        )
        order by r.known_at, r.revision_id
        {"" if limit is None else f"limit {limit:d}"}
        """


def read_documents(
    revisions: Iterable[Revision], settings: Settings
) -> tuple[list[Document], list[CodedDocument]]:
    """Read the texts of revisions.

    Returns:
        The documents, and outcomes for revisions without one: 'error' where the text is damaged,
        'text_gone' where it is no longer kept and another version has read it, whose reading then
        stays. Any other revision without a text is left out, to be asked for again.
    """
    documents: list[Document] = []
    others: list[CodedDocument] = []
    for revision in revisions:
        try:
            text = read_text(revision.text_sha256, settings)
        except store.BodyMissingError:
            if revision.is_known:
                others.append(
                    CodedDocument(revision.document_id, revision.revision_id, "text_gone")
                )
            continue
        except (store.BodyDamagedError, UnicodeDecodeError) as error:
            others.append(
                CodedDocument(
                    revision.document_id, revision.revision_id, "error", message=str(error)
                )
            )
            continue
        at = revision.published_at
        documents.append(
            Document(
                document_id=revision.document_id,
                revision_id=revision.revision_id,
                title=revision.title or "",
                text=text,
                published_at=at.replace(tzinfo=UTC) if at else None,
                publisher=revision.publisher,
                publisher_country_code=revision.publisher_country_code,
                publisher_is_state_controlled=revision.publisher_is_state_controlled,
                language=revision.language or "und",
                dataset=revision.dataset,
            )
        )
    return documents, others
