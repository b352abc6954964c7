-- The generalised likelihood ratio of int_shift_splits on shares and volumes, in the weeks only in
-- which the CUSUM is beyond its threshold: elsewhere nothing can alarm.
-- depends_on: {{ ref('int_touched_series') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [
        from_touched_week(of="t.measure = 'volume'"),
        {'rows': "t.measure = 'share'"},
    ]},
) }}
{%- set look_back = var('shift_split_to') + var('shift_before_weeks') + 1 %}
with series as (
    select
        s.*,
        greatest(s.cusum_up, s.cusum_down) > {{ var('count_cusum_notable') }}
        {%- if is_incremental() %}
        and (s.measure = 'share' or s.week_start >= c.from_week) as is_wanted
    from {{ ref('int_count_cusum') }} as s
    left join {{ ref('int_touched_series') }} as c on s.dataset = c.dataset and s.series_id = c.pair_id
    where s.measure = 'share' or s.week_start >= {{ add_days('c.from_week', -7 * look_back) }}
        {%- else %} as is_wanted
    from {{ ref('int_count_cusum') }} as s
        {%- endif %}
),

alarmed as (
    select distinct dataset, measure, series_id from series where is_wanted
),

running as (
    select
        dataset, measure, series_id, pair_id, other_pair_id, week_start, t, phi,
        cusum_up, cusum_down, is_wanted,
        sum(w) over so_far as weight_sum,
        sum(w * coalesce(x, 0)) over so_far as value_sum,
        sum(coalesce(k, 0)) over so_far as k_sum,
        sum(coalesce(n, 0)) over so_far as n_sum,
        sum(case when w > 0 then 1 else 0 end) over so_far as active_weeks
    from series as s
    semi join alarmed as a
        on s.dataset = a.dataset and s.measure = a.measure and s.series_id = a.series_id
    window so_far as (
        partition by dataset, measure, series_id order by t
        rows between unbounded preceding and current row
    )
),

splits as (
    select
        now.dataset, now.measure, now.series_id, now.pair_id, now.other_pair_id, now.week_start,
        now.t, now.phi, now.cusum_up, now.cusum_down,
        s.n * 2 as split_weeks,
        now.weight_sum - middle.weight_sum as weight_after,
        now.value_sum - middle.value_sum as value_after,
        now.k_sum - middle.k_sum as k_after,
        now.n_sum - middle.n_sum as n_after,
        now.active_weeks - middle.active_weeks as active_after,
        middle.weight_sum - coalesce(before.weight_sum, 0) as weight_before,
        middle.value_sum - coalesce(before.value_sum, 0) as value_before,
        middle.k_sum - coalesce(before.k_sum, 0) as k_before,
        middle.n_sum - coalesce(before.n_sum, 0) as n_before
    from running as now
    cross join {{ integers(var('shift_split_from') // 2, var('shift_split_to') // 2) }} as s
    inner join running as middle
        on now.dataset = middle.dataset and now.measure = middle.measure
        and now.series_id = middle.series_id and middle.t = now.t - s.n * 2
    left join running as before
        on now.dataset = before.dataset and now.measure = before.measure
        and now.series_id = before.series_id
        and before.t = now.t - s.n * 2 - {{ var('shift_before_weeks') }}
    where
        now.is_wanted
        and now.t >= s.n * 2 + {{ var('shift_minimum_weeks') }}
),

rated as (
    select
        *,
        value_after / weight_after - value_before / weight_before as difference,
        power(value_after / weight_after - value_before / weight_before, 2)
            / (1 / weight_after + 1 / weight_before) as glr
    from splits
    where
        active_after >= {{ var('shift_minimum_active_weeks') }}
        and weight_after > 0 and weight_before > 0
),

best as (
    select
        *,
        row_number() over (
            partition by dataset, measure, series_id, t order by glr desc nulls last, split_weeks
        ) as place
    from rated
)

select
    dataset, measure, series_id, pair_id, other_pair_id, week_start, t, phi, split_weeks,
    difference, glr, k_before, n_before, k_after, n_after, active_after,
    case when difference > 0 then cusum_up else cusum_down end as cusum
from best
where place = 1
