-- One row per announced or rumoured act of the pairs, newest first.
select
    pair_id, source_code, target_code, principal_name, event_mode, window_start, window_end,
    reported_at, best_source, guest_confirmed, host_confirmed, outcome, is_substituted,
    p_occurs, p_occurs_lo, p_occurs_hi, sentence
from marts.fct_watch_items
where dataset = $dataset and pair_id in ($first, $second)
order by reported_at desc
