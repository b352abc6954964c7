-- The raw and ops layer: what ingestion and coding write. Everything else is derived by dbt.
-- Times are UTC. No hash-string primary keys: they make big loads 12x slower (docs/decisions).
-- Uniqueness is kept by the writer (anti-join in the same transaction) and tested by dbt.

create schema if not exists raw;
create schema if not exists ops;


-- One row per document: a text at one source, whatever its revisions.
create table if not exists raw.documents (
    document_id varchar not null,          -- hash(source, permanent feed id) else hash(canonical url)
    dataset varchar not null,              -- 'news'
    corpus_label varchar,                  -- 'illustrative' | 'simulated' | NULL for real news
    source_id varchar not null,
    feed_item_id varchar,
    canonical_url varchar,
    publisher varchar,
    publisher_country_code varchar,        -- ISO alpha-3
    publisher_is_state_controlled boolean,
    first_seen_at timestamp not null
);

-- One row per document and URL under which it was seen.
create table if not exists raw.document_urls (
    document_id varchar not null, url varchar not null, seen_at timestamp not null
);

-- One row per revision: a document's title and text as they stood. Texts are files (text_sha256).
create table if not exists raw.document_revisions (
    revision_id varchar not null,          -- hash(document_id, content_sha256)
    document_id varchar not null,
    dataset varchar not null,
    content_sha256 varchar not null,       -- of the normalised title and text; equal = same words
    text_sha256 varchar not null,          -- names the stored text file
    raw_sha256 varchar,                    -- names the stored raw body
    title varchar,
    language varchar,                      -- ISO 639-1, 'und' if undetermined
    published_at timestamp,
    published_at_basis varchar,            -- 'feed' | 'front_matter' | 'ld+json' | 'htmldate' | 'json' | 'none'
    date_claims varchar,                   -- JSON: every claim of a date with its origin
    fetched_at timestamp not null,
    known_at timestamp not null,           -- when a reader could know: first fetch, or published_at for archives
    known_at_basis varchar not null,       -- 'fetched' | 'claimed'
    origin_publisher varchar,              -- whose story it is ('Reuters' in a reprint), else the publisher
    char_count integer not null,
    extractor varchar not null,
    extractor_version varchar not null,
    normalisation_version integer not null,
    run_id varchar not null
);

-- One row per document and distinct raw body that was seen.
create table if not exists raw.document_bodies (
    document_id varchar not null, raw_sha256 varchar not null, seen_at timestamp not null
);

-- One row per revision: the story (near-duplicate cluster) it belongs to.
create table if not exists raw.document_stories (
    revision_id varchar not null,
    story_id varchar not null,
    duplicate_level varchar not null,      -- 'none' | 'url' | 'text' | 'near'
    method_version integer not null,
    assigned_at timestamp not null
);

-- One row per revision and country named in it (whether or not anything was coded).
create table if not exists raw.document_countries (
    revision_id varchar not null, country_code varchar not null, mention_count integer not null,
    coder_version varchar not null
);

-- One row per event mention: one act, as one sentence of one revision states it.
create table if not exists raw.event_mentions (
    mention_id varchar not null,           -- hash(revision, offsets, pair, type), without coder version
    revision_id varchar not null,
    document_id varchar not null,
    dataset varchar not null,
    source_code varchar not null,          -- ISO alpha-3, or IGO-...
    target_code varchar not null,
    source_role varchar not null,
    target_role varchar not null,
    source_name varchar,                   -- canonical name of a principal ('Kim Jong-un'), if any
    target_name varchar,
    is_reciprocal boolean not null,
    party_count integer not null,
    event_type varchar not null,           -- 15 PLOVER types, or ASSESS
    event_mode varchar,
    cameo_code varchar,
    realis varchar not null,               -- actual | announced | possible | hypothetical
    temporality varchar not null,          -- past | ongoing | future | historical
    polarity varchar not null,             -- affirmed | negated
    status varchar not null,               -- occurred | ongoing | planned | possible | hypothetical | negated | historical
    refers_to_type varchar,                -- acts about acts: the act invited to, cancelled, denied ...
    refers_to_mode varchar,
    refers_to_date_start date,
    refers_to_date_end date,
    assess_direction varchar,              -- ASSESS: 'warming' | 'cooling' (change), 'close' | 'strained' (level)
    attribution varchar not null,          -- JSON list of {kind, name, country_code, role}, nearest first
    attribution_kind varchar not null,     -- kind of the last link: outlet | official | state_media | anonymous | witness | expert
    attribution_name varchar,
    attribution_country_code varchar,
    speaker_relation varchar not null,     -- of the last link: 'party' | 'third_party' | 'outlet'
    event_date_start date,
    event_date_end date,
    date_precision varchar not null,       -- day | week | month | quarter | year | unknown
    date_basis varchar not null,           -- how it was resolved: 'explicit' | 'relative' | 'tense' | 'publication' | 'none'
    place varchar,
    sentence_number integer not null,
    sentence varchar not null,
    sentence_start integer not null,       -- character offsets in the text (title + '\n\n' + text)
    sentence_end integer not null,
    trigger_text varchar not null,
    trigger_start integer not null,
    trigger_end integer not null,
    source_text varchar not null,
    source_start integer not null,
    source_end integer not null,
    target_text varchar not null,
    target_start integer not null,
    target_end integer not null,
    is_main_clause boolean not null,
    rule_id varchar not null,
    confidence double not null,
    coder_name varchar not null,
    coder_version varchar not null,
    coded_at timestamp not null
);

