with uncoded as (
    select dataset, coder_version, count(*) as uncoded_count
    from {{ ref('stg_news__uncoded_sentences') }} where is_latest group by all
),

other as (
    select
        r.dataset, c.coder_name, c.coder_version, r.language, count(*) as revision_count
    from {{ ref('stg_ops__coded_revisions') }} as c
    inner join {{ ref('stg_news__revisions') }} as r on c.revision_id = r.revision_id
    where c.outcome = 'not_english'
    group by all
),

other_languages as (
    select
        dataset, coder_name, coder_version,
        sum(revision_count) as revision_count,
        {{ comma_list("language || ' ' || revision_count", 'revision_count desc, language') }}
            as languages
    from other group by all
)

select
    r.dataset, c.coder_name, c.coder_version, c.is_current,
    count(*) as revision_count,
    cast(count_if(c.outcome = 'coded') as bigint) as coded_count,
    cast(count_if(c.outcome = 'error') as bigint) as error_count,
    cast(sum(c.mention_count) as bigint) as mention_count,
    cast(sum(c.sentence_count) as bigint) as sentence_count,
    cast(coalesce(max(u.uncoded_count), 0) as bigint) as uncoded_sentence_count,
    cast(coalesce(max(o.revision_count), 0) as bigint) as other_language_count,
    max(o.languages) as other_languages
from {{ ref('stg_ops__coded_revisions') }} as c
inner join {{ ref('stg_news__revisions') }} as r on c.revision_id = r.revision_id
left join uncoded as u on r.dataset = u.dataset and c.coder_version = u.coder_version
left join other_languages as o
    on
        r.dataset = o.dataset and c.coder_name = o.coder_name
        and c.coder_version = o.coder_version
group by r.dataset, c.coder_name, c.coder_version, c.is_current
