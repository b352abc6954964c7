-- M3. S = (sum a w x + p0 mu0) / (sum a w + p0), a = 2^(-(T - t) / h), in one pass: weights are
-- scaled by 2^(t / h) under a running sum, t counted from the first week read, so that nothing
-- overflows. An increment goes on from the three sums of the week before: they are all that the
-- formula knows of the past.
-- depends_on: {{ ref('int_touched_series') }}
-- depends_on: {{ ref('int_pair_spans') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [from_touched_week()]},
) }}
{%- set h = var('half_life_weeks') -%}
{%- set p0 = var('prior_precision') %}
with variants as (
    select 'detente' as scale, 'all' as acts, cast({{ var('prior_mean_detente') }} as double) as mu0
    union all
    select 'goldstein', 'all', cast({{ var('prior_mean_goldstein') }} as double)
    union all
    select 'detente', 'acknowledged', cast({{ var('prior_mean_detente') }} as double)
),

valued as (
    select
        p.dataset,
        p.pair_id,
        p.week_start,
        p.week_index,
        v.scale,
        v.acts,
        v.mu0,
        case when p.is_covered then coalesce(x.event_count, 0) end as event_count,
        coalesce(x.week_weight * x.week_mean, 0) as value_part,
        coalesce(x.week_weight, 0) as weight_part,
        coalesce(x.week_weight, 0) as weight_sq_part,
        case when x.event_count > 0 then p.week_start end as event_week,
        true as is_wanted
    from {{ ref('fct_pair_weeks') }} as p
    {% if is_incremental() -%}
    inner join {{ ref('int_touched_series') }} as c
        on p.dataset = c.dataset and p.pair_id = c.pair_id and p.week_start >= c.from_week
    {% endif -%}
    cross join variants as v
    left join {{ ref('int_week_values') }} as x
        on p.dataset = x.dataset and p.pair_id = x.pair_id and p.week_start = x.week_start
        and v.scale = x.scale and v.acts = x.acts
    {%- if is_incremental() %}
    union all
    -- the year before, for its counts; its last week brings the sums
    select
        t.dataset, t.pair_id, t.week_start, t.week_index, t.scale, t.acts, null, t.event_count,
        case when last_value(t.week_index) over before = t.week_index then t.weighted_sum else 0 end,
        case when last_value(t.week_index) over before = t.week_index then t.weight_sum else 0 end,
        case when last_value(t.week_index) over before = t.week_index then t.weight_sq_sum else 0 end,
        t.last_event_week,
        false
    from {{ this }} as t
    inner join {{ ref('int_touched_series') }} as c
        on t.dataset = c.dataset and t.pair_id = c.pair_id and t.week_start < c.from_week
    inner join {{ ref('int_pair_spans') }} as s
        on t.dataset = s.dataset and t.pair_id = s.pair_id
        and (t.week_start >= {{ add_days('c.from_week', -7 * 52) }} or not s.has_spine)
    window before as (
        partition by t.dataset, t.pair_id, t.scale, t.acts order by t.week_index
        rows between unbounded preceding and unbounded following
    )
    {%- endif %}
),

timed as (
    select
        *,
        week_index - min(week_index) over (partition by dataset, pair_id, scale, acts) as t
    from valued
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
        max(event_week) over running as last_event_week,
        sum(event_count) over (
            partition by dataset, pair_id, scale, acts order by t
            range between 51 preceding and current row
        ) as event_count_52w
    from timed
    window running as (
        partition by dataset, pair_id, scale, acts order by t
        rows between unbounded preceding and current row
    )
),

scored as (
    select
        *,
        (weighted_sum + {{ p0 }} * mu0) / (weight_sum + {{ p0 }}) as warmth,
        sqrt(weight_sq_sum + {{ p0 }}) / (weight_sum + {{ p0 }}) as warmth_se,
        {{ p0 }} / (weight_sum + {{ p0 }}) as prior_share
    from summed
    where is_wanted
)

select
    dataset,
    pair_id,
    week_start,
    scale,
    acts,
    week_index,
    cast(event_count as bigint) as event_count,
    cast(warmth as double) as warmth,
    cast(greatest(-10, warmth - {{ var('z') }} * warmth_se) as double) as warmth_lo,
    cast(least(10, warmth + {{ var('z') }} * warmth_se) as double) as warmth_hi,
    cast(warmth_se as double) as warmth_se,
    cast(prior_share as double) as prior_share,
    case
        when prior_share > {{ var('prior_share_insufficient') }} then 'insufficient'
        when prior_share > {{ var('prior_share_thin') }} then 'thin'
        else 'ok'
    end as evidence_level,
    cast(weight_sum * ({{ var('tau2') }} + {{ var('event_variance') }}) as double) as effective_weeks,
    cast(weighted_sum as double) as weighted_sum,
    cast(weight_sum as double) as weight_sum,
    cast(weight_sq_sum as double) as weight_sq_sum,
    last_event_week,
    cast(event_count_52w as bigint) as event_count_52w
from scored
