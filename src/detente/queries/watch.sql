-- One row per announced or rumoured act.
select
    source_code || ' -> ' || target_code as act,
    principal_name as who,
    event_mode as mode,
    window_start as "from",
    window_end as "until",
    reported_at::date as reported,
    best_source as source,
    outcome,
    p_occurs as p
from marts.fct_watch_items
where dataset = $dataset
order by reported_at desc
