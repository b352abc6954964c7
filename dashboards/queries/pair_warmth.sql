-- One row per pair and week: warmth with its interval; NULL counts are gaps in coverage.
select
    pair_id, week_start, warmth, warmth_lo, warmth_hi, event_count, prior_share, evidence_level,
    event_count_52w
from marts.fct_pair_warmth
where
    dataset = $dataset and pair_id in ($first, $second) and scale = 'detente' and acts = 'all'
order by pair_id, week_start
