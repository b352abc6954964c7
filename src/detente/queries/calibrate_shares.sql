-- The watched shares on both counts: reports as they came, and events of record. Where they differ
-- much, one long-told act makes the difference.
with hubs as (
    select hub_code, partner_code, other_code, partner_pair_id, other_pair_id from marts.dim_hubs
),

reports as (
    select
        h.hub_code, h.partner_code, h.other_code, year(e.event_date_start) as year,
        sum(e.report_count) filter (where e.pair_id = h.partner_pair_id) as k,
        sum(e.report_count) as n
    from marts.fct_events as e
    inner join hubs as h on e.pair_id in (h.partner_pair_id, h.other_pair_id)
    where e.dataset = $dataset and e.is_scored and e.is_cooperative
    group by all
)

select
    s.hub_code || ': ' || s.partner_code || ' | ' || s.other_code as comparison,
    s.year,
    coalesce(r.k, 0) as reports_k,
    r.n as reports_n,
    round(coalesce(r.k, 0) / r.n, 2) as reports_share,
    s.k as events_k,
    s.n as events_n,
    round(s.share_raw, 2) as events_share,
    round(s.share_lo, 2) as events_share_lo,
    round(s.share_hi, 2) as events_share_hi,
    s.evidence_level
from marts.fct_hub_share_years as s
inner join reports as r using (hub_code, partner_code, other_code, year)
where s.dataset = $dataset and s.acts = 'all'
order by comparison, s.year
