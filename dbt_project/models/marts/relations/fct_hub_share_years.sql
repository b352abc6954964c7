-- Raw k of n by calendar year of the event (an ISO week does not know its year), Wilson on n / phi.
{%- set z = var('z') %}
with acts as (
    select 'all' as acts union all select 'material' union all select 'acknowledged'
),

counted as (
    select
        e.dataset, h.hub_code, h.partner_code, h.other_code,
        year(e.event_date_start) as year,
        a.acts,
        count_if(e.pair_id = h.partner_pair_id) as k,
        count(*) as n
    from {{ ref('fct_events') }} as e
    inner join {{ ref('dim_hubs') }} as h on e.pair_id in (h.partner_pair_id, h.other_pair_id)
    cross join acts as a
    where e.is_scored and e.is_cooperative
        and (
            a.acts = 'all'
            or (a.acts = 'material' and e.quad_class = 2)
            or (a.acts = 'acknowledged' and e.acknowledgement = 'acknowledged')
        )
    group by e.dataset, h.hub_code, h.partner_code, h.other_code, year(e.event_date_start), a.acts
),

dispersion as (
    select
        dataset, hub_code, partner_code, other_code, acts, year(week_start) as year,
        max_by(phi, week_start) as phi
    from {{ ref('int_hub_dispersion') }}
    group by all
),

stated as (
    select
        c.*,
        coalesce(d.phi, {{ var('share_phi') }}) as phi,
        c.n / coalesce(d.phi, {{ var('share_phi') }}) as effective_n,
        cast(c.k as double) / c.n as share
    from counted as c
    left join dispersion as d
        on c.dataset = d.dataset and c.hub_code = d.hub_code and c.partner_code = d.partner_code
        and c.other_code = d.other_code and c.acts = d.acts and c.year = d.year
),

bounded as (
    select
        *,
        (share * effective_n + {{ z * z / 2 }}) / (effective_n + {{ z * z }}) as centre,
        {{ z }} * sqrt(share * (1 - share) * effective_n + {{ z * z / 4 }})
        / (effective_n + {{ z * z }}) as half_width
    from stated
)

select
    dataset, hub_code, partner_code, other_code,
    cast(year as integer) as year,
    acts,
    cast(k as bigint) as k,
    cast(n as bigint) as n,
    share as share_raw,
    cast(phi as double) as phi,
    cast(greatest(0, centre - half_width) as double) as share_lo,
    cast(least(1, centre + half_width) as double) as share_hi,
    case
        when half_width > {{ var('share_insufficient') }} then 'insufficient'
        when half_width > {{ var('share_thin') }} then 'thin'
        else 'ok'
    end as evidence_level
from bounded
