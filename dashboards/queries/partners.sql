-- One row per partner of the hub with a weekly series, the busiest first.
select
    case when p.country_a_code = $hub then p.country_b_code else p.country_a_code end
        as partner_code,
    sum(w.event_count) as event_count
from marts.dim_pairs as p
inner join marts.fct_pair_weeks as w on p.pair_id = w.pair_id and w.dataset = $dataset
where $hub in (p.country_a_code, p.country_b_code)
group by 1
order by event_count desc nulls last, partner_code
