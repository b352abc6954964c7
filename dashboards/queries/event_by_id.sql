-- One event of record, by its id or by any older id that was merged into it.
with merged as (
    select event_id
    from marts.fct_event_mentions
    where dataset = $dataset and report_id = substr($event_id, length($dataset) + 2)
    limit 1
),
found as (
    select e.event_id
    from marts.fct_events as e
    where
        e.dataset = $dataset
        and e.event_id in (select $event_id union all select event_id from merged)
    order by e.event_id = $event_id desc
    limit 1
)
select e.*, 1 as total_count
from marts.fct_events as e
inner join found as f on e.event_id = f.event_id and e.dataset = $dataset
