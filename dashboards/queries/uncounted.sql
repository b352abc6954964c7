-- Reports that make no event, with the reason: planned, denied, retold, undated ...
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
    1 as copy_number,
    count(*) over () as total_count
from marts.fct_event_mentions as m
left join marts.dim_documents as d on m.document_id = d.document_id
where
    m.dataset = $dataset and m.pair_id in (select unnest($pairs))
    and not m.is_counted and m.event_id is null
    and m.known_at between $start and $end::date + 7
    and ($outcome = '' or m.outcome = $outcome)
    and ($contains = '' or contains(lower(m.sentence), lower($contains)))
order by m.known_at desc, m.report_id
limit $limit offset $offset
