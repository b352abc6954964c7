-- One row per visit of record of the pairs in the window.
select *
from marts.fct_leader_visits
where
    dataset = $dataset and pair_id in (select unnest($pairs))
    and start_date between $start and $end::date + 7
    and level_rank <= $max_rank
order by start_date desc, event_id
