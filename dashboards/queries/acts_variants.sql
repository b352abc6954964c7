-- One row per scale and variant of acts: the pair's last warmth in each.
select scale, acts, week_start, warmth, warmth_lo, warmth_hi, prior_share, evidence_level,
    event_count_52w
from marts.fct_pair_warmth
where dataset = $dataset and pair_id = $pair and week_start <= $end
qualify row_number() over (partition by scale, acts order by week_start desc) = 1
order by scale, acts
