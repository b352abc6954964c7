-- One row per event, and one for the prior: its part of the pair's warmth before and after.
with before as (
    select event_id, contribution
    from drivers($a, $b, $before_week, dataset_name := $dataset)
),
after as (
    select event_id, contribution
    from drivers($a, $b, $after_week, dataset_name := $dataset)
),
joined as (
    select
        coalesce(a.event_id, b.event_id) as event_id,
        coalesce(b.contribution, 0) as before_part,
        coalesce(a.contribution, 0) as after_part
    from after as a
    full join before as b on a.event_id is not distinct from b.event_id
)
select
    j.event_id,
    j.before_part,
    j.after_part,
    j.after_part - j.before_part as moved,
    e.event_date_start, e.source_code, e.target_code, e.event_type, e.event_mode, e.weight,
    e.acknowledgement, e.confidence, e.report_count, e.origin_count,
    coalesce(m.sentence, e.headline_sentence) as sentence,
    m.status,
    m.story_id,
    d.publisher,
    d.title,
    coalesce(d.canonical_url, m.url) as address
from joined as j
left join marts.fct_events as e on j.event_id = e.event_id and e.dataset = $dataset
left join marts.fct_event_mentions as m
    on e.headline_report_id = m.report_id and m.dataset = $dataset
left join marts.dim_documents as d on m.document_id = d.document_id
order by abs(j.after_part - j.before_part) desc, j.event_id
