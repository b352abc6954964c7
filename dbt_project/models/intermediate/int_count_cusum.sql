-- The CUSUM of int_shift_cusum on shares and volumes. An increment makes volumes anew from their
-- touched week, and the few series of shares whole.
-- depends_on: {{ ref('int_touched_series') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [
        from_touched_week(of="t.measure = 'volume'"),
        {'rows': "t.measure = 'share'"},
    ]},
) }}
{%- set look_back = var('cusum_baseline_weeks') + var('cusum_window_weeks') %}
with series as (
    select
        s.*,
        {% if is_incremental() -%}
        s.measure = 'share' or s.week_start >= c.from_week as is_wanted
    from {{ ref('int_count_series') }} as s
    left join {{ ref('int_touched_series') }} as c on s.dataset = c.dataset and s.series_id = c.pair_id
    where s.measure = 'share' or s.week_start >= {{ add_days('c.from_week', -7 * look_back) }}
        {%- else -%}
        true as is_wanted
    from {{ ref('int_count_series') }} as s
        {%- endif %}
),

based as (
    select
        *,
        coalesce(sum(w * coalesce(x, 0)) over baseline, 0) as base_sum,
        coalesce(sum(w) over baseline, 0) as base_weight
    from series
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
),

above_minimum as (
    select
        *,
        up_walk - min(up_walk) over recent as cusum_up,
        down_walk - min(down_walk) over recent as cusum_down
    from walked
    window recent as (
        partition by dataset, measure, series_id order by t
        rows between {{ var('cusum_window_weeks') }} preceding and current row
    )
)

select
    dataset, measure, series_id, pair_id, other_pair_id, week_start, t, k, n, phi, x, w,
    cusum_up, cusum_down
from above_minimum
where is_wanted
