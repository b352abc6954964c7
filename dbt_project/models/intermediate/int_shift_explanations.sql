-- Alarms of all three measures with what else could have made them: a change of coverage, of the
-- sources, of the coder. Windows: the 104 weeks before the estimated start, and the weeks since.
{%- set weekly = "(a.events_before + a.events_after) * 7.0 / ("
    ~ days_between('a.estimated_start', 'a.alarm_week') ~ " + 7 + 7 * " ~ var('shift_before_weeks') ~ ")" %}
with coverage as (
    select
        a.shift_id,
        avg(case when d.week_start >= a.estimated_start then d.document_count end)
            / nullif(avg(case when d.week_start < a.estimated_start then d.document_count end), 0)
            as coverage_ratio
    from {{ ref('int_alarms') }} as a
    inner join {{ ref('int_dataset_weeks') }} as d
        on a.dataset = d.dataset and d.week_start <= a.alarm_week
        and d.week_start >= {{ add_days('a.estimated_start', -7 * var('shift_before_weeks')) }}
    group by a.shift_id
)

select
    a.*,
    c.coverage_ratio,
    e.source_overlap,
    e.coder_versions,
    e.data_known_at,
    -- expected without a change at this volume, by simulation (benchmarks/bench_simulation.py for
    -- level, bench_shifts.py for the others)
    case
        when a.measure = 'level' then case when {{ weekly }} >= 4 then 0.05 else 0.08 end
        when {{ weekly }} >= 15 then 0.05
        when {{ weekly }} >= 4 then 0.03
        else 0.01
    end as false_alarms_per_year
from {{ ref('int_alarms') }} as a
left join coverage as c on a.shift_id = c.shift_id
left join {{ ref('int_shift_evidence') }} as e on a.shift_id = e.shift_id
