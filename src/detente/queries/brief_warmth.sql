-- One row per pair: the state of warmth in its last week.
select *
from marts.fct_pair_warmth
where
    dataset = $dataset and pair_id in (select unnest($pairs))
    and scale = 'detente' and acts = 'all' and week_start <= $until
qualify row_number() over (partition by pair_id order by week_start desc) = 1
