-- Alarms of all three measures with what else could have made them: a change of coverage, of the
-- sources, of the coder. Windows: the 104 weeks before the estimated start, and the weeks since.
{%- set weekly = "(a.events_before + a.events_after) * 7.0 / ("
    ~ days_between('a.estimated_start', 'a.alarm_week') ~ " + 7 + 7 * " ~ var('shift_before_weeks') ~ ")" %}
with alarms as (
    select
        shift_id, dataset, 'level' as measure, pair_id, cast(null as varchar) as other_pair_id,
        alarm_week, estimated_start, direction, strength, delta, delta_se, before_level, after_level,
        cusum, glr, events_before, events_after, active_after
    from {{ ref('int_shift_alarms') }}
    union all
    select
        shift_id, dataset, measure, pair_id, other_pair_id, alarm_week, estimated_start, direction,
        strength, delta, delta_se, before_level, after_level, cusum, glr, events_before,
        events_after, active_after
    from {{ ref('int_count_alarms') }}
),

-- a share has two pairs: a row for each, so that what follows joins on equality
sides as (
    select shift_id, dataset, pair_id, alarm_week, estimated_start from alarms
    union all
    select shift_id, dataset, other_pair_id, alarm_week, estimated_start
    from alarms
    where other_pair_id is not null
),

coverage as (
    select
        a.shift_id,
        avg(case when d.week_start >= a.estimated_start then d.document_count end)
            / nullif(avg(case when d.week_start < a.estimated_start then d.document_count end), 0)
            as coverage_ratio
    from alarms as a
    inner join {{ ref('int_dataset_weeks') }} as d
        on a.dataset = d.dataset and d.week_start <= a.alarm_week
        and d.week_start >= {{ add_days('a.estimated_start', -7 * var('shift_before_weeks')) }}
    group by a.shift_id
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
        max(m.known_at) as data_known_at
    from sides as a
    inner join {{ ref('fct_events') }} as e
        on a.dataset = e.dataset and a.pair_id = e.pair_id
        and e.is_scored and e.week_start <= a.alarm_week
        and e.week_start >= {{ add_days('a.estimated_start', -7 * var('shift_before_weeks')) }}
    inner join {{ ref('fct_event_mentions') }} as m
        on e.dataset = m.dataset and e.event_id = m.event_id and m.is_counted
    group by a.shift_id
)

select
    a.*,
    c.coverage_ratio,
    o.source_overlap,
    d.coder_versions,
    d.data_known_at,
    -- expected without a change at this volume, by simulation (benchmarks/bench_simulation.py for
    -- level, bench_shifts.py for the others)
    case
        when a.measure = 'level' then case when {{ weekly }} >= 4 then 0.05 else 0.08 end
        when {{ weekly }} >= 15 then 0.05
        when {{ weekly }} >= 4 then 0.03
        else 0.01
    end as false_alarms_per_year
from alarms as a
left join coverage as c on a.shift_id = c.shift_id
left join overlap as o on a.shift_id = o.shift_id
left join coders as d on a.shift_id = d.shift_id
