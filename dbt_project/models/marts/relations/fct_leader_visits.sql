-- M13. Visits of record, with how many of that level or higher came before in that direction.
with levels as (
    select event_id, source_level from {{ ref('int_news_events') }}
    union all
    select event_id, source_level from {{ ref('int_dataset_events') }}
),

visits as (
    select
        e.*,
        l.source_level,
        {{ days_between("cast('1970-01-01' as date)", 'e.event_date_start') }} as day_number
    from {{ ref('fct_events') }} as e
    inner join levels as l on e.event_id = l.event_id
    where e.family = 'visit' and e.is_scored
),

history as (
    select
        v.event_id,
        count_if(b.day_number > v.day_number - 365) as visits_12m,
        max(case when b.day_number < v.day_number then b.day_number end) as last_day
    from visits as v
    inner join visits as b
        on v.dataset = b.dataset and v.source_code = b.source_code and v.target_code = b.target_code
        and b.source_level <= v.source_level and b.day_number <= v.day_number
    group by v.event_id
)

select
    v.event_id,
    v.dataset,
    v.pair_id,
    v.source_code as guest_code,
    v.target_code as host_code,
    v.source_name as guest_name,
    v.target_name as host_name,
    case v.source_level
        when 1 then 'leader' when 2 then 'head of state or government'
        when 3 then 'foreign minister' else 'lower'
    end as level,
    cast(v.source_level as integer) as level_rank,
    v.event_date_start as start_date,
    v.event_date_end as end_date,
    v.status,
    v.acknowledgement,
    v.confidence,
    cast(h.visits_12m as bigint) as visits_12m,
    cast(v.day_number - h.last_day as integer) as days_since_last,
    v.known_at,
    v.headline_sentence
from visits as v
inner join history as h on v.event_id = h.event_id
