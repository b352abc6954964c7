-- What the marts follow from bears the order of loading, so that a build can tell what is new. A
-- time cannot: a batch coded at ten may be loaded after one that was coded at eleven. Writers name
-- their columns and leave load_number to its default; one writer at a time makes it grow with the
-- order of commits.
-- The tables are made anew: DuckDB 1.5 cannot replay an added column with such a default from the
-- log of a killed writer (tests/unit/test_warehouse.py).
create sequence raw.load_number;

create table raw.dataset_events_numbered (
    dataset varchar not null, report_id varchar not null, source_code varchar,
    target_code varchar, source_role varchar, target_role varchar, source_name varchar,
    target_name varchar, event_type varchar, event_mode varchar, cameo_code varchar,
    goldstein double, event_date date not null, origin varchar, story_key varchar, url varchar,
    sentence varchar, place varchar, is_root boolean, duplicate_of varchar,
    known_at timestamp not null, known_at_basis varchar not null, loaded_at timestamp not null,
    file_name varchar, load_number bigint default nextval('raw.load_number')
);
insert into raw.dataset_events_numbered by name select * from raw.dataset_events;
drop table raw.dataset_events;
alter table raw.dataset_events_numbered rename to dataset_events;

create table raw.event_mentions_numbered (
    mention_id varchar not null, revision_id varchar not null, document_id varchar not null,
    dataset varchar not null, source_code varchar not null, target_code varchar not null,
    source_role varchar not null, target_role varchar not null, source_name varchar,
    target_name varchar, is_reciprocal boolean not null, party_count integer not null,
    event_type varchar not null, event_mode varchar, cameo_code varchar, realis varchar not null,
    temporality varchar not null, polarity varchar not null, status varchar not null,
    refers_to_type varchar, refers_to_mode varchar, refers_to_date_start date,
    refers_to_date_end date, assess_direction varchar, attribution varchar not null,
    attribution_kind varchar not null, attribution_name varchar,
    attribution_country_code varchar, speaker_relation varchar not null, event_date_start date,
    event_date_end date, date_precision varchar not null, date_basis varchar not null,
    place varchar, sentence_number integer not null, sentence varchar not null,
    sentence_start integer not null, sentence_end integer not null,
    trigger_text varchar not null, trigger_start integer not null, trigger_end integer not null,
    source_text varchar not null, source_start integer not null, source_end integer not null,
    target_text varchar not null, target_start integer not null, target_end integer not null,
    is_main_clause boolean not null, rule_id varchar not null, confidence double not null,
    coder_name varchar not null, coder_version varchar not null, coded_at timestamp not null,
    load_number bigint default nextval('raw.load_number')
);
insert into raw.event_mentions_numbered by name select * from raw.event_mentions;
drop table raw.event_mentions;
alter table raw.event_mentions_numbered rename to event_mentions;

create table raw.document_revisions_numbered (
    revision_id varchar not null, document_id varchar not null, dataset varchar not null,
    content_sha256 varchar not null, text_sha256 varchar not null, raw_sha256 varchar,
    title varchar, language varchar, published_at timestamp, published_at_basis varchar,
    date_claims varchar, fetched_at timestamp not null, known_at timestamp not null,
    known_at_basis varchar not null, origin_publisher varchar, char_count integer not null,
    extractor varchar not null, extractor_version varchar not null,
    normalisation_version integer not null, run_id varchar not null,
    load_number bigint default nextval('raw.load_number')
);
insert into raw.document_revisions_numbered by name select * from raw.document_revisions;
drop table raw.document_revisions;
alter table raw.document_revisions_numbered rename to document_revisions;

create table raw.document_stories_numbered (
    revision_id varchar not null, story_id varchar not null, duplicate_level varchar not null,
    method_version integer not null, assigned_at timestamp not null,
    load_number bigint default nextval('raw.load_number')
);
insert into raw.document_stories_numbered by name select * from raw.document_stories;
drop table raw.document_stories;
alter table raw.document_stories_numbered rename to document_stories;

-- One row per attempt to build the marts. The newest finished one says up to where they follow
-- from what is loaded; a newer one that did not finish says what it may have left half done.
create table ops.builds (
    build_id varchar not null,
    kind varchar not null,                 -- full | incremental
    definition varchar not null,           -- hash of models, macros, vars, seeds, overrides, coder versions
    fingerprint varchar not null,          -- hash of all that the marts follow from
    load_number bigint not null,           -- the newest load that the build takes in
    row_counts varchar not null,           -- JSON: rows per table with a load_number
    started_at timestamp not null,
    finished_at timestamp                  -- NULL: failed, of some models only, or still running
);
