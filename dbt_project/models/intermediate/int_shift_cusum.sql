-- Two-sided CUSUM of standardised, clipped weekly residuals against a trailing baseline: the sum of
-- the last weeks above its own running minimum. Windows only, no recursion; it heals after a shift.
-- An increment reads as far back as both windows reach. Pairs without the spine have too few events
-- for any shift.
-- depends_on: {{ ref('int_touched_series') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [from_touched_week()]},
) }}
{%- set prior = var('baseline_prior_weight') %}
{%- set look_back = var('cusum_baseline_weeks') + var('cusum_window_weeks') %}
with weekly as (
    select
        p.dataset,
        p.pair_id,
        p.week_start,
        cast({{ days_between('s.first_week', 'p.week_start') }} / 7 as bigint) as t,
        -- as in int_week_values; the weeks of the spine hold the sums already
        case when p.party_share_sum > 0 then p.weight_sum / p.party_share_sum end as x,
        case
            when p.party_share_sum > 0
                then 1 / ({{ var('tau2') }} + {{ var('event_variance') }} / p.party_share_sum)
            else 0
        end as w,
        {% if is_incremental() %} p.week_start >= c.from_week {% else %} true {% endif %} as is_wanted
    from {{ ref('fct_pair_weeks') }} as p
    inner join {{ ref('int_pair_spans') }} as s
        on p.dataset = s.dataset and p.pair_id = s.pair_id and s.has_spine
    {% if is_incremental() -%}
    inner join {{ ref('int_touched_series') }} as c
        on p.dataset = c.dataset and p.pair_id = c.pair_id
        and p.week_start >= {{ add_days('c.from_week', -7 * look_back) }}
    {% endif -%}
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
),

above_minimum as (
    select
        *,
        up_walk - min(up_walk) over recent as cusum_up,
        down_walk - min(down_walk) over recent as cusum_down
    from walked
    window recent as (
        partition by dataset, pair_id order by t
        rows between {{ var('cusum_window_weeks') }} preceding and current row
    )
)

select
    dataset,
    pair_id,
    week_start,
    t,
    x,
    w,
    cusum_up,
    cusum_down
from above_minimum
where is_wanted