-- One row per sentence that names two or more countries and yielded no event.
create table if not exists raw.uncoded_sentences (
    revision_id varchar not null,
    sentence_number integer not null,
    sentence varchar not null,
    country_codes varchar not null,        -- comma separated, sorted
    candidate_predicate varchar,           -- lemma of the verb or noun that links them, if any
    reason varchar not null,               -- why none fired
    coder_version varchar not null
);

-- One row per report of an event data set (GDELT, ICEWS, simulated).
create table if not exists raw.dataset_events (
    dataset varchar not null,
    report_id varchar not null,
    source_code varchar,
    target_code varchar,
    source_role varchar,
    target_role varchar,
    source_name varchar,
    target_name varchar,
    event_type varchar,
    event_mode varchar,
    cameo_code varchar,
    goldstein double,
    event_date date not null,
    origin varchar,                        -- publisher or host name of the report
    story_key varchar,                     -- article / story id in the data set
    url varchar,
    sentence varchar,                      -- what the data set gives as text, if any
    place varchar,
    is_root boolean,
    duplicate_of varchar,                  -- the data set's own duplicates, marked, never deleted
    known_at timestamp not null,
    known_at_basis varchar not null,
    loaded_at timestamp not null,
    file_name varchar
);

-- One row per override in overrides.csv (only accepted ones apply).
create table if not exists raw.overrides (
    override_id varchar not null, target_kind varchar not null, target_id varchar not null,
    verdict varchar not null, replacement varchar, note varchar, author varchar,
    recorded_at timestamp, state varchar not null
);

-- One row per attempt of any stage on any subject.
create table if not exists ops.ingest_attempts (
    attempt_id varchar not null,
    run_id varchar not null,
    stage varchar not null,                -- fetch | parse | extract | load | code | import | build | publish
    subject varchar not null,              -- url, path or id
    source_id varchar,
    started_at timestamp not null,
    duration_seconds double not null,
    outcome varchar not null,              -- ok | unchanged | duplicate | empty | error | ... (docs/reference/outcomes)
    http_status integer,
    error_class varchar,
    message varchar,
    byte_count bigint,
    item_count integer
);

-- One row per source: the state that conditional fetching and back-off need.
create table if not exists ops.feed_state (
    source_id varchar not null, url varchar not null, state varchar not null, updated_at timestamp not null
);

-- One row per revision and coder version: that it was coded, with what result.
create table if not exists ops.coded_revisions (
    revision_id varchar not null, coder_name varchar not null, coder_version varchar not null,
    outcome varchar not null,              -- coded | no_event | one_country | not_english | error
    mention_count integer not null, sentence_count integer not null, duration_seconds double not null,
    message varchar, coded_at timestamp not null
);

-- One row per stream and partition: the offset up to which messages are in this file.
create table if not exists ops.stream_offsets (
    stream varchar not null, partition integer not null, next_offset varchar not null,
    updated_at timestamp not null
);

-- One row per publication (the published copy holds its own row).
create table if not exists ops.publications (
    version varchar not null, published_at timestamp not null, byte_count bigint,
    coder_version varchar,
    fingerprint varchar                    -- of everything the marts follow from; equal = nothing to build
);
