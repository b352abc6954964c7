-- The data set's own code of each actor (GDELT's 'USAGOV'): what its duplicates are told by.
alter table raw.dataset_events add column source_actor_code varchar;
alter table raw.dataset_events add column target_actor_code varchar;

-- One row per file of an event data set that was taken in. The same name with the same md5 is not
-- read again; a file that changed is, and its known reports are left alone.
create table ops.dataset_files (
    dataset varchar not null,
    file_name varchar not null,
    md5 varchar not null,
    row_count bigint not null,             -- rows read, new or not
    loaded_at timestamp not null
);
