-- One row per tenth of probability: what became of the items that were given it.
select *
from marts.fct_watch_calibration
where dataset = $dataset
order by probability_from
