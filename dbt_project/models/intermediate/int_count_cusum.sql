-- The CUSUM of int_shift_cusum on shares and volumes.
with based as (
    select
        *,
        coalesce(sum(w * coalesce(x, 0)) over baseline, 0) as base_sum,
        coalesce(sum(w) over baseline, 0) as base_weight
    from {{ ref('int_count_series') }}
    window baseline as (
        partition by dataset, measure, series_id order by t
        rows between {{ var('cusum_baseline_weeks') }} preceding and 1 preceding
    )
),

residuals as (
    select
        *,
        case when w > 0 and base_weight > 0 and t >= {{ var('shift_minimum_weeks') }} then
            greatest(-{{ var('cusum_clip') }}, least({{ var('cusum_clip') }},
                (x - base_sum / base_weight) / sqrt(1 / w + 1 / base_weight)
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
        partition by dataset, measure, series_id order by t
        rows between unbounded preceding and current row
    )
)

select
    dataset, measure, series_id, pair_id, other_pair_id, week_start, t, k, n, phi, x, w,
    up_walk - min(up_walk) over recent as cusum_up,
    down_walk - min(down_walk) over recent as cusum_down
from walked
window recent as (
    partition by dataset, measure, series_id order by t
    rows between {{ var('cusum_window_weeks') }} preceding and current row
)
