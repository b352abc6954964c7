-- The last events of record of the pairs.
select
    event_id, pair_id, event_date_start, week_start, source_code, target_code, event_type,
    event_mode, weight, acknowledgement, confidence, report_count, origin_count, headline_sentence
from marts.fct_events
where
    dataset = $dataset and pair_id in (select unnest($pairs)) and is_scored
    and week_start <= $until
order by event_date_start desc, event_id
limit 6
