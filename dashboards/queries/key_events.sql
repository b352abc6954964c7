-- The weightiest scored events of each pair in the window, by size and confidence.
select
    pair_id, event_id, event_date_start, week_start, source_code, target_code, event_type,
    event_mode, weight, is_cooperative, quad_class, confidence, acknowledgement, report_count,
    origin_count, headline_sentence
from marts.fct_events
where
    dataset = $dataset and pair_id in (select unnest($pairs)) and is_scored
    and week_start between $start and $end
    and confidence >= $min_confidence
    and ($origins = 'all' or has_independent_origin)
qualify row_number() over (
    partition by pair_id order by abs(weight) * confidence desc, event_date_start desc, event_id
) <= $limit
order by pair_id, event_date_start, event_id
