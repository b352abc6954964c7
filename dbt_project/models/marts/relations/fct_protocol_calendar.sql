-- Greetings that a state has sent on an occasion in at least two years are expected every year from
-- the first of them on: present, downgraded (by a lower role than the best before), absent, or not
-- told where no document of that week was read.
{%- set near = var('protocol_window_days') %}
with letters as (
    select
        e.dataset, e.event_id, e.pair_id, e.source_code, e.target_code, e.event_date_start,
        coalesce(r.visit_level, 4) as level_rank,
        d.occasion, d.month, d.day, year(e.event_date_start) as year,
        abs({{ days_between('make_date(year(e.event_date_start), d.month, d.day)', 'e.event_date_start') }})
            as days_off
    from {{ ref('fct_events') }} as e
    inner join {{ ref('protocol_days') }} as d
        on e.target_code = d.host_code and coalesce(d.partner_code, e.source_code) = e.source_code
    left join {{ ref('actor_roles') }} as r on e.source_role = r.role
    where e.is_scored and e.event_mode = 'letter'
),

-- A letter between two occasions belongs to the nearer one.
ranked as (
    select
        *,
        row_number() over (partition by event_id order by days_off, occasion) as nearness
    from letters
    where days_off <= {{ near }}
),

sent as (
    select
        dataset, pair_id, source_code, target_code, occasion, month, day, year,
        count(*) as letter_count,
        min(level_rank) as level_rank,
        min(event_date_start) as event_date_start,
        min_by(event_id, level_rank * 1000 + days_off) as event_id
    from ranked
    where nearness = 1
    group by dataset, pair_id, source_code, target_code, occasion, month, day, year
),

habits as (
    select
        dataset, pair_id, source_code, target_code, occasion, month, day, min(year) as first_year
    from sent
    group by dataset, pair_id, source_code, target_code, occasion, month, day
    having count(*) >= 2
),

weeks as (
    select dataset, max(week_start) as last_week from {{ ref('fct_pair_weeks') }} group by dataset
),

expected as (
    select h.*, cast(i.n as integer) as year, make_date(cast(i.n as integer), h.month, h.day) as day_date
    from habits as h
    inner join weeks as w on h.dataset = w.dataset
    inner join {{ integers(1945, 2100) }} as i
        on i.n >= h.first_year
        and {{ add_days('make_date(cast(i.n as integer), h.month, h.day)', near) }} <= w.last_week
),

held as (
    select
        e.dataset, e.pair_id, e.source_code, e.target_code, e.occasion, e.year, e.day_date,
        coalesce(s.letter_count, 0) as letter_count,
        s.level_rank,
        s.event_date_start,
        s.event_id,
        min(s.level_rank) over (
            partition by e.dataset, e.source_code, e.target_code, e.occasion order by e.year
            rows between unbounded preceding and 1 preceding
        ) as usual_level_rank,
        p.event_count is not null as is_covered
    from expected as e
    left join sent as s
        on e.dataset = s.dataset and e.source_code = s.source_code
        and e.target_code = s.target_code and e.occasion = s.occasion and e.year = s.year
    left join {{ ref('fct_pair_weeks') }} as p
        on e.dataset = p.dataset and e.pair_id = p.pair_id
        and p.week_start = {{ monday('e.day_date') }}
)

select
    dataset,
    pair_id,
    source_code,
    target_code,
    occasion,
    year,
    day_date,
    cast(letter_count as bigint) as letter_count,
    cast(level_rank as integer) as level_rank,
    cast(usual_level_rank as integer) as usual_level_rank,
    case
        when letter_count > 0 and level_rank > coalesce(usual_level_rank, level_rank)
            then 'downgraded'
        when letter_count > 0 then 'present'
        when is_covered then 'absent'
        else 'not covered'
    end as standing,
    event_date_start,
    event_id
from held
