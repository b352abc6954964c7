-- Reports by day as they came, beside the events of record that begin on the day.
-- depends_on: {{ ref('int_touched_dates') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [{
        'relation': 'intermediate.int_touched_dates',
        'where': 't.dataset = c.dataset and t.pair_id = c.pair_id'
            ~ ' and t.event_date between c.first_date and c.last_date',
    }]},
) }}
with told as (
    select
        dataset, source_code, target_code, event_date,
        1 as is_report, 0 as is_event, cameo_quad_class as quad_class,
        coalesce(goldstein, 0) as goldstein
    from {{ ref('stg_datasets__events') }} as r
    {% if is_incremental() -%}
    semi join {{ ref('int_touched_dates') }} as c
        on r.dataset = c.dataset and r.pair_id = c.pair_id
        and r.event_date between c.first_date and c.last_date
    {% endif -%}
    where source_code is not null and target_code is not null and source_code <> target_code
        {%- if is_incremental() %} and {{ on_touched_days('r.event_date') }} {%- endif %}
    union all
    select
        dataset, source_code, target_code, event_date, 1, 0, quad_class, coalesce(goldstein, 0)
    from {{ ref('int_mentions_due') }}
    where verdict = 'candidate'
    union all
    select dataset, source_code, target_code, event_date_start, 0, 1, quad_class, 0
    from {{ ref('fct_events') }} as e
    {% if is_incremental() -%}
    semi join {{ ref('int_touched_dates') }} as c
        on e.dataset = c.dataset and e.pair_id = c.pair_id
        and e.event_date_start between c.first_date and c.last_date
    {% endif -%}
)

select
    dataset,
    source_code,
    target_code,
    event_date,
    least(source_code, target_code) || '-' || greatest(source_code, target_code) as pair_id,
    {%- for kind, prefix in [('report', 'report_'), ('event', '')] %}
    cast(sum(is_{{ kind }}) as bigint) as {{ kind }}_count,
    {%- for name in ['verbal_cooperation', 'material_cooperation', 'verbal_conflict', 'material_conflict'] %}
    cast(count_if(is_{{ kind }} = 1 and quad_class = {{ loop.index }}) as bigint)
        as {{ name }}_{{ prefix }}count,
    {%- endfor %}
    {%- endfor %}
    cast(sum(is_report * goldstein) as double) as intensity_sum
from told
group by dataset, source_code, target_code, event_date
