-- One row per data set, direction and week in which either side of a pair acts: the sums that warmth
-- and initiative of a direction follow from, decayed to the week. An increment goes on from the last
-- week before: its sums are all that the formulas know of the past.
-- depends_on: {{ ref('int_touched_series') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [from_touched_week()]},
) }}
{%- set h = var('half_life_weeks') -%}
{%- set hs = var('share_half_life_weeks') %}
with weeks as (
    select distinct d.dataset, d.pair_id, d.week_start, d.week_index
    from {{ ref('int_direction_weeks') }} as d
    {% if is_incremental() -%}
    inner join {{ ref('int_touched_series') }} as c
        on d.dataset = c.dataset and d.pair_id = c.pair_id and d.week_start >= c.from_week
    {%- endif %}
),

directions as (
    select
        dataset, pair_id, week_start, week_index,
        split_part(pair_id, '-', 1) as source_code,
        split_part(pair_id, '-', 2) as target_code
    from weeks
    union all
    select
        dataset, pair_id, week_start, week_index,
        split_part(pair_id, '-', 2),
        split_part(pair_id, '-', 1)
    from weeks
),

acted as (
    select
        d.*,
        coalesce(a.event_count, 0) as event_count,
        coalesce(a.week_mean, 0) as x,
        case when a.week_n > 0
            then 1 / ({{ var('tau2') }} + {{ var('event_variance') }} / a.week_n) else 0
        end as w
    from directions as d
    left join {{ ref('int_direction_weeks') }} as a
        on d.dataset = a.dataset and d.source_code = a.source_code
        and d.target_code = a.target_code and d.week_start = a.week_start
),

valued as (
    select
        dataset, pair_id, source_code, target_code, week_start, week_index, event_count,
        w * x as value_part, w as weight_part, w as weight_sq_part, event_count as act_part,
        true as is_wanted
    from acted
    {%- if is_incremental() %}
    union all
    select
        t.dataset, t.pair_id, t.source_code, t.target_code, max(t.week_start), max(t.week_index), 0,
        max_by(t.weighted_sum, t.week_index), max_by(t.weight_sum, t.week_index),
        max_by(t.weight_sq_sum, t.week_index), max_by(t.act_sum, t.week_index), false
    from {{ this }} as t
    inner join {{ ref('int_touched_series') }} as c
        on t.dataset = c.dataset and t.pair_id = c.pair_id and t.week_start < c.from_week
    group by t.dataset, t.pair_id, t.source_code, t.target_code
    {%- endif %}
),

timed as (
    select *, week_index - min(week_index) over (partition by dataset, pair_id) as t from valued
),

summed as (
    select
        *,
        sum(value_part * power(2, t / {{ h }}.0)) over running * power(2, -t / {{ h }}.0)
            as weighted_sum,
        sum(weight_part * power(2, t / {{ h }}.0)) over running * power(2, -t / {{ h }}.0)
            as weight_sum,
        sum(weight_sq_part * power(2, 2 * t / {{ h }}.0)) over running * power(2, -2 * t / {{ h }}.0)
            as weight_sq_sum,
        sum(act_part * power(2, t / {{ hs }}.0)) over running * power(2, -t / {{ hs }}.0) as act_sum
    from timed
    window running as (
        partition by dataset, pair_id, source_code order by t
        rows between unbounded preceding and current row
    )
)

select
    dataset, pair_id, source_code, target_code, week_start, week_index, event_count,
    weighted_sum, weight_sum, weight_sq_sum, act_sum
from summed
where is_wanted
