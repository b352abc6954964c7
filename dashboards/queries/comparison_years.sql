-- One row per year of a comparison: raw k of n.
select year, k, n, share_raw, share_lo, share_hi, evidence_level
from marts.fct_hub_share_years
where
    dataset = $dataset and hub_code = $hub and partner_code = $partner and other_code = $other
    and acts = 'all'
order by year
