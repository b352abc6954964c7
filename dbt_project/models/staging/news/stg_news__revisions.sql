-- A revision that became known after `as_of` does not exist; the latest of the rest is current.
with stories as (
    select
        revision_id,
        story_id,
        duplicate_level,
        row_number() over (
            partition by revision_id order by method_version desc, assigned_at desc, story_id
        ) as recency
    from {{ source('raw', 'document_stories') }}
)

select
    r.revision_id,
    r.document_id,
    r.dataset,
    r.title,
    r.language,
    r.published_at,
    cast(coalesce(r.published_at, r.known_at) as date) as published_date,
    r.fetched_at,
    r.known_at,
    r.known_at_basis,
    r.origin_publisher,
    r.char_count,
    r.load_number,
    coalesce(s.story_id, r.revision_id) as story_id,
    coalesce(s.duplicate_level, 'none') as duplicate_level,
    row_number() over (
        partition by r.document_id order by r.known_at desc, r.fetched_at desc, r.revision_id desc
    ) = 1 as is_latest
from {{ source('raw', 'document_revisions') }} as r
left join stories as s on r.revision_id = s.revision_id and s.recency = 1
where {{ known_by_then('r.known_at') }}
