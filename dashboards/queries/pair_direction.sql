-- One row per direction: the last state of initiative and directed warmth (M10).
select
    source_code, target_code, week_start, event_count, directed_warmth, directed_warmth_se,
    prior_share, asymmetry, asymmetry_lo, asymmetry_hi, initiative_share, initiative_lo,
    initiative_hi
from marts.fct_direction_weeks
where dataset = $dataset and pair_id = $pair and week_start <= $end
qualify row_number() over (partition by source_code order by week_start desc) = 1
order by source_code
