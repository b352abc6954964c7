-- One row per watched comparison and week of the window: engagement share with its interval (M5).
select
    hub_code, partner_code, other_code, week_start, cooperation_count, other_cooperation_count,
    decayed_n, effective_n, share_raw, share_lo, share_hi, evidence_level,
    tilt_warmth, tilt_lo, tilt_hi, tilt_probability
from marts.fct_hub_shares
where
    dataset = $dataset and hub_code = $hub and acts = $acts
    and partner_code in (select unnest($partners)) and other_code in (select unnest($partners))
    and week_start between $start and $end
order by partner_code, other_code, week_start
