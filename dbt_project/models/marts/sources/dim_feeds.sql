with documents as (
    select
        source_id,
        max_by(publisher, published_at) as publisher,
        max_by(publisher_country_code, published_at) as publisher_country_code,
        max(case when is_state_controlled then 1 else 0 end) = 1 as is_state_controlled,
        count(*) as document_count,
        cast(min(published_at) as date) as first_document_date,
        cast(max(published_at) as date) as last_document_date
    from {{ ref('dim_documents') }}
    group by source_id
),

attempts as (
    select source_id, max(started_at) as last_attempt_at, max_by(outcome, started_at) as last_outcome
    from {{ ref('stg_ops__ingest_attempts') }}
    where source_id is not null
    group by source_id
),

feeds as (
    select source_id, min(url) as url from {{ ref('stg_ops__feed_state') }} group by source_id
),

gaps as (
    select source_id, max(gap_days) as longest_gap_days
    from {{ ref('fct_source_days') }}
    group by source_id
),

known as (
    select source_id from documents union select source_id from attempts union select source_id from feeds
)

select
    k.source_id, d.publisher, d.publisher_country_code, d.is_state_controlled, f.url,
    cast(coalesce(d.document_count, 0) as bigint) as document_count,
    d.first_document_date, d.last_document_date, g.longest_gap_days, a.last_attempt_at, a.last_outcome
from known as k
left join documents as d on k.source_id = d.source_id
left join attempts as a on k.source_id = a.source_id
left join feeds as f on k.source_id = f.source_id
left join gaps as g on k.source_id = g.source_id
