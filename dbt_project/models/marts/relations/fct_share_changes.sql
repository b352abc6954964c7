-- How the share moved against the year before: raw counts, Newcombe's interval of the difference
-- (from both Wilson intervals, on n / phi), and what each partner's count adds to it. Fragility:
-- how many of the events that made the change may go before its interval holds 0 (above 200 events
-- in steps of half a percent).
{%- set z = var('z') %}
with pairs as (
    select
        a.dataset, a.hub_code, a.partner_code, a.other_code, a.acts, a.year,
        b.k as k_before, b.n as n_before, a.k as k_after, a.n as n_after, a.phi
    from {{ ref('fct_hub_share_years') }} as a
    inner join {{ ref('fct_hub_share_years') }} as b
        on a.dataset = b.dataset and a.hub_code = b.hub_code and a.partner_code = b.partner_code
        and a.other_code = b.other_code and a.acts = b.acts and a.year = b.year + 1
    where a.n > 0 and b.n > 0
),

-- the change as it is (m = 0), and with m of the events that drive it gone
thinned as (
    select
        p.*,
        cast(m.n * ceil(p.n_after / 200.0) as bigint) as removed,
        case
            when cast(p.k_after as double) / p.n_after >= cast(p.k_before as double) / p.n_before
                then p.k_after - cast(m.n * ceil(p.n_after / 200.0) as bigint)
            else p.k_after
        end as k_left
    from pairs as p
    inner join {{ integers(0, 200) }} as m on m.n * ceil(p.n_after / 200.0) < p.n_after
),

shares as (
    select
        *,
        cast(k_before as double) / n_before as p1,
        cast(k_left as double) / (n_after - removed) as p2,
        n_before / phi as e1,
        (n_after - removed) / phi as e2
    from thinned
    where k_left >= 0 and k_left <= n_after - removed
),

wilson as (
    select
        *,
        (p1 * e1 + {{ z * z / 2 }}) / (e1 + {{ z * z }}) as c1,
        {{ z }} * sqrt(p1 * (1 - p1) * e1 + {{ z * z / 4 }}) / (e1 + {{ z * z }}) as h1,
        (p2 * e2 + {{ z * z / 2 }}) / (e2 + {{ z * z }}) as c2,
        {{ z }} * sqrt(p2 * (1 - p2) * e2 + {{ z * z / 4 }}) / (e2 + {{ z * z }}) as h2
    from shares
),

newcombe as (
    select
        *,
        p2 - p1 as change,
        p2 - p1 - sqrt(power(p2 - (c2 - h2), 2) + power((c1 + h1) - p1, 2)) as change_lo,
        p2 - p1 + sqrt(power((c2 + h2) - p2, 2) + power(p1 - (c1 - h1), 2)) as change_hi
    from wilson
),

vanishing as (
    select
        dataset, hub_code, partner_code, other_code, acts, year,
        min(case when change_lo <= 0 and change_hi >= 0 then removed end) as events_to_vanish
    from newcombe
    group by dataset, hub_code, partner_code, other_code, acts, year
)

select
    n.dataset, n.hub_code, n.partner_code, n.other_code, n.year, n.acts,
    n.k_before, n.n_before, n.k_after, n.n_after,
    cast(n.change as double) as change,
    cast(n.change_lo as double) as change_lo,
    cast(n.change_hi as double) as change_hi,
    -- mean over both orders of replacing one count by its later value
    cast(0.5 * (
        cast(n.k_after as double) / nullif(n.k_after + n.n_before - n.k_before, 0) - n.p1
        + n.p2 - cast(n.k_before as double) / nullif(n.k_before + n.n_after - n.k_after, 0)
    ) as double) as more_with_partner,
    cast(n.change - 0.5 * (
        cast(n.k_after as double) / nullif(n.k_after + n.n_before - n.k_before, 0) - n.p1
        + n.p2 - cast(n.k_before as double) / nullif(n.k_before + n.n_after - n.k_after, 0)
    ) as double) as less_with_other,
    case
        when n.e1 < 1 or n.e2 < 1 then 'not enough data'
        when n.change_lo > 0 then 'rose'
        when n.change_hi < 0 then 'fell'
        else 'no change detected'
    end as verdict,
    cast((n.change_hi - n.change_lo) / 2 as double) as smallest_detectable,
    case when n.change_lo > 0 or n.change_hi < 0 then cast(v.events_to_vanish as bigint) end
        as events_to_vanish
from newcombe as n
inner join vanishing as v
    on n.dataset = v.dataset and n.hub_code = v.hub_code and n.partner_code = v.partner_code
    and n.other_code = v.other_code and n.acts = v.acts and n.year = v.year
where n.removed = 0
