-- One row per week of the window and half-life: the pair's warmth if acts faded with it (M3).
with vars as (
    select
        (parameters ->> 'prior_precision')::double as p0,
        (parameters ->> 'prior_mean_detente')::double as mu0,
        (parameters ->> 'prior_share_insufficient')::double as insufficient,
        (parameters ->> 'prior_share_thin')::double as thin,
        (parameters ->> 'z')::double as z
    from marts.dim_publication
),
weeks as (
    select pair_id, week_index, week_start, event_count, event_count_52w
    from marts.fct_pair_warmth
    where
        dataset = $dataset and pair_id = $pair and scale = 'detente' and acts = 'all'
        and week_start between $start and $end
),
weekly as (
    select week_index, any_value(week_weight) as w, sum(part) as wx
    from marts.fct_event_drivers
    where dataset = $dataset and pair_id = $pair and scale = 'detente' and acts = 'all'
    group by week_index
),
sums as (
    select
        h.half_life, l.pair_id, l.week_start, l.event_count, l.event_count_52w,
        coalesce(sum(pow(2, -(l.week_index - w.week_index) / h.half_life) * w.wx), 0) as swx,
        coalesce(sum(pow(2, -(l.week_index - w.week_index) / h.half_life) * w.w), 0) as sw,
        coalesce(sum(pow(2, -2 * (l.week_index - w.week_index) / h.half_life) * w.w), 0) as sww
    from weeks as l
    cross join (select unnest($half_lives)::double as half_life) as h
    left join weekly as w on w.week_index <= l.week_index
    group by all
)
select
    s.half_life,
    s.pair_id,
    s.week_start,
    (s.swx + v.p0 * v.mu0) / (s.sw + v.p0) as warmth,
    greatest(-10, warmth - v.z * sqrt(s.sww + v.p0) / (s.sw + v.p0)) as warmth_lo,
    least(10, warmth + v.z * sqrt(s.sww + v.p0) / (s.sw + v.p0)) as warmth_hi,
    v.p0 / (s.sw + v.p0) as prior_share,
    case
        when v.p0 / (s.sw + v.p0) > v.insufficient then 'insufficient'
        when v.p0 / (s.sw + v.p0) > v.thin then 'thin'
        else 'ok'
    end as evidence_level,
    s.event_count,
    s.event_count_52w
from sums as s
cross join vars as v
where v.insufficient is not null  -- a build before these constants were published
order by s.half_life, s.week_start
