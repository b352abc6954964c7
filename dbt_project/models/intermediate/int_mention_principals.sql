-- Visits and talks of different principals never merge: each dated candidate of these families
-- is put to the most specific description (name, level, place) that it does not contradict.
-- depends_on: {{ ref('int_touched_news_pairs') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [{
        'relation': 'intermediate.int_touched_news_pairs',
        'where': 't.dataset = c.dataset and t.pair_id = c.pair_id',
    }]},
) }}
with described as (
    select
        dataset,
        pair_id,
        family,
        actor_code,
        event_date,
        coalesce(
            case when family = 'visit' then source_name else coalesce(source_name, target_name) end, ''
        ) as principal_name,
        case
            when family = 'visit' then source_level
            else least(source_level, target_level)
        end as level,
        case when family = 'visit' then '' else coalesce(place, '') end as place,
        count(*) as report_count
    from {{ ref('int_mentions_due') }}
    where verdict = 'candidate' and date_precision = 'day' and family in ('visit', 'meeting')
    group by all
),

ranked as (
    select
        d.*,
        o.principal_name as to_name,
        o.level as to_level,
        o.place as to_place,
        row_number() over (
            partition by
                d.dataset, d.pair_id, d.family, d.actor_code, d.event_date,
                d.principal_name, d.level, d.place
            order by
                case when o.principal_name <> '' then 1 else 0 end
                + case when o.level < 4 then 1 else 0 end
                + case when o.place <> '' then 1 else 0 end desc,
                o.report_count desc,
                abs({{ days_between('d.event_date', 'o.event_date') }}),
                o.principal_name, o.level, o.place, o.event_date
        ) as preference
    from described as d
    inner join described as o
        on d.dataset = o.dataset and d.pair_id = o.pair_id
        and d.family = o.family and d.actor_code = o.actor_code
        and abs({{ days_between('d.event_date', 'o.event_date') }}) < case
            when d.family = 'visit' then {{ var('max_span_days_visit') }}
            else {{ var('max_span_days_meeting') }}
        end
        and (d.principal_name = o.principal_name or d.principal_name = '' or o.principal_name = '')
        and (d.level = o.level or d.level = 4 or o.level = 4)
        and (d.place = o.place or d.place = '' or o.place = '')
)

select
    dataset,
    pair_id,
    family,
    actor_code,
    event_date,
    principal_name,
    level,
    place,
    to_name || '/' || cast(to_level as varchar) || '/' || to_place as cluster
from ranked
where preference = 1
