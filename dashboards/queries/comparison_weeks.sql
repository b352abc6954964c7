-- One row per week of a comparison: engagement share with its interval.
select
    week_start, engagement_share, share_lo, share_hi, share_raw, effective_n, evidence_level,
    cooperation_count, other_cooperation_count
from marts.fct_hub_shares
where
    dataset = $dataset and hub_code = $hub and partner_code = $partner and other_code = $other
    and acts = 'all'
order by week_start
