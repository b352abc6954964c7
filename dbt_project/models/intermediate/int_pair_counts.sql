-- Per pair on the spine and week: counts of the week, of the last 13 weeks, the mean of the year
-- before, and their dispersion phi: squared differences of adjacent 8-week blocks over their
-- Poisson variance, averaged over the trailing 156 weeks and steadied by four blocks of 3.
-- depends_on: {{ ref('int_touched_series') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [from_touched_week()]},
) }}
{%- set phi_weeks = 156 %}
with weeks as (
    select
        p.dataset,
        p.pair_id,
        p.week_start,
        p.week_index,
        p.cooperation_count as c,
        p.conflict_count as k,
        p.event_count as n,
        cast({{ days_between('s.first_week', 'p.week_start') }} / 7 as bigint) as t,
        {% if is_incremental() %} p.week_start >= c.from_week {% else %} true {% endif %} as is_wanted
    from {{ ref('fct_pair_weeks') }} as p
    inner join {{ ref('int_pair_spans') }} as s
        on p.dataset = s.dataset and p.pair_id = s.pair_id and s.has_spine
    {% if is_incremental() -%}
    inner join {{ ref('int_touched_series') }} as c
        on p.dataset = c.dataset and p.pair_id = c.pair_id
        and p.week_start >= {{ add_days('c.from_week', -7 * (phi_weeks + 16)) }}
    {%- endif %}
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
),

dispersed as (
    select
        *,
        greatest(
            1.0,
            (coalesce(sum(ratio) over last_blocks, 0) + 12) / (count(ratio) over last_blocks + 4)
        ) as phi
    from ratios
    window last_blocks as (
        partition by dataset, pair_id order by t rows between {{ phi_weeks }} preceding and 1 preceding
    )
)

select
    dataset, pair_id, week_start, week_index, t, n, c, k, c13, k13, c_mean, k_mean, baseline_weeks,
    phi
from dispersed
where is_wanted
