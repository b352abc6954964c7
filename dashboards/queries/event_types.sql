-- Event types that the data set holds.
select event_type, count(*) as event_count
from marts.fct_events
where dataset = $dataset
group by event_type
order by event_type
