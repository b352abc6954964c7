-- One row per asked week: the pair's warmth.
select week_start, warmth, warmth_lo, warmth_hi, prior_share, evidence_level, event_count_52w
from marts.fct_pair_warmth
where
    dataset = $dataset and pair_id = $pair and scale = 'detente' and acts = 'all'
    and week_start in (select unnest($weeks)::date)
order by week_start
