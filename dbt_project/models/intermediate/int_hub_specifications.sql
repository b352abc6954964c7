-- Per watched comparison, end of a year (and of the data) and specification: weighted cooperative
-- acts with the partner (k) and with either (n) in the last two windows. A weight is 1 or 0 where a
-- specification chooses acts, and a size where it weighs them; n_eff = (sum w)^2 / sum w^2.
{%- set window = var('specification_weeks') %}
{%- set specifications = {
    'headline': '1.0',
    'without state media': 'case when has_independent_origin then 1.0 else 0 end',
    'acknowledged only': "case when acknowledgement = 'acknowledged' then 1.0 else 0 end",
    'material only': 'case when quad_class = 2 then 1.0 else 0 end',
    'fixed panel': 'case when is_in_panel then 1.0 else 0 end',
    'high confidence': "case when confidence >= " ~ var('high_confidence') ~ " then 1.0 else 0 end",
    'weighted by size': 'weight * party_share',
    'weighted by Goldstein': 'greatest(goldstein, 0) * party_share',
    'recent acts weigh more':
        'power(2, -(weeks_back % ' ~ window ~ ') / ' ~ var('share_half_life_weeks') ~ '.0)',
    'window half as long': 'case when weeks_back < ' ~ window ~ ' then 1.0 else 0 end',
} %}
with ends as (
    select dataset, max(week_start) as to_week
    from {{ ref('int_spine') }}
    group by dataset, year(week_start)
),

ties as (
    select hub_code, partner_code, other_code, partner_pair_id as pair_id, true as is_with_partner
    from {{ ref('dim_hubs') }}
    union all
    select hub_code, partner_code, other_code, other_pair_id, false
    from {{ ref('dim_hubs') }}
),

acts as (
    select
        e.*,
        h.hub_code, h.partner_code, h.other_code, h.is_with_partner,
        n.to_week,
        cast({{ days_between('e.week_start', 'n.to_week') }} / 7 as integer) as weeks_back
    from {{ ref('fct_events') }} as e
    inner join ties as h on e.pair_id = h.pair_id
    inner join ends as n
        on e.dataset = n.dataset
        and e.week_start between {{ add_days('n.to_week', -7 * (2 * window - 1)) }} and n.to_week
    where e.is_scored and e.is_cooperative
),

-- publishers that told of anything in both windows; the origins of data sets are their publishers
publisher_weeks as (
    select distinct dataset, week_start, publisher from {{ ref('int_news_origins') }}
    union all
    select distinct dataset, week_start, origin_id from {{ ref('int_origin_weeks') }}
    where dataset not in (select dataset from {{ ref('stg_news__documents') }})
),

panel as (
    select n.dataset, n.to_week, o.publisher
    from ends as n
    inner join publisher_weeks as o
        on n.dataset = o.dataset
        and o.week_start between {{ add_days('n.to_week', -7 * (2 * window - 1)) }} and n.to_week
    group by n.dataset, n.to_week, o.publisher
    having
        min(o.week_start) <= max({{ add_days('n.to_week', -7 * window) }})
        and max(o.week_start) > max({{ add_days('n.to_week', -7 * window) }})
),

panel_acts as (
    select distinct p.dataset, p.to_week, o.event_id
    from {{ ref('int_event_origins') }} as o
    semi join ties as h on o.pair_id = h.pair_id
    inner join panel as p
        on o.dataset = p.dataset and o.publisher = p.publisher
        and o.week_start between {{ add_days('p.to_week', -7 * (2 * window - 1)) }} and p.to_week
),

judged as (
    select a.*, p.event_id is not null as is_in_panel
    from acts as a
    left join panel_acts as p
        on a.dataset = p.dataset and a.to_week = p.to_week and a.event_id = p.event_id
),

weighed as (
    {%- for name, weight in specifications.items() %}
    select
        dataset, hub_code, partner_code, other_code, to_week, is_with_partner,
        '{{ name }}' as specification,
        weeks_back < {{ window // 2 if name == 'window half as long' else window }} as is_after,
        cast({{ weight }} as double) as w
    from judged
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select
    dataset,
    hub_code,
    partner_code,
    other_code,
    to_week,
    specification,
    sum(case when not is_after and is_with_partner then w else 0 end) as k_before,
    sum(case when not is_after then w else 0 end) as n_before,
    sum(case when is_after and is_with_partner then w else 0 end) as k_after,
    sum(case when is_after then w else 0 end) as n_after,
    power(sum(case when not is_after then w else 0 end), 2)
        / nullif(sum(case when not is_after then w * w else 0 end), 0) as effective_before,
    power(sum(case when is_after then w else 0 end), 2)
        / nullif(sum(case when is_after then w * w else 0 end), 0) as effective_after
from weighed
group by dataset, hub_code, partner_code, other_code, to_week, specification
