-- One row per watched comparison and year: k of n.
select *
from marts.fct_hub_share_years
where
    dataset = $dataset and hub_code = $hub and acts = 'all'
    and partner_code in (select unnest($partners)) and other_code in (select unnest($partners))
    and year <= year($until::date)
order by partner_code, other_code, year
