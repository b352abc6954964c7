-- One row per watched comparison.
select hub_code, partner_code, other_code, hub_name, partner_name, other_name, reason
from marts.dim_hubs
order by hub_code, partner_code, other_code
