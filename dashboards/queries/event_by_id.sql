-- One event of record, by its id or by any older id that was merged into it.
select *, 1 as total_count
from marts.fct_events
where
    dataset = $dataset and (
        event_id = $event_id
        or event_id = (
            select any_value(event_id) from marts.fct_event_mentions
            where dataset = $dataset and dataset || ':' || report_id = $event_id
        )
    )
