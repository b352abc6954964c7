-- One row per event of record told by texts.
-- depends_on: {{ ref('int_touched_news_pairs') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [{
        'relation': 'intermediate.int_touched_news_pairs',
        'where': 't.dataset = c.dataset and t.pair_id = c.pair_id',
    }]},
) }}
with told as (
    select
        l.cluster,
        l.anchor_date,
        l.outcome,
        m.*,
        row_number() over (
            partition by {{ series_of('l') }}, l.anchor_date
            order by
                case when m.is_main_clause then 0 else 1 end, m.confidence desc, m.known_at, m.report_id
        ) as headline_rank,
        row_number() over (
            partition by {{ series_of('l') }}, l.anchor_date
            order by m.known_at, m.report_id
        ) as arrival_rank
    from {{ ref('int_mention_links') }} as l
    inner join {{ ref('int_mentions_due') }} as m on l.report_id = m.report_id
    where l.outcome in ('counted', 'attached')
),

-- Noisy-OR over independent origins: the best report of each, then 1 - prod(1 - r).
origins as (
    select
        {{ series_of() }}, anchor_date, origin_id,
        least(max(confidence), 0.999) as reliability,
        max(case when is_party_state_media then 0 else 1 end) as is_independent
    from told
    group by all
),

origin_sums as (
    select
        {{ series_of() }}, anchor_date,
        count(*) as origin_count,
        1 - exp(sum(ln(1 - reliability))) as confidence,
        max(is_independent) = 1 as has_independent_origin
    from origins
    group by all
),

sides as (
    select
        {{ series_of() }}, anchor_date,
        max(case when arrival_rank = 1 then report_id end) as first_report_id,
        max(case when headline_rank = 1 then report_id end) as headline_report_id,
        max(case when headline_rank = 1 then sentence end) as headline_sentence,
        max(case when headline_rank = 1 then source_code end) as source_code,
        max(case when headline_rank = 1 then target_code end) as target_code,
        max(case when headline_rank = 1 then event_type end) as event_type,
        max(case when headline_rank = 1 then event_mode end) as event_mode,
        max(case when headline_rank = 1 then quad_class end) as quad_class,
        max(case when headline_rank = 1 then weight end) as weight,
        max(case when headline_rank = 1 then goldstein end) as goldstein,
        max(case when headline_rank = 1 then case when is_act_about_act then 1 else 0 end end) = 1
            as is_act_about_act,
        max(case when headline_rank = 1 then case when is_mirrored then 1 else 0 end end) = 1
            as is_mirrored,
        max(case when headline_rank = 1 then case when merges_directions then 1 else 0 end end) = 1
            as merges_directions,
        min(party_count) as party_count,
        min(case when outcome = 'counted' then event_date end) as event_date_start,
        max(case when outcome = 'counted' then event_date end) as event_date_end,
        min(case date_precision when 'day' then 1 when 'week' then 2 when 'month' then 3 else 4 end)
            as precision_rank,
        max(case when is_state_to_state then 1 else 0 end) = 1 as is_state_to_state,
        max(case when is_acknowledging then 1 else 0 end) = 1 as is_acknowledged,
        count(*) as report_count,
        count(distinct story_id) as story_count,
        min(known_at) as known_at,
        max(known_at) as last_known_at,
        min(case when status = 'ongoing' then 0 else 1 end) as any_ongoing,
        max(case when status = 'ongoing' then 0 else 1 end) as any_occurred,
        -- the highest role, and a principal by name, on either side of the pair
        min(case when source_code < target_code then source_level else target_level end) as level_a,
        min(case when source_code < target_code then target_level else source_level end) as level_b,
        min(
            case when source_code < target_code
                then cast(source_level as varchar) || '/' || coalesce(source_role, '')
                else cast(target_level as varchar) || '/' || coalesce(target_role, '')
            end
        ) as role_a,
        min(
            case when source_code < target_code
                then cast(target_level as varchar) || '/' || coalesce(target_role, '')
                else cast(source_level as varchar) || '/' || coalesce(source_role, '')
            end
        ) as role_b,
        min(case when source_code < target_code then source_name else target_name end) as name_a,
        min(case when source_code < target_code then target_name else source_name end) as name_b
    from told
    group by all
),

-- A denial by a party disputes what it denies; it never deletes it.
denials as (
    select
        dataset, pair_id,
        case when event_type = 'REJECT' then refers_to_type else event_type end as denied_type,
        coalesce(
            case when event_type = 'REJECT' then refers_to_date_start end, interval_start,
            published_date
        ) as denied_date,
        published_date
    from {{ ref('int_mentions_due') }}
    where verdict <> 'overridden' and is_acknowledging
        and (
            (polarity = 'negated' and event_type <> 'ASSESS')
            or (event_type = 'REJECT' and event_mode = 'deny')
        )
),

disputed as (
    select distinct {{ series_of('s') }}, s.anchor_date
    from sides as s
    inner join denials as d
        on s.dataset = d.dataset and s.pair_id = d.pair_id and s.event_type = d.denied_type
        and abs({{ days_between('s.event_date_start', 'd.denied_date') }})
        <= {{ var('max_span_days_visit') }}
        and s.event_date_start <= d.published_date
),

-- An event that a reader marked as wrong, by its present id or by the id of any of its reports.
rejected as (
    select distinct {{ series_of('t') }}, t.anchor_date
    from told as t
    inner join {{ ref('stg_user__overrides') }} as v
        on v.target_kind = 'event' and v.verdict = 'wrong'
        and v.target_id = t.dataset || ':' || t.report_id
)

select
    s.dataset || ':' || s.first_report_id as event_id,
    s.dataset,
    s.pair_id,
    s.family,
    s.actor_code,
    s.cluster,
    s.anchor_date,
    s.source_code,
    s.target_code,
    case when s.source_code < s.target_code then split_part(s.role_a, '/', 2)
        else split_part(s.role_b, '/', 2) end as source_role,
    case when s.source_code < s.target_code then split_part(s.role_b, '/', 2)
        else split_part(s.role_a, '/', 2) end as target_role,
    case when s.source_code < s.target_code then s.name_a else s.name_b end as source_name,
    case when s.source_code < s.target_code then s.name_b else s.name_a end as target_name,
    case when s.source_code < s.target_code then s.level_a else s.level_b end as source_level,
    case when s.source_code < s.target_code then s.level_b else s.level_a end as target_level,
    s.event_type,
    s.event_mode,
    s.quad_class,
    s.weight,
    s.goldstein,
    s.is_act_about_act,
    s.is_mirrored,
    s.merges_directions,
    s.party_count,
    s.event_date_start,
    s.event_date_end,
    case s.precision_rank when 1 then 'day' when 2 then 'week' else 'month' end as date_precision,
    s.is_state_to_state,
    case
        when d.anchor_date is not null then 'disputed'
        when s.is_acknowledged then 'acknowledged'
        when o.origin_count >= 2 then 'corroborated'
        else 'alleged'
    end as acknowledgement,
    o.confidence,
    o.origin_count,
    o.has_independent_origin,
    s.report_count,
    s.story_count,
    s.known_at,
    s.last_known_at,
    case when s.any_occurred = 0 then 'ongoing' else 'occurred' end as status,
    s.headline_report_id,
    s.headline_sentence
from sides as s
inner join origin_sums as o
    on {{ same_series('s', 'o') }} and s.anchor_date = o.anchor_date
left join disputed as d
    on {{ same_series('s', 'd') }} and s.anchor_date = d.anchor_date
left join rejected as r
    on {{ same_series('s', 'r') }} and s.anchor_date = r.anchor_date
where r.dataset is null
