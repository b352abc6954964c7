-- M13. Visits of record, with how many of that level or higher came before in that direction.
{%- set levels = range(1, 5) %}
with visits as (
    select
        e.*,
        l.source_level,
        {{ days_between("cast('1970-01-01' as date)", 'e.event_date_start') }} as day_number
    from {{ ref('fct_events') }} as e
    inner join {{ ref('int_event_levels') }} as l on e.event_id = l.event_id
    where e.family = 'visit' and e.is_scored
),

-- what counts is visits of that level or a higher one
history as (
    select
        *,
        case source_level
            {%- for level in levels %}
            when {{ level }} then count_if(source_level <= {{ level }}) over last_year
            {%- endfor %}
        end as visits_12m,
        case source_level
            {%- for level in levels %}
            when {{ level }}
                then max(case when source_level <= {{ level }} then day_number end) over earlier
            {%- endfor %}
        end as last_day
    from visits
    window
        last_year as (
            partition by dataset, source_code, target_code order by day_number
            range between 364 preceding and current row
        ),
        earlier as (
            partition by dataset, source_code, target_code order by day_number
            range between unbounded preceding and 1 preceding
        )
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
    cast(v.visits_12m as bigint) as visits_12m,
    cast(v.day_number - v.last_day as integer) as days_since_last,
    v.known_at,
    v.headline_sentence
from history as v
