-- Weekly series of shares (k of n acts with the partner) and of volumes (k events in n = 1 week), as
-- a value x and its weight w = 1 / variance: a share with its binomial variance at the trailing
-- baseline, a count on Anscombe's scale 2 sqrt(k + 3/8) with variance 1, both times phi.
{{ config(materialized='view') }}
with shares as (
    select
        dataset,
        hub_code || '|' || partner_code || '|' || other_code as series_id,
        partner_pair_id as pair_id,
        other_pair_id,
        week_start,
        t,
        k,
        n,
        phi,
        (coalesce(sum(k) over baseline, 0) + 1) / (coalesce(sum(n) over baseline, 0) + 2) as p
    from {{ ref('int_hub_dispersion') }}
    where acts = 'all'
    window baseline as (
        partition by dataset, hub_code, partner_code, other_code order by t
        rows between {{ var('cusum_baseline_weeks') }} preceding and 1 preceding
    )
)

select
    dataset, 'share' as measure, series_id, pair_id, other_pair_id, week_start, t,
    cast(k as double) as k,
    cast(n as double) as n,
    phi,
    k / nullif(n, 0) as x,
    case when n is null or n = 0 then 0 else n / (phi * p * (1 - p)) end as w
from shares
union all
select
    dataset, 'volume', pair_id, pair_id, cast(null as varchar), week_start, t,
    cast(n as double),
    case when n is not null then 1.0 end,
    phi,
    2 * sqrt(n + 0.375),
    case when n is null then 0 else 1 / phi end
from {{ ref('int_pair_counts') }}
