-- Acts of record between the DPRK and Russia, by year and kind.
select
    year(event_date_start) as year,
    count(*) filter (where is_cooperative) as cooperative,
    count(*) filter (where quad_class >= 3) as conflictual,
    sum(report_count) as reports
from marts.fct_events
where pair_id = 'PRK-RUS' and is_scored
group by all
order by year
