-- Visits and talks of event data sets: the episode that each day with reports falls into.
with days as (
    select distinct dataset, pair_id, family, actor_code, cluster, event_date
    from {{ ref('int_dataset_reports') }}
    where family in ('visit', 'meeting')
),

visits as (select * from days where family = 'visit'),

meetings as (select * from days where family = 'meeting'),

anchors as (
    {{ episode_anchors('visits', ['dataset', 'pair_id', 'family', 'actor_code', 'cluster'],
                       var('max_span_days_visit')) }}
    union all
    {{ episode_anchors('meetings', ['dataset', 'pair_id', 'family', 'actor_code', 'cluster'],
                       var('max_span_days_meeting')) }}
)

select
    d.dataset,
    d.pair_id,
    d.family,
    d.actor_code,
    d.cluster,
    d.event_date,
    max(a.anchor_date) as anchor_date
from days as d
inner join anchors as a
    on d.dataset = a.dataset and d.pair_id = a.pair_id and d.family = a.family
    and d.actor_code = a.actor_code and d.cluster = a.cluster and a.anchor_date <= d.event_date
group by all
