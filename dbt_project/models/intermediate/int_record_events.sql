-- One row per event of data sets whose rows are events of record already: the row itself. A view: a
-- table would hold it twice. Columns as in int_dataset_events, with the origin that tells of it.
{{ config(materialized='view') }}
select
    dataset || ':' || report_id as event_id,
    report_id,
    dataset,
    pair_id,
    family,
    source_code,
    target_code,
    source_level,
    target_level,
    case when family in ('visit', 'meeting') then source_name end as source_name,
    case when family in ('visit', 'meeting') then target_name end as target_name,
    event_type,
    event_mode,
    quad_class,
    weight,
    goldstein,
    is_act_about_act,
    is_mirrored or merges_directions as is_mirrored,
    event_date,
    is_state_to_state,
    cast({{ var('dataset_report_confidence') }} as double) as confidence,
    origin,
    known_at,
    sentence
from {{ ref('int_dataset_reports') }}
where is_of_record and verdict = 'candidate'
