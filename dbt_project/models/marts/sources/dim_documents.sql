with revisions as (
    select document_id, count(*) as revision_count, min(known_at) as known_at
    from {{ ref('stg_news__revisions') }}
    group by document_id
),

countries as (
    select revision_id, count(*) as country_count
    from {{ ref('stg_news__document_countries') }}
    group by revision_id
),

mentions as (
    select document_id, count(*) as mention_count, count(distinct event_id) as event_count
    from {{ ref('int_news_mentions') }}
    group by document_id
),

coded as (
    select revision_id, min(outcome) as coding_outcome
    from {{ ref('stg_ops__coded_revisions') }}
    where is_used
    group by revision_id
)

select
    d.document_id, d.dataset, d.corpus_label, d.source_id, d.publisher, d.publisher_country_code,
    d.is_state_controlled, r.origin_publisher, d.canonical_url, r.title, r.language, r.published_at,
    d.first_seen_at, v.known_at, r.revision_id,
    cast(v.revision_count as bigint) as revision_count,
    r.story_id, r.duplicate_level, r.char_count,
    cast(coalesce(c.country_count, 0) as bigint) as country_count,
    cast(coalesce(m.mention_count, 0) as bigint) as mention_count,
    cast(coalesce(m.event_count, 0) as bigint) as event_count,
    o.coding_outcome
from {{ ref('stg_news__documents') }} as d
inner join {{ ref('stg_news__revisions') }} as r on d.document_id = r.document_id and r.is_latest
inner join revisions as v on d.document_id = v.document_id
left join countries as c on r.revision_id = c.revision_id
left join mentions as m on d.document_id = m.document_id
left join coded as o on r.revision_id = o.revision_id
