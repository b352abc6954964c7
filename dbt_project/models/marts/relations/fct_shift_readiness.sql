-- Whether a level shift of a pair can be seen at all. Below one event a week an alarm is never a
-- finding about the world: it reads 'not enough data'.
with weeks as (
    select
        dataset,
        pair_id,
        max(week_start) as week_start,
        count(*) as weeks_of_history,
        cast(sum(case when place <= 104 then event_count else 0 end) as double)
            / least(count(*), 104) as events_per_week
    from (
        select
            *,
            row_number() over (partition by dataset, pair_id order by week_start desc) as place
        from {{ ref('fct_pair_weeks') }}
    ) as placed
    group by dataset, pair_id
),

alarms as (
    select dataset, pair_id, max(alarm_week) as last_alarm_week
    from {{ ref('int_shift_alarms') }}
    group by dataset, pair_id
)

select
    w.dataset,
    w.pair_id,
    w.week_start,
    cast(weeks_of_history as bigint) as weeks_of_history,
    cast(events_per_week as double) as events_per_week,
    case
        when weeks_of_history < {{ var('shift_minimum_weeks') }} then 'too short a history'
        when events_per_week < 1 then 'not enough data'
        when a.last_alarm_week > {{ add_days('w.week_start', -7 * var('cusum_window_weeks')) }}
            then 'shift'
        else 'no shift detected'
    end as verdict,
    -- the change of level that a year of weeks like these tells from nothing with 90 % power
    cast(
        case when events_per_week > 0 then
            2.93 * sqrt(({{ var('tau2') }} + {{ var('event_variance') }} / events_per_week)
                * (1.0 / 52 + 1.0 / 104))
        end as double
    ) as smallest_detectable,
    cast(case when events_per_week >= 4 then 0.05 else 0.08 end as double) as false_alarms_per_year
from weeks as w
left join alarms as a on w.dataset = a.dataset and w.pair_id = a.pair_id
