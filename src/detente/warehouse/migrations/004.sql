-- The data set's own code of each actor (GDELT's 'USAGOV') is what its duplicates are told by. The
-- table is made anew, as in 002: a table with a sequence's default cannot be altered and replayed.
create table raw.dataset_events_coded (
    dataset varchar not null, report_id varchar not null, source_code varchar,
    target_code varchar, source_role varchar, target_role varchar, source_actor_code varchar,
    target_actor_code varchar, source_name varchar, target_name varchar, event_type varchar,
    event_mode varchar, cameo_code varchar, goldstein double, event_date date not null,
    origin varchar, story_key varchar, url varchar, sentence varchar, place varchar,
    is_root boolean, duplicate_of varchar, known_at timestamp not null,
    known_at_basis varchar not null, loaded_at timestamp not null, file_name varchar,
    load_number bigint default nextval('raw.load_number')
);
insert into raw.dataset_events_coded by name select * from raw.dataset_events;
drop table raw.dataset_events;
alter table raw.dataset_events_coded rename to dataset_events;

-- One row per file of an event data set that was taken in. The same name with the same md5 is not
-- read again; a file that changed is, and its known reports are left alone.
create table ops.dataset_files (
    dataset varchar not null,
    file_name varchar not null,
    md5 varchar not null,
    row_count bigint not null,             -- rows read, new or not
    loaded_at timestamp not null
);
