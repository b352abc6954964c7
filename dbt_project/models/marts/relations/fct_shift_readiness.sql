-- Whether a level shift of a pair can be seen at all. Below one event a week an alarm is never a
-- finding about the world: it reads 'not enough data'.
with spans as (
    select dataset, pair_id, max(week_start) as week_start, count(*) as weeks_of_history
    from {{ ref('fct_pair_weeks') }}
    group by dataset, pair_id
),

-- pairs without the spine have rows for their few active weeks only
weeks as (
    select
        s.dataset,
        s.pair_id,
        s.week_start,
        s.weeks_of_history,
        cast(sum(
            case when not p.has_spine or w.week_start > {{ add_days('s.week_start', -7 * 104) }}
                then w.event_count else 0 end
        ) as double) / least(s.weeks_of_history, 104) as events_per_week
    from spans as s
    inner join {{ ref('int_pair_spans') }} as p on s.dataset = p.dataset and s.pair_id = p.pair_id
    inner join {{ ref('fct_pair_weeks') }} as w on s.dataset = w.dataset and s.pair_id = w.pair_id
    group by s.dataset, s.pair_id, s.week_start, s.weeks_of_history
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
