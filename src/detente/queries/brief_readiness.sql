-- One row per pair: whether shifts can be seen in it.
select *
from marts.fct_shift_readiness
where dataset = $dataset and pair_id in (select unnest($pairs))
