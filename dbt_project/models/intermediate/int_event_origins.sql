-- One row per scored event of record, independent origin and publisher: who told of it. Data sets
-- name their publisher only, which is the origin; whether it is a party's own is not known there.
with told as (
    select
        m.dataset,
        m.event_id,
        m.origin_id,
        coalesce(d.publisher, d.source_id, m.origin_id) as publisher,
        max(case when j.is_party_state_media then 0 when j.report_id is not null then 1 end)
            as is_independent
    from {{ ref('fct_event_mentions') }} as m
    left join {{ ref('int_mentions_judged') }} as j
        on m.report_id = j.report_id and m.dataset = j.dataset
    left join {{ ref('stg_news__documents') }} as d on m.document_id = d.document_id
    where m.is_counted
    group by m.dataset, m.event_id, m.origin_id, coalesce(d.publisher, d.source_id, m.origin_id)
)

select
    t.dataset,
    t.event_id,
    e.pair_id,
    e.week_start,
    t.origin_id,
    t.publisher,
    t.is_independent = 0 as is_party_state_media
from told as t
inner join {{ ref('fct_events') }} as e
    on t.dataset = e.dataset and t.event_id = e.event_id and e.is_scored
