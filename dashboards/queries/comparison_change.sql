-- One row: the last year's change of the share against the year before.
select *
from marts.fct_share_changes
where
    dataset = $dataset and hub_code = $hub and partner_code = $partner and other_code = $other
    and acts = 'all'
order by year desc
limit 1
