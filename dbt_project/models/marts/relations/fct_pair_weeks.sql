-- M1. Zero and NULL differ: nothing found in a covered week is 0, an uncovered week is NULL.
{%- set counts = {
    'event_count': 'count(*)',
    'report_count': 'sum(report_count)',
    'story_count': 'sum(story_count)',
    'origin_count': 'sum(origin_count)',
    'cooperation_count': 'count_if(is_cooperative)',
    'conflict_count': 'count_if(quad_class >= 3)',
    'verbal_cooperation_count': 'count_if(quad_class = 1)',
    'material_cooperation_count': 'count_if(quad_class = 2)',
    'verbal_conflict_count': 'count_if(quad_class = 3)',
    'material_conflict_count': 'count_if(quad_class = 4)',
    'acknowledged_count': "count_if(acknowledgement = 'acknowledged')",
} -%}
{%- set sums = {
    'party_share_sum': 'sum(party_share)',
    'weight_sum': 'sum(weight * party_share)',
    'goldstein_sum': 'sum(goldstein * party_share)',
} %}
with weeks as (
    select
        dataset, pair_id, week_start,
        {%- for name, formula in counts.items() %}
        {{ formula }} as {{ name }},
        {%- endfor %}
        {%- for name, formula in sums.items() %}
        {{ formula }} as {{ name }},
        {%- endfor %}
        max(known_at) as known_at
    from {{ ref('fct_events') }}
    where is_scored
    group by dataset, pair_id, week_start
)

select
    s.dataset,
    s.pair_id,
    s.week_start,
    s.week_index,
    s.is_covered or w.dataset is not null as is_covered,
    {%- for name in counts %}
    cast(case when w.dataset is not null then w.{{ name }} when s.is_covered then 0 end as bigint)
        as {{ name }},
    {%- endfor %}
    {%- for name in sums %}
    cast(case when w.dataset is not null then w.{{ name }} when s.is_covered then 0 end as double)
        as {{ name }},
    {%- endfor %}
    w.known_at
from {{ ref('int_spine') }} as s
left join weeks as w
    on s.dataset = w.dataset and s.pair_id = w.pair_id and s.week_start = w.week_start
