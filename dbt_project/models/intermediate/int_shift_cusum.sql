-- Two-sided CUSUM of standardised, clipped weekly residuals against a trailing baseline: the sum of
-- the last weeks above its own running minimum. Windows only, no recursion; it heals after a shift.
{%- set prior = var('baseline_prior_weight') %}
with weekly as (
    select
        p.dataset,
        p.pair_id,
        p.week_start,
        p.week_index,
        p.week_index - min(p.week_index) over (partition by p.dataset, p.pair_id) as t,
        x.week_mean as x,
        coalesce(x.week_weight, 0) as w
    from {{ ref('fct_pair_weeks') }} as p
    left join {{ ref('int_week_values') }} as x
        on p.dataset = x.dataset and p.pair_id = x.pair_id and p.week_start = x.week_start
        and x.scale = 'detente' and x.acts = 'all'
),

based as (
    select
        *,
        coalesce(sum(w * coalesce(x, 0)) over baseline, 0) as base_sum,
        coalesce(sum(w) over baseline, 0) as base_weight
    from weekly
    window baseline as (
        partition by dataset, pair_id order by t
        rows between {{ var('cusum_baseline_weeks') }} preceding and 1 preceding
    )
),

residuals as (
    select
        *,
        (base_sum + {{ prior }} * {{ var('prior_mean_detente') }}) / (base_weight + {{ prior }})
            as baseline,
        case when w > 0 and t >= {{ var('shift_minimum_weeks') }} then
            greatest(-{{ var('cusum_clip') }}, least({{ var('cusum_clip') }},
                (x - (base_sum + {{ prior }} * {{ var('prior_mean_detente') }})
                    / (base_weight + {{ prior }}))
                / sqrt(1 / w + 1 / greatest(base_weight, 0.1))
            ))
        end as z
    from based
),

walked as (
    select
        *,
        sum(case when z is null then 0 else z - {{ var('cusum_slack') }} end) over walk as up_walk,
        sum(case when z is null then 0 else -z - {{ var('cusum_slack') }} end) over walk as down_walk
    from residuals
    window walk as (
        partition by dataset, pair_id order by t rows between unbounded preceding and current row
    )
)

select
    dataset,
    pair_id,
    week_start,
    week_index,
    t,
    x,
    w,
    up_walk - min(up_walk) over recent as cusum_up,
    down_walk - min(down_walk) over recent as cusum_down
from walked
window recent as (
    partition by dataset, pair_id order by t
    rows between {{ var('cusum_window_weeks') }} preceding and current row
)
