-- One row per quarter of the window: quad counts of a pair.
select
    date_trunc('quarter', week_start)::date as quarter,
    sum(event_count) as event_count,
    sum(verbal_cooperation_count) as verbal_cooperation_count,
    sum(material_cooperation_count) as material_cooperation_count,
    sum(verbal_conflict_count) as verbal_conflict_count,
    sum(material_conflict_count) as material_conflict_count,
    sum(acknowledged_count) as acknowledged_count,
    sum(report_count) as report_count,
    sum(origin_count) as origin_count
from marts.fct_pair_weeks
where dataset = $dataset and pair_id = $pair and week_start between $start and $end
group by all
order by quarter
