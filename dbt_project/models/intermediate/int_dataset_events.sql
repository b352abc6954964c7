-- One row per event of record that reports of event data sets were merged into. Type and direction are those of the report
-- with the smallest id; a packed integer carries both. Echoes stay, marked.
-- depends_on: {{ ref('int_touched_events') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [{
        'relation': 'intermediate.int_touched_events',
        'where': same_series('t', 'c') ~ " and t.anchor_date = c.anchor_date",
    }]},
) }}
with
{% if is_incremental() -%}
-- What changed, and the visits before it that it may be an echo of.
wanted as (
    select {{ series_of('c') }}, c.anchor_date
    from {{ ref('int_touched_events') }} as c
    union
    select {{ series_of('t') }}, t.anchor_date
    from {{ ref('int_dataset_episodes') }} as t
    inner join {{ ref('int_touched_events') }} as c
        on {{ same_series('t', 'c') }}
        and t.anchor_date < c.anchor_date
        and t.anchor_date >= {{ add_days('c.anchor_date', -1 * var('echo_days')) }}
    where t.family = 'visit'
),

members as (
    select {{ series_of('t') }}, t.event_date, t.anchor_date
    from {{ ref('int_dataset_episodes') }} as t
    inner join wanted as c on {{ same_series('t', 'c') }} and t.anchor_date = c.anchor_date
    union
    select {{ series_of('c') }}, c.anchor_date, c.anchor_date
    from wanted as c
    where c.family not in ('visit', 'meeting')
),

reports as (
    select t.*, c.anchor_date
    from {{ ref('int_dataset_reports') }} as t
    inner join members as c on {{ same_series('t', 'c') }} and t.event_date = c.event_date
    where t.verdict = 'candidate' and not t.is_of_record
        -- by itself, so that an engine skips what holds no such day
        and t.event_date in (select distinct event_date from members)
),
{%- else -%}
reports as (
    select t.*, t.event_date as anchor_date
    from {{ ref('int_dataset_reports') }} as t
    where t.verdict = 'candidate' and not t.is_of_record and not t.is_episodic
    union all
    select t.*, c.anchor_date
    from {{ ref('int_dataset_reports') }} as t
    inner join {{ ref('int_dataset_episodes') }} as c
        on {{ same_series('t', 'c') }} and t.event_date = c.event_date
    where t.verdict = 'candidate' and t.is_episodic
),
{%- endif %}

events as (
    select
        {{ series_of() }},
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
    group by {{ series_of() }}, anchor_date
),

-- A visit is told again for weeks: a small episode soon after a large one of the same guest is its
-- echo. Compared with the large one's own first day, so that echoes never chain.
visits as (
    select
        {{ series_of() }},
        anchor_date,
        report_count * {{ var('echo_factor') }} <= max(report_count) over (
            partition by {{ series_of() }}
            order by {{ days_between("cast('1970-01-01' as date)", 'anchor_date') }}
            range between {{ var('echo_days') }} preceding and 1 preceding
        ) as is_echo
    from events
    where family = 'visit'
)

select
    t.dataset || ':' || t.first_report_id as event_id,
    {{ series_of('t') }},
    t.anchor_date,
    case when t.type_and_direction % 2 = 0 then split_part(t.pair_id, '-', 1)
        else split_part(t.pair_id, '-', 2) end as source_code,
    case when t.type_and_direction % 2 = 0 then split_part(t.pair_id, '-', 2)
        else split_part(t.pair_id, '-', 1) end as target_code,
    case when t.type_and_direction % 2 = 0 then t.level_a else t.level_b end as source_level,
    case when t.type_and_direction % 2 = 0 then t.level_b else t.level_a end as target_level,
    case when t.type_and_direction % 2 = 0 then t.name_a else t.name_b end as source_name,
    case when t.type_and_direction % 2 = 0 then t.name_b else t.name_a end as target_name,
    y.event_type,
    case when y.event_mode = 'host' then 'visit' else y.event_mode end as event_mode,
    y.quad_class,
    y.weight,
    t.goldstein,
    y.is_act_about_act,
    y.is_mirrored,
    y.merges_directions,
    t.event_date_end,
    t.is_state_to_state,
    1 - power(1 - {{ var('dataset_report_confidence') }}, t.origin_count) as confidence,
    t.origin_count,
    t.report_count,
    greatest(t.story_count, 1) as story_count,
    t.known_at,
    t.last_known_at,
    t.headline_sentence,
    coalesce(c.is_echo, false) as is_echo
from events as t
inner join {{ ref('int_event_types') }} as y
    on y.type_number = cast(floor(t.type_and_direction / 2) as bigint)
left join visits as c on {{ same_series('t', 'c') }} and t.anchor_date = c.anchor_date
{% if is_incremental() -%}
semi join {{ ref('int_touched_events') }} as k
    on {{ same_series('t', 'k') }} and t.anchor_date = k.anchor_date
{%- endif %}
