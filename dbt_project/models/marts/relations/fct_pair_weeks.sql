-- M1. Zero and NULL differ: nothing found in a covered week is 0, an uncovered week is NULL.
-- The spine: all weeks from a pair's first event to the data set's last week, for pairs with enough
-- events; only the active weeks of the others (between them warmth has a closed form).
-- depends_on: {{ ref('int_touched_series') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [from_touched_week()]},
) }}
{%- set counts = [
    'event_count', 'report_count', 'story_count', 'origin_count', 'cooperation_count',
    'conflict_count', 'verbal_cooperation_count', 'material_cooperation_count',
    'verbal_conflict_count', 'material_conflict_count', 'acknowledged_count',
] -%}
{%- set sums = ['party_share_sum', 'weight_sum', 'goldstein_sum'] %}
with last_weeks as (
    select dataset, max(week_start) as last_week
    from {{ ref('int_covered_weeks') }}
    group by dataset
),

series as (
    select
        s.dataset,
        s.pair_id,
        s.has_spine,
        greatest(s.last_week, l.last_week) as last_week,
        {% if is_incremental() -%}
        greatest(s.first_week, c.from_week) as first_week
        {%- else -%}
        s.first_week
        {%- endif %}
    from {{ ref('int_pair_spans') }} as s
    inner join last_weeks as l on s.dataset = l.dataset
    {% if is_incremental() -%}
    inner join {{ ref('int_touched_series') }} as c
        on s.dataset = c.dataset and s.pair_id = c.pair_id
    {%- endif %}
),

spine as (
    select s.dataset, s.pair_id, w.week_start, w.week_index, s.has_spine
    from series as s
    inner join {{ ref('int_spine') }} as w
        on s.dataset = w.dataset and w.week_start between s.first_week and s.last_week
)

select
    s.dataset,
    s.pair_id,
    s.week_start,
    s.week_index,
    v.week_start is not null or e.week_start is not null as is_covered,
    {%- for name in counts %}
    cast(
        case when e.week_start is not null then e.{{ name }} when v.week_start is not null then 0 end
        as bigint
    ) as {{ name }},
    {%- endfor %}
    {%- for name in sums %}
    cast(
        case when e.week_start is not null then e.{{ name }} when v.week_start is not null then 0 end
        as double
    ) as {{ name }},
    {%- endfor %}
    e.known_at
from spine as s
left join {{ ref('int_event_weeks') }} as e
    on s.dataset = e.dataset and s.pair_id = e.pair_id and s.week_start = e.week_start
left join {{ ref('int_covered_weeks') }} as v
    on s.dataset = v.dataset and s.week_start = v.week_start
where s.has_spine or e.week_start is not null
order by s.dataset, s.pair_id, s.week_start
