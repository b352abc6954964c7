-- Announced or rumoured acts of the pairs that are still open, the nearest first.
select *
from marts.fct_watch_items
where
    dataset = $dataset and pair_id in (select unnest($pairs)) and outcome = 'open'
order by window_start nulls last, reported_at desc
limit 8
