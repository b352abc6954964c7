-- Announcements whose days lie near one another are of one act (anchored, no chaining).
with dated as (
    select dataset, pair_id, anchor_date as event_date
    from {{ ref('int_watch_reports') }}
    where is_dated
),

anchors as (
    {{ episode_anchors('dated', ['dataset', 'pair_id'], var('watch_merge_days')) }}
),

undated as (
    -- an announcement without a day joins the next dated one of its pair, else stands by itself
    select r.report_id, min(a.anchor_date) as anchor_date
    from {{ ref('int_watch_reports') }} as r
    inner join anchors as a
        on r.dataset = a.dataset and r.pair_id = a.pair_id
        and a.anchor_date >= r.anchor_date
        and a.anchor_date <= {{ add_days('r.anchor_date', var('watch_undated_days')) }}
    where not r.is_dated
    group by r.report_id
),

placed as (
    select r.*, max(a.anchor_date) as own_anchor
    from {{ ref('int_watch_reports') }} as r
    left join anchors as a
        on r.is_dated and r.dataset = a.dataset and r.pair_id = a.pair_id
        and a.anchor_date <= r.anchor_date
    group by all
)

select
    p.*,
    coalesce(p.own_anchor, u.anchor_date, p.anchor_date) as episode_date
from placed as p
left join undated as u on p.report_id = u.report_id
