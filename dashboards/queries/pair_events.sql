-- One row per event of record of a pair in a window, with its headline sentence and document.
select
    e.event_id, e.event_date_start, e.event_date_end, e.date_precision, e.pair_id, e.source_code,
    e.target_code, e.event_type, e.event_mode, e.quad_class, e.weight, e.status, e.acknowledgement,
    e.confidence, e.report_count, e.origin_count, e.is_late_disclosure, e.headline_sentence,
    d.title, d.publisher, d.canonical_url
from marts.fct_events as e
left join marts.fct_event_mentions as m
    on e.headline_report_id = m.report_id and e.dataset = m.dataset
left join marts.dim_documents as d on m.document_id = d.document_id
where
    e.dataset = $dataset and e.pair_id in ($first, $second)
    and e.event_date_start between $from_date and $to_date
order by e.event_date_start, e.event_id
