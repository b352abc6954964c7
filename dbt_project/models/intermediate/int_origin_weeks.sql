-- One row per data set, pair, week and independent origin: the scored events of record it told of, each
-- once, however many publishers reprinted it.
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [
        {'relation': 'intermediate.int_touched_dates', 'where': in_touched_week('t')},
    ]},
) }}
-- in texts an origin may have several rows of an event, in data sets it has one
with records as (
    select dataset, pair_id, {{ monday('event_date') }} as week_start, origin as origin_id
    from {{ ref('int_record_events') }}
    where {{ is_scored() }}
)

select
    o.dataset,
    o.pair_id,
    o.week_start,
    o.origin_id,
    count(distinct o.event_id) as event_count,
    count(distinct case when o.is_party_state_media then o.event_id end) as state_media_count,
    count(o.is_party_state_media) as judged_count
from {{ ref('int_news_origins') }} as o
{{ touched_weeks_only('o') }}
group by o.dataset, o.pair_id, o.week_start, o.origin_id
union all
select o.dataset, o.pair_id, o.week_start, o.origin_id, count(*), 0, 0
from {{ ref('int_dataset_origins') }} as o
{{ touched_weeks_only('o') }}
group by o.dataset, o.pair_id, o.week_start, o.origin_id
union all
select o.dataset, o.pair_id, o.week_start, o.origin_id, count(*), 0, 0
from records as o
{{ touched_weeks_only('o') }}
group by o.dataset, o.pair_id, o.week_start, o.origin_id
