-- Reports by day as they came, beside the events of record that begin on the day.
with reports as (
    select
        dataset, source_code, target_code, pair_id, event_date,
        count(*) as report_count,
        sum(coalesce(goldstein, 0)) as intensity_sum,
        count_if(cameo_quad_class = 1) as report_quad_1,
        count_if(cameo_quad_class = 2) as report_quad_2,
        count_if(cameo_quad_class = 3) as report_quad_3,
        count_if(cameo_quad_class = 4) as report_quad_4
    from {{ ref('stg_datasets__events') }}
    where source_code is not null and target_code is not null and source_code <> target_code
    group by all
    union all
    select
        dataset, source_code, target_code, pair_id, event_date,
        count(*), sum(coalesce(goldstein, 0)),
        count_if(quad_class = 1),
        count_if(quad_class = 2),
        count_if(quad_class = 3),
        count_if(quad_class = 4)
    from {{ ref('int_mentions_judged') }}
    where verdict = 'candidate'
    group by all
),

events as (
    select
        dataset, source_code, target_code, pair_id, event_date_start as event_date,
        count(*) as event_count,
        count_if(quad_class = 1) as quad_1,
        count_if(quad_class = 2) as quad_2,
        count_if(quad_class = 3) as quad_3,
        count_if(quad_class = 4) as quad_4
    from {{ ref('fct_events') }}
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
