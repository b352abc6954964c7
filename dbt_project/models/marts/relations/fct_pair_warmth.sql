-- M3. S = (sum a w x + p0 mu0) / (sum a w + p0), a = 2^(-(T - t) / h), in one pass: weights are
-- scaled by 2^(t / h) under a running sum, counted from the pair's first week so that nothing
-- overflows.
{%- set h = var('half_life_weeks') -%}
{%- set p0 = var('prior_precision') %}
with variants as (
    select 'detente' as scale, 'all' as acts, cast({{ var('prior_mean_detente') }} as double) as mu0
    union all
    select 'goldstein', 'all', cast({{ var('prior_mean_goldstein') }} as double)
    union all
    select 'detente', 'acknowledged', cast({{ var('prior_mean_detente') }} as double)
),

spine as (
    select
        s.*,
        v.scale,
        v.acts,
        v.mu0,
        s.week_index - min(s.week_index) over (partition by s.dataset, s.pair_id) as t
    from {{ ref('fct_pair_weeks') }} as s
    cross join variants as v
),

valued as (
    select
        s.dataset,
        s.pair_id,
        s.week_start,
        s.scale,
        s.acts,
        s.week_index,
        s.mu0,
        s.t,
        case when s.is_covered then coalesce(x.event_count, 0) end as event_count,
        coalesce(x.week_weight, 0) as w,
        coalesce(x.week_mean, 0) as x
    from spine as s
    left join {{ ref('int_week_values') }} as x
        on s.dataset = x.dataset and s.pair_id = x.pair_id and s.week_start = x.week_start
        and s.scale = x.scale and s.acts = x.acts
),

summed as (
    select
        *,
        sum(w * x * power(2, t / {{ h }}.0)) over running * power(2, -t / {{ h }}.0) as weighted_sum,
        sum(w * power(2, t / {{ h }}.0)) over running * power(2, -t / {{ h }}.0) as weight_sum,
        sum(w * power(2, 2 * t / {{ h }}.0)) over running * power(2, -2 * t / {{ h }}.0)
            as weight_sq_sum,
        max(case when event_count > 0 then week_start end) over running as last_event_week,
        sum(event_count) over (
            partition by dataset, pair_id, scale, acts order by t range between 51 preceding and current row
        ) as event_count_52w
    from valued
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
    from (select *, weight_sq_sum as weight_sq_sum from summed) as kept
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
