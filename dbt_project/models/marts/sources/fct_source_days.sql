with sentences as (
    select revision_id, max(sentence_count) as sentence_count
    from {{ ref('stg_ops__coded_revisions') }} where is_used group by revision_id
),

uncoded as (
    select revision_id, count(*) as uncoded_count
    from {{ ref('stg_news__uncoded_sentences') }} group by revision_id
),

days as (
    select
        d.dataset,
        d.source_id,
        cast(coalesce(d.published_at, d.known_at) as date) as published_date,
        count(*) as document_count,
        cast(count_if(d.duplicate_level <> 'none') as bigint) as duplicate_count,
        cast(sum(d.mention_count) as bigint) as mention_count,
        cast(coalesce(sum(s.sentence_count), 0) as bigint) as sentence_count,
        cast(coalesce(sum(u.uncoded_count), 0) as bigint) as uncoded_sentence_count
    from {{ ref('dim_documents') }} as d
    left join sentences as s on d.revision_id = s.revision_id
    left join uncoded as u on d.revision_id = u.revision_id
    group by d.dataset, d.source_id, cast(coalesce(d.published_at, d.known_at) as date)
)

select
    *,
    cast(
        {{ days_between(
            'lag(published_date) over (partition by dataset, source_id order by published_date)',
            'published_date'
        ) }} - 1 as bigint
    ) as gap_days
from days
