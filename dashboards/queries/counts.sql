-- One row per pair and quarter of the window; NULL where no week of it was covered.
select
    pair_id,
    date_trunc('quarter', week_start)::date as quarter,
    sum(event_count) as event_count,
    sum(cooperation_count) as cooperation_count,
    sum(conflict_count) as conflict_count,
    sum(report_count) as report_count,
    sum(origin_count) as origin_count
from marts.fct_pair_weeks
where
    dataset = $dataset and pair_id in (select unnest($pairs))
    and week_start between $start and $end
group by all
order by pair_id, quarter
