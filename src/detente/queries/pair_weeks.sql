-- One row per week of a pair that held an event (or per month: its last week).
select
    w.week_start,
    w.event_count,
    w.cooperation_count as cooperative,
    w.conflict_count as hostile,
    w.report_count as reports,
    w.origin_count as origins,
    t.warmth,
    t.warmth_lo,
    t.warmth_hi,
    t.evidence_level,
    t.prior_share
from marts.fct_pair_weeks as w
left join marts.fct_pair_warmth as t
    on w.dataset = t.dataset and w.pair_id = t.pair_id and w.week_start = t.week_start
    and t.scale = 'detente' and t.acts = 'all'
where
    w.dataset = $dataset
    and w.pair_id = $pair_id
    and w.week_start between $from_date and $to_date
    and (w.event_count > 0 or $grain = 'month')
qualify
    $grain = 'week'
    or row_number() over (
        partition by date_trunc('month', w.week_start) order by w.week_start desc
    ) = 1
order by w.week_start
