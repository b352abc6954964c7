-- One row per data set, direction and week with scored acts that are not mutual by nature.
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
    e.dataset,
    e.pair_id,
    e.source_code,
    e.target_code,
    e.week_start,
    cast({{ days_between("cast('" ~ var('spine_start') ~ "' as date)", 'e.week_start') }} / 7 as bigint)
        as week_index,
    count(*) as event_count,
    sum(e.party_share) as week_n,
    sum(e.weight * e.party_share) / sum(e.party_share) as week_mean
from {{ ref('fct_events') }} as e
{% if is_incremental() -%}
semi join {{ ref('int_touched_dates') }} as c
    on e.dataset = c.dataset and e.pair_id = c.pair_id
    and e.week_start between c.first_week and c.last_week
{% endif -%}
where e.is_scored and not e.is_mirrored
group by e.dataset, e.pair_id, e.source_code, e.target_code, e.week_start
