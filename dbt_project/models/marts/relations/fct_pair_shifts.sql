-- M7: shifts of level, share and volume. Append-only: an alarm is written once; when later data no
-- longer support it, a row that says 'withdrawn' follows. Nothing is updated or deleted, also not by
-- a full refresh.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail', full_refresh=false) }}
with alarms as (
    select
        shift_id,
        dataset,
        measure,
        pair_id,
        other_pair_id,
        alarm_week,
        estimated_start,
        direction,
        strength,
        cast(delta as double) as delta,
        cast(delta_se as double) as delta_se,
        cast(before_level as double) as before_level,
        cast(after_level as double) as after_level,
        cast(cusum as double) as cusum,
        cast(glr as double) as glr,
        cast(events_before as bigint) as events_before,
        cast(events_after as bigint) as events_after,
        cast(active_after as bigint) as active_weeks_after,
        cast(coverage_ratio as double) as coverage_ratio,
        cast(source_overlap as double) as source_overlap,
        cast(coder_versions as bigint) as coder_versions,
        cast(false_alarms_per_year as double) as false_alarms_per_year,
        'active' as status,
        cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as recorded_at,
        cast(data_known_at as timestamp) as data_known_at
    from {{ ref('int_shift_explanations') }}
)
{% if is_incremental() %}
, ledger as (
    select
        *,
        row_number() over (partition by shift_id order by recorded_at desc) as place
    from {{ this }}
),

active as (
    select * from ledger where place = 1 and status <> 'withdrawn'
)

select a.*
from alarms as a
anti join active as s on a.shift_id = s.shift_id
union all
select
    s.shift_id, s.dataset, s.measure, s.pair_id, s.other_pair_id, s.alarm_week, s.estimated_start,
    s.direction, s.strength, s.delta, s.delta_se, s.before_level, s.after_level, s.cusum, s.glr,
    s.events_before, s.events_after, s.active_weeks_after, s.coverage_ratio, s.source_overlap,
    s.coder_versions, s.false_alarms_per_year, 'withdrawn' as status,
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as recorded_at,
    s.data_known_at
from active as s
anti join alarms as a on s.shift_id = a.shift_id
{% else %}
select * from alarms
{% endif %}
