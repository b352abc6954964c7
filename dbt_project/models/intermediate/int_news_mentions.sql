-- Reports of texts with the event they belong to, or the reason why they belong to none.
-- depends_on: {{ ref('int_touched_news_pairs') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [{
        'relation': 'intermediate.int_touched_news_pairs',
        'where': 't.dataset = c.dataset and t.pair_id = c.pair_id',
    }]},
) }}
select
    m.report_id,
    m.dataset,
    e.event_id,
    case
        when l.outcome in ('counted', 'attached', 'retelling') and e.event_id is null then 'overridden'
        else l.outcome
    end as outcome,
    l.outcome in ('counted', 'attached') and e.event_id is not null as is_counted,
    m.pair_id,
    m.source_code,
    m.target_code,
    m.source_role,
    m.target_role,
    m.source_name,
    m.target_name,
    m.event_type,
    m.event_mode,
    m.status,
    m.event_date,
    m.date_precision,
    m.date_basis,
    m.known_at,
    m.document_id,
    m.revision_id,
    m.story_id,
    m.origin_id,
    m.attribution,
    m.attribution_kind,
    m.attribution_name,
    m.attribution_country_code,
    m.speaker_relation,
    m.sentence_number,
    m.sentence,
    m.sentence_start,
    m.sentence_end,
    m.trigger_start,
    m.trigger_end,
    m.source_start,
    m.source_end,
    m.target_start,
    m.target_end,
    m.rule_id,
    m.confidence,
    m.coder_name,
    m.coder_version,
    m.canonical_url as url
from {{ ref('int_mentions_due') }} as m
inner join {{ ref('int_mention_links') }} as l on m.report_id = l.report_id
left join {{ ref('int_news_events') }} as e
    on {{ same_series('l', 'e') }} and l.anchor_date = e.anchor_date
