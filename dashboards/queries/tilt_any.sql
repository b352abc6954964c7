-- One row per year: acts with the last of the partners (k) among those with all of them (n).
with counted as (
    select year, sum(k) filter (where partner_code = list_last($partners)) as k, sum(k) as n
    from tilt($hub, $partners, dataset_name := $dataset)
    where year between year($start::date) and year($end::date)
    group by year
),
raw as (
    select year, coalesce(k, 0) as k, n, coalesce(k, 0) / n as share_raw
    from counted
)
select
    year, k, n, share_raw,
    (share_raw + 2.706 / (2 * n)
        - 1.645 * sqrt(share_raw * (1 - share_raw) / n + 2.706 / (4 * n * n))) / (1 + 2.706 / n)
        as share_lo,
    (share_raw + 2.706 / (2 * n)
        + 1.645 * sqrt(share_raw * (1 - share_raw) / n + 2.706 / (4 * n * n))) / (1 + 2.706 / n)
        as share_hi,
    case
        when share_hi - share_lo > 0.7 then 'insufficient'
        when share_hi - share_lo > 0.4 then 'thin'
        else 'ok'
    end as evidence_level
from raw
order by year
