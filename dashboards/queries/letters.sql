-- One row per year and pair: letters and greetings by direction; what the calendar is held against.
select
    pair_id, source_code, year(event_date_start) as year, count(*) as event_count
from marts.fct_events
where
    dataset = $dataset and pair_id in (select unnest($pairs)) and is_scored
    and event_mode in ('letter', 'congratulate', 'condole', 'greet')
    and event_date_start between $start and $end::date + 7
group by all
order by year, pair_id, source_code
