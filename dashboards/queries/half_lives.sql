-- One row per half-life: what the pair's warmth in its last week would be with another memory.
with vars as (
    select
        (parameters ->> 'prior_precision')::double as p0,
        (parameters ->> 'prior_mean_detente')::double as mu0,
        1.645 as z
    from marts.dim_publication
),
last_week as (
    select max(week_index) as week_index, max(week_start) as week_start
    from marts.fct_pair_warmth
    where
        dataset = $dataset and pair_id = $pair and scale = 'detente' and acts = 'all'
        and week_start <= $end
),
weekly as (
    select week_index, any_value(week_weight) as w, sum(part) as wx
    from marts.fct_event_drivers
    where dataset = $dataset and pair_id = $pair and scale = 'detente' and acts = 'all'
    group by week_index
),
sums as (
    select
        h.half_life,
        coalesce(sum(pow(2, -(l.week_index - w.week_index) / h.half_life) * w.wx), 0) as swx,
        coalesce(sum(pow(2, -(l.week_index - w.week_index) / h.half_life) * w.w), 0) as sw,
        coalesce(sum(pow(2, -2 * (l.week_index - w.week_index) / h.half_life) * w.w), 0) as sww
    from (select unnest([4.0, 13.0, 26.0, 52.0])::double as half_life) as h
    cross join last_week as l
    left join weekly as w on w.week_index <= l.week_index
    group by h.half_life
)
select
    s.half_life,
    (s.swx + v.p0 * v.mu0) / (s.sw + v.p0) as warmth,
    greatest(-10, warmth - v.z * sqrt(s.sww + v.p0) / (s.sw + v.p0)) as warmth_lo,
    least(10, warmth + v.z * sqrt(s.sww + v.p0) / (s.sw + v.p0)) as warmth_hi,
    v.p0 / (s.sw + v.p0) as prior_share
from sums as s
cross join vars as v
order by s.half_life
