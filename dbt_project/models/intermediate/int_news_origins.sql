-- One row per scored event of record told by texts, independent origin and publisher.
-- depends_on: {{ ref('int_touched_news_pairs') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [{
        'relation': 'intermediate.int_touched_news_pairs',
        'where': 't.dataset = c.dataset and t.pair_id = c.pair_id',
    }]},
) }}
with events as (
    select dataset, event_id, pair_id, {{ monday('event_date_start') }} as week_start
    from {{ ref('int_news_events') }}
    where {{ is_scored() }}
)

select
    m.dataset,
    m.event_id,
    e.pair_id,
    e.week_start,
    m.origin_id,
    coalesce(d.publisher, d.source_id, m.origin_id) as publisher,
    max(case when j.is_party_state_media then 0 else 1 end) = 0 as is_party_state_media
from {{ ref('int_news_mentions') }} as m
inner join events as e on m.dataset = e.dataset and m.event_id = e.event_id
inner join {{ ref('int_mentions_due') }} as j
    on m.report_id = j.report_id and m.dataset = j.dataset
inner join {{ ref('stg_news__documents') }} as d on m.document_id = d.document_id
where m.is_counted
group by
    m.dataset, m.event_id, e.pair_id, e.week_start, m.origin_id,
    coalesce(d.publisher, d.source_id, m.origin_id)
