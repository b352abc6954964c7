-- Events of record from texts and from event data sets. A view: a table would hold every row twice.
{{ config(materialized='view') }}
with told as (
    select
        event_id, dataset, pair_id, source_code, target_code, source_role, target_role,
        source_name, target_name, event_type, event_mode, family, quad_class, weight, goldstein,
        party_count, event_date_start, event_date_end, date_precision, acknowledgement, confidence,
        is_state_to_state, is_act_about_act, is_mirrored or merges_directions as is_mirrored,
        report_count, story_count, origin_count, has_independent_origin, known_at, last_known_at,
        status, headline_sentence, headline_report_id
    from {{ ref('int_news_events') }}
    union all
    select
        event_id, dataset, pair_id, source_code, target_code,
        cast(null as varchar), cast(null as varchar),
        source_name, target_name, event_type, event_mode, family, quad_class, weight, goldstein,
        2, anchor_date, event_date_end, 'day',
        case when origin_count >= 2 then 'corroborated' else 'alleged' end, confidence,
        is_state_to_state, is_act_about_act, is_mirrored or merges_directions,
        report_count, story_count, origin_count, true, known_at, last_known_at,
        'occurred', headline_sentence, substr(event_id, length(dataset) + 2)
    from {{ ref('int_dataset_events') }}
    where not is_echo
    union all
    select
        event_id, dataset, pair_id, source_code, target_code,
        cast(null as varchar), cast(null as varchar),
        source_name, target_name, event_type, event_mode, family, quad_class, weight, goldstein,
        2, event_date, event_date, 'day', 'alleged', confidence,
        is_state_to_state, is_act_about_act, is_mirrored,
        1, 1, 1, true, known_at, known_at,
        'occurred', sentence, report_id
    from {{ ref('int_record_events') }}
)

select
    event_id,
    dataset,
    pair_id,
    source_code,
    target_code,
    cast(source_role as varchar) as source_role,
    cast(target_role as varchar) as target_role,
    source_name,
    target_name,
    event_type,
    event_mode,
    family,
    cast(quad_class as integer) as quad_class,
    weight,
    goldstein,
    cast(1 as double) / (party_count - 1) as party_share,
    cast(party_count as integer) as party_count,
    event_date_start,
    event_date_end,
    date_precision,
    {{ monday('event_date_start') }} as week_start,
    acknowledgement,
    confidence,
    {{ is_scored() }} as is_scored,
    quad_class <= 2 and weight > 0 and not is_act_about_act as is_cooperative,
    is_state_to_state,
    is_act_about_act,
    is_mirrored,
    {{ days_between('event_date_end', 'known_at') }} > {{ var('disclosure_days') }}
        as is_late_disclosure,
    cast(report_count as bigint) as report_count,
    cast(story_count as bigint) as story_count,
    cast(origin_count as bigint) as origin_count,
    has_independent_origin,
    known_at,
    last_known_at,
    status,
    headline_sentence,
    headline_report_id
from told
