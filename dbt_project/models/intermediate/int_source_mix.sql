-- M11. Per pair on the spine and week: origins of the events of the last 26 weeks. An origin counts
-- once per event, however often it repeats it. An origin's count n changes only in a week that tells
-- of an event and 26 weeks later, so that running sums of the changes of n and of n ln n give every
-- week without joining it to the 26 before it (26 times the rows).
-- An increment reads the 26 weeks before its first week: older events are over by then.
-- depends_on: {{ ref('int_touched_series') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [from_touched_week()]},
) }}
{%- set window = var('mix_weeks') %}
{%- set from_there -%}
    {%- if is_incremental() %}
    inner join {{ ref('int_touched_series') }} as c
        on o.dataset = c.dataset and o.pair_id = c.pair_id
        and o.week_start >= {{ add_days('c.from_week', -7 * window) }}
    {%- endif -%}
{%- endset %}
with told as (
    select
        o.dataset, o.pair_id, o.origin_id, o.week_start, o.event_count, o.state_media_count,
        o.judged_count
    from {{ ref('int_origin_weeks') }} as o
    {{- from_there }}
),

weeks as (
    select
        o.dataset, o.pair_id, o.week_start, o.t,
        {% if is_incremental() %} o.week_start >= c.from_week {% else %} true {% endif %} as is_wanted
    from {{ ref('int_pair_counts') }} as o
    {{- from_there }}
),

changes as (
    select * from told
    union all
    select
        dataset, pair_id, origin_id, {{ add_days('week_start', 7 * window) }},
        -event_count, -state_media_count, -judged_count
    from told
),

steps as (
    select
        dataset, pair_id, origin_id, week_start,
        sum(event_count) as d_n,
        sum(state_media_count) as d_state,
        sum(judged_count) as d_judged
    from changes
    group by dataset, pair_id, origin_id, week_start
),

levels as (
    select
        *,
        sum(d_n) over origin as n,
        lead(week_start) over origin as next_week
    from steps
    window origin as (partition by dataset, pair_id, origin_id order by week_start)
),

by_week as (
    select
        dataset, pair_id, week_start,
        sum(d_n) as d_n,
        sum(
            case when n > 0 then n * ln(n) else 0 end
            - case when n - d_n > 0 then (n - d_n) * ln(n - d_n) else 0 end
        ) as d_n_ln_n,
        sum(d_state) as d_state,
        sum(d_judged) as d_judged
    from levels
    group by dataset, pair_id, week_start
),

-- an origin with one event is the largest only where no other has more
largest as (
    select w.dataset, w.pair_id, w.week_start, max(l.n) as n
    from weeks as w
    inner join levels as l
        on w.dataset = l.dataset and w.pair_id = l.pair_id and l.n > 1
        and w.week_start >= l.week_start and w.week_start < l.next_week
    where w.is_wanted
    group by w.dataset, w.pair_id, w.week_start
),

summed as (
    select
        w.dataset,
        w.pair_id,
        w.week_start,
        w.is_wanted,
        cast(sum(b.d_n) over so_far as double) as n,
        sum(b.d_n_ln_n) over so_far as n_ln_n,
        sum(b.d_state) over so_far as state_media_count,
        sum(b.d_judged) over so_far as judged_count
    from weeks as w
    left join by_week as b
        on w.dataset = b.dataset and w.pair_id = b.pair_id and w.week_start = b.week_start
    window so_far as (
        partition by w.dataset, w.pair_id order by w.t
        rows between unbounded preceding and current row
    )
)

select
    s.dataset,
    s.pair_id,
    s.week_start,
    -- exp(-sum p ln p) with p = n / N is N exp(-sum n ln n / N)
    s.n * exp(-s.n_ln_n / s.n) as source_mix,
    coalesce(l.n, 1) / s.n as largest_origin_share,
    case when s.judged_count > 0 then s.state_media_count / s.n end as state_media_share
from summed as s
left join largest as l
    on s.dataset = l.dataset and s.pair_id = l.pair_id and s.week_start = l.week_start
where s.n > 0 and s.is_wanted
