-- What an alarm rests on: who told of its events before and after, and which coders read them. An
-- increment looks again at alarms of touched pairs from their touched week on, and at new ones.
-- depends_on: {{ ref('int_touched_series') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [
        from_touched_week(week='alarm_week'),
        from_touched_week(week='alarm_week', pair='other_pair_id'),
    ]},
) }}
with alarms as (
    select a.* from {{ ref('int_alarms') }} as a
    {% if is_incremental() -%}
    semi join (
        select a.shift_id
        from {{ ref('int_alarms') }} as a
        inner join {{ ref('int_touched_series') }} as c
            on a.dataset = c.dataset and a.pair_id = c.pair_id and a.alarm_week >= c.from_week
        union
        select a.shift_id
        from {{ ref('int_alarms') }} as a
        inner join {{ ref('int_touched_series') }} as c
            on a.dataset = c.dataset and a.other_pair_id = c.pair_id and a.alarm_week >= c.from_week
    ) as c on a.shift_id = c.shift_id
    {%- endif %}
),

-- a share has two pairs: a row for each, so that what follows joins on equality
sides as (
    select shift_id, dataset, pair_id, alarm_week, estimated_start from alarms
    union all
    select shift_id, dataset, other_pair_id, alarm_week, estimated_start
    from alarms
    where other_pair_id is not null
),

told as (
    select distinct
        a.shift_id,
        o.event_id,
        o.origin_id,
        o.week_start < a.estimated_start as is_before
    from sides as a
    inner join {{ ref('int_event_origins') }} as o
        on a.dataset = o.dataset and a.pair_id = o.pair_id
        and o.week_start <= a.alarm_week
        and o.week_start >= {{ add_days('a.estimated_start', -7 * var('shift_before_weeks')) }}
),

origins as (
    select shift_id, origin_id
    from told
    group by shift_id, origin_id
    having count(distinct is_before) = 2
),

overlap as (
    select
        t.shift_id,
        cast(count(distinct case when o.origin_id is not null then t.event_id end) as double)
            / count(distinct t.event_id) as source_overlap
    from told as t
    left join origins as o on t.shift_id = o.shift_id and t.origin_id = o.origin_id
    where t.is_before
    group by t.shift_id
),

coders as (
    select
        a.shift_id,
        count(distinct m.coder_name || ' ' || m.coder_version) as coder_versions,
        max(e.last_known_at) as data_known_at
    from sides as a
    inner join {{ ref('fct_events') }} as e
        on a.dataset = e.dataset and a.pair_id = e.pair_id
        and e.is_scored and e.week_start <= a.alarm_week
        and e.week_start >= {{ add_days('a.estimated_start', -7 * var('shift_before_weeks')) }}
    left join {{ ref('int_news_mentions') }} as m
        on e.dataset = m.dataset and e.event_id = m.event_id and m.is_counted
    group by a.shift_id
)

select
    a.shift_id,
    a.dataset,
    a.pair_id,
    a.other_pair_id,
    a.alarm_week,
    o.source_overlap,
    d.coder_versions,
    d.data_known_at
from alarms as a
left join overlap as o on a.shift_id = o.shift_id
left join coders as d on a.shift_id = d.shift_id
