-- One row per announced or rumoured act.
select
    pair_id,
    source_code as source,
    target_code as target,
    principal_name as who,
    event_type as type,
    event_mode as mode,
    window_start,
    window_end,
    reported_at::date as reported,
    best_source,
    host_confirmed,
    guest_confirmed,
    outcome,
    is_substituted,
    p_occurs,
    p_occurs_lo,
    p_occurs_hi
from marts.fct_watch_items
where dataset = $dataset
order by reported_at desc
