-- Reports with the event they belong to, or the reason why they belong to none. A view: a report of
-- an event data set follows from its row and the key of its event; a table would hold it twice.
{{ config(materialized='view') }}
-- of data sets; what is of record is its own event, only the others need looking for
with told as (
    select r.*, case when r.verdict = 'candidate' then r.dataset || ':' || r.report_id end as event_id
    from {{ ref('int_dataset_reports') }} as r
    where r.verdict <> 'candidate' or r.is_of_record
    union all
    select r.*, e.event_id
    from {{ ref('int_dataset_reports') }} as r
    inner join {{ ref('int_dataset_events') }} as e
        on {{ same_series('r', 'e') }} and r.event_date = e.anchor_date
    where r.verdict = 'candidate' and not r.is_of_record and not r.is_episodic
    union all
    -- an echo of a visit is no event
    select r.*, case when not e.is_echo then e.event_id end
    from {{ ref('int_dataset_reports') }} as r
    inner join {{ ref('int_dataset_episodes') }} as d
        on {{ same_series('r', 'd') }} and r.event_date = d.event_date
    inner join {{ ref('int_dataset_events') }} as e
        on {{ same_series('d', 'e') }} and d.anchor_date = e.anchor_date
    where r.verdict = 'candidate' and r.is_episodic
)

select
    report_id, dataset, event_id, outcome, is_counted, pair_id, source_code, target_code, source_role,
    target_role, source_name, target_name, event_type, event_mode, status, event_date,
    date_precision, date_basis, known_at, document_id, revision_id, story_id, origin_id, attribution,
    attribution_kind, attribution_name, attribution_country_code, speaker_relation, sentence_number,
    sentence, sentence_start, sentence_end, trigger_start, trigger_end, source_start, source_end,
    target_start, target_end, rule_id, confidence, coder_name, coder_version, url
from {{ ref('int_news_mentions') }}

union all

select
    r.report_id,
    r.dataset,
    r.event_id,
    case
        when r.verdict <> 'candidate' then r.verdict
        when r.event_id is null then 'retelling'
        else 'counted'
    end,
    r.event_id is not null,
    r.pair_id,
    r.source_code,
    r.target_code,
    r.source_role,
    r.target_role,
    r.source_name,
    r.target_name,
    r.event_type,
    r.event_mode,
    'occurred',
    r.event_date,
    'day',
    'explicit',
    r.known_at,
    cast(null as varchar),
    cast(null as varchar),
    r.story_key,
    r.origin,
    cast(null as varchar),
    'outlet',
    r.origin,
    cast(null as varchar),
    'outlet',
    cast(null as integer),
    r.sentence,
    cast(null as integer),
    cast(null as integer),
    cast(null as integer),
    cast(null as integer),
    cast(null as integer),
    cast(null as integer),
    cast(null as integer),
    cast(null as integer),
    r.cameo_code,
    cast({{ var('dataset_report_confidence') }} as double),
    r.dataset,
    cast(null as varchar),
    r.url
from told as r
