-- How often a report of an event data set has its mirror image (same day and type, the other
-- direction): types that mirror by nature say nothing about who began. Texts need no such table:
-- the coder marks a mutual act as one mention.
with days as (
    select
        pair_id, event_date, event_type, event_mode,
        count(distinct source_code) = 2 as is_mirrored
    from staging.stg_datasets__events
    where dataset = $dataset and source_code <> target_code
    group by all
)

select
    d.event_type || case when d.event_mode = '' then '' else '/' || d.event_mode end as act,
    round(avg(case when d.is_mirrored then 1 else 0 end), 3) as mirrored_share,
    count(*) as pair_days,
    any_value(t.is_mirrored) as is_mirrored_in_use
from days as d
left join marts.dim_event_types as t
    on d.event_type = t.event_type and d.event_mode = coalesce(t.event_mode, '')
group by act
having count(*) >= 20
order by mirrored_share desc, act
