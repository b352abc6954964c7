-- One row per year: the hub's cooperative acts with the partner (k) among those with both (n).
select
    year,
    k,
    n,
    share_raw as share,
    share_lo,
    share_hi,
    evidence_level
from marts.fct_hub_share_years
where
    dataset = $dataset
    and hub_code = $hub
    and partner_code = $partner
    and other_code = $other
    and acts = 'all'
order by year
