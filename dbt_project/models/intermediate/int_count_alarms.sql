-- Share and volume alarms: the first week, after a quiet time, in which CUSUM and GLR agree. A share
-- is stated as K / N, a volume as events per week and the log of their ratio, with phi in the error.
with alarmed as (
    select
        *,
        cusum > {{ var('count_cusum_notable') }} and glr > {{ var('count_glr_notable') }}
        -- the change has lasted: with the shortest split as the best one, its start is not yet seen
        and split_weeks > {{ var('shift_split_from') }}
        -- below one event a week nothing is a finding
        and case
            when measure = 'volume' then greatest(k_before / n_before, k_after / n_after) >= 1
            else n_after >= split_weeks
        end as is_alarm
    from {{ ref('int_count_splits') }}
    where n_before > 0 and n_after > 0
),

onset as (
    select
        *,
        coalesce(max(case when is_alarm then 1 else 0 end) over quiet, 0) = 1 as was_alarm
    from alarmed
    window quiet as (
        partition by dataset, measure, series_id, difference > 0 order by t
        range between {{ var('shift_quiet_weeks') }} preceding and 1 preceding
    )
),

levels as (
    select
        *,
        k_before / n_before as before_level,
        k_after / n_after as after_level,
        (k_before + 1) / (n_before + 2) as p_before,
        (k_after + 1) / (n_after + 2) as p_after
    from onset
    where is_alarm and not was_alarm
)

select
    md5(dataset || '|' || measure || '|' || series_id || '|' || cast(week_start as varchar))
        as shift_id,
    dataset,
    measure,
    pair_id,
    other_pair_id,
    week_start as alarm_week,
    {{ add_days('week_start', '-7 * (split_weeks - 1)') }} as estimated_start,
    case
        when measure = 'share' and difference > 0 then 'towards partner'
        when measure = 'share' then 'towards other'
        when difference > 0 then 'more'
        else 'less'
    end as direction,
    case when cusum > {{ var('count_cusum_strong') }} and glr > {{ var('count_glr_strong') }} then 'strong'
        else 'notable' end as strength,
    case when measure = 'share' then after_level - before_level
        else ln((k_after + 0.5) / n_after) - ln((k_before + 0.5) / n_before) end as delta,
    case when measure = 'share'
        then sqrt(phi * (p_after * (1 - p_after) / n_after + p_before * (1 - p_before) / n_before))
        else sqrt(phi * (1 / (k_after + 0.5) + 1 / (k_before + 0.5))) end as delta_se,
    before_level,
    after_level,
    cusum,
    glr,
    case when measure = 'share' then n_before else k_before end as events_before,
    case when measure = 'share' then n_after else k_after end as events_after,
    active_after
from levels
