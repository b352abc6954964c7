-- One row per watched triangle of the hub: its last state (M14), descriptive only.
select *
from marts.fct_triads
where dataset = $dataset and hub_code = $hub and week_start <= $end
qualify row_number() over (partition by partner_code, other_code order by week_start desc) = 1
