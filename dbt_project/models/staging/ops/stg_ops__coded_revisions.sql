select
    c.revision_id,
    c.coder_name,
    c.coder_version,
    v.is_current,
    c.outcome,
    c.mention_count,
    c.sentence_count,
    c.coded_at
from {{ source('ops', 'coded_revisions') }} as c
inner join {{ ref('stg_news__coder_versions') }} as v
    on c.coder_name = v.coder_name and c.coder_version = v.coder_version
