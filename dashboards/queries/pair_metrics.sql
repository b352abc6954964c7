-- One row per week of the window: M4 net cooperation and M11 source mix of a pair.
select
    week_start, document_count, exposure, cooperation_rate, cooperation_rate_lo,
    cooperation_rate_hi, conflict_rate, conflict_rate_lo, conflict_rate_hi,
    net_cooperation_ratio, net_cooperation_lo, net_cooperation_hi, is_surprise, source_mix,
    largest_origin_share, state_media_share
from marts.fct_pair_metrics
where dataset = $dataset and pair_id = $pair and week_start between $start and $end
order by week_start
