-- One row per alarm of the data set, newest vintage of each, newest alarm first.
select *
from marts.fct_pair_shifts
where dataset = $dataset
qualify row_number() over (partition by shift_id order by recorded_at desc) = 1
order by alarm_week desc, shift_id
limit 500
