-- M11. Per pair on the spine and week: origins of the events of the last 26 weeks. An origin counts
-- once per event, however often it repeats it.
with origin_weeks as (
    select
        dataset,
        pair_id,
        week_start,
        origin_id,
        count(distinct event_id) as event_count,
        count(distinct case when is_party_state_media then event_id end) as state_media_count,
        count(is_party_state_media) as judged_count
    from {{ ref('int_event_origins') }}
    group by dataset, pair_id, week_start, origin_id
),

windows as (
    select
        w.dataset,
        w.pair_id,
        w.week_start,
        o.origin_id,
        cast(sum(o.event_count) as double) as n,
        sum(o.state_media_count) as state_media_count,
        sum(o.judged_count) as judged_count
    from {{ ref('int_pair_counts') }} as w
    inner join origin_weeks as o
        on w.dataset = o.dataset and w.pair_id = o.pair_id
        and o.week_start between {{ add_days('w.week_start', -7 * (var('mix_weeks') - 1)) }}
            and w.week_start
    group by w.dataset, w.pair_id, w.week_start, o.origin_id
)

select
    dataset,
    pair_id,
    week_start,
    -- exp(-sum p ln p) with p = n / N is N exp(-sum n ln n / N)
    sum(n) * exp(-sum(n * ln(n)) / sum(n)) as source_mix,
    max(n) / sum(n) as largest_origin_share,
    case when sum(judged_count) > 0 then sum(state_media_count) / sum(n) end as state_media_share
from windows
group by dataset, pair_id, week_start
