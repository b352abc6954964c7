-- M5 with Wilson's interval on n / phi, and M6 beside it.
{%- set h = var('share_half_life_weeks') -%}
{%- set z = var('z') %}
with decayed as (
    select
        *,
        sum(k * power(2, t / {{ h }}.0)) over running * power(2, -t / {{ h }}.0) as decayed_k,
        sum(n * power(2, t / {{ h }}.0)) over running * power(2, -t / {{ h }}.0) as decayed_n
    from {{ ref('int_hub_dispersion') }}
    window running as (
        partition by dataset, hub_code, partner_code, other_code, acts order by t
        rows between unbounded preceding and current row
    )
),

shares as (
    select
        *,
        case when decayed_n > 0 then decayed_k / decayed_n end as share_raw,
        (decayed_k / phi + {{ z }} * {{ z }} / 2) / (decayed_n / phi + {{ z }} * {{ z }})
            as engagement_share,
        {{ z }} * sqrt(
            case when decayed_n > 0 then decayed_k * (decayed_n - decayed_k) / decayed_n / phi else 0 end
            + {{ z }} * {{ z }} / 4
        ) / (decayed_n / phi + {{ z }} * {{ z }}) as half_width
    from decayed
),

warmth as (
    select dataset, pair_id, week_start, warmth, warmth_se, evidence_level
    from {{ ref('fct_pair_warmth') }}
    where scale = 'detente' and acts = 'all'
),

tilted as (
    select
        s.*,
        case when b.evidence_level <> 'insufficient' and c.evidence_level <> 'insufficient'
            then b.warmth - c.warmth end as tilt,
        sqrt(b.warmth_se * b.warmth_se + c.warmth_se * c.warmth_se) as tilt_se
    from shares as s
    left join warmth as b
        on s.dataset = b.dataset and s.partner_pair_id = b.pair_id and s.week_start = b.week_start
    left join warmth as c
        on s.dataset = c.dataset and s.other_pair_id = c.pair_id and s.week_start = c.week_start
)

select
    dataset,
    hub_code,
    partner_code,
    other_code,
    week_start,
    acts,
    {{ rounded('k') }} as cooperation_count,
    {{ rounded('k_other') }} as other_cooperation_count,
    cast(decayed_k as double) as decayed_k,
    cast(decayed_n as double) as decayed_n,
    cast(phi as double) as phi,
    cast(share_raw as double) as share_raw,
    cast(engagement_share as double) as engagement_share,
    cast(greatest(0, engagement_share - half_width) as double) as share_lo,
    cast(least(1, engagement_share + half_width) as double) as share_hi,
    cast(decayed_n / phi as double) as effective_n,
    case
        when half_width > {{ var('share_insufficient') }} then 'insufficient'
        when half_width > {{ var('share_thin') }} then 'thin'
        else 'ok'
    end as evidence_level,
    cast(tilt as double) as tilt_warmth,
    cast(case when tilt is not null then greatest(-20, tilt - {{ z }} * tilt_se) end as double)
        as tilt_lo,
    cast(case when tilt is not null then least(20, tilt + {{ z }} * tilt_se) end as double) as tilt_hi,
    -- Phi by its logistic approximation, error below 1.5e-4
    cast(1 / (1 + exp(
        -1.5976 * (tilt / tilt_se) - 0.07056 * power(tilt / tilt_se, 3)
    )) as double) as tilt_probability
from tilted
