-- Generalised likelihood ratio: per pair and week the best split of the last weeks into before and
-- after. It dates the shift and sizes it; its size is chosen by maximisation and states that.
-- Only weeks in which the CUSUM alarms need it: one in dozens.
-- depends_on: {{ ref('int_touched_series') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [from_touched_week()]},
) }}
{%- set look_back = var('shift_split_to') + var('shift_before_weeks') + 1 %}
with series as (
    select
        s.*,
        greatest(s.cusum_up, s.cusum_down) > {{ var('cusum_notable') }}
            {% if is_incremental() %} and s.week_start >= c.from_week {% endif %} as is_wanted
    from {{ ref('int_shift_cusum') }} as s
    {% if is_incremental() -%}
    inner join {{ ref('int_touched_series') }} as c
        on s.dataset = c.dataset and s.pair_id = c.pair_id
        and s.week_start >= {{ add_days('c.from_week', -7 * look_back) }}
    {%- endif %}
),

alarmed as (
    select distinct dataset, pair_id from series where is_wanted
),

running as (
    select
        dataset,
        pair_id,
        week_start,
        t,
        is_wanted,
        cusum_up,
        cusum_down,
        sum(w) over so_far as weight_sum,
        sum(w * coalesce(x, 0)) over so_far as value_sum,
        sum(case when w > 0 then 1 else 0 end) over so_far as active_weeks
    from series as s
    semi join alarmed as a on s.dataset = a.dataset and s.pair_id = a.pair_id
    window so_far as (
        partition by dataset, pair_id order by t rows between unbounded preceding and current row
    )
),

splits as (
    select
        now.dataset,
        now.pair_id,
        now.week_start,
        now.t,
        now.cusum_up,
        now.cusum_down,
        k.n * 2 as split_weeks,
        now.weight_sum - at_split.weight_sum as weight_after,
        now.value_sum - at_split.value_sum as value_after,
        now.active_weeks - at_split.active_weeks as active_after,
        at_split.weight_sum - coalesce(before.weight_sum, 0) as weight_before,
        at_split.value_sum - coalesce(before.value_sum, 0) as value_before
    from running as now
    cross join {{ integers(var('shift_split_from') // 2, var('shift_split_to') // 2) }} as k
    inner join running as at_split
        on now.dataset = at_split.dataset and now.pair_id = at_split.pair_id
        and at_split.t = now.t - k.n * 2
    left join running as before
        on now.dataset = before.dataset and now.pair_id = before.pair_id
        and before.t = now.t - k.n * 2 - {{ var('shift_before_weeks') }}
    where now.is_wanted and now.t >= k.n * 2 + {{ var('shift_minimum_weeks') }}
),

levels as (
    select
        *,
        value_after / nullif(weight_after, 0) as after_level,
        value_before / nullif(weight_before, 0) as before_level,
        1 / nullif(weight_after, 0) + 1 / nullif(weight_before, 0) as delta_variance
    from splits
    where active_after >= {{ var('shift_minimum_active_weeks') }}
),

rated as (
    select
        *,
        (after_level - before_level) * (after_level - before_level) / delta_variance as glr
    from levels
    where delta_variance > 0
),

best as (
    select
        *,
        row_number() over (
            partition by dataset, pair_id, t order by glr desc nulls last, split_weeks
        ) as place
    from rated
)

select
    dataset, pair_id, week_start, t, split_weeks, glr, after_level, before_level,
    after_level - before_level as delta,
    sqrt(delta_variance) as delta_se,
    active_after,
    case when after_level - before_level > 0 then cusum_up else cusum_down end as cusum
from best
where place = 1
