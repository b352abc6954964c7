-- Types and modes with a number each, so that aggregates over many reports carry an integer.
select
    row_number() over (order by event_type, coalesce(event_mode, '')) as type_number,
    event_type,
    coalesce(event_mode, '') as event_mode,
    family,
    quad_class,
    cast(weight as double) as weight,
    cast(goldstein as double) as goldstein,
    cameo_code,
    is_act_about_act,
    is_mirrored,
    merges_directions,
    is_standing,
    note
from {{ ref('event_types') }}
