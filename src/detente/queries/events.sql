-- One page of events of record that meet the facets, newest first, with the number of all.
-- Wide rows are fetched for that page only.
with met as (
    select e.event_id, e.event_date_start
    from marts.fct_events as e
    where
        e.dataset = $dataset
        and e.pair_id in (select unnest($pairs))
        and e.week_start between $start and $end
        and e.confidence >= $min_confidence
        and ($origins = 'all' or e.has_independent_origin)
        and ($acts = 'all' or e.acknowledgement = 'acknowledged')
        and ($event_type = '' or e.event_type = $event_type)
        and case $kind
            when 'cooperative' then e.is_cooperative
            when 'other' then not e.is_cooperative
            when 'scored' then e.is_scored
            else true
        end
        and ($contains = '' or contains(lower(e.headline_sentence), lower($contains)))
),
shown as (
    select event_id, event_date_start, (select count(*) from met) as total_count
    from met
    order by event_date_start desc, event_id
    limit $limit offset $offset
)
select e.*, s.total_count
from marts.fct_events as e
inner join shown as s on e.event_id = s.event_id and e.dataset = $dataset
order by e.event_date_start desc, e.event_id
