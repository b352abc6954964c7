-- One row per watched comparison and year: change against the year before, and its split.
select *
from marts.fct_share_changes
where
    dataset = $dataset and hub_code = $hub and acts = $acts
    and partner_code in (select unnest($partners)) and other_code in (select unnest($partners))
    and year between year($start::date) and year($end::date)
order by partner_code, other_code, year desc
