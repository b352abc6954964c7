-- One row per watched comparison of the hub.
select hub_code, partner_code, other_code, partner_pair_id, other_pair_id, reason
from marts.dim_hubs
where hub_code = $hub
