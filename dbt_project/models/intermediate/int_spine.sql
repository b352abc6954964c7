-- The calendar of a data set: one row per week from its first event to its last week with any events
-- or coverage.
with ends as (
    select dataset, first_week, last_week from {{ ref('int_pair_spans') }}
    union all
    select c.dataset, c.week_start, c.week_start
    from {{ ref('int_covered_weeks') }} as c
),

spans as (
    select s.dataset, min(s.first_week) as first_week, max(e.last_week) as last_week
    from {{ ref('int_pair_spans') }} as s
    inner join ends as e on s.dataset = e.dataset
    group by s.dataset
),

weeks as (
    select
        n as week_index,
        {{ add_days("cast('" ~ var('spine_start') ~ "' as date)", 'n * 7') }} as week_start
    from {{ integers(0, 5000) }} as numbers
)

select s.dataset, w.week_start, w.week_index
from spans as s
inner join weeks as w on w.week_start between s.first_week and s.last_week
