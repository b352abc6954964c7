-- One row: events of record of the pairs in the year before, and their independent origins.
select
    count(distinct e.event_id) as event_count,
    count(distinct m.origin_id) as origin_count
from marts.fct_events as e
left join marts.fct_event_mentions as m on e.event_id = m.event_id and e.dataset = m.dataset
where
    e.dataset = $dataset and e.pair_id in (select unnest($pairs)) and e.is_scored
    and e.week_start > $until::date - 364 and e.week_start <= $until
