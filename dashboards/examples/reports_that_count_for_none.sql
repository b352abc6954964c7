-- Why reports are no events of record.
select dataset, outcome, count(*) as reports, any_value(sentence) as example
from marts.fct_event_mentions
where not is_counted
group by all
order by reports desc
