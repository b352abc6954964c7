-- One row per alarm, newest vintage of each.
select
    shift_id,
    measure,
    pair_id,
    other_pair_id,
    estimated_start,
    alarm_week,
    direction,
    strength,
    delta,
    delta_se,
    before_level as before,
    after_level as after,
    status,
    recorded_at
from marts.fct_pair_shifts
where dataset = $dataset
qualify row_number() over (partition by shift_id order by recorded_at desc) = 1
order by alarm_week desc
