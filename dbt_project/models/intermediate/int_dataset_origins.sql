-- One row per scored event of record that reports of data sets were merged into, and origin.
-- depends_on: {{ ref('int_touched_dates') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [
        {'relation': 'intermediate.int_touched_dates', 'where': in_touched_week('t')},
    ]},
) }}
with reports as (
    select {{ series_of('r') }}, r.event_date, r.origin, r.is_episodic
    from {{ ref('int_dataset_reports') }} as r
    {% if is_incremental() -%}
    -- reports of an event lie within the longest span of an episode
    semi join {{ ref('int_touched_dates') }} as c
        on r.dataset = c.dataset and r.pair_id = c.pair_id
        and r.event_date between c.first_week
        and {{ add_days('c.last_week', 6 + var('max_span_days_visit')) }}
    {% endif -%}
    where r.verdict = 'candidate' and not r.is_of_record
        {%- if is_incremental() %}
        and {{ in_reach_of_touched_weeks('r.event_date', var('max_span_days_visit')) }}
        {%- endif %}
),

events as (
    select
        {{ series_of('e') }}, e.anchor_date, e.event_id,
        {{ monday('e.anchor_date') }} as week_start
    from {{ ref('int_dataset_events') }} as e
    where {{ is_scored() }} and not e.is_echo
),

touched as (
    select e.* from events as e {{ touched_weeks_only('e') }}
),

told as (
    select e.dataset, e.event_id, e.pair_id, e.week_start, r.origin as origin_id
    from reports as r
    inner join touched as e on {{ same_series('r', 'e') }} and r.event_date = e.anchor_date
    where not r.is_episodic
    union all
    select e.dataset, e.event_id, e.pair_id, e.week_start, r.origin
    from reports as r
    inner join {{ ref('int_dataset_episodes') }} as d
        on {{ same_series('r', 'd') }} and r.event_date = d.event_date
    inner join touched as e on {{ same_series('d', 'e') }} and d.anchor_date = e.anchor_date
    where r.is_episodic
)

select distinct dataset, event_id, pair_id, week_start, origin_id from told
