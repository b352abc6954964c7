-- One row per report of the events, with its document; duplicates of a story stay visible.
select
    m.*,
    d.publisher,
    d.publisher_country_code,
    d.is_state_controlled,
    d.origin_publisher,
    d.title,
    d.published_at,
    coalesce(d.canonical_url, m.url) as address,
    d.revision_count,
    d.duplicate_level,
    row_number() over (
        partition by m.event_id, m.story_id order by m.known_at, m.report_id
    ) as copy_number
from marts.fct_event_mentions as m
left join marts.dim_documents as d on m.document_id = d.document_id
where
    m.dataset = $dataset and m.pair_id in (select unnest($pairs))
    and m.event_id in (select unnest($event_ids))
order by m.event_id, m.confidence desc, m.known_at, m.report_id
