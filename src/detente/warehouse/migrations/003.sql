-- Ingestion's own memory: hosts, page queue, takedowns, signatures; attempts know their target.

alter table ops.ingest_attempts add column if not exists target varchar;   -- what the call was given
alter table ops.ingest_attempts add column if not exists dataset varchar;

-- One row per host or registrable domain: robots.txt, when it was asked last, until when it is down.
create table if not exists ops.host_state (
    host varchar not null, state varchar not null, updated_at timestamp not null
);

-- One row per feed item whose page is to be fetched, and version of that item.
create table if not exists ops.page_queue (
    document_id varchar not null,
    item_sha256 varchar not null,
    source_id varchar not null,
    dataset varchar not null,
    url varchar not null,
    item varchar not null,                 -- JSON: the item's draft; becomes the document if the page fails
    queued_at timestamp not null,
    next_at timestamp not null,
    tries integer not null,
    outcome varchar,                       -- NULL while it waits
    done_at timestamp
);

-- One row per document or source taken down: it is not taken in again.
create table if not exists ops.forgotten (
    kind varchar not null,                 -- 'document' | 'source'
    subject_id varchar not null, reason varchar, forgotten_at timestamp not null
);

-- One row per revision and method: the MinHash signature that near-duplicates are found by.
create table if not exists ops.revision_signatures (
    revision_id varchar not null, method_version integer not null, signature blob
);
