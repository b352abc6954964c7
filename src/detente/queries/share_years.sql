-- One row per watched comparison and year: k of n, share and Wilson's interval.
select
    hub_code, partner_code, other_code, year, k, n, share_raw, share_lo, share_hi, evidence_level
from marts.fct_hub_share_years
where
    dataset = $dataset and hub_code = $hub and acts = $acts
    and partner_code in (select unnest($partners)) and other_code in (select unnest($partners))
    and year between year($start::date) and year($end::date)
order by partner_code, other_code, year
