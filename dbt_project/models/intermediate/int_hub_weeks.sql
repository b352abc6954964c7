-- One row per data set, watched comparison, week and variant of acts: cooperative acts with the
-- partner (k) and with either (n). 'weighted' counts each act by its size.
{%- set variants = {
    'all': 'count(*)',
    'material': 'count_if(quad_class = 2)',
    'acknowledged': "count_if(acknowledgement = 'acknowledged')",
    'weighted': 'sum(weight * party_share)',
} %}
with acts as (
    {%- for name, formula in variants.items() %}
    select dataset, pair_id, week_start, '{{ name }}' as acts, cast({{ formula }} as double) as amount
    from {{ ref('fct_events') }}
    where is_scored and is_cooperative
    group by dataset, pair_id, week_start
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

variants as (
    {%- for name in variants %}
    select '{{ name }}' as acts
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

-- from the first week of either pair to the data set's last
spans as (
    select
        s.dataset, h.hub_code, h.partner_code, h.other_code, h.partner_pair_id, h.other_pair_id,
        min(s.week_index) as first_index
    from {{ ref('dim_hubs') }} as h
    inner join {{ ref('int_spine') }} as s on s.pair_id in (h.partner_pair_id, h.other_pair_id)
    group by all
),

last_weeks as (
    select dataset, max(week_index) as last_index
    from {{ ref('int_spine') }}
    group by dataset
)

select
    s.dataset,
    s.hub_code,
    s.partner_code,
    s.other_code,
    s.partner_pair_id,
    s.other_pair_id,
    {{ add_days("cast('" ~ var('spine_start') ~ "' as date)", 'i.n * 7') }} as week_start,
    i.n - s.first_index as t,
    v.acts,
    coalesce(b.amount, 0) as k,
    coalesce(c.amount, 0) as k_other,
    coalesce(b.amount, 0) + coalesce(c.amount, 0) as n
from spans as s
inner join last_weeks as l on s.dataset = l.dataset
inner join {{ integers(0, 5000) }} as i on i.n between s.first_index and l.last_index
cross join variants as v
left join acts as b
    on s.dataset = b.dataset and s.partner_pair_id = b.pair_id and v.acts = b.acts
    and b.week_start = {{ add_days("cast('" ~ var('spine_start') ~ "' as date)", 'i.n * 7') }}
left join acts as c
    on s.dataset = c.dataset and s.other_pair_id = c.pair_id and v.acts = c.acts
    and c.week_start = {{ add_days("cast('" ~ var('spine_start') ~ "' as date)", 'i.n * 7') }}
