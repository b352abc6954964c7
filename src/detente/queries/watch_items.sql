-- One row per announced or rumoured act of the pairs in the window, newest report first.
select *
from marts.fct_watch_items
where
    dataset = $dataset and pair_id in (select unnest($pairs))
    and reported_at::date between $start and $end::date + 7
    and ($outcome = '' or outcome = $outcome)
order by reported_at desc, watch_id
limit 200
