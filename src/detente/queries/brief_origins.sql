-- One row: events of record of the pairs in the year before, and their independent origins.
with recent as (
    select event_id
    from marts.fct_events
    where
        dataset = $dataset and pair_id in (select unnest($pairs)) and is_scored
        and week_start > $until::date - 364 and week_start <= $until
),
reported as (
    select event_id, origin_id
    from marts.fct_event_mentions
    where dataset = $dataset and pair_id in (select unnest($pairs)) and is_counted
)
select
    count(distinct e.event_id) as event_count,
    count(distinct m.origin_id) as origin_count
from recent as e
left join reported as m on e.event_id = m.event_id
