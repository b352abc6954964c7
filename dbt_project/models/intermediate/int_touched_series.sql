-- Weekly series to be made anew, each from its earliest touched week on: events changed, the pair's
-- spine began or ended, or a week came to be covered.
with touched as (
    select dataset, pair_id, min(first_week) as from_week
    from {{ ref('int_touched_dates') }}
    group by dataset, pair_id
    union all
    select dataset, pair_id, cast('0001-01-01' as date)
    from {{ ref('int_pair_spans') }}
    where {{ is_new('changed_load') }}
    union all
    select s.dataset, s.pair_id, c.from_week
    from (
        select dataset, min(week_start) as from_week
        from {{ ref('int_covered_weeks') }}
        where {{ is_new('changed_load') }}
        group by dataset
    ) as c
    inner join {{ ref('int_pair_spans') }} as s on c.dataset = s.dataset and s.has_spine
)

select dataset, pair_id, min(from_week) as from_week
from touched
group by dataset, pair_id
