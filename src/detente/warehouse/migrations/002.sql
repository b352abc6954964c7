-- What the marts follow from bears the order of loading, so that a build can tell what is new. A
-- time cannot: a batch coded at ten may be loaded after one that was coded at eleven. Writers name
-- their columns and leave load_number to its default; one writer at a time makes it grow with the
-- order of commits.
create sequence raw.load_number;

alter table raw.dataset_events add column load_number bigint default nextval('raw.load_number');
alter table raw.event_mentions add column load_number bigint default nextval('raw.load_number');
alter table raw.document_revisions add column load_number bigint default nextval('raw.load_number');
alter table raw.document_stories add column load_number bigint default nextval('raw.load_number');

-- One row per attempt to build the marts. The newest finished one says up to where they follow
-- from what is loaded; a newer one that did not finish says what it may have left half done.
create table ops.builds (
    build_id varchar not null,
    kind varchar not null,                 -- full | incremental | partial
    definition varchar not null,           -- hash of models, macros, vars, seeds, overrides, coder versions
    fingerprint varchar not null,          -- hash of all that the marts follow from
    load_number bigint not null,           -- the newest load that the build takes in
    row_counts varchar not null,           -- JSON: rows per table with a load_number
    started_at timestamp not null,
    finished_at timestamp                  -- NULL: failed, or still running
);
