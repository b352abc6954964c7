-- M14, descriptive only: sign(xyz) |xyz|^(1/3) of the three warmths less the prior mean. Above 0 the
-- triangle is balanced (three friends, or two against one).
with warmth as (
    select
        dataset, pair_id, week_start,
        warmth - {{ var('prior_mean_detente') }} as excess,
        evidence_level <> 'insufficient' as is_sufficient
    from {{ ref('fct_pair_warmth') }}
    where scale = 'detente' and acts = 'all'
),

sides as (
    select
        x.dataset, h.hub_code, h.partner_code, h.other_code, x.week_start,
        x.excess as x, y.excess as y, z.excess as z,
        x.is_sufficient and y.is_sufficient and z.is_sufficient as is_sufficient
    from {{ ref('dim_hubs') }} as h
    inner join warmth as x on h.partner_pair_id = x.pair_id
    inner join warmth as y
        on h.other_pair_id = y.pair_id and x.dataset = y.dataset and x.week_start = y.week_start
    inner join warmth as z
        on least(h.partner_code, h.other_code) || '-' || greatest(h.partner_code, h.other_code)
            = z.pair_id
        and x.dataset = z.dataset and x.week_start = z.week_start
)

select
    dataset,
    hub_code,
    partner_code,
    other_code,
    week_start,
    cast(x as double) as hub_partner_warmth,
    cast(y as double) as hub_other_warmth,
    cast(z as double) as partner_other_warmth,
    cast(case when is_sufficient then sign(x * y * z) * power(abs(x * y * z), 1.0 / 3) end as double)
        as triad_balance
from sides
