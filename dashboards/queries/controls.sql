-- One row per partner: how its tie to the hub moved in twelve months, beside its other ties (the
-- controls): a partner that warms to everybody is not turning to the hub.
-- The same two weeks as in matrix.sql.
with recent as (
    select pair_id, warmth, evidence_level
    from marts.fct_pair_warmth
    where
        dataset = $dataset and scale = 'detente' and acts = $acts
        and week_start between $end::date - 370 and $end
    qualify row_number() over (partition by pair_id order by week_start desc) = 1
),
earlier as (
    select pair_id, warmth, evidence_level
    from marts.fct_pair_warmth
    where
        dataset = $dataset and scale = 'detente' and acts = $acts
        and week_start between $end::date - 735 and $end::date - 364
    qualify row_number() over (partition by pair_id order by week_start desc) = 1
),
moved as (
    select r.pair_id, r.warmth - e.warmth as change
    from recent as r
    inner join earlier as e on r.pair_id = e.pair_id
    where r.evidence_level <> 'insufficient' and e.evidence_level <> 'insufficient'
),
ties as (
    select
        t.partner_code,
        $hub in (p.country_a_code, p.country_b_code) as is_hub,
        case when p.country_a_code = t.partner_code then p.country_b_code else p.country_a_code end
            as other_code,
        m.change
    from (select unnest($partners) as partner_code) as t
    inner join marts.dim_pairs as p on t.partner_code in (p.country_a_code, p.country_b_code)
    inner join moved as m on p.pair_id = m.pair_id
)
select
    partner_code,
    any_value(change) filter (where is_hub) as hub_change,
    count(*) filter (where not is_hub) as control_count,
    count(*) filter (where not is_hub and change > 0) as warmer_count,
    median(change) filter (where not is_hub) as control_median,
    min(change) filter (where not is_hub) as control_least,
    max(change) filter (where not is_hub) as control_most,
    string_agg(other_code, ', ' order by change desc) filter (where not is_hub) as control_codes
from ties
group by partner_code
order by partner_code
