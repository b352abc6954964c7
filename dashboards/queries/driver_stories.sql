-- One row: what the story (reports of one origin text) moves that moves warmth most in the
-- direction it went.
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
        coalesce(a.contribution, 0) - coalesce(b.contribution, 0) as moved
    from after as a
    full join before as b on a.event_id is not distinct from b.event_id
),
stories as (
    select coalesce(m.story_id, j.event_id) as story_id, sum(j.moved) as moved
    from joined as j
    inner join (
        select event_id, headline_report_id
        from marts.fct_events
        where dataset = $dataset and pair_id = $pair
    ) as e on j.event_id = e.event_id
    left join (
        select report_id, story_id
        from marts.fct_event_mentions
        where dataset = $dataset and pair_id = $pair
    ) as m on e.headline_report_id = m.report_id
    group by all
),
total as (
    select sum(moved) as difference from joined
)
select s.moved
from stories as s
cross join total as t
where s.moved * t.difference > 0
order by abs(s.moved) desc, s.story_id
limit 1
