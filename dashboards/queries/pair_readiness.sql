-- One row per pair: whether a shift can be seen at all.
select pair_id, events_per_week, verdict, smallest_detectable, weeks_of_history
from marts.fct_shift_readiness
where dataset = $dataset and pair_id in ($first, $second)
