-- Acts that no origin but the parties' own state media reports.
select pair_id, event_date_start, event_type, origin_count, headline_sentence
from marts.fct_events
where is_scored and not has_independent_origin
order by event_date_start desc
limit 50
