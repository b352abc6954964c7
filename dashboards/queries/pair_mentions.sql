-- One row per report of one event, or of a pair's reports that count for no event, with why not.
select
    m.report_id, m.event_id, m.outcome, m.status, m.event_type, m.event_mode, m.source_code,
    m.target_code, m.event_date, m.date_precision, m.date_basis, m.attribution_kind,
    m.attribution_name, m.speaker_relation, m.sentence, m.sentence_start, m.trigger_start,
    m.trigger_end, m.source_start, m.source_end, m.target_start, m.target_end, m.rule_id,
    m.confidence, m.coder_name, m.coder_version, d.title, d.publisher, d.published_at,
    d.canonical_url, d.is_state_controlled
from marts.fct_event_mentions as m
left join marts.dim_documents as d on m.document_id = d.document_id
where
    m.dataset = $dataset and m.pair_id in ($first, $second)
    and (
        ($event_id <> '' and m.event_id = $event_id)
        or (
            $event_id = '' and not m.is_counted
            and cast(m.known_at as date) between $from_date and $to_date
        )
    )
order by m.known_at, m.report_id
