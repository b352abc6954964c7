-- The parts of warmth between the DPRK and Russia in one week; they sum to it.
select d.contribution, e.event_date_start, e.event_type, e.headline_sentence
from drivers('PRK', 'RUS', date '2014-11-17', dataset_name := 'sample') as d
left join marts.fct_events as e on d.event_id = e.event_id and e.dataset = 'sample'
order by abs(d.contribution) desc
limit 20
