-- One row per pair and week of the window: warmth with its interval and standing (M3).
select
    pair_id, week_start, warmth, warmth_lo, warmth_hi, prior_share, evidence_level, event_count,
    event_count_52w
from marts.fct_pair_warmth
where
    dataset = $dataset and pair_id in (select unnest($pairs))
    and scale = 'detente' and acts = $acts
    and week_start between $start and $end
order by pair_id, week_start
