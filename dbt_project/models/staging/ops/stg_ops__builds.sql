-- Finished builds of all marts: the newest says up to which load they follow from what is loaded.
select
    build_id,
    kind,
    load_number,
    started_at,
    finished_at
from {{ source('ops', 'builds') }}
where finished_at is not null
