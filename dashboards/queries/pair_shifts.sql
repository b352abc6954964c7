-- One row per alarm of the pairs, newest vintage of each.
select *
from (
    select *, row_number() over (partition by shift_id order by recorded_at desc) as place
    from marts.fct_pair_shifts
    where dataset = $dataset and pair_id in ($first, $second)
) as placed
where place = 1
order by alarm_week desc
