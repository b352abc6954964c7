-- Reports with their documents: those of the events asked for, or one page of those that make no
-- event (planned, denied, retold, undated ...). Duplicates of a story stay visible.
-- Wide rows are fetched by their id, for what is shown only.
with met as (
    select
        m.known_at, m.report_id,
        row_number() over (
            partition by m.event_id, m.story_id order by m.known_at, m.report_id
        ) as copy_number
    from marts.fct_event_mentions as m
    where
        m.dataset = $dataset and list_contains($pairs, m.pair_id)
        and list_contains($event_ids, m.event_id)
    union all
    select m.known_at, m.report_id, 1
    from marts.fct_event_mentions as m
    where
        len($event_ids) = 0
        and m.dataset = $dataset and list_contains($pairs, m.pair_id)
        and not m.is_counted and m.event_id is null
        and m.known_at between $start and $end::date + 7
        and ($outcome = '' or m.outcome = $outcome)
        and ($contains = '' or contains(lower(m.sentence), lower($contains)))
),
shown as (
    select *, (select count(*) from met) as total_count
    from met
    order by known_at desc, report_id
    limit case when len($event_ids) = 0 then $limit else 100000 end offset $offset
)
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
    s.copy_number,
    s.total_count
from marts.fct_event_mentions as m
inner join shown as s on m.report_id = s.report_id
left join marts.dim_documents as d on m.document_id = d.document_id
where m.dataset = $dataset and list_contains($pairs, m.pair_id)
order by
    case when len($event_ids) > 0 then m.event_id end,
    case when len($event_ids) > 0 then m.confidence end desc,
    case when len($event_ids) > 0 then m.known_at end,
    m.known_at desc, m.report_id
