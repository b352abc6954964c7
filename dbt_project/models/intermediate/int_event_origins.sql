-- One row per scored event of record, independent origin and publisher: who told of it. Data sets
-- name their publisher only, which is the origin; whether it is a party's own is not known there.
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [
        {'relation': 'intermediate.int_touched_dates', 'where': in_touched_week('t')},
    ]},
) }}
with events as (
    select e.dataset, e.event_id, e.pair_id, e.week_start
    from {{ ref('fct_events') }} as e
    {{ touched_weeks_only('e') }}
    where e.is_scored
),

mentions as (
    select m.dataset, m.event_id, m.origin_id, m.report_id, m.document_id
    from {{ ref('fct_event_mentions') }} as m
    {% if is_incremental() -%}
    -- reports of an event lie within the longest span of an episode
    semi join {{ ref('int_touched_dates') }} as c
        on m.dataset = c.dataset and m.pair_id = c.pair_id
        and (c.is_whole or m.event_date between c.first_week
            and {{ add_days('c.last_week', 6 + var('max_span_days_visit')) }})
    {% endif -%}
    where m.is_counted
)

select
    m.dataset,
    m.event_id,
    e.pair_id,
    e.week_start,
    m.origin_id,
    coalesce(d.publisher, d.source_id, m.origin_id) as publisher,
    max(case when j.is_party_state_media then 0 else 1 end) = 0 as is_party_state_media
from mentions as m
inner join events as e on m.dataset = e.dataset and m.event_id = e.event_id
inner join {{ ref('int_mentions_judged') }} as j
    on m.report_id = j.report_id and m.dataset = j.dataset
inner join {{ ref('stg_news__documents') }} as d on m.document_id = d.document_id
group by
    m.dataset, m.event_id, e.pair_id, e.week_start, m.origin_id,
    coalesce(d.publisher, d.source_id, m.origin_id)
union all
select distinct
    m.dataset, m.event_id, e.pair_id, e.week_start, m.origin_id, m.origin_id, cast(null as boolean)
from mentions as m
inner join events as e on m.dataset = e.dataset and m.event_id = e.event_id
where m.document_id is null
