-- Visits and talks of event data sets: the episode that each day with reports falls into.
-- An increment folds a series of days anew from the anchor in force before its first new day. That
-- equals folding all of it: whether a day is an anchor depends on earlier days only, and an anchor
-- is all that the fold knows of them. Only days that are new or change their anchor are written.
{%- set key = series_key() %}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [{'where': same_series('t', 'c') ~ ' and t.event_date = c.event_date'}]},
) }}
with reported as (
    select distinct {{ series_of() }}, event_date
    from {{ ref('int_dataset_reports') }}
    where verdict = 'candidate' and is_episodic
    {% if is_incremental() %} and {{ is_new('load_number') }} {% endif %}
),

{% if is_incremental() -%}
first_new as (
    select {{ series_of() }}, min(event_date) as first_date
    from reported
    group by all
),

known as (
    select {{ series_of('t') }}, t.event_date, t.anchor_date, f.first_date
    from {{ this }} as t
    inner join first_new as f
        on {{ same_series('t', 'f') }}
),

in_force as (
    select {{ series_of() }}, max(anchor_date) as anchor_date
    from known
    where event_date < first_date
    group by all
),

days as (
    select * from reported
    union
    select {{ series_of('k') }}, k.event_date
    from known as k
    left join in_force as f
        on {{ same_series('k', 'f') }}
    where k.event_date >= coalesce(f.anchor_date, k.first_date)
),
{%- else -%}
days as (select * from reported),
{%- endif %}

visits as (select * from days where family = 'visit'),

meetings as (select * from days where family = 'meeting'),

anchors as (
    {{ episode_anchors('visits', key, var('max_span_days_visit')) }}
    union all
    {{ episode_anchors('meetings', key, var('max_span_days_meeting')) }}
),

placed as (
    select
        {{ series_of('d') }}, d.event_date,
        max(a.anchor_date) over (
            partition by {{ series_of('d') }}
            order by d.event_date
        ) as anchor_date
    from days as d
    left join anchors as a
        on {{ same_series('d', 'a') }} and d.event_date = a.anchor_date
)

select p.*, {{ this_load() }} as changed_load
from placed as p
{% if is_incremental() %}
left join known as k
    on {{ same_series('p', 'k') }} and p.event_date = k.event_date
left join reported as r
    on {{ same_series('p', 'r') }} and p.event_date = r.event_date
where r.dataset is not null or k.anchor_date is distinct from p.anchor_date
{% endif %}
