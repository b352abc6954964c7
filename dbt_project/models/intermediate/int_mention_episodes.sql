-- One row per dated candidate: the episode (key, cluster, anchor) it falls into.
-- depends_on: {{ ref('int_touched_news_pairs') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [{
        'relation': 'intermediate.int_touched_news_pairs',
        'where': 't.dataset = c.dataset and t.pair_id = c.pair_id',
    }]},
) }}
with keyed as (
    select
        m.report_id,
        m.dataset,
        m.pair_id,
        m.family,
        m.actor_code,
        m.event_date,
        coalesce(p.cluster, '') as cluster,
        -- a copy of a story tells no act of its own day: without a date it takes the first copy's
        case when m.date_basis = 'publication' then
            min(m.event_date) over (
                partition by m.dataset, m.pair_id, m.family, m.actor_code, m.story_id
            )
        end as first_told
    from {{ ref('int_mentions_due') }} as m
    left join {{ ref('int_mention_principals') }} as p
        on m.dataset = p.dataset and m.pair_id = p.pair_id
        and m.family = p.family and m.actor_code = p.actor_code and m.event_date = p.event_date
        and p.principal_name = coalesce(
            case when m.family = 'visit' then m.source_name
            else coalesce(m.source_name, m.target_name) end, ''
        )
        and p.level = case
            when m.family = 'visit' then m.source_level
            else least(m.source_level, m.target_level)
        end
        and p.place = case when m.family = 'visit' then '' else coalesce(m.place, '') end
    where m.verdict = 'candidate' and m.date_precision = 'day'
),

visits as (
    select {{ series_of() }}, event_date
    from keyed
    where family = 'visit'
),

meetings as (
    select {{ series_of() }}, event_date
    from keyed
    where family = 'meeting'
),

anchors as (
    {{ episode_anchors('visits', series_key(),
                       var('max_span_days_visit')) }}
    union all
    {{ episode_anchors('meetings', series_key(),
                       var('max_span_days_meeting')) }}
)

select
    k.report_id,
    k.dataset,
    k.pair_id,
    k.family,
    k.actor_code,
    k.cluster,
    k.event_date,
    coalesce(
        max(a.anchor_date),
        case when max(k.first_told) >= {{ add_days('k.event_date', -1 * var('copy_days')) }}
            then max(k.first_told) end,
        k.event_date
    ) as anchor_date
from keyed as k
left join anchors as a
    on {{ same_series('k', 'a') }} and a.anchor_date <= k.event_date
group by k.report_id, {{ series_of('k') }}, k.event_date
