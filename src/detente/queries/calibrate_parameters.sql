-- Estimates of the metrics' constants from one data set, one row per parameter.
-- Neighbouring active weeks of a pair: E (x_t - x_s)^2 = 2 tau2 + V (1/n_t + 1/n_s), so that a line
-- through the squared differences gives V (slope) and tau2 (half the intercept). Differences and no
-- trailing mean: a shift must not inflate them.
with active as (
    select pair_id, week_start, week_n, week_mean
    from intermediate.int_week_values
    where dataset = $dataset and scale = 'detente' and acts = 'all'
),

neighbours as (
    select
        power(week_mean - lag(week_mean) over pair_course, 2) as squared,
        1 / week_n + 1 / lag(week_n) over pair_course as spread,
        week_start - lag(week_start) over pair_course as gap
    from active
    window pair_course as (partition by pair_id order by week_start)
),

levels as (
    select regr_slope(squared, spread) as v, regr_intercept(squared, spread) / 2 as tau2,
        count(*) as n
    from neighbours
    where gap <= 28
),

within as (
    select sum(d) / nullif(sum(n - 1), 0) as variance, sum(n - 1) as n
    from (
        select var_pop(weight) * count(*) as d, count(*) as n
        from marts.fct_events
        where dataset = $dataset and is_scored
        group by pair_id, week_start
        having count(*) >= 2
    )
),

blocks as (
    select
        pair_id,
        sum(cooperation_count + conflict_count) filter (where week_index % 16 < 8) as first,
        sum(cooperation_count + conflict_count) filter (where week_index % 16 >= 8) as second
    from marts.fct_pair_weeks
    where dataset = $dataset
    group by pair_id, week_index // 16
    having count(*) = 16
),

counts as (
    select avg(power(first - second, 2) / (first + second)) as phi, count(*) as n
    from blocks
    where first + second >= 10
),

shares as (
    select avg(phi) as phi, count(*) as n
    from (
        select max_by(phi, week_start) as phi
        from marts.fct_hub_shares
        where dataset = $dataset and acts = 'all'
        group by hub_code, partner_code, other_code
        having sum(cooperation_count + other_cooperation_count) >= 50
    )
),

means as (
    select sum(weight * party_share) / sum(party_share) as detente,
        sum(goldstein * party_share) / sum(party_share) as goldstein, count(*) as n
    from marts.fct_events
    where dataset = $dataset and is_scored
),

alarms as (
    select
        (
            select count(*) from (
                select shift_id from marts.fct_pair_shifts
                where dataset = $dataset and measure = 'level'
                group by shift_id
                having max_by(status, recorded_at) <> 'withdrawn'
            )
        ) / nullif(sum(weeks_of_history) / 52.18, 0) as per_year,
        count(*) as n
    from marts.fct_shift_readiness
    where dataset = $dataset and verdict in ('no shift detected', 'shift')
),

telling as (
    select sum(report_count) / nullif(count(*), 0) as reports, count(*) as n
    from marts.fct_events
    where dataset = $dataset
)

select 'prior_mean_detente' as parameter, detente as estimate, n,
    'mean weight of an event, points' as what from means
union all
select 'prior_mean_goldstein', goldstein, n, 'mean Goldstein value of an event, points' from means
union all
select 'event_variance', v, n, 'V: variance within a week with its design effect, points^2'
from levels
union all
select 'within-week variance', variance, n, 'without the design effect, points^2' from within
union all
select 'tau2', tau2, n, 'variance of the weekly level around its course, points^2' from levels
union all
select 'phi of counts', phi, n, 'dispersion of counts in neighbouring 8 weeks; 1 = Poisson'
from counts
union all
select 'phi of shares', phi, n, 'mean dispersion of watched shares, last week; 1 = binomial'
from shares
union all
select 'alarms per pair-year', per_year, n, 'level alarms of pairs that are ready, true and false'
from alarms
union all
select 'reports per event', reports, n, 'how often an event of record is told' from telling
