-- Weeks in which both detectors agree on a direction, after a quiet time: an alarm that goes out and
-- comes back within it is the same finding.
with alarmed as (
    select
        *,
        -- clipped residuals may sum to the threshold itself, up to rounding
        cusum > {{ var('cusum_notable') }} + 1e-9 and glr > {{ var('glr_notable') }} as is_alarm
    from {{ ref('int_shift_splits') }}
),

onset as (
    select
        *,
        coalesce(max(case when is_alarm then 1 else 0 end) over quiet, 0) = 1 as was_alarm
    from alarmed
    window quiet as (
        partition by dataset, pair_id, delta > 0 order by t
        range between {{ var('shift_quiet_weeks') }} preceding and 1 preceding
    )
),

counted as (
    select
        o.dataset, o.pair_id, o.week_start,
        sum(
            case when e.week_start >= {{ add_days('o.week_start', '-7 * (o.split_weeks - 1)') }}
                then e.event_count else 0 end
        ) as events_after,
        sum(
            case when e.week_start < {{ add_days('o.week_start', '-7 * (o.split_weeks - 1)') }}
                then e.event_count else 0 end
        ) as events_before
    from onset as o
    inner join {{ ref('int_event_weeks') }} as e
        on o.dataset = e.dataset and o.pair_id = e.pair_id
        and e.week_start <= o.week_start
        and e.week_start >= {{ add_days('o.week_start',
            '-7 * (o.split_weeks + ' ~ var('shift_before_weeks') ~ ')') }}
    where o.is_alarm and not o.was_alarm
    group by o.dataset, o.pair_id, o.week_start
)

select
    md5(o.dataset || '|level|' || o.pair_id || '|' || cast(o.week_start as varchar)) as shift_id,
    o.dataset,
    o.pair_id,
    o.week_start as alarm_week,
    {{ add_days('o.week_start', '-7 * (o.split_weeks - 1)') }} as estimated_start,
    case when o.delta > 0 then 'warming' else 'cooling' end as direction,
    case
        when o.cusum > {{ var('cusum_strong') }} and o.glr > {{ var('glr_strong') }} then 'strong'
        else 'notable'
    end as strength,
    o.delta, o.delta_se, o.before_level, o.after_level, o.cusum, o.glr,
    o.active_after,
    c.events_before, c.events_after
from onset as o
inner join counted as c
    on o.dataset = c.dataset and o.pair_id = c.pair_id and o.week_start = c.week_start
where o.is_alarm and not o.was_alarm
