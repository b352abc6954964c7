-- Reports with the event they belong to, or the reason why they belong to none.
-- Conditions on reports alone stand in the keys: beside them in the ON clause of a left join, DuckDB
-- compares every report with every event (70 s for 280,000 reports).
-- depends_on: {{ ref('int_touched_dates') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [{
        'relation': 'intermediate.int_touched_dates',
        'where': 't.dataset = c.dataset and t.pair_id = c.pair_id'
            ~ ' and (c.is_whole or t.event_date between c.first_date and c.last_date)',
    }]},
) }}
{#- Three times in place, not once in front: a subquery that is read more than once is kept whole. #}
{%- set reports -%}
(
        select *
        from {{ ref('int_dataset_reports') }} as r
        {% if is_incremental() -%}
        semi join {{ ref('int_touched_dates') }} as c
            on r.dataset = c.dataset and r.pair_id = c.pair_id
            and r.event_date between c.first_date and c.last_date
        {%- endif %}
    )
{%- endset %}
-- of data sets; what is of record is its own event, only the others need looking for
with told as (
    select r.*, case when r.verdict = 'candidate' then r.dataset || ':' || r.report_id end as event_id
    from {{ reports }} as r
    where r.verdict <> 'candidate' or r.is_of_record
    union all
    select r.*, e.event_id
    from {{ reports }} as r
    inner join {{ ref('int_dataset_events') }} as e
        on {{ same_series('r', 'e') }} and r.event_date = e.anchor_date
    where r.verdict = 'candidate' and not r.is_of_record and not r.is_episodic
    union all
    -- an echo of a visit is no event
    select r.*, case when not e.is_echo then e.event_id end
    from {{ reports }} as r
    inner join {{ ref('int_dataset_episodes') }} as d
        on {{ same_series('r', 'd') }} and r.event_date = d.event_date
    inner join {{ ref('int_dataset_events') }} as e
        on {{ same_series('d', 'e') }} and d.anchor_date = e.anchor_date
    where r.verdict = 'candidate' and r.is_episodic
)

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
