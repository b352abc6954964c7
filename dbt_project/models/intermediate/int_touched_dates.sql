-- Spans of days within which reports and events of a pair may have changed. For a pair of the news
-- it is all time.
with days as (
    select dataset, pair_id, event_date from {{ ref('int_touched_days') }}
    union
    select dataset, pair_id, anchor_date from {{ ref('int_touched_events') }}
    union
    select e.dataset, e.pair_id, e.event_date
    from {{ ref('int_dataset_episodes') }} as e
    inner join {{ ref('int_touched_events') }} as c
        on {{ same_series('e', 'c') }} and e.anchor_date = c.anchor_date
)

select
    dataset,
    pair_id,
    event_date as first_date,
    event_date as last_date,
    {{ monday('event_date') }} as first_week,
    {{ monday('event_date') }} as last_week,
    false as is_whole
from days
union all
select
    dataset,
    pair_id,
    cast('0001-01-01' as date),
    cast('9999-12-31' as date),
    cast('0001-01-01' as date),
    cast('9999-12-31' as date),
    true
from {{ ref('int_touched_news_pairs') }}
