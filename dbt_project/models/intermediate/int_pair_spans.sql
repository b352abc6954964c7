-- One row per data set and pair with scored events: its first and last active week, and whether it
-- has the weekly spine. changed_load marks where that began, ended or the pair is new.
-- depends_on: {{ ref('int_touched_dates') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [{
        'relation': 'intermediate.int_touched_dates',
        'where': 't.dataset = c.dataset and t.pair_id = c.pair_id',
    }]},
) }}
with spans as (
    select
        w.dataset,
        w.pair_id,
        min(w.week_start) as first_week,
        max(w.week_start) as last_week,
        sum(w.event_count) >= {{ var('spine_minimum_events') }} as has_spine
    from {{ ref('int_event_weeks') }} as w
    {% if is_incremental() -%}
    semi join {{ ref('int_touched_dates') }} as c
        on w.dataset = c.dataset and w.pair_id = c.pair_id
    {% endif -%}
    group by w.dataset, w.pair_id
)

select
    s.dataset,
    s.pair_id,
    s.first_week,
    s.last_week,
    s.has_spine,
    {% if is_incremental() -%}
    case when t.has_spine = s.has_spine then t.changed_load else {{ this_load() }} end as changed_load
from spans as s
left join {{ this }} as t on s.dataset = t.dataset and s.pair_id = t.pair_id
    {%- else -%}
    {{ this_load() }} as changed_load
from spans as s
    {%- endif %}
