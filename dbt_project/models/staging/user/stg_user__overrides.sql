-- Only accepted overrides apply; of several for one target and verdict the last one does.
with ranked as (
    select
        *,
        row_number() over (
            partition by target_kind, target_id, verdict
            order by recorded_at desc nulls last, override_id desc
        ) as recency
    from {{ source('raw', 'overrides') }}
    where state = 'accepted'
)

select
    override_id,
    target_kind,
    target_id,
    verdict,
    replacement,
    note,
    author,
    recorded_at
from ranked
where recency = 1
