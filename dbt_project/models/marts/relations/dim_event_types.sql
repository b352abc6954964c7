select
    event_type, event_mode, family, cast(quad_class as integer) as quad_class, weight, goldstein,
    cast(cameo_code as varchar) as cameo_code, is_act_about_act, is_mirrored, merges_directions,
    is_standing, note
from {{ ref('int_event_types') }}
