-- One row per data set, direction and week with scored acts that are not mutual by nature.
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [
        {'relation': 'intermediate.int_touched_dates', 'where': in_touched_week('t')},
    ]},
) }}
select
    e.dataset,
    e.pair_id,
    e.source_code,
    e.target_code,
    e.week_start,
    {{ week_index('e.week_start') }} as week_index,
    count(*) as event_count,
    sum(e.party_share) as week_n,
    sum(e.weight * e.party_share) / sum(e.party_share) as week_mean
from {{ ref('fct_events') }} as e
{{ touched_weeks_only('e') }}
where e.is_scored and not e.is_mirrored
group by e.dataset, e.pair_id, e.source_code, e.target_code, e.week_start
