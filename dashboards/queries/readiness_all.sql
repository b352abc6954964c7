-- One row: pairs in which a shift could be seen, and the false alarms expected of them a year.
select
    count(*) as pair_count,
    count(*) filter (where verdict in ('no shift detected', 'shift')) as ready_count,
    sum(false_alarms_per_year) filter (where verdict in ('no shift detected', 'shift'))
        as false_alarms_per_year
from marts.fct_shift_readiness
where dataset = $dataset
