-- The calendar of a data set: one row per week from its first event to its last week with any events
-- or coverage.
with ends as (
    select dataset, first_week, last_week from {{ ref('int_pair_spans') }}
    union all
    select dataset, cast(null as date), week_start from {{ ref('int_covered_weeks') }}
),

-- no first week where there is no event: then there is no calendar
spans as (
    select dataset, min(first_week) as first_week, max(last_week) as last_week
    from ends
    group by dataset
),

weeks as (
    select
        n as week_index,
        {{ week_of('n') }} as week_start
    from {{ integers(0, 5000) }} as numbers
)

select s.dataset, w.week_start, w.week_index
from spans as s
inner join weeks as w on w.week_start between s.first_week and s.last_week
