-- M10. Warmth by direction (M3's formula) over acts that are not mutual by nature, the difference of
-- both directions, and who begins. A row per direction in every week in which either acts. A view: it
-- follows from one row of sums of each direction.
{{ config(materialized='view') }}
{%- set p0 = var('prior_precision') -%}
{%- set mu0 = var('prior_mean_detente') -%}
{%- set phi = var('share_phi') -%}
{%- set z = var('z') %}
with scored as (
    select
        *,
        (weighted_sum + {{ p0 * mu0 }}) / (weight_sum + {{ p0 }}) as warmth,
        sqrt(weight_sq_sum + {{ p0 }}) / (weight_sum + {{ p0 }}) as warmth_se,
        {{ p0 }} / (weight_sum + {{ p0 }}) as prior_share
    from {{ ref('int_direction_sums') }}
),

contrasted as (
    select
        a.*,
        case
            when a.prior_share <= {{ var('prior_share_insufficient') }}
                and b.prior_share <= {{ var('prior_share_insufficient') }} then a.warmth - b.warmth
        end as asymmetry,
        sqrt(a.warmth_se * a.warmth_se + b.warmth_se * b.warmth_se) as asymmetry_se,
        a.act_sum as k,
        a.act_sum + b.act_sum as n
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
