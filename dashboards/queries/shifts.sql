-- One row per alarm on the pairs, newest vintage of each, with how often it was restated.
select *
from marts.fct_pair_shifts
where
    dataset = $dataset
    and (pair_id in (select unnest($pairs)) or other_pair_id in (select unnest($pairs)))
qualify row_number() over (partition by shift_id order by recorded_at desc) = 1
order by alarm_week desc, shift_id
