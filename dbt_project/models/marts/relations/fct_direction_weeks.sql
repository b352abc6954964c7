-- M10. Warmth by direction (M3's formula) over acts that are not mutual by nature, the difference of
-- both directions, and who begins. A row per direction in every week in which either acts.
{%- set h = var('half_life_weeks') -%}
{%- set hs = var('share_half_life_weeks') -%}
{%- set p0 = var('prior_precision') -%}
{%- set mu0 = var('prior_mean_detente') -%}
{%- set phi = var('share_phi') -%}
{%- set z = var('z') %}
with weeks as (
    select distinct dataset, pair_id, week_start, week_index from {{ ref('int_direction_weeks') }}
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

valued as (
    select
        d.*,
        d.week_index - min(d.week_index) over (partition by d.dataset, d.pair_id) as t,
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

summed as (
    select
        *,
        sum(w * x * power(2, t / {{ h }}.0)) over running * power(2, -t / {{ h }}.0) as weighted_sum,
        sum(w * power(2, t / {{ h }}.0)) over running * power(2, -t / {{ h }}.0) as weight_sum,
        sum(w * power(2, 2 * t / {{ h }}.0)) over running * power(2, -2 * t / {{ h }}.0)
            as weight_sq_sum,
        sum(event_count * power(2, t / {{ hs }}.0)) over running * power(2, -t / {{ hs }}.0) as k
    from valued
    window running as (
        partition by dataset, pair_id, source_code order by t
        rows between unbounded preceding and current row
    )
),

scored as (
    select
        *,
        (weighted_sum + {{ p0 * mu0 }}) / (weight_sum + {{ p0 }}) as warmth,
        sqrt(weight_sq_sum + {{ p0 }}) / (weight_sum + {{ p0 }}) as warmth_se,
        {{ p0 }} / (weight_sum + {{ p0 }}) as prior_share
    from summed
),

contrasted as (
    select
        a.*,
        case
            when a.prior_share <= {{ var('prior_share_insufficient') }}
                and b.prior_share <= {{ var('prior_share_insufficient') }} then a.warmth - b.warmth
        end as asymmetry,
        sqrt(a.warmth_se * a.warmth_se + b.warmth_se * b.warmth_se) as asymmetry_se,
        a.k + b.k as n
    from scored as a
    inner join scored as b
        on a.dataset = b.dataset and a.pair_id = b.pair_id and a.week_start = b.week_start
        and a.source_code = b.target_code
)

select
    dataset,
    source_code,
    target_code,
    week_start,
    pair_id,
    cast(event_count as bigint) as event_count,
    cast(warmth as double) as directed_warmth,
    cast(warmth_se as double) as directed_warmth_se,
    cast(prior_share as double) as prior_share,
    cast(asymmetry as double) as asymmetry,
    cast(case when asymmetry is not null
        then greatest(-20, asymmetry - {{ z }} * asymmetry_se) end as double) as asymmetry_lo,
    cast(case when asymmetry is not null
        then least(20, asymmetry + {{ z }} * asymmetry_se) end as double) as asymmetry_hi,
    cast(k / n as double) as initiative_share,
    cast(greatest(0, (k / {{ phi }} + {{ z * z / 2 }} - {{ z }} * sqrt(
        k * (n - k) / n / {{ phi }} + {{ z * z / 4 }}
    )) / (n / {{ phi }} + {{ z * z }})) as double) as initiative_lo,
    cast(least(1, (k / {{ phi }} + {{ z * z / 2 }} + {{ z }} * sqrt(
        k * (n - k) / n / {{ phi }} + {{ z * z / 4 }}
    )) / (n / {{ phi }} + {{ z * z }})) as double) as initiative_hi
from contrasted
