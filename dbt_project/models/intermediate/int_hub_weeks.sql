-- One row per data set, watched comparison, week and variant of acts: cooperative acts with the
-- partner (k) and with either (n). 'weighted' counts each act by its size.
{%- set variants = {
    'all': 'cooperation_count',
    'material': 'cooperation_material_count',
    'acknowledged': 'cooperation_acknowledged_count',
    'weighted': 'cooperation_weight_sum',
} %}
with watched as (
    select partner_pair_id as pair_id from {{ ref('dim_hubs') }}
    union
    select other_pair_id from {{ ref('dim_hubs') }}
),

weeks as (
    select e.*
    from {{ ref('int_event_weeks') }} as e
    inner join watched as w on e.pair_id = w.pair_id
),

acts as (
    {%- for name, column in variants.items() %}
    select dataset, pair_id, week_start, '{{ name }}' as acts, cast({{ column }} as double) as amount
    from weeks
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
        min(s.first_week) as first_week
    from {{ ref('dim_hubs') }} as h
    inner join {{ ref('int_pair_spans') }} as s on s.pair_id in (h.partner_pair_id, h.other_pair_id)
    group by s.dataset, h.hub_code, h.partner_code, h.other_code, h.partner_pair_id, h.other_pair_id
)

select
    s.dataset,
    s.hub_code,
    s.partner_code,
    s.other_code,
    s.partner_pair_id,
    s.other_pair_id,
    i.week_start,
    cast({{ days_between('s.first_week', 'i.week_start') }} / 7 as bigint) as t,
    v.acts,
    coalesce(b.amount, 0) as k,
    coalesce(c.amount, 0) as k_other,
    coalesce(b.amount, 0) + coalesce(c.amount, 0) as n
from spans as s
inner join {{ ref('int_spine') }} as i on s.dataset = i.dataset and i.week_start >= s.first_week
cross join variants as v
left join acts as b
    on s.dataset = b.dataset and s.partner_pair_id = b.pair_id and i.week_start = b.week_start
    and v.acts = b.acts
left join acts as c
    on s.dataset = c.dataset and s.other_pair_id = c.pair_id and i.week_start = c.week_start
    and v.acts = c.acts
