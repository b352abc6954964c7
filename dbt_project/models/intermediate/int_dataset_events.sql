-- One row per event of record told by event data sets. Type and direction are those of the report
-- with the smallest id; a packed integer carries both.
with reports as (
    select r.*, r.event_date as anchor_date
    from {{ ref('int_dataset_reports') }} as r
    where r.family not in ('visit', 'meeting')
    union all
    select r.*, e.anchor_date
    from {{ ref('int_dataset_reports') }} as r
    inner join {{ ref('int_dataset_episodes') }} as e
        on r.dataset = e.dataset and r.pair_id = e.pair_id and r.family = e.family
        and r.actor_code = e.actor_code and r.cluster = e.cluster and r.event_date = e.event_date
),

events as (
    select
        dataset,
        pair_id,
        family,
        actor_code,
        cluster,
        anchor_date,
        min(report_id) as first_report_id,
        min_by(
            type_number * 2 + case when source_code < target_code then 0 else 1 end, report_id
        ) as type_and_direction,
        avg(goldstein) as goldstein,
        min(case when source_code < target_code then source_level else target_level end) as level_a,
        min(case when source_code < target_code then target_level else source_level end) as level_b,
        min(case
            when family in ('visit', 'meeting') and source_code < target_code then source_name
            when family in ('visit', 'meeting') then target_name
        end) as name_a,
        min(case
            when family in ('visit', 'meeting') and source_code < target_code then target_name
            when family in ('visit', 'meeting') then source_name
        end) as name_b,
        max(event_date) as event_date_end,
        max(case when is_state_to_state then 1 else 0 end) = 1 as is_state_to_state,
        count(*) as report_count,
        count(distinct story_key) as story_count,
        count(distinct origin) as origin_count,
        min(known_at) as known_at,
        max(known_at) as last_known_at,
        max(sentence) as headline_sentence
    from reports
    group by dataset, pair_id, family, actor_code, cluster, anchor_date
),

-- A visit is told again for weeks: a small episode soon after a large one of the same guest is its
-- echo. Compared with the large one's own first day, so that echoes never chain.
with_echo as (
    select
        *,
        family = 'visit' and coalesce(
            report_count * {{ var('echo_factor') }} <= max(report_count) over (
                partition by dataset, pair_id, family, actor_code, cluster
                order by {{ days_between("cast('1970-01-01' as date)", 'anchor_date') }}
                range between {{ var('echo_days') }} preceding and 1 preceding
            ), false
        ) as is_echo
    from events
)

select
    e.dataset || ':' || e.first_report_id as event_id,
    e.dataset,
    e.pair_id,
    e.family,
    e.actor_code,
    e.cluster,
    e.anchor_date,
    case when e.type_and_direction % 2 = 0 then split_part(e.pair_id, '-', 1)
        else split_part(e.pair_id, '-', 2) end as source_code,
    case when e.type_and_direction % 2 = 0 then split_part(e.pair_id, '-', 2)
        else split_part(e.pair_id, '-', 1) end as target_code,
    case when e.type_and_direction % 2 = 0 then e.level_a else e.level_b end as source_level,
    case when e.type_and_direction % 2 = 0 then e.level_b else e.level_a end as target_level,
    case when e.type_and_direction % 2 = 0 then e.name_a else e.name_b end as source_name,
    case when e.type_and_direction % 2 = 0 then e.name_b else e.name_a end as target_name,
    t.event_type,
    case when t.event_mode = 'host' then 'visit' else t.event_mode end as event_mode,
    t.quad_class,
    t.weight,
    e.goldstein,
    t.is_act_about_act,
    t.is_mirrored,
    t.merges_directions,
    e.event_date_end,
    e.is_state_to_state,
    1 - power(1 - {{ var('dataset_report_confidence') }}, e.origin_count) as confidence,
    e.origin_count,
    e.report_count,
    greatest(e.story_count, 1) as story_count,
    e.known_at,
    e.last_known_at,
    e.headline_sentence
from with_echo as e
inner join {{ ref('int_event_types') }} as t
    on t.type_number = cast(floor(e.type_and_direction / 2) as bigint)
where not e.is_echo
