-- One row per alarm on the pairs, newest vintage of each, newest alarm first.
select *
from marts.fct_pair_shifts
where
    dataset = $dataset
    and pair_id in (select unnest($pairs))
    and (other_pair_id is null or other_pair_id in (select unnest($pairs)))
    and alarm_week <= $until
qualify row_number() over (partition by shift_id order by recorded_at desc) = 1
order by alarm_week desc, shift_id
