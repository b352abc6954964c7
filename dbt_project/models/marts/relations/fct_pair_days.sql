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
with reports as (
    select
        dataset, source_code, target_code, pair_id, event_date,
        count(*) as report_count,
        sum(coalesce(goldstein, 0)) as intensity_sum,
        count_if(cameo_quad_class = 1) as report_quad_1,
        count_if(cameo_quad_class = 2) as report_quad_2,
        count_if(cameo_quad_class = 3) as report_quad_3,
        count_if(cameo_quad_class = 4) as report_quad_4
    from {{ ref('stg_datasets__events') }} as r
    {% if is_incremental() -%}
    semi join {{ ref('int_touched_dates') }} as c
        on r.dataset = c.dataset and r.pair_id = c.pair_id
        and r.event_date between c.first_date and c.last_date
    {% endif -%}
    where source_code is not null and target_code is not null and source_code <> target_code
    group by dataset, source_code, target_code, pair_id, event_date
    union all
    select
        dataset, source_code, target_code, pair_id, event_date,
        count(*), sum(coalesce(goldstein, 0)),
        count_if(quad_class = 1),
        count_if(quad_class = 2),
        count_if(quad_class = 3),
        count_if(quad_class = 4)
    from {{ ref('int_mentions_due') }}
    where verdict = 'candidate'
    group by dataset, source_code, target_code, pair_id, event_date
),

events as (
    select
        dataset, source_code, target_code, pair_id, event_date_start as event_date,
        count(*) as event_count,
        count_if(quad_class = 1) as quad_1,
        count_if(quad_class = 2) as quad_2,
        count_if(quad_class = 3) as quad_3,
        count_if(quad_class = 4) as quad_4
    from {{ ref('fct_events') }} as e
    {% if is_incremental() -%}
    semi join {{ ref('int_touched_dates') }} as c
        on e.dataset = c.dataset and e.pair_id = c.pair_id
        and e.event_date_start between c.first_date and c.last_date
    {% endif -%}
    group by all
)

select
    coalesce(r.dataset, e.dataset) as dataset,
    coalesce(r.source_code, e.source_code) as source_code,
    coalesce(r.target_code, e.target_code) as target_code,
    coalesce(r.event_date, e.event_date) as event_date,
    coalesce(r.pair_id, e.pair_id) as pair_id,
    cast(coalesce(r.report_count, 0) as bigint) as report_count,
    cast(coalesce(r.intensity_sum, 0) as double) as intensity_sum,
    cast(coalesce(r.report_quad_1, 0) as bigint) as verbal_cooperation_report_count,
    cast(coalesce(r.report_quad_2, 0) as bigint) as material_cooperation_report_count,
    cast(coalesce(r.report_quad_3, 0) as bigint) as verbal_conflict_report_count,
    cast(coalesce(r.report_quad_4, 0) as bigint) as material_conflict_report_count,
    cast(coalesce(e.event_count, 0) as bigint) as event_count,
    cast(coalesce(e.quad_1, 0) as bigint) as verbal_cooperation_count,
    cast(coalesce(e.quad_2, 0) as bigint) as material_cooperation_count,
    cast(coalesce(e.quad_3, 0) as bigint) as verbal_conflict_count,
    cast(coalesce(e.quad_4, 0) as bigint) as material_conflict_count
from reports as r
full outer join events as e
    on r.dataset = e.dataset and r.source_code = e.source_code
    and r.target_code = e.target_code and r.event_date = e.event_date
