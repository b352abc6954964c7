-- One row per event that carries weight in a pair's warmth in a week, and one for the prior.
select
    d.event_id,
    d.contribution,
    e.event_date_start as event_date,
    e.source_code as source,
    e.target_code as target,
    e.event_type as type,
    e.event_mode as mode,
    e.weight,
    e.acknowledgement,
    e.confidence,
    e.report_count as reports,
    e.origin_count as origins,
    m.document_id,
    doc.publisher,
    doc.title,
    doc.canonical_url as url,
    coalesce(m.sentence, e.headline_sentence) as sentence
from drivers($a, $b, $week, dataset_name := $dataset) as d
left join marts.fct_events as e on d.event_id = e.event_id and e.dataset = $dataset
left join marts.fct_event_mentions as m
    on e.headline_report_id = m.report_id and m.dataset = $dataset
left join marts.dim_documents as doc on m.document_id = doc.document_id
order by abs(d.contribution) desc, d.event_id
