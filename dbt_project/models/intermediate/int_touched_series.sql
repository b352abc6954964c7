-- Weekly series to be made anew, each from its earliest touched week on: events changed, the pair's
-- spine began or ended, or a week came to be covered.
with newly_covered as (
    -- the spine runs on over the weeks between the last one covered and a later one
    select
        dataset,
        least(
            min(week_start) filter (where {{ is_new('changed_load') }}),
            {{ add_days("coalesce(max(week_start) filter (where not (" ~ is_new('changed_load')
                ~ ")), cast('9999-01-01' as date))", 7) }}
        ) as from_week
    from {{ ref('int_covered_weeks') }}
    group by dataset
    having count_if({{ is_new('changed_load') }}) > 0
),

touched as (
    select dataset, pair_id, min(first_week) as from_week
    from {{ ref('int_touched_dates') }}
    group by dataset, pair_id
    union all
    select dataset, pair_id, cast('0001-01-01' as date)
    from {{ ref('int_pair_spans') }}
    where {{ is_new('changed_load') }}
    union all
    select s.dataset, s.pair_id, c.from_week
    from newly_covered as c
    inner join {{ ref('int_pair_spans') }} as s on c.dataset = s.dataset and s.has_spine
)

select dataset, pair_id, min(from_week) as from_week
from touched
group by dataset, pair_id
