-- One row per watched comparison: the change to its last complete year.
select *
from marts.fct_share_changes
where
    dataset = $dataset and hub_code = $hub and acts = 'all'
    and partner_code in (select unnest($partners)) and other_code in (select unnest($partners))
    and make_date(year, 12, 31) <= $until::date + 7
qualify row_number() over (partition by partner_code, other_code order by year desc) = 1
