select
    u.revision_id,
    r.document_id,
    r.dataset,
    r.is_latest,
    u.sentence_number,
    u.sentence,
    u.country_codes,
    u.candidate_predicate,
    u.reason,
    u.coder_version,
    r.published_date
from {{ source('raw', 'uncoded_sentences') }} as u
inner join {{ ref('stg_news__revisions') }} as r on u.revision_id = r.revision_id
inner join {{ ref('stg_news__coder_versions') }} as v
    on u.coder_version = v.coder_version and v.is_current
