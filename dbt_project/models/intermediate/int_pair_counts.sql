-- Per pair on the spine and week: counts of the week, of the last 13 weeks, the mean of the year
-- before, and their dispersion phi: squared differences of adjacent 8-week blocks over their
-- Poisson variance, averaged over the trailing 156 weeks and steadied by four blocks of 3.
with weeks as (
    select
        dataset,
        pair_id,
        week_start,
        week_index,
        cooperation_count as c,
        conflict_count as k,
        event_count as n,
        week_index - min(week_index) over (partition by dataset, pair_id) as t,
        sum(event_count) over (partition by dataset, pair_id) as pair_event_count
    from {{ ref('fct_pair_weeks') }}
),

blocks as (
    select
        *,
        sum(c) over window_13 as c13,
        sum(k) over window_13 as k13,
        avg(c) over year_before as c_mean,
        avg(k) over year_before as k_mean,
        count(n) over year_before as baseline_weeks,
        coalesce(sum(n) over block, 0) as n8,
        coalesce(sum(n) over block_before, 0) as n8_before
    from weeks
    where pair_event_count >= {{ var('spine_minimum_events') }}
    window
        window_13 as (
            partition by dataset, pair_id order by t
            rows between {{ var('rate_weeks') - 1 }} preceding and current row
        ),
        year_before as (
            partition by dataset, pair_id order by t
            rows between {{ var('surprise_baseline_weeks') }} preceding and 1 preceding
        ),
        block as (
            partition by dataset, pair_id order by t rows between 7 preceding and current row
        ),
        block_before as (
            partition by dataset, pair_id order by t rows between 15 preceding and 8 preceding
        )
),

ratios as (
    select
        *,
        case when t >= 15 and n8 + n8_before > 0
            then cast((n8 - n8_before) * (n8 - n8_before) as double) / (n8 + n8_before)
        end as ratio
    from blocks
)

select
    dataset, pair_id, week_start, week_index, t, n, c, k, c13, k13, c_mean, k_mean, baseline_weeks,
    greatest(
        1.0,
        (coalesce(sum(ratio) over last156, 0) + 12) / (count(ratio) over last156 + 4)
    ) as phi
from ratios
window last156 as (
    partition by dataset, pair_id order by t rows between 156 preceding and 1 preceding
)
