-- The specification strip: does the change of the share over two years hold if acts are chosen or
-- weighed otherwise? Newcombe's interval of the difference, from both Wilson intervals on n / phi.
{%- set z = var('z') %}
with stated as (
    select
        s.*,
        s.k_before / nullif(s.n_before, 0) as p1,
        s.k_after / nullif(s.n_after, 0) as p2,
        s.effective_before / coalesce(d.phi, {{ var('share_phi') }}) as e1,
        s.effective_after / coalesce(d.phi, {{ var('share_phi') }}) as e2
    from {{ ref('int_hub_specifications') }} as s
    left join {{ ref('int_hub_dispersion') }} as d
        on s.dataset = d.dataset and s.hub_code = d.hub_code and s.partner_code = d.partner_code
        and s.other_code = d.other_code and s.to_week = d.week_start and d.acts = 'all'
),

wilson as (
    select
        *,
        (p1 * e1 + {{ z * z / 2 }}) / (e1 + {{ z * z }}) as c1,
        {{ z }} * sqrt(p1 * (1 - p1) * e1 + {{ z * z / 4 }}) / (e1 + {{ z * z }}) as h1,
        (p2 * e2 + {{ z * z / 2 }}) / (e2 + {{ z * z }}) as c2,
        {{ z }} * sqrt(p2 * (1 - p2) * e2 + {{ z * z / 4 }}) / (e2 + {{ z * z }}) as h2
    from stated
),

newcombe as (
    select
        *,
        p2 - p1 as change,
        p2 - p1 - sqrt(power(p2 - (c2 - h2), 2) + power((c1 + h1) - p1, 2)) as change_lo,
        p2 - p1 + sqrt(power((c2 + h2) - p2, 2) + power(p1 - (c1 - h1), 2)) as change_hi
    from wilson
),

judged as (
    select
        *,
        case
            when change is null or e1 < 1 or e2 < 1 then 'not enough data'
            when change_lo > 0 then 'rose'
            when change_hi < 0 then 'fell'
            else 'no change detected'
        end as verdict
    from newcombe
),

compared as (
    select j.*, j.verdict = h.verdict as holds
    from judged as j
    inner join judged as h
        on j.dataset = h.dataset and j.hub_code = h.hub_code and j.partner_code = h.partner_code
        and j.other_code = h.other_code and j.to_week = h.to_week and h.specification = 'headline'
)

select
    dataset,
    hub_code,
    partner_code,
    other_code,
    {{ add_days('to_week',
        "case when specification = 'window half as long' then " ~ -7 * (var('specification_weeks') // 2 - 1)
        ~ " else " ~ -7 * (var('specification_weeks') - 1) ~ " end") }} as from_week,
    to_week,
    specification,
    cast(k_before as double) as k_before,
    cast(n_before as double) as n_before,
    cast(k_after as double) as k_after,
    cast(n_after as double) as n_after,
    cast(change as double) as change,
    cast(change_lo as double) as change_lo,
    cast(change_hi as double) as change_hi,
    verdict,
    holds,
    cast(count_if(holds and specification <> 'headline') over strip as bigint) as holds_count,
    cast(count_if(specification <> 'headline') over strip as bigint) as specification_count
from compared
window strip as (partition by dataset, hub_code, partner_code, other_code, to_week)
