-- Alarms of all three measures.
{{ config(materialized='view') }}
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
