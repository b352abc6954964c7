-- The arithmetic of warmth, level shifts and one share in plain DuckDB, as the measure of a build's
-- speed: no events of record, no increments, no tests, no columns that nobody asked for. Reads
-- `acts` (pair_id, week_start, value); every pair has every week. Constants as in dbt_project.yml.
create or replace table pair_weeks as
with weeks as (
    select unnest(generate_series(
        (select min(week_start) from acts), (select max(week_start) from acts), interval 7 day
    ))::date as week_start
),
spine as (
    select p.pair_id, w.week_start,
        (date_diff('day', (select min(week_start) from acts), w.week_start) / 7)::int as t
    from (select distinct pair_id from acts) as p cross join weeks as w
),
summed as (
    select pair_id, week_start, count(*)::double as n, sum(value) as s,
        count(*) filter (where value > 0) as cooperation
    from acts group by all
)
select
    s.*, coalesce(a.n, 0) as n, a.s / a.n as x, coalesce(a.cooperation, 0) as cooperation,
    case when a.n > 0 then 1 / (4.0 + 15.4 / a.n) else 0 end as w
from spine as s left join summed as a using (pair_id, week_start);

create or replace table warmth as
select
    *, (a + 0.25 * 0.86) / (b + 0.25) as warmth, sqrt(c + 0.25) / (b + 0.25) as warmth_se,
    0.25 / (b + 0.25) as prior_share
from (
    select
        pair_id, week_start, t, n,
        sum(w * coalesce(x, 0) * pow(2, t / 13.0)) over before * pow(2, -t / 13.0) as a,
        sum(w * pow(2, t / 13.0)) over before * pow(2, -t / 13.0) as b,
        sum(w * pow(2, 2 * t / 13.0)) over before * pow(2, -2 * t / 13.0) as c,
        max(case when n > 0 then week_start end) over before as last_event_week
    from pair_weeks
    window before as (partition by pair_id order by t rows unbounded preceding)
);

create or replace table cusum as
with based as (
    select pair_id, week_start, t, n, x, w,
        coalesce(sum(w * coalesce(x, 0)) over past, 0) as sw,
        coalesce(sum(w) over past, 0) as sb
    from pair_weeks
    window past as (partition by pair_id order by t rows between 156 preceding and 1 preceding)
),
residuals as (
    select *, case when n > 0 and t >= 52 then greatest(-2, least(2,
        (x - (sw + 0.3 * 0.86) / (sb + 0.3)) / sqrt(1 / w + 1 / greatest(sb, 0.1)))) end as z
    from based
),
walks as (
    select *,
        sum(case when z is null then 0 else z - 0.25 end) over before as up,
        sum(case when z is null then 0 else -z - 0.25 end) over before as down
    from residuals
    window before as (partition by pair_id order by t rows unbounded preceding)
)
select pair_id, week_start, t, up - min(up) over recent as cusum_up,
    down - min(down) over recent as cusum_down
from walks
window recent as (partition by pair_id order by t rows between 78 preceding and current row);

create or replace table splits as
with running as (
    select pair_id, week_start, t, sum(w) over before as cw, sum(w * coalesce(x, 0)) over before as cx,
        sum((n > 0)::int) over before as active
    from pair_weeks
    window before as (partition by pair_id order by t rows unbounded preceding)
),
split as (
    select
        c.pair_id, c.week_start, c.t, k.k, c.cw - a.cw as wa,
        (c.cx - a.cx) / nullif(c.cw - a.cw, 0) as ma, c.active - a.active as ea,
        a.cw - coalesce(b.cw, 0) as wb,
        (a.cx - coalesce(b.cx, 0)) / nullif(a.cw - coalesce(b.cw, 0), 0) as mb
    from running as c
    cross join (select unnest(generate_series(8, 52, 2)) as k) as k
    inner join running as a on a.pair_id = c.pair_id and a.t = c.t - k.k
    left join running as b on b.pair_id = c.pair_id and b.t = c.t - k.k - 104
    where c.t >= k.k + 52
)
select pair_id, week_start, t, max(g) as glr, arg_max(k, g) as split_weeks,
    arg_max(ma - mb, g) as delta, arg_max(sqrt(greatest(1 / wa + 1 / wb, 0)), g) as delta_se
from (
    select *, case when ea >= 3
        then (ma - mb) * (ma - mb) / (1 / nullif(wa, 0) + 1 / nullif(wb, 0)) else 0 end as g
    from split
)
group by all;

create or replace table shifts as
select * from (
    select s.*, is_alarm, lag(is_alarm, 1, false) over (partition by pair_id order by t) as was_alarm
    from (
        select g.*, case when g.delta > 0 then c.cusum_up else c.cusum_down end > 7 and g.glr > 6.6
            as is_alarm
        from splits as g inner join cusum as c using (pair_id, t)
    ) as s
) where is_alarm and not was_alarm;

create or replace table shares as
with joined as (
    select b.week_start, b.t, b.cooperation::double as k, (b.cooperation + c.cooperation)::double as n
    from pair_weeks as b inner join pair_weeks as c using (t)
    where b.pair_id = 'PRK-RUS' and c.pair_id = 'CHN-PRK'
)
select *, sum(k * pow(2, t / 26.0)) over before * pow(2, -t / 26.0) as decayed_k,
    sum(n * pow(2, t / 26.0)) over before * pow(2, -t / 26.0) as decayed_n
from joined window before as (order by t rows unbounded preceding);
