-- Dispersion phi of a share: squared differences of adjacent 8-week blocks over their binomial
-- variance, averaged over the trailing 156 weeks and steadied by four blocks of 3. Adjacent blocks
-- and no trailing mean: a real shift would inflate phi from 3.4 to 25 and hide itself.
with blocks as (
    select
        *,
        sum(k) over w8 as k8,
        sum(n) over w8 as n8,
        sum(k) over before8 as k_before,
        sum(n) over before8 as n_before
    from {{ ref('int_hub_weeks') }}
    window
        w8 as (
            partition by dataset, hub_code, partner_code, other_code, acts order by t
            rows between 7 preceding and current row
        ),
        before8 as (
            partition by dataset, hub_code, partner_code, other_code, acts order by t
            rows between 15 preceding and 8 preceding
        )
),

ratios as (
    select
        *,
        case when n8 > 0 and n_before > 0 and t >= 26 then
            power(k8 / n8 - k_before / n_before, 2) / (
                (k8 + k_before + 1) / (n8 + n_before + 2)
                * (1 - (k8 + k_before + 1) / (n8 + n_before + 2))
                * (1 / n8 + 1 / n_before)
            )
        end as ratio
    from blocks
)

select
    dataset, hub_code, partner_code, other_code, partner_pair_id, other_pair_id, week_start, t, acts,
    k, k_other, n,
    greatest(
        1.0,
        (coalesce(sum(ratio) over last156, 0) + 12) / (count(ratio) over last156 + 4)
    ) as phi
from ratios
window last156 as (
    partition by dataset, hub_code, partner_code, other_code, acts order by t
    rows between 156 preceding and 1 preceding
)
