-- How a pair's warmth moves between two weeks: the 15 events that move it most, one row for all
-- others, one for the prior.
with before as (
    select event_id, contribution
    from drivers($a, $b, $before_week, dataset_name := $dataset)
),
after as (
    select event_id, contribution
    from drivers($a, $b, $after_week, dataset_name := $dataset)
),
joined as (
    select
        coalesce(a.event_id, b.event_id) as event_id,
        coalesce(b.contribution, 0) as before_part,
        coalesce(a.contribution, 0) as after_part,
        after_part - before_part as moved
    from after as a
    full join before as b on a.event_id is not distinct from b.event_id
),
ranked as (
    select
        *,
        row_number() over (
            partition by event_id is null order by abs(moved) desc, event_id
        ) as rank,
        case
            when event_id is null then 'prior'
            when rank <= 15 and abs(moved) >= 0.005 then 'event'
            else 'other'
        end as kind,
        case when kind = 'event' then event_id end as step_event_id
    from joined
),
stepped as (
    select
        kind,
        step_event_id,
        count(*) as event_count,
        sum(before_part) as before_part,
        sum(after_part) as after_part,
        sum(moved) as moved,
        min(rank) as rank
    from ranked
    group by kind, step_event_id
),
events as (
    select e.*
    from marts.fct_events as e
    where
        e.dataset = $dataset and e.pair_id = $pair
        and e.event_id in (select step_event_id from stepped)
),
heads as (
    select m.*
    from marts.fct_event_mentions as m
    where
        m.dataset = $dataset and m.pair_id = $pair
        and m.report_id in (select headline_report_id from events)
)
select
    s.kind, s.step_event_id as event_id, s.event_count, s.before_part, s.after_part, s.moved,
    e.event_date_start, e.source_code, e.target_code, e.event_type, e.event_mode, e.weight,
    e.acknowledgement, e.confidence, e.report_count, e.origin_count,
    coalesce(m.sentence, e.headline_sentence) as sentence,
    m.status,
    m.story_id,
    d.publisher,
    d.title,
    coalesce(d.canonical_url, m.url) as address
from stepped as s
left join events as e on s.step_event_id = e.event_id
left join heads as m on e.headline_report_id = m.report_id
left join marts.dim_documents as d on m.document_id = d.document_id
order by s.kind <> 'event', s.kind, s.rank
