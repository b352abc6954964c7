-- One row per data set, pair, week and independent origin: the scored events of record it told of, each
-- once, however many publishers reprinted it.
-- depends_on: {{ ref('int_touched_dates') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [{
        'relation': 'intermediate.int_touched_dates',
        'where': 't.dataset = c.dataset and t.pair_id = c.pair_id'
            ~ ' and t.week_start between c.first_week and c.last_week',
    }]},
) }}
select
    o.dataset,
    o.pair_id,
    o.week_start,
    o.origin_id,
    count(distinct o.event_id) as event_count,
    count(distinct case when o.is_party_state_media then o.event_id end) as state_media_count,
    count(o.is_party_state_media) as judged_count
from {{ ref('int_event_origins') }} as o
{% if is_incremental() -%}
semi join {{ ref('int_touched_dates') }} as c
    on o.dataset = c.dataset and o.pair_id = c.pair_id
    and o.week_start between c.first_week and c.last_week
{% endif -%}
group by o.dataset, o.pair_id, o.week_start, o.origin_id
