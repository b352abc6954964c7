-- The weekly spine: a pair's weeks from its first event to the data set's last week, for pairs
-- with enough events; only the active weeks of the others (between them warmth has a closed form).
with events as (
    select dataset, pair_id, week_start, count(*) as event_count
    from {{ ref('fct_events') }}
    where is_scored
    group by all
),

pairs as (
    select dataset, pair_id, min(week_start) as first_week, sum(event_count) as event_count
    from events
    group by all
),

covered as (
    select dataset, {{ monday('published_date') }} as week_start
    from {{ ref('stg_news__revisions') }}
    where is_latest
    union
    select dataset, {{ monday('event_date') }}
    from {{ ref('fct_pair_days') }}
),

last_weeks as (
    select dataset, max(week_start) as last_week
    from covered
    group by all
),

weeks as (
    select {{ add_days("cast('" ~ var('spine_start') ~ "' as date)", 'n * 7') }} as week_start
    from {{ integers(0, 5000) }} as numbers
)

select
    p.dataset,
    p.pair_id,
    w.week_start,
    cast({{ days_between("cast('" ~ var('spine_start') ~ "' as date)", 'w.week_start') }} / 7
        as bigint) as week_index,
    c.week_start is not null as is_covered
from pairs as p
inner join last_weeks as l on p.dataset = l.dataset
inner join weeks as w on w.week_start between p.first_week and greatest(l.last_week, p.first_week)
left join events as e
    on p.dataset = e.dataset and p.pair_id = e.pair_id and w.week_start = e.week_start
left join covered as c on p.dataset = c.dataset and w.week_start = c.week_start
where p.event_count >= {{ var('spine_minimum_events') }} or e.dataset is not null
